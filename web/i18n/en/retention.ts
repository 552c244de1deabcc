import type { Words } from '../words.ts'

export const retention: Words['retention'] = {
  keptUntil: 'Kept until',
  ordered: 'Ordered by',
  basis: 'Basis',
  witness: 'Witness',
  second: 'Approved by',
  done: 'Destroyed',
  underWay: 'under way',
  traffic: {
    title: 'Recorded traffic',
    about:
      'Requests and responses between testers and targets; this engagement keeps them for {{days}} days after their sealing (at least {{least}}, at most {{most}})',
    nothing: 'no sealed traffic',
  },
  file: {
    title: 'Service file',
    about: 'Agreements, scope, findings, reports and all else, kept for five years at least',
    nothing: 'nothing',
  },
  term: {
    set: 'Set the term',
    title: 'How long recorded traffic is kept',
    about:
      'Counted from its sealing. Once there is traffic, the term is only lengthened. Nothing is destroyed by itself when it ends: that is ordered.',
    days: 'Days ({{least}} to {{most}})',
  },
  holds: {
    title: 'Legal holds',
    about:
      'While one stands, nothing is disposed of or deleted and no key is destroyed; the database refuses it too. Two different persons lift it, one after the other',
    empty: 'No legal hold',
    emptyWhy:
      'The auditor or a signatory of the organizer places one when an investigation, a suit or an authority asks for preservation.',
    stands: 'Stands',
    asked: 'Lifting asked',
    lifted: 'Lifted',
    house: 'Everything that {{name}} takes part in',
    placed: 'placed by {{name}}, {{org}},',
    askedBy: 'Lifting asked for by {{name}},',
    liftedBy: 'Lifted by {{name}},',
    ask: 'Ask to lift',
    askAbout: 'Another authorised person of your organisation must confirm. Until then the hold stands.',
    confirm: 'Confirm lifting',
    confirmAbout: 'The hold is lifted at once. A destruction that was ordered is carried out then.',
    keep: 'Keep the hold',
    keepAbout: 'Takes the request back; the hold stands.',
    another: 'Waits for another person of your organisation',
  },
  place: {
    place: 'Place a hold',
    house: 'Place a hold on everything',
    title: 'Place a legal hold on this engagement',
    houseTitle: 'Place a legal hold on everything your organisation takes part in',
    about: 'It stands at once. None of this engagement’s data is disposed of or deleted before it is lifted.',
    houseAbout: 'It stands at once, also over engagements that you join later.',
    reference: 'Reference or case number',
    referenceHint: 'for example: case 2026-117',
  },
  order: {
    order: 'Order destruction',
    traffic: 'Destroy recorded traffic',
    file: 'Destroy all data',
    final: 'This cannot be undone',
    trafficAbout:
      'Destroys the traffic’s key and the recorded files. Digests, times and ledger entries stay and can still be verified.',
    fileAbout:
      'Destroys the engagement’s keys, its traffic and the content of issued documents. Only the timeline, ledger entries and the disposal record stay.',
    basisHint: 'clause of the agreement, or the law',
    witnessHint: 'who sees to it besides you: name and organisation',
  },
}

import type { Words } from '../words.ts'

export const corrections: Words['corrections'] = {
  title: 'Corrections',
  about:
    'Language, mail address and skills you change by yourself. Name, place and a verified identity are corrected after somebody else has checked; documents signed before stay as they are. Another organisation invites you anew.',
  ask: 'Ask for a correction',
  send: 'Send the request',
  sent: 'Sent; you will be told the result',
  what: 'What',
  field: { name: 'Name', jurisdiction: 'Place', identity: 'Verified identity' },
  newName: 'The right name',
  newPlace: 'The right place',
  newPlaceHint: 'Empty: where the organisation is.',
  askNote:
    'A security administrator of your organisation decides, for an identity those of the organizer who verify testers, within fifteen working days. The request lies sealed and can be taken back before.',
  none: 'No requests',
  noneWhy: 'Where something that others rely on is wrong, ask here to have it corrected.',
  state: 'State',
  states: { asked: 'Waits', granted: 'Corrected', refused: 'Refused', withdrawn: 'Taken back' },
  due: 'to be answered before',
  overdue: 'was to be answered before',
  answer: 'Answer',
  askedAt: 'Asked',
  withdraw: 'Take back',
  deskTitle: 'Requests for correction',
  deskAbout:
    'What others ask to have corrected; you check and decide. Reading one leaves an entry. Nobody decides about themselves.',
  deskNone: 'Nothing waits for your decision',
  deskNoneWhy: 'You will be told of new requests.',
  open: 'Read the request',
  now: 'Held now',
  wished: 'Shall be',
  asHouse: 'As the organisation',
  grant: 'Grant',
  refuse: 'Refuse',
  grantAbout: 'The value is replaced at once; documents signed before stay as they are. Say what you checked.',
  refuseAbout: 'Who asked is told the reason.',
}

import type { Words } from '../words.ts'

export const decoys: Words['decoys'] = {
  title: 'Decoy findings',
  about:
    'Findings that nobody submitted. Only the organizer’s people have them in their lists, as closed. No report, pack, reward, export or statistic holds them. The organizer’s administrators see those of their own house, the auditor sees all.',
  place: 'Place a decoy',
  change: 'Change',
  save: 'Save the change',
  none: 'No decoys',
  noneWhy: 'With one in place you see here who looks beyond their work.',
  openings: 'Who came upon a decoy',
  openingsAbout:
    'Whoever opened one, or used its id in another act. The demand side, the auditor and the security and audit administrators are told at once; that person is not. It is a question and no verdict: ask why, first.',
  noOpenings: 'Nobody so far',
  noOpeningsWhy: 'You will be told at once.',
  outsider: 'Somebody outside this engagement',
  column: { at: 'Time', who: 'Who', way: 'How', number: 'Number', ledger: 'Ledger' },
  way: { opened: 'Opened its text', named: 'Used its id in another act' },
  state: { quiet: 'Untouched', met: 'Somebody came upon it', removed: 'Taken away' },
  severity: 'Severity',
  asset: 'Asset',
  tester: 'In the name of',
  testerHint:
    'An admitted tester with recorded traffic here, of which the decoy cites some. They do not see it and it counts nothing for them; ask them before.',
  noTesters: 'No tester has traffic yet',
  settle: 'Appears',
  settleHint: 'A finding that is closed in the moment of its submission looks odd.',
  atOnce: 'At once',
  hours: 'after {{hours}} hours',
  settles: 'Appears at',
  met: 'Times met',
  note: 'Why it was placed',
  noteHint: 'Only administrators and the auditor see this.',
  removed: 'Taken away',
  remove: 'Take away',
  removeAbout: 'It appears no more; the record of who came upon it stays.',
  formNote:
    'Make it credible, and describe no flaw that exists, nor real passwords or personal data: whoever opens it will believe it.',
}

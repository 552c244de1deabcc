import type { Words } from '../words.ts'

export const timeStamps: Words['timeStamps'] = {
  title: 'Time stamps',
  about:
    'An authority outside (RFC 3161) stamps heads of the ledger: their entries existed before that moment, whoever runs this platform',
  automatic: 'The platform asks every {{minutes}} minutes.',
  manual:
    'The platform does not ask by itself. A system administrator of the organizer can download a request, carry it to an authority and hand its answer in.',
  make: 'Make a request for the newest head',
  size: 'Head',
  entries: '{{size}} entries',
  state: 'State',
  states: { asked: 'Asking', exported: 'Waits for its answer', held: 'Stamped', failed: 'Not given' },
  at: 'Time, by the authority',
  authority: 'Authority',
  files: 'Files',
  request: 'Request .tsq',
  stamp: 'Stamp .tsr',
  bytes: 'Stamped head',
  handIn: 'Hand in the answer',
  handInTitle: 'Answer for the head of {{size}} entries',
  handInText:
    'Choose the .tsr file that the authority gave. Nonce, digest, time, purpose of the certificate and its issuer are checked; it is kept only when all of them are right.',
  tooLarge: 'The file is over 64 KiB: no time stamp is.',
  retry: 'Failed {{tries}} times, next at ',
  gaveUp: 'Given up after {{tries}} tries. After the next interval the newest head of then is asked for.',
  empty: 'No time stamp yet',
  emptyWhy:
    'Set ZH_TSA and the platform asks by itself, or carry requests by hand. docs/guides/time-stamps.md says how.',
  emptyOther: 'Time stamps are shown here once the organizer has them.',
  check: 'Check: openssl ts -verify -data HEAD -in STAMP.tsr -CAfile AUTHORITY.pem',
}

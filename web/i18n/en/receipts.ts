import type { Words } from '../words.ts'

export const receipts: Words['receipts'] = {
  title: 'My receipts',
  about:
    'Each of your submissions, decisions and signatures is an entry of the ledger. A receipt proves it without us.',
  list: 'What I did',
  one: 'Receipt',
  show: 'Receipt',
  act: 'Act',
  actor: 'By',
  engagement: 'Engagement',
  subject: 'Subject',
  at: 'Time',
  entry: 'Ledger entry',
  key: 'Fingerprint of the ledger key',
  empty: 'No receipts yet',
  emptyWhy: 'They appear here after you submit, decide or sign something.',
  good: 'Proved in your browser: ledger entry #{{index}}',
  goodText:
    'Its inclusion proof leads to the root of the signed checkpoint ({{size}} entries), and the signature is right.',
  newer: 'The newest checkpoint ({{size}} entries) goes on from it: nothing was rewritten since.',
  bad: 'Not proved',
  unread: 'This file cannot be checked',
  noSignatures:
    'This browser cannot check Ed25519 signatures, or the page is neither HTTPS nor on this machine. Use a newer browser, or heng verify.',
  namesNote: 'Names are there for readers and not proved; what is proved are ids, times and digests of the entry.',
  pending: 'The entry is on its way into the ledger, usually within a second.',
  download: 'Download receipt',
  checkNewer: 'Check against the newest checkpoint',
  file: 'The receipt file',
  keep: 'Keep it yourself. Offline check: heng verify FILE. Compare the key’s fingerprint with the one in your contract or letter.',
  checkFile: 'Check a receipt that you kept',
  checkFileAbout: 'Checks the file in the browser and that the ledger was not rewritten since. Nothing is uploaded.',
  choose: 'Choose a receipt file',
}

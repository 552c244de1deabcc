import type { Words } from '../words.ts'

export const sealing: Words['sealing'] = {
  title: 'Sealing keys',
  about: 'Findings, comments, reports, recordings and identity fields lie sealed. This is how their keys are kept.',
  state: 'State',
  now: 'Now',
  unsealed: 'Unsealed',
  inTheClear: 'The key lies in the clear',
  inTheClearHelp:
    'Whoever gets a copy of the data folder can read everything. Before real work move the key with “npm run keys -- move” to a passphrase, shares or a token.',
  keeper: 'Unlocked by',
  keepers: {
    file: 'a file in the clear (trials only)',
    passphrase: 'a file with a passphrase',
    shares: 'any {{needed}} of {{of}} shares',
    token: 'PKCS#11 token {{token}}',
  },
  afterStart: 'After a start',
  starts: {
    file: 'It unseals itself.',
    passphrase: 'It unseals itself where the passphrase file is there.',
    shares: 'It stays sealed until enough holders have entered their shares at /unseal.',
    token: 'It unseals itself where token and PIN file are there.',
  },
  suite: 'Sealed with',
  keys: {
    title: 'Key-encryption keys',
    about: 'The newest wraps the keys of organisations, those wrap the keys of engagements.',
    empty: 'No keys',
    emptyWhy: 'The first is made at the first start.',
    version: 'Version',
    number: 'Version {{version}}',
    madeAt: 'Made',
  },
  rotations: {
    title: 'Rotation',
    about: 'New keys while everything goes on. One rotation at a time.',
    kinds: { kek: 'Key-encryption key', tenant: 'Keys of organisations', engagement: 'Keys of engagements' },
    abouts: {
      kek: 'A new one wraps the keys of all organisations; the old one is forgotten. Takes minutes.',
      tenant: 'Each organisation gets a new key, which wraps the keys of its engagements. Takes minutes.',
      engagement:
        'Each engagement gets a new key, and every value is sealed anew under it. Takes as long as there is data; recordings, digests and search words stay under their own key.',
    },
    goesOn:
      'Reading and writing go on meanwhile. A restart costs nothing. Old backups still open with the keys of their day.',
    order: 'Rotate',
    what: 'What',
    state: 'Progress',
    states: {
      asked: 'Ordered',
      running: 'Running',
      settling: 'Waiting for what is under way with the older key',
      done: 'Done',
    },
    askedBy: 'Ordered by',
    askedAt: 'Ordered',
    endedAt: 'Ended',
    empty: 'No rotation yet',
    emptyWhy: 'Rotate once a year, and when somebody who could reach the keys leaves.',
  },
}

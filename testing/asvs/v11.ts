import { open, partly, type Row, shown } from './rows.ts'

/** Cryptography. */
export const v11: readonly Row[] = [
  partly(
    '11.1.1',
    'how keys live is written down (docs/guides)',
    'for the ledger’s keys and for disposal; without NIST SP 800-57',
    'ledgerGuide',
  ),
  open(
    '11.1.2',
    'a list of all keys, algorithms and certificates',
    'they stand in several pages; there is no one list',
  ),
  open('11.1.3', 'a tool finds every use of cryptography', 'there is none'),
  open('11.1.4', 'a plan for the time after quantum computers', 'suites can be changed; there is no plan'),
  partly(
    '11.2.1',
    'implementations are proven ones',
    'Node’s for AES, SHA-2, Ed25519; SM2 and SM3 by a library that is held against published answers',
    'vectorsOfSuites',
  ),
  partly(
    '11.2.2',
    'algorithms and keys can be changed',
    'suites of sealing and keys of the ledger; not passwords’ parameters',
    'suiteChange',
    'keySecond',
    'ledgerRotation',
  ),
  open(
    '11.2.3',
    'at least 128 bits of security',
    'ours have it; testers’ targets may be spoken to with less, and are meant to be',
  ),
  open('11.2.4', 'constant time', 'comparisons of secrets use it; SM4 and SM2 are not claimed to be'),
  shown('11.2.5', 'a fault of cryptography opens nothing', 'changedBit', 'suiteSeals', 'keyRefused'),
  partly(
    '11.3.1',
    'no weak modes',
    'the two suites are tested against their standards; no test looks for others',
    'vectorsOfSuites',
  ),
  partly('11.3.2', 'approved ciphers only', 'AES-256-GCM, or SM4-CTR with HMAC-SM3', 'vectorsOfSuites'),
  shown('11.3.3', 'what is sealed is also authenticated', 'changedBit', 'suiteSeals', 'ownPlace', 'keyWrapped'),
  shown('11.3.4', 'no nonce twice', 'nonces'),
  shown('11.3.5', 'encrypt, then authenticate', 'suiteSeals', 'vectorsOfSuites'),
  partly(
    '11.4.1',
    'approved hashes',
    'SHA-2 and SM3; SHA-1 in one-time codes and in WebSocket’s handshake, as their standards say',
    'vectorsOfSuites',
  ),
  open(
    '11.4.2',
    'passwords are stored by a slow function',
    'Argon2id with 19 MiB and two passes; a test counts comparisons, none looks at the parameters',
  ),
  partly('11.4.3', 'hashes of signatures are long enough', 'SHA-256 and SM3', 'ledgerChanged'),
  partly(
    '11.4.4',
    'keys out of passphrases are stretched',
    'short ones are refused; no test looks at the parameters',
    'passphrase',
  ),
  open(
    '11.5.1',
    'what must not be guessed is drawn well and is long',
    'node:crypto everywhere; no test forbids another source',
  ),
  open('11.5.2', 'drawing works under load', 'the kernel’s; not tested'),
  partly('11.6.1', 'approved signatures and good keys', 'Ed25519, and SM2 beside it', 'ledgerRotation'),
  open('11.6.2', 'key exchange is approved', 'Node’s TLS 1.2 and 1.3; no test looks'),
  open('11.7.1', 'memory is encrypted', 'it is not'),
  partly(
    '11.7.2',
    'little is open, and for a short time',
    'lists hold no sealed text; memory is not wiped after use',
    'readingEvent',
    'noWordsOfTraffic',
  ),
]

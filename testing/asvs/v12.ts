import { none, open, partly, type Row } from './rows.ts'

const proxy = 'the proxy before the platform does; the platform itself speaks plain HTTP'
/** Secure communication. */
export const v12: readonly Row[] = [
  open('12.1.1', 'TLS 1.2 or newer', `${proxy}. The gateway’s own port is held to 1.2 without a test`),
  open('12.1.2', 'good cipher suites', proxy),
  none('12.1.3', 'client certificates', 'nobody signs in with one'),
  open('12.1.4', 'revocation of certificates', proxy),
  open('12.1.5', 'encrypted hello', proxy),
  open('12.2.1', 'TLS to everybody outside', proxy),
  open('12.2.2', 'public certificates', 'the operator’s'),
  partly(
    '12.3.1',
    'everything in between is encrypted',
    'programs of one machine speak over unix sockets; TLS to an own database is the operator’s',
    'socketOwner',
    'databaseFit',
  ),
  open('12.3.2', 'certificates of others are checked', 'the egress client does; no test offers it a wrong one'),
  none('12.3.3', 'TLS between own HTTP services', 'they speak over unix sockets of one machine, not over a network'),
  none('12.3.4', 'own certificates between services', 'as above'),
  partly(
    '12.3.5',
    'services know each other',
    'by the owner of the socket; policy is signed',
    'socketOwner',
    'policySocket',
    'policySigned',
  ),
]

/** WebRTC, of which there is none. */
export const v17: readonly Row[] = (
  [
    ['17.1.1', 'addresses of TURN'],
    ['17.1.2', 'ports of TURN'],
    ['17.2.1', 'keys of DTLS'],
    ['17.2.2', 'suites of DTLS'],
    ['17.2.3', 'authentication of SRTP'],
    ['17.2.4', 'malformed SRTP'],
    ['17.2.5', 'floods of SRTP'],
    ['17.2.6', 'races of the hello'],
    ['17.2.7', 'recording under floods'],
    ['17.2.8', 'fingerprints of SDP'],
    ['17.3.1', 'floods of signalling'],
    ['17.3.2', 'malformed signalling'],
  ] as const
).map(([id, subject]) => none(id, subject, 'there is no WebRTC'))

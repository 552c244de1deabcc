import { none, open, partly, type Row, shown } from './rows.ts'

/** API and web service. */
export const v04: readonly Row[] = [
  partly('4.1.1', 'content types are told, and are right', 'problems and JSON by the fuzzer; not each file', 'fuzz'),
  none('4.1.2', 'redirects to https', 'the platform redirects nowhere; the proxy before it is the operator’s'),
  shown('4.1.3', 'heads set by a proxy are believed from proxies alone', 'proxies', 'hostInLinks'),
  partly(
    '4.1.4',
    'methods that are not meant do nothing',
    'they change nothing; a few answer as GET does',
    'otherMethod',
  ),
  partly(
    '4.1.5',
    'grave messages are signed one by one',
    'policy, heads, packs and letters are; requests of people are not',
    'policySigned',
    'ledgerRotation',
  ),
  partly(
    '4.2.1',
    'one framing of each message',
    'the gateway thoroughly; the API by what Node does',
    'smuggling',
    'framing',
    'notHttp',
  ),
  partly('4.2.2', 'lengths that are sent are right', 'at the gateway', 'smuggling'),
  partly('4.2.3', 'no fields of a connection in HTTP/2', 'at the gateway; the API speaks HTTP/1.1', 'http2Hostile'),
  partly(
    '4.2.4',
    'no line ends in fields of HTTP/2',
    'at the gateway; the API speaks HTTP/1.1',
    'http2Hostile',
    'http2Fuzz',
  ),
  open(
    '4.2.5',
    'addresses and heads that are sent are not too long',
    'lengths in the contract keep them short; no test shows it',
  ),
  none('4.3.1', 'GraphQL queries', 'there is no GraphQL'),
  none('4.3.2', 'GraphQL introspection', 'there is no GraphQL'),
  none('4.4.1', 'WebSocket over TLS', 'the platform opens none; the gateway carries those of testers'),
  none('4.4.2', 'the origin of a WebSocket', 'the platform opens none'),
  none('4.4.3', 'logins of a WebSocket', 'the platform opens none'),
  none('4.4.4', 'from login to WebSocket', 'the platform opens none'),
]

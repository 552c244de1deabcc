import { type AllowRow, checkDestination, egressRefusal, readDestination } from '../egress/destination.ts'
import { hours, minutes, seconds } from '../shared/clock.ts'
import { Problem, say } from '../shared/problem.ts'

export const channels = ['webhook', 'syslog_tls', 'syslog_tcp', 'syslog_udp'] as const
export type Channel = (typeof channels)[number]

/** Receivers that one engagement may have. */
export const mostReceivers = 10

export const tooManyReceivers = (): Problem =>
  new Problem(
    'refused',
    say(`每个项目最多 ${mostReceivers} 个接收方`, `an engagement has at most ${mostReceivers} receivers`),
    {
      rule: 'RECEIVER-1',
    },
  )

/** Waits after the first, second … failure, milliseconds; after the last the message is given up, about a day later. */
const waits = [
  seconds(5),
  seconds(30),
  minutes(2),
  minutes(10),
  minutes(30),
  hours(1),
  hours(2),
  hours(4),
  hours(8),
  hours(8),
]

/** Milliseconds until a message that failed is tried again; null when it is given up. @param tries made so far, at least 1 */
export const nextTellingAfter = (tries: number): number | null => waits[tries - 1] ?? null

/** How long the messages that were told stay listed, milliseconds. */
export const toldKeptFor = hours(30 * 24)

export type Place = { readonly host: string; readonly port: number }

/**
 * Reads where a receiver is, and asks the administrator's list before anything is kept. A webhook is a whole http(s)
 * address; what goes to a name goes over TLS. Syslog is host and port.
 * @throws Problem EGRESS-1 to 3, RECEIVER-2 for a webhook in clear to a name
 */
export function readReceiver(channel: Channel, address: string, rows: readonly AllowRow[], field: string): Place {
  const target =
    channel === 'webhook'
      ? readDestination(address, field)
      : readDestination(`https://${hostAndPort(address, field)}/`, field)
  if (channel === 'webhook' && target.scheme === 'http' && target.address === undefined) {
    const limit = say('发往域名的 webhook 须用 https', 'a webhook to a name uses https')
    throw new Problem('refused', limit, {
      rule: 'RECEIVER-2',
      fields: [{ field, limit, fix: say('改用 https:// 地址', 'write an https:// address') }],
    })
  }
  checkDestination(target.host, target.port, { by: 'list', rows }, field)
  return { host: target.host, port: target.port }
}

function hostAndPort(address: string, field: string): string {
  if (/^(?:\[[0-9a-f:.]+\]|[^\s/:@?#\\]+):[1-9]\d{0,4}$/i.test(address)) return address
  throw egressRefusal('EGRESS-1', say('syslog 地址写作 主机:端口', 'a syslog address is host:port'), field)
}

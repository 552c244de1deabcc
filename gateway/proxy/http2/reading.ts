import { parseHostTarget, type Target, type TargetReading } from '@zhongheng/domain/authorizations/target.ts'
import { notText, type Reading, textOf } from '../reading.ts'
import type { Http2Request } from './messages.ts'

/**
 * The one reading of where a request goes: `:scheme`, `:authority` and every `host` must name what the tunnel was opened
 * for, or it is refused (RFC 9113 8.3.1).
 */
export function readHttp2Target(
  { method, scheme, path, authority, hosts }: Pick<Http2Request, 'method' | 'scheme' | 'path' | 'authority' | 'hosts'>,
  tunnel: Target,
): Reading {
  const names = authority === undefined ? hosts : [authority, ...hosts]
  const written = textOf(path)
  if (written === undefined) return { target: notText }
  const isPath = written.startsWith('/') || (written === '*' && method === 'OPTIONS')
  const readings = names.map((name): TargetReading => {
    const text = textOf(name)
    return text === undefined ? notText : parseHostTarget(tunnel.scheme, text, isPath ? written : '/')
  })
  const unreadable = readings.find(({ ok }) => !ok)
  const [target] = readings
  if (unreadable !== undefined) return { target: unreadable }
  if (target === undefined) return { target: parseHostTarget(tunnel.scheme, '', '/') }
  if (!isPath || scheme.toLowerCase() !== tunnel.scheme) return { target, conflict: 'ROUTE-3' }
  const agree = readings.every((one) => one.ok && one.target.host === tunnel.host && one.target.port === tunnel.port)
  return agree ? { target } : { target, conflict: 'ROUTE-1' }
}

import {
  parseAbsoluteTarget,
  parseConnectTarget,
  parseHostTarget,
  type TargetReading,
  targetRules,
} from '@zhongheng/domain/authorizations/target.ts'
import { valueOf } from './framing/fields.ts'
import type { RequestHead } from './framing/request-head.ts'
import type { OwnRule } from './refusals.ts'
import type { Tunnel } from './tunnel/intercept.ts'

export type Reading = {
  readonly target: TargetReading
  /** Set when the names in one request do not agree. */
  readonly conflict?: OwnRule
}

/**
 * The one reading of where a request goes: request line, CONNECT and Host must name the same host and port, or it is
 * refused. A request in a tunnel speaks to the tunnel's target only.
 */
export function readTarget(head: RequestHead, tunnel: Tunnel | null): Reading {
  const written = textOf(head.target)
  const host = valueOf(head.fields, 'host')
  const hostText = host === undefined ? undefined : textOf(host)
  if (written === undefined || (host !== undefined && hostText === undefined)) return { target: notText }
  if (head.method === 'CONNECT') {
    if (tunnel !== null) return { target: parseConnectTarget(written), conflict: 'ROUTE-3' }
    return agree(parseConnectTarget(written), hostText, 'https', true)
  }
  if (tunnel === null) {
    const target = parseAbsoluteTarget(written)
    return agree(target, hostText, target.ok ? target.target.scheme : 'http', false)
  }
  const { scheme } = tunnel.target
  // Some servers obey the absolute form over Host, so inside a tunnel there is only one place for a name.
  if (!written.startsWith('/') && !(written === '*' && head.method === 'OPTIONS')) {
    return { target: parseHostTarget(scheme, hostText ?? '', '/'), conflict: 'ROUTE-3' }
  }
  const target = parseHostTarget(scheme, hostText ?? '', written)
  if (!target.ok || same(target, { ok: true, target: tunnel.target })) return { target }
  return { target, conflict: 'ROUTE-1' }
}

function agree(
  target: TargetReading,
  host: string | undefined,
  scheme: 'http' | 'https',
  portMayMiss: boolean,
): Reading {
  if (host === undefined || !target.ok) return { target }
  const named = parseHostTarget(scheme, host, '/')
  if (!named.ok) return { target: named }
  if (same(target, named)) return { target }
  // Several clients leave the port out of the Host of a CONNECT; the name must still agree.
  if (portMayMiss && named.target.host === target.target.host && !/:\d+$/.test(host)) return { target }
  return { target, conflict: 'ROUTE-1' }
}

const same = (one: TargetReading, other: TargetReading): boolean =>
  one.ok && other.ok && one.target.host === other.target.host && one.target.port === other.target.port

export const notText: TargetReading = { ok: false, rule: 'TARGET-7', text: targetRules['TARGET-7'] }
const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Bytes (one character each) as the text they are meant to be; undefined when a host might be hidden in other bytes. */
export function textOf(bytes: string): string | undefined {
  if (!/[\u0080-\u00ff]/.test(bytes)) return bytes
  try {
    return utf8.decode(Buffer.from(bytes, 'latin1'))
  } catch {
    const path = bytes.search(/(?<![:/])[/?#](?!\/)/)
    return /[\u0080-\u00ff]/.test(path < 0 ? bytes : bytes.slice(0, path)) ? undefined : bytes
  }
}

import { type Text, say } from '../shared/problem.ts'
import { type Address, formatAddress, parseIPv4, parseIPv6 } from './ip.ts'
import { canonicalPath, pathOnly } from './path.ts'

/** The one reading of where a request goes. `host` is lower case, an A-label, without final dot and without brackets. */
export type Target = {
  readonly scheme: 'http' | 'https'
  readonly host: string
  /** Set when the host is an IP literal. */
  readonly address?: Address
  readonly port: number
  /** Path and query as sent; undefined for a CONNECT authority. */
  readonly path?: string
}

/** Why a target has no single reading. The rule id is what the tester and the ledger see. */
export type TargetRefusal = { readonly rule: TargetRule; readonly text: Text }
export type TargetReading = { readonly ok: true; readonly target: Target } | ({ readonly ok: false } & TargetRefusal)
export type HostReading =
  | { readonly ok: true; readonly host: string; readonly address?: Address }
  | ({ readonly ok: false } & TargetRefusal)

export type TargetRule = keyof typeof targetRules
export const targetRules = {
  'TARGET-1': say('目标不是完整的 http 或 https 地址', 'the target is not a complete http or https address'),
  'TARGET-2': say(
    '目标中带有用户名部分（@），真实主机不明确',
    'the target carries a user part (@), so its host is unclear',
  ),
  'TARGET-3': say('目标中有反斜杠、空白或控制字符', 'the target has a backslash, a blank or a control character'),
  'TARGET-4': say(
    'IP 地址不是规范写法；请写成如 192.0.2.10 或 [2001:db8::1]',
    'the IP address is not in its canonical spelling; write 192.0.2.10 or [2001:db8::1]',
  ),
  'TARGET-5': say(
    '主机名不合法：有空标签、过长或含有不允许的字符',
    'the host name is malformed: an empty label, too long, or a character that is not allowed',
  ),
  'TARGET-6': say(
    '端口不合法：须为 1 到 65535 的十进制数，无前导零',
    'the port is malformed: a decimal number from 1 to 65535 without leading zeros',
  ),
  'TARGET-7': say(
    '国际化域名不合法，或含有会被改写成其他名称的字符',
    'the internationalised name is invalid or has characters that turn into another name',
  ),
} as const

const refuse = (rule: TargetRule): { readonly ok: false } & TargetRefusal => ({
  ok: false,
  rule,
  text: targetRules[rule],
})

const plainName = /^[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?$/
// Blanks, controls and everything that some client strips or maps before it dials.
const forbidden = /[\s\\\u0000-\u0020\u007f-\u009f]/

/**
 * Reads a host as written in an authority (an IPv6 literal in brackets). One spelling, one answer: forms which resolvers
 * and URL parsers read differently (octal, decimal, hex, short, mapped, zoned, full-width, percent-encoded) are refused.
 */
export function readHost(written: string): HostReading {
  if (forbidden.test(written)) return refuse('TARGET-3')
  if (written.startsWith('[')) {
    const inner = /^\[([0-9a-f:.]+)\]$/i.exec(written)?.[1]?.toLowerCase()
    const address = inner === undefined ? undefined : parseIPv6(inner)
    if (address === undefined || formatAddress(address) !== inner) return refuse('TARGET-4')
    // Mapped and compatible forms name an IPv4 machine a second way.
    if (address.key.startsWith('0'.repeat(20)) && address.key.slice(20) > '000000000001') return refuse('TARGET-4')
    return { ok: true, host: inner, address }
  }
  let name = written.toLowerCase()
  if (name.endsWith('.')) name = name.slice(0, -1)
  if (name === '' || name.startsWith('.') || name.endsWith('.')) return refuse('TARGET-5')
  if (!/^[\u0000-\u007f]*$/.test(name)) {
    const ascii = toAscii(name)
    if (ascii === undefined) return refuse('TARGET-7')
    name = ascii
  }
  if (name.length > 253) return refuse('TARGET-5')
  const labels = name.split('.')
  for (const label of labels) {
    if (label.length > 63 || !plainName.test(label)) return refuse('TARGET-5')
  }
  // A last label that is a number makes the whole an IPv4 address for every resolver (WHATWG "ends in a number").
  if (/^(?:[0-9]+|0x[0-9a-f]*)$/.test(labels[labels.length - 1] ?? '')) {
    const address = parseIPv4(name)
    return address === undefined || written.endsWith('.') ? refuse('TARGET-4') : { ok: true, host: name, address }
  }
  return { ok: true, host: name }
}

/** The A-label form, or undefined when a character would vanish or turn into an ASCII look-alike on the way. */
export function toAscii(name: string): string | undefined {
  const labels = name.toLowerCase().split('.')
  const converted = hostOf(name)?.split('.')
  if (converted === undefined || converted.length !== labels.length) return undefined
  for (const [place, label] of labels.entries()) {
    const result = converted[place] ?? ''
    const foreign = !/^[\u0000-\u007f]*$/.test(label)
    if (foreign ? !result.startsWith('xn--') || label.normalize('NFKC') !== label.normalize('NFC') : result !== label) {
      return undefined
    }
  }
  return converted.join('.')
}

function hostOf(name: string): string | undefined {
  try {
    return new URL(`http://${name}/`).hostname
  } catch {
    return undefined
  }
}

function readPort(text: string): number | undefined {
  if (!/^[1-9][0-9]{0,4}$/.test(text)) return undefined
  const port = Number(text)
  return port <= 65535 ? port : undefined
}

type Authority = { readonly ok: true; readonly host: string; readonly address?: Address; readonly port?: number }

function readAuthority(text: string): Authority | ({ readonly ok: false } & TargetRefusal) {
  if (text.includes('@')) return refuse('TARGET-2')
  if (forbidden.test(text)) return refuse('TARGET-3')
  const colon = text.startsWith('[') ? text.indexOf(':', Math.max(0, text.indexOf(']'))) : text.indexOf(':')
  const host = readHost(colon < 0 ? text : text.slice(0, colon))
  if (!host.ok || colon < 0) return host
  const port = readPort(text.slice(colon + 1))
  return port === undefined ? refuse('TARGET-6') : { ...host, port }
}

function targetOf(scheme: 'http' | 'https', authority: Authority, path: string | undefined): TargetReading {
  return {
    ok: true,
    target: {
      scheme,
      host: authority.host,
      ...(authority.address === undefined ? {} : { address: authority.address }),
      port: authority.port ?? (scheme === 'https' ? 443 : 80),
      ...(path === undefined ? {} : { path }),
    },
  }
}

/** Reads an absolute-form request target or a pasted URL: `http://host[:port]/path`. `ws`/`wss` count as http/https. */
export function parseAbsoluteTarget(text: string): TargetReading {
  const parts = /^([a-z]+):\/\/([^/?#]*)(.*)$/is.exec(text)
  const scheme = parts?.[1]?.toLowerCase()
  if (parts === null || scheme === undefined) return refuse('TARGET-1')
  if (scheme !== 'http' && scheme !== 'https' && scheme !== 'ws' && scheme !== 'wss') return refuse('TARGET-1')
  if ((parts[2] ?? '') === '') return refuse('TARGET-1')
  const authority = readAuthority(parts[2] ?? '')
  if (!authority.ok) return authority
  const rest = parts[3] ?? ''
  if (/[\r\n\t]/.test(rest)) return refuse('TARGET-3')
  return targetOf(
    scheme === 'http' || scheme === 'ws' ? 'http' : 'https',
    authority,
    rest.startsWith('/') ? rest : `/${rest}`,
  )
}

/** Reads a CONNECT authority, `host:port`, both required. */
export function parseConnectTarget(text: string): TargetReading {
  const authority = readAuthority(text)
  if (!authority.ok) return authority
  return authority.port === undefined ? refuse('TARGET-6') : targetOf('https', authority, undefined)
}

/**
 * Reads the Host header (or `:authority`) with an origin-form request target, e.g. inside an intercepted tunnel.
 * The gateway compares the result with the CONNECT target by `sameOrigin` and ends the connection if they differ.
 */
export function parseHostTarget(scheme: 'http' | 'https', hostHeader: string, path: string): TargetReading {
  const authority = readAuthority(hostHeader)
  if (!authority.ok) return authority
  if (/[\r\n\t]/.test(path) || !(path.startsWith('/') || path === '*')) return refuse('TARGET-1')
  return targetOf(scheme, authority, path)
}

/** The target as text: `https://host:8443/path`, a default port left out, the path in its canonical reading. */
export function formatTarget(target: Target): string {
  const host = target.address?.family === 6 ? `[${target.host}]` : target.host
  const port = target.port === (target.scheme === 'https' ? 443 : 80) ? '' : `:${target.port}`
  return `${target.scheme}://${host}${port}${target.path === undefined ? '' : canonicalPath(pathOnly(target.path))}`
}

/** Whether two targets name the same machine and port, whatever the path. */
export const sameOrigin = (one: Target, other: Target): boolean => one.host === other.host && one.port === other.port

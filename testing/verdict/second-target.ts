import { domainToASCII } from 'node:url'
import { canonicalSix, type Number128, numberOf } from './second-address.ts'

/* The second implementation of docs/verdict.md, part "The target". */

export type SecondTarget = {
  readonly host: string
  readonly address: Number128 | undefined
  readonly port: number
  /** As sent, query included; undefined for a tunnel. */
  readonly path: string | undefined
}

const blank = /[\p{Cc}\s\\]/u

function hostOf(written: string): { host: string; address: Number128 | undefined } | undefined {
  if (blank.test(written)) return undefined
  if (written.startsWith('[')) {
    if (!written.endsWith(']')) return undefined
    const inner = written.slice(1, -1).toLowerCase()
    const address = numberOf(inner)
    if (address === undefined || canonicalSix(inner) !== inner) return undefined
    if (address.value >> 48n === 0n && address.value > 1n) return undefined
    return { host: inner, address }
  }
  const lower = written.toLowerCase()
  const dotted = lower.endsWith('.')
  const labels: string[] = []
  for (const label of (dotted ? lower.slice(0, -1) : lower).split('.')) {
    if (label === '') return undefined
    // eslint-disable-next-line no-control-regex
    if (/^[\0-\x7f]*$/.test(label)) {
      labels.push(label)
      continue
    }
    if (label.normalize('NFKC') !== label.normalize('NFC')) return undefined
    const ascii = domainToASCII(label)
    if (!ascii.startsWith('xn--') || ascii.includes('.')) return undefined
    labels.push(ascii)
  }
  const host = labels.join('.')
  // An ASCII label beside a foreign one must mean itself to IDNA as well.
  if (host !== (dotted ? lower.slice(0, -1) : lower) && domainToASCII(host) !== host) return undefined
  if (host.length > 253) return undefined
  for (const label of labels) {
    if (label.length > 63 || !/^[a-z0-9_-]+$/.test(label) || label.startsWith('-') || label.endsWith('-')) {
      return undefined
    }
  }
  const last = labels.at(-1) ?? ''
  if (/^\d+$/.test(last) || /^0x[0-9a-f]*$/.test(last)) {
    const address = numberOf(host)
    return address === undefined || dotted ? undefined : { host, address }
  }
  return { host, address: undefined }
}

function portOf(text: string): number | undefined {
  const port = Number(text)
  return /^\d{1,5}$/.test(text) && String(port) === text && port >= 1 && port <= 65535 ? port : undefined
}

function authorityOf(text: string): { host: string; address: Number128 | undefined; port?: number } | undefined {
  if (text.includes('@')) return undefined
  const bracket = text.startsWith('[') ? text.indexOf(']') : 0
  if (bracket < 0) return undefined
  const colon = text.indexOf(':', bracket)
  const host = hostOf(colon < 0 ? text : text.slice(0, colon))
  if (host === undefined || colon < 0) return host
  const port = portOf(text.slice(colon + 1))
  return port === undefined ? undefined : { ...host, port }
}

/** An absolute URL. */
export function readUrl(text: string): SecondTarget | undefined {
  const scheme = ['https', 'http', 'wss', 'ws'].find((one) => text.toLowerCase().startsWith(`${one}://`))
  if (scheme === undefined) return undefined
  const rest = text.slice(scheme.length + 3)
  const end = rest.search(/[/?#]/)
  const authority = authorityOf(end < 0 ? rest : rest.slice(0, end))
  if (authority === undefined) return undefined
  const path = end < 0 ? '' : rest.slice(end)
  if (/[\r\n\t]/.test(path)) return undefined
  const port = authority.port ?? (scheme === 'http' || scheme === 'ws' ? 80 : 443)
  return { host: authority.host, address: authority.address, port, path: path.startsWith('/') ? path : `/${path}` }
}

/** `host:port` of a tunnel. */
export function readTunnel(text: string): SecondTarget | undefined {
  const authority = authorityOf(text)
  if (authority?.port === undefined) return undefined
  return { host: authority.host, address: authority.address, port: authority.port, path: undefined }
}

import type { Http2Rule } from './faults.ts'
import type { HeaderField } from './hpack/static-table.ts'

/** What the gateway needs to know of a request; `fields` are the whole list as it came. */
export type Http2Request = {
  readonly fields: readonly HeaderField[]
  readonly method: string
  readonly scheme: string
  readonly path: string
  /** `:authority`; undefined without one. */
  readonly authority: string | undefined
  /** Every `host` field. */
  readonly hosts: readonly string[]
  /** `:protocol` of an extended CONNECT (RFC 8441). */
  readonly protocol: string | undefined
  readonly contentLength: number | undefined
  readonly accept: string
}

const token = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/
const methodToken = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}$/
// biome-ignore lint: control characters are what it looks for
const badValue = /[\u0000-\u0008\u000a-\u001f\u007f]|^[ \t]|[ \t]$/
// biome-ignore lint: control characters are what it looks for
const badPath = /[\u0000-\u0020\u007f]/
const requestPseudo = new Set([':method', ':scheme', ':path', ':authority', ':protocol'])
const ofConnection = new Set(['connection', 'proxy-connection', 'keep-alive', 'transfer-encoding', 'upgrade'])

/** What frames or routes a request, and has no place behind it. */
const outOfPlace = new Set(['content-length', 'host', 'te', 'expect'])

/**
 * Reads the head of a request strictly (RFC 9113 8.2, 8.3): one reading or the rule that speaks against it. A target may
 * turn it into HTTP/1.1, so what would be a line end or a framing field there never passes.
 * @param end the request has no body
 */
export function readRequest(fields: readonly HeaderField[], end: boolean): Http2Request | Http2Rule {
  const pseudo = new Map<string, string>()
  const hosts: string[] = []
  let length: number | undefined
  let accept = ''
  let ordinary = false
  for (const { name, value } of fields) {
    if (badValue.test(value)) return 'H2-3'
    if (name.startsWith(':')) {
      if (ordinary || pseudo.has(name) || !requestPseudo.has(name)) return 'H2-1'
      pseudo.set(name, value)
      continue
    }
    ordinary = true
    if (!token.test(name)) return 'H2-2'
    if (ofConnection.has(name) || (name === 'te' && value.toLowerCase() !== 'trailers')) return 'H2-4'
    if (name === 'content-length') {
      if (length !== undefined || !/^(?:0|[1-9][0-9]{0,14})$/.test(value)) return 'H2-5'
      length = Number(value)
    } else if (name === 'host') hosts.push(value)
    else if (name === 'accept') accept = value
  }
  const method = pseudo.get(':method')
  const scheme = pseudo.get(':scheme')
  const path = pseudo.get(':path')
  const authority = pseudo.get(':authority')
  const protocol = pseudo.get(':protocol')
  if (method === undefined || !methodToken.test(method)) return 'H2-1'
  if (method === 'CONNECT' && protocol === undefined) return 'H2-14'
  if (scheme === undefined || path === undefined || path === '' || badPath.test(path)) return 'H2-1'
  if (protocol !== undefined && (method !== 'CONNECT' || authority === undefined)) return 'H2-1'
  if (end && length !== undefined && length > 0) return 'H2-5'
  return { fields, method, scheme, path, authority, hosts, protocol, contentLength: length, accept }
}

/** What is wrong with the trailers of a request; null when nothing is. */
export function faultOfTrailers(fields: readonly HeaderField[]): Http2Rule | null {
  for (const { name, value } of fields) {
    if (!token.test(name) || badValue.test(value) || ofConnection.has(name) || outOfPlace.has(name)) return 'H2-7'
  }
  return null
}

/**
 * The status of an answer's head; undefined when it is malformed. Laxer than for requests, as the tester came to see
 * what the target does: only what could be read as another list is not passed on (RFC 9113 10.3).
 */
export function readStatus(fields: readonly HeaderField[]): number | undefined {
  const [first, ...rest] = fields
  if (first?.name !== ':status' || !/^[1-9][0-9]{2}$/.test(first.value) || first.value === '101') return undefined
  return wellMade(rest) ? Number(first.value) : undefined
}

/** Whether trailers of an answer may be passed on. */
export const wellMade = (fields: readonly HeaderField[]): boolean =>
  // biome-ignore lint: control characters are what it looks for
  fields.every(({ name, value }) => /^[^\u0000-\u0020:\u007f]+$/.test(name) && !/[\0\r\n]/.test(value))

export const valuesIn = (fields: readonly HeaderField[], wanted: string): readonly string[] =>
  fields.filter(({ name }) => name === wanted).map(({ value }) => value)

export const valueIn = (fields: readonly HeaderField[], wanted: string): string | undefined =>
  fields.find(({ name }) => name === wanted)?.value

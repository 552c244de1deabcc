import type { FrameRule } from './faults.ts'
import { type Field, listHas, valueOf, valuesOf } from './fields.ts'

/** The head of one request as it came, with what the gateway needs to know of it. Strings hold one character per byte. */
export type RequestHead = {
  readonly bytes: Buffer
  readonly method: string
  /** The request target as written; it stands at `targetFrom` in `bytes`. */
  readonly target: string
  readonly targetFrom: number
  readonly version: '1.0' | '1.1'
  readonly fields: readonly Field[]
  readonly body: { readonly kind: 'none' | 'chunked' } | { readonly kind: 'length'; readonly length: number }
  /** False when the connection ends after this request. */
  readonly keepAlive: boolean
  /** The protocol asked for by Upgrade, lower case; null without one. */
  readonly upgrade: string | null
  /** The sender waits for 100 (Continue) before it sends the body. */
  readonly expects: boolean
}

const requestLine = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}) ([\u0021-\u007e\u0080-\u00ff]+) HTTP\/1\.([01])\r\n$/

export type RequestLine = Pick<RequestHead, 'method' | 'target' | 'targetFrom' | 'version'>

/** Reads a request line with its CRLF; undefined when it is malformed. */
export function readRequestLine(line: string): RequestLine | undefined {
  const parts = requestLine.exec(line)
  if (parts === null) return undefined
  const method = parts[1] ?? ''
  // The preface of HTTP/2 looks like a request; it is none.
  if (method === 'PRI') return undefined
  return { method, target: parts[2] ?? '', targetFrom: method.length + 1, version: parts[3] === '1' ? '1.1' : '1.0' }
}

/**
 * Decides how a request is framed. There is one reading or a refusal: doubled, signed, listed or mixed length fields and
 * every transfer coding but a plain `chunked` are refused (request smuggling, ASVS V4.2).
 */
export function frameRequest(line: RequestLine, fields: readonly Field[], bytes: Buffer): RequestHead | FrameRule {
  const hosts = valuesOf(fields, 'host')
  if (hosts.length > 1 || (hosts.length === 0 && line.method !== 'CONNECT')) return 'FRAME-9'
  const codings = valuesOf(fields, 'transfer-encoding')
  const lengths = valuesOf(fields, 'content-length')
  if (codings.length > 0 && lengths.length > 0) return 'FRAME-7'
  let body: RequestHead['body'] = { kind: 'none' }
  if (codings.length > 0) {
    if (codings.length > 1 || line.version === '1.0' || !/^ *chunked$/i.test(codings[0] ?? '')) return 'FRAME-6'
    body = { kind: 'chunked' }
  } else if (lengths.length > 0) {
    const digits = /^ *(0|[1-9][0-9]{0,14})$/.exec(lengths[0] ?? '')?.[1]
    if (lengths.length > 1 || digits === undefined) return 'FRAME-5'
    if (digits !== '0') body = { kind: 'length', length: Number(digits) }
  }
  if (line.method === 'CONNECT' && (codings.length > 0 || lengths.some((one) => one.trim() !== '0'))) return 'FRAME-5'
  const close = listHas(fields, 'connection', 'close')
  const upgrade = listHas(fields, 'connection', 'upgrade') ? (valueOf(fields, 'upgrade') ?? null) : null
  return {
    ...line,
    bytes,
    fields,
    body,
    keepAlive: !close && (line.version === '1.1' || listHas(fields, 'connection', 'keep-alive')),
    upgrade: upgrade === null ? null : upgrade.toLowerCase(),
    expects: valueOf(fields, 'expect')?.toLowerCase() === '100-continue',
  }
}

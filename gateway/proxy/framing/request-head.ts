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
 * What is wrong with the fields that frame and route a request, as far as they came. There is one reading or a refusal:
 * doubled, signed, listed or mixed length fields and every transfer coding but a plain `chunked` are refused (request
 * smuggling, ASVS V4.2).
 */
export function faultOfFields(line: RequestLine, fields: readonly Field[]): FrameRule | null {
  let length: string | undefined
  let coding: string | undefined
  let host: string | undefined
  for (const { name, value } of fields) {
    if (name === 'content-length') {
      if (length !== undefined || !/^ *(?:0|[1-9][0-9]{0,14})$/.test(value)) return 'FRAME-5'
      length = value
    } else if (name === 'transfer-encoding') {
      if (coding !== undefined || line.version === '1.0' || !/^ *chunked$/i.test(value)) return 'FRAME-6'
      coding = value
    } else if (name === 'host') {
      if (host !== undefined) return 'FRAME-9'
      host = value
    }
  }
  if (length !== undefined && coding !== undefined) return 'FRAME-7'
  if (line.method === 'CONNECT' && (coding !== undefined || (length !== undefined && length.trim() !== '0')))
    return 'FRAME-5'
  return null
}

/** Decides how a request is framed, once its head is complete. */
export function frameRequest(line: RequestLine, fields: readonly Field[], bytes: Buffer): RequestHead | FrameRule {
  const fault = faultOfFields(line, fields)
  if (fault !== null) return fault
  if (line.method !== 'CONNECT' && valueOf(fields, 'host') === undefined) return 'FRAME-9'
  const length = Number(valueOf(fields, 'content-length') ?? 0)
  const body: RequestHead['body'] =
    valueOf(fields, 'transfer-encoding') !== undefined
      ? { kind: 'chunked' }
      : length > 0
        ? { kind: 'length', length }
        : { kind: 'none' }
  const close = listHas(fields, 'connection', 'close')
  // Of several the target may choose any: together they are one name that nobody knows.
  const upgrades = listHas(fields, 'connection', 'upgrade') ? valuesOf(fields, 'upgrade') : []
  const upgrade = upgrades.length === 0 ? null : upgrades.map((one) => one.trim()).join(', ')
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

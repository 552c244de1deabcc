/**
 * How one side of an exchange over HTTP/2 is recorded: the bytes of a connection that carries nothing else. It begins as
 * such a connection begins (the request with the preface, both with empty SETTINGS) and goes on with the frames of stream 1:
 * HEADERS and CONTINUATION, DATA, trailers as HEADERS, RST_STREAM. Header blocks are what the other side was sent: literals
 * without index and without Huffman code (RFC 7541 6.2.2, or 6.2.3 where the sender forbade indexing), so each can be read by itself.
 * Padding and priorities are left out. Any reader of HTTP/2 reads it.
 */
const settings = [0, 0, 0, 4, 0, 0, 0, 0, 0] as const
const preface = new TextEncoder().encode('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
export const recordBegins: { readonly request: Uint8Array; readonly response: Uint8Array } = {
  request: Uint8Array.of(...preface, ...settings),
  response: Uint8Array.of(...settings),
}

/** Names and values with one character per byte, in the order in which they were sent, pseudo-header fields first. */
export type RecordedField = { readonly name: string; readonly value: string; readonly neverIndexed: boolean }

export type Http2Side = {
  /** The lists before the message proper (status 1xx). */
  readonly informational: readonly (readonly RecordedField[])[]
  /** Empty when none came. */
  readonly head: readonly RecordedField[]
  /** The content of its DATA frames: views into the bytes given. */
  readonly body: readonly Uint8Array[]
  readonly trailers: readonly RecordedField[]
  /** The code of a RST_STREAM at the end. */
  readonly reset: number | null
  /** True when the bytes stop within a frame: they were cut, or the exchange broke there. */
  readonly cut: boolean
}

/** Reads a recorded side, or as much of its beginning as is given; undefined when it is none. */
export function readHttp2Side(bytes: Uint8Array): Http2Side | undefined {
  const beginsAs = (begin: Uint8Array): boolean => begin.every((byte, at) => bytes[at] === byte)
  let at = beginsAs(recordBegins.request)
    ? recordBegins.request.length
    : beginsAs(recordBegins.response)
      ? recordBegins.response.length
      : -1
  if (at < 0) return undefined
  const lists: (readonly RecordedField[])[] = []
  const body: Uint8Array[] = []
  let reset: number | null = null
  let block: Uint8Array[] = []
  while (at + 9 <= bytes.length) {
    const length = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0)
    const type = bytes[at + 3]
    const flags = bytes[at + 4] ?? 0
    const payload = bytes.subarray(at + 9, at + 9 + length)
    const whole = payload.length === length
    // What there is of a body is worth having; half a header block or code is not.
    if (type === 0 && payload.length > 0) body.push(payload)
    if (!whole) break
    at += 9 + length
    if (type === 1 || type === 9) {
      block.push(payload)
      if ((flags & 4) === 0) continue
      const fields = readBlock(block)
      if (fields === undefined) return undefined
      lists.push(fields)
      block = []
    } else if (type === 3) reset = payload.reduce((code, byte) => code * 256 + byte, 0)
    else if (type !== 0) return undefined
  }
  const place = lists.findIndex((list) => !/^1\d\d$/.test(valueOf(list, ':status')))
  return {
    informational: place < 0 ? lists : lists.slice(0, place),
    head: lists[place] ?? [],
    body,
    trailers: place < 0 ? [] : lists.slice(place + 1).flat(),
    reset,
    cut: at < bytes.length || block.length > 0,
  }
}

const valueOf = (list: readonly RecordedField[], name: string): string =>
  list.find((field) => field.name === name)?.value ?? ''

function readBlock(parts: readonly Uint8Array[]): readonly RecordedField[] | undefined {
  const [first] = parts
  const block = parts.length === 1 && first !== undefined ? first : joined(parts)
  const fields: RecordedField[] = []
  let at = 0
  const text = (): string | undefined => {
    let length = block[at++] ?? 128
    if (length >= 128) return undefined
    for (let shift = 0, byte = 128; length >= 127 && byte >= 128 && shift <= 21; shift += 7) {
      byte = block[at++] ?? 0
      length += (byte & 127) << shift
    }
    const from = at
    at += length
    if (at > block.length) return undefined
    let out = ''
    for (let place = from; place < at; place++) out += String.fromCharCode(block[place] ?? 0)
    return out
  }
  while (at < block.length) {
    const mark = block[at++]
    if (mark !== 0 && mark !== 0x10) return undefined
    const name = text()
    const value = name === undefined ? undefined : text()
    if (name === undefined || value === undefined) return undefined
    fields.push({ name, value, neverIndexed: mark === 0x10 })
  }
  return fields
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

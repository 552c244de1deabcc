import {
  type Http2Side,
  type RecordedField,
  readHttp2Side,
  recordBegins,
} from '@zhongheng/contracts/records/http2-side.ts'
import { dechunked } from './chunked.ts'

export type Field = { readonly name: string; readonly value: string }

/** One side of an exchange with its body still to come. Text has one character per byte. */
export type Message = {
  readonly version: '1' | '2'
  /** Request line or status line; of HTTP/2 one is made in the manner of HTTP/1. Empty when no whole head was recorded. */
  readonly first: string
  /** In the order of sending; of HTTP/2 without the pseudo-header fields. */
  readonly fields: readonly Field[]
  /** The same fields as they stood on the wire. */
  readonly lines: readonly string[]
  /** Bytes of the head as recorded, interim answers left out; -1 for HTTP/2, whose heads are packed. */
  readonly headBytes: number
  /** The content: chunks and frames taken off, packed as it was sent. To be read once. */
  readonly body: AsyncIterable<Uint8Array>
  /** Filled when the body has been read to its end. */
  readonly trailers: Field[]
}

/** A head that has not ended after this many bytes is none. The gateway passes none as large. */
const longestHead = 1024 * 1024

/** Reads the head of one recorded side; the body is read as it is asked for. */
export async function readMessage(bytes: AsyncIterable<Uint8Array>, httpVersion: '2' | null): Promise<Message> {
  return httpVersion === '2' ? readHttp2(bytes) : readHttp1(bytes)
}

const valueOf = (fields: readonly Field[], name: string): string | undefined =>
  fields.find((field) => field.name.toLowerCase() === name)?.value

/** The value of a field by its lower-case name; empty where it was not sent. */
export const fieldOf = ({ fields }: Pick<Message, 'fields'>, name: string): string => valueOf(fields, name) ?? ''

async function readHttp1(bytes: AsyncIterable<Uint8Array>): Promise<Message> {
  const source = bytes[Symbol.asyncIterator]()
  let held: Buffer = Buffer.alloc(0)
  let over = false
  const trailers: Field[] = []
  for (;;) {
    const end = held.indexOf('\r\n\r\n')
    if (end >= 0) {
      const lines = held.toString('latin1', 0, end).split('\r\n')
      const [first = '', ...rest] = lines
      const after = held.subarray(end + 4)
      // 101 is the last word of HTTP on its connection; the other interim answers stand before the answer.
      if (/^HTTP\/1\.\d 1(?!01)\d\d/.test(first)) {
        held = after
        continue
      }
      const fields = rest.map(fieldIn)
      const chunked = /(^|,)\s*chunked\s*$/i.test(valueOf(fields, 'transfer-encoding') ?? '')
      const raw = restOf(after, source)
      const body = chunked ? dechunked(raw, (line) => trailers.push(fieldIn(line))) : raw
      return { version: '1', first, fields, lines: rest, headBytes: end + 4, body, trailers }
    }
    const next = over || held.length > longestHead ? undefined : await source.next()
    if (next === undefined || next.done === true) {
      over = true
      return { version: '1', first: '', fields: [], lines: [], headBytes: 0, body: restOf(held, source), trailers }
    }
    held = held.length === 0 ? Buffer.from(next.value) : Buffer.concat([held, next.value])
  }
}

function fieldIn(line: string): Field {
  const at = line.indexOf(':')
  return at < 0 ? { name: line, value: '' } : { name: line.slice(0, at), value: line.slice(at + 1).trim() }
}

async function* restOf(held: Uint8Array, source: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    if (held.length > 0) yield held
    for (let next = await source.next(); next.done !== true; next = await source.next()) yield next.value
  } finally {
    await source.return?.()
  }
}

async function readHttp2(bytes: AsyncIterable<Uint8Array>): Promise<Message> {
  const sides = http2Pieces(bytes)[Symbol.asyncIterator]()
  const early: Uint8Array[] = []
  const trailers: Field[] = []
  let head: readonly RecordedField[] = []
  while (head.length === 0) {
    const next = await sides.next()
    if (next.done === true) break
    head = next.value.head
    early.push(...next.value.body)
    trailers.push(...next.value.trailers)
  }
  async function* body(): AsyncGenerator<Uint8Array> {
    try {
      yield* early
      for (let next = await sides.next(); next.done !== true; next = await sides.next()) {
        yield* next.value.body
        // In a piece of its own a list without a status is what the reader takes for a head.
        trailers.push(...next.value.head, ...next.value.trailers)
      }
    } finally {
      await sides.return?.(undefined)
    }
  }
  const pseudo = (name: string): string | undefined => valueOf(head, name)
  const status = pseudo(':status')
  const authority = pseudo(':authority')
  const ordinary = head.filter(({ name }) => !name.startsWith(':')).map(({ name, value }) => ({ name, value }))
  const host =
    authority === undefined || valueOf(ordinary, 'host') !== undefined ? [] : [{ name: 'host', value: authority }]
  const first =
    head.length === 0
      ? ''
      : status === undefined
        ? `${pseudo(':method') ?? ''} ${pseudo(':path') ?? authority ?? ''} HTTP/2`
        : `HTTP/2 ${status}`
  const fields = [...host, ...ordinary]
  const lines = fields.map(({ name, value }) => `${name}: ${value}`)
  return { version: '2', first, fields, lines, headBytes: -1, body: body(), trailers }
}

/**
 * The recorded frames in runs of whole ones, each as `readHttp2Side` reads it. A run is as long as what came at once, so
 * that a body of any size passes in pieces.
 */
async function* http2Pieces(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Http2Side> {
  let held: Buffer = Buffer.alloc(0)
  let begun = false
  const read = (frames: Uint8Array): Http2Side | undefined =>
    readHttp2Side(Buffer.concat([recordBegins.response, frames]))
  for await (const chunk of bytes) {
    held = held.length === 0 ? Buffer.from(chunk) : Buffer.concat([held, chunk])
    if (!begun) {
      const begin = [recordBegins.request, recordBegins.response].find((one) =>
        held.subarray(0, one.length).equals(one),
      )
      if (begin === undefined) continue
      held = held.subarray(begin.length)
      begun = true
    }
    const whole = wholeFrames(held)
    if (whole === 0) continue
    const side = read(held.subarray(0, whole))
    if (side === undefined) return
    held = held.subarray(whole)
    yield side
  }
  const last = begun && held.length > 0 ? read(held) : undefined
  if (last !== undefined) yield last
}

/** How many bytes belong to whole frames, up to the last one that leaves no header block open. */
function wholeFrames(bytes: Buffer): number {
  let whole = 0
  for (let at = 0; at + 9 <= bytes.length; ) {
    const next = at + 9 + bytes.readUIntBE(at, 3)
    if (next > bytes.length) break
    const type = bytes[at + 3]
    const ends = ((bytes[at + 4] ?? 0) & 4) !== 0
    at = next
    if ((type !== 1 && type !== 9) || ends) whole = at
  }
  return whole
}

/** The head as HTTP/1 writes it. @param version what stands in its first line for HTTP/2 */
export function headText(message: Pick<Message, 'version' | 'first' | 'fields'>, version = 'HTTP/2'): string {
  const first = message.version === '2' ? message.first.replace('HTTP/2', version) : message.first
  return [first, ...message.fields.map(({ name, value }) => `${name}: ${value}`), '', ''].join('\r\n')
}

/** Reads on until `limit`; `rest` then continues, and is undefined where the body ended before. */
export async function heldBody(
  body: AsyncIterable<Uint8Array>,
  limit: number,
): Promise<{ readonly held: Buffer; readonly rest: AsyncIterable<Uint8Array> | undefined }> {
  const source = body[Symbol.asyncIterator]()
  const parts: Uint8Array[] = []
  let size = 0
  for (let next = await source.next(); next.done !== true; next = await source.next()) {
    parts.push(next.value)
    size += next.value.length
    if (size > limit) return { held: Buffer.concat(parts), rest: restOf(Buffer.alloc(0), source) }
  }
  return { held: Buffer.concat(parts), rest: undefined }
}

/** The bytes up to the end of the first head of HTTP/1, and what follows; without an end, all that was looked through. */
export async function splitAfterHead(
  bytes: AsyncIterable<Uint8Array>,
): Promise<{ readonly head: Buffer; readonly rest: AsyncIterable<Uint8Array> }> {
  const source = bytes[Symbol.asyncIterator]()
  let held: Buffer = Buffer.alloc(0)
  for (let next = await source.next(); next.done !== true; next = await source.next()) {
    held = Buffer.concat([held, next.value])
    const end = held.indexOf('\r\n\r\n')
    const at = end < 0 ? held.length : end + 4
    if (end >= 0 || held.length > longestHead)
      return { head: held.subarray(0, at), rest: restOf(held.subarray(at), source) }
  }
  return { head: held, rest: restOf(Buffer.alloc(0), source) }
}

/** The frame layer of HTTP/2 (RFC 9113 4 and 6): nine bytes of head, then the payload. */
export const frameTypes = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  push: 5,
  ping: 6,
  goaway: 7,
  window: 8,
  continuation: 9,
  altsvc: 10,
  origin: 12,
} as const

export const flags = { endStream: 1, ack: 1, endHeaders: 4, padded: 8, priority: 32 } as const

/** RFC 9113 7. */
export const codes = {
  none: 0,
  protocol: 1,
  internal: 2,
  flowControl: 3,
  streamClosed: 5,
  frameSize: 6,
  refusedStream: 7,
  cancel: 8,
  compression: 9,
  calm: 11,
  http11Required: 13,
} as const
export type Code = (typeof codes)[keyof typeof codes]

export const settingIds = {
  tableSize: 1,
  enablePush: 2,
  concurrentStreams: 3,
  initialWindow: 4,
  frameSize: 5,
  headerListSize: 6,
  connectProtocol: 8,
} as const

export const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1')
/** The largest payload that everybody takes. We announce no larger one and send no larger one. */
export const maxPayload = 16_384
export const defaultWindow = 65_535
export const maxWindow = 0x7fff_ffff
export const headBytes = 9

export type Frame = {
  readonly type: number
  readonly flags: number
  readonly stream: number
  readonly payload: Buffer
}

/** A frame larger than was allowed: the connection ends (RFC 9113 4.2). */
export class FrameTooLarge extends Error {
  override readonly name = 'FrameTooLarge'
}

/** Cuts the bytes of one direction into frames. A frame within one chunk shares its memory; at most one is put together. */
export class FrameCutter {
  readonly #head = Buffer.alloc(headBytes)
  #headFilled = 0
  #payload: Buffer | null = null
  #filled = 0

  /** Calls `take` for each whole frame; stops early when it answers false. @throws FrameTooLarge */
  push(chunk: Buffer, take: (frame: Frame) => boolean): void {
    let at = 0
    while (at < chunk.length) {
      if (this.#payload !== null) {
        const copied = chunk.copy(this.#payload, this.#filled, at)
        this.#filled += copied
        at += copied
        if (this.#filled < this.#payload.length) return
        const payload = this.#payload
        this.#payload = null
        if (!take(frameOf(this.#head, 0, payload))) return
        continue
      }
      if (this.#headFilled === 0 && chunk.length - at >= headBytes) {
        const length = chunk.readUIntBE(at, 3)
        if (length > maxPayload) throw new FrameTooLarge()
        const end = at + headBytes + length
        if (end <= chunk.length) {
          const frame = frameOf(chunk, at, chunk.subarray(at + headBytes, end))
          at = end
          if (!take(frame)) return
          continue
        }
      }
      const copied = chunk.copy(this.#head, this.#headFilled, at)
      this.#headFilled += copied
      at += copied
      if (this.#headFilled < headBytes) return
      this.#headFilled = 0
      const length = this.#head.readUIntBE(0, 3)
      if (length > maxPayload) throw new FrameTooLarge()
      if (length === 0) {
        if (!take(frameOf(this.#head, 0, Buffer.alloc(0)))) return
      } else {
        this.#payload = Buffer.allocUnsafe(length)
        this.#filled = 0
      }
    }
  }
}

const frameOf = (head: Buffer, at: number, payload: Buffer): Frame => ({
  type: head[at + 3] ?? 0,
  flags: head[at + 4] ?? 0,
  stream: head.readUInt32BE(at + 5) & 0x7fff_ffff,
  payload,
})

export function frameHead(type: number, flag: number, stream: number, length: number): Buffer {
  const head = Buffer.allocUnsafe(headBytes)
  head.writeUIntBE(length, 0, 3)
  head[3] = type
  head[4] = flag
  head.writeUInt32BE(stream, 5)
  return head
}

export const frameBytes = (type: number, flag: number, stream: number, payload: Uint8Array): Buffer =>
  Buffer.concat([frameHead(type, flag, stream, payload.length), payload])

/** A header block as HEADERS and, where it is large, CONTINUATION. */
export function headerFrames(stream: number, block: Buffer, endStream: boolean): Buffer {
  const end = endStream ? flags.endStream : 0
  if (block.length <= maxPayload) return frameBytes(frameTypes.headers, end | flags.endHeaders, stream, block)
  const parts: Buffer[] = []
  for (let at = 0; at < block.length; at += maxPayload) {
    const part = block.subarray(at, at + maxPayload)
    const last = at + maxPayload >= block.length ? flags.endHeaders : 0
    parts.push(
      frameBytes(at === 0 ? frameTypes.headers : frameTypes.continuation, last | (at === 0 ? end : 0), stream, part),
    )
  }
  return Buffer.concat(parts)
}

export const dataHead = (stream: number, length: number, endStream: boolean): Buffer =>
  frameHead(frameTypes.data, endStream ? flags.endStream : 0, stream, length)

export function resetFrame(stream: number, code: number): Buffer {
  const payload = Buffer.allocUnsafe(4)
  payload.writeUInt32BE(code)
  return frameBytes(frameTypes.reset, 0, stream, payload)
}

export function windowFrame(stream: number, increment: number): Buffer {
  const payload = Buffer.allocUnsafe(4)
  payload.writeUInt32BE(increment)
  return frameBytes(frameTypes.window, 0, stream, payload)
}

/** @param debug shown by many clients: why the connection ends */
export function goawayFrame(lastStream: number, code: number, debug: string): Buffer {
  const head = Buffer.allocUnsafe(8)
  head.writeUInt32BE(lastStream, 0)
  head.writeUInt32BE(code, 4)
  return frameBytes(frameTypes.goaway, 0, 0, Buffer.concat([head, Buffer.from(debug, 'utf8')]))
}

export function settingsFrame(settings: readonly (readonly [number, number])[]): Buffer {
  const payload = Buffer.allocUnsafe(settings.length * 6)
  for (const [place, [id, value]] of settings.entries()) {
    payload.writeUInt16BE(id, place * 6)
    payload.writeUInt32BE(value, place * 6 + 2)
  }
  return frameBytes(frameTypes.settings, 0, 0, payload)
}

import type { ExchangeEnd, ExchangeHead } from './capture.ts'

/**
 * The wire between gateway and recorder: frames over a unix socket, in both directions.
 *
 * A frame is a header of 16 bytes, big-endian, and its payload:
 * `payload length u32 · type u8 · protocol version u8 · sequence u48 · stream u32`.
 *
 * - `sequence` begins at 1 on each connection and grows by one with every frame the gateway sends. In a frame of the
 *   recorder it names the frame that is answered.
 * - `stream` numbers the exchanges of a connection, from 1, never used twice. 0 speaks of the connection itself.
 * - `ack` is cumulative: every frame up to its sequence was written, or was named in a `reject` sent before it.
 */
export const frameTypes = {
  /** Gateway, first frame: JSON `Hello`. */
  hello: 1,
  /** JSON `ExchangeHead`. */
  open: 2,
  /** Bytes as the tester sent them. */
  request: 3,
  /** Bytes as the tester receives them. */
  response: 4,
  /** JSON `ExchangeEnd`. */
  end: 5,
  /** JSON `Refusal`: an exchange of which nothing left the gateway. */
  refusal: 6,
  /** Recorder, answer to hello: JSON `IntakeState`. */
  welcome: 16,
  /** No payload. */
  ack: 17,
  /** JSON `Rejection`: the stream is not recorded from the named frame on. */
  reject: 18,
  /** JSON `IntakeState`: it changed. */
  state: 19,
} as const
export type FrameType = (typeof frameTypes)[keyof typeof frameTypes]

export type Hello = { readonly gatewayId: string }
export type Refusal = { readonly head: ExchangeHead; readonly end: ExchangeEnd }
export type IntakeState = { readonly writing: boolean; readonly why: string | null }
export type Rejection = {
  readonly code: 'no_key' | 'disposed' | 'disk_full' | 'write_failed' | 'malformed' | 'duplicate' | 'stopping'
  readonly message: string
}

export type Frame = {
  readonly type: number
  readonly sequence: number
  readonly stream: number
  readonly payload: Buffer
  /** False for a piece of `request` or `response` bytes behind which more of the same frame follows. */
  readonly whole: boolean
}

export const protocolVersion = 1
export const frameHeaderBytes = 16
/** No frame's payload is larger; longer byte runs are cut into several frames. */
export const maxFramePayload = 256 * 1024

/** The 16 bytes before a payload of the given length (bytes). */
export function frameHeader(type: FrameType, sequence: number, stream: number, length: number): Buffer {
  const header = Buffer.allocUnsafe(frameHeaderBytes)
  writeHeader(header, type, sequence, stream, length)
  return header
}

function writeHeader(into: Buffer, type: FrameType, sequence: number, stream: number, length: number): void {
  into.writeUInt32BE(length, 0)
  into[4] = type
  into[5] = protocolVersion
  into.writeUIntBE(sequence, 6, 6)
  into.writeUInt32BE(stream, 12)
}

/** A whole frame with a JSON payload. @throws RangeError when the JSON is longer than a frame may be */
export function jsonFrame(type: FrameType, sequence: number, stream: number, value: object): Buffer {
  const text = JSON.stringify(value)
  const length = Buffer.byteLength(text)
  if (length > maxFramePayload) throw new RangeError(`frame of ${length} bytes`)
  const frame = Buffer.allocUnsafe(frameHeaderBytes + length)
  writeHeader(frame, type, sequence, stream, length)
  frame.write(text, frameHeaderBytes, 'utf8')
  return frame
}

/** What arrived is no frame of this protocol. The connection cannot be believed any longer. */
export class FrameFault extends Error {
  override readonly name = 'FrameFault'
}

type Begun = Omit<Frame, 'payload' | 'whole'> & {
  readonly length: number
  filled: number
  readonly payload: Buffer | null
}

/**
 * Cuts a byte stream into frames. Bytes of exchanges are passed on as they come, a frame perhaps in pieces, so that they
 * are never copied; of other frames at most one incomplete one is held.
 */
export class FrameReader {
  readonly #header = Buffer.alloc(frameHeaderBytes)
  #headerFilled = 0
  #begun: Begun | null = null

  /** Frames and pieces in this chunk, in order; payloads share the chunk's memory. @throws FrameFault */
  push(chunk: Buffer): Frame[] {
    const frames: Frame[] = []
    let at = 0
    // Also with nothing left: a frame without payload is whole with its header.
    while (at < chunk.length || this.#begun?.length === 0) {
      if (!this.#begun) {
        const taken = chunk.copy(this.#header, this.#headerFilled, at)
        this.#headerFilled += taken
        at += taken
        if (this.#headerFilled < frameHeaderBytes) break
        this.#headerFilled = 0
        this.#begun = begin(this.#header, chunk.length - at)
        continue
      }
      const begun = this.#begun
      const part = chunk.subarray(at, at + begun.length - begun.filled)
      at += part.length
      if (begun.payload) part.copy(begun.payload, begun.filled)
      begun.filled += part.length
      const whole = begun.filled === begun.length
      if (whole) this.#begun = null
      if (whole || !begun.payload) {
        const { type, sequence, stream } = begun
        frames.push({ type, sequence, stream, payload: begun.payload ?? part, whole })
      }
    }
    return frames
  }
}

/** @param available bytes of the payload that are there already */
function begin(header: Buffer, available: number): Begun {
  const length = header.readUInt32BE(0)
  const type = header[4] ?? 0
  if (length > maxFramePayload) throw new FrameFault(`payload of ${length} bytes, at most ${maxFramePayload}`)
  if (header[5] !== protocolVersion) throw new FrameFault(`protocol version ${header[5]}`)
  const inPieces = type === frameTypes.request || type === frameTypes.response
  return {
    type,
    sequence: header.readUIntBE(6, 6),
    stream: header.readUInt32BE(12),
    length,
    filled: 0,
    payload: inPieces || available >= length ? null : Buffer.allocUnsafe(length),
  }
}

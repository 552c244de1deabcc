import { inflateRawSync } from 'node:zlib'
import { unpackedLimit } from './content.ts'

/** A frame of RFC 6455, its mask taken off. */
export type WebSocketFrame = {
  readonly final: boolean
  /** 0 continuation, 1 text, 2 binary, 8 close, 9 ping, 10 pong. */
  readonly opcode: number
  /** Unpacked where the frame was a packed message of its own (RFC 7692) and unfolds to at most 8 MiB. */
  readonly payload: Buffer
  /** Bytes of the payload on the wire; more than `payload` holds where it was longer than 1 MiB. */
  readonly wireBytes: number
  /** Packed and shown as it was: part of a longer message, or packed with what went before. */
  readonly stillPacked: boolean
}

const longestHeld = 1024 * 1024

/** Reads frames one after the other; stops silently where the bytes stop within one. */
export async function* readFrames(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<WebSocketFrame> {
  let held: Buffer = Buffer.alloc(0)
  let skip = 0
  for await (const chunk of bytes) {
    held = held.length === 0 ? Buffer.from(chunk) : Buffer.concat([held, chunk])
    for (;;) {
      if (skip > 0) {
        const passed = Math.min(skip, held.length)
        skip -= passed
        held = held.subarray(passed)
        if (skip > 0) break
      }
      const head = headOf(held)
      if (head === undefined) break
      const kept = Math.min(head.length, longestHeld)
      if (held.length < head.at + kept) break
      const payload = Buffer.from(held.subarray(head.at, head.at + kept))
      if (head.mask !== undefined)
        for (let at = 0; at < payload.length; at++) payload[at] = (payload[at] ?? 0) ^ (head.mask[at % 4] ?? 0)
      const whole = head.packed && head.final && kept === head.length ? inflated(payload) : undefined
      yield {
        final: head.final,
        opcode: head.opcode,
        payload: whole ?? payload,
        wireBytes: head.length,
        stillPacked: head.packed && whole === undefined,
      }
      held = held.subarray(head.at + kept)
      skip = head.length - kept
    }
  }
}

function headOf(bytes: Buffer) {
  if (bytes.length < 2) return undefined
  const [one = 0, two = 0] = bytes
  const short = two & 127
  const extra = short === 126 ? 2 : short === 127 ? 8 : 0
  const masked = (two & 128) !== 0
  const at = 2 + extra + (masked ? 4 : 0)
  if (bytes.length < at) return undefined
  const length = extra === 0 ? short : extra === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
  return {
    final: (one & 128) !== 0,
    packed: (one & 64) !== 0,
    opcode: one & 15,
    length,
    at,
    mask: masked ? bytes.subarray(at - 4, at) : undefined,
  }
}

function inflated(payload: Buffer): Buffer | undefined {
  try {
    return inflateRawSync(Buffer.concat([payload, Buffer.from([0, 0, 255, 255, 1, 0, 0, 255, 255])]), {
      maxOutputLength: unpackedLimit,
    })
  } catch {
    return undefined
  }
}

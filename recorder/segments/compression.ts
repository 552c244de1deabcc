import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { maxRecordPayload } from './format.ts'

/** How a record's content lies under its seal. */
export const codecs = {
  /** As it is. */
  plain: 0,
  /** One frame of Zstandard (RFC 8878), without a dictionary. */
  zstd: 1,
} as const

/** The seal outside tells what was altered; a checksum within would say it a second time. */
const params = { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_checksumFlag]: 0 }

/**
 * A record of fewer bytes is left as it is. A call costs tens of microseconds whatever it is given: one tester's small
 * requests would wait for it at each step, and a busy recorder's records are larger anyway.
 */
const worthBytes = 4096
/** A piece is sampled when it has so many bytes, in so many of them. */
const sampled = 1024
const sampleBytes = 512
/** Random bytes show about 221 different values in a sample, text below 100, machine code about 150. */
const denseValues = 190

/** Frames come in pieces of this size; most fit into one. */
const frameBytes = 32 * 1024
/** Parts are put together here: memory made anew for each record would have the collector run many times a second. */
let together = Buffer.alloc(0)

/** The parts in one piece, which is good until the next call. */
function inOnePiece(parts: readonly Uint8Array[], length: number): Buffer {
  if (length > together.length) together = Buffer.alloc(Math.max(256 * 1024, 2 ** Math.ceil(Math.log2(length))))
  let at = 0
  for (const part of parts) {
    together.set(part, at)
    at += part.length
  }
  return together.subarray(0, length)
}

/**
 * Content of a record as it should be sealed: compressed, unless that would save next to nothing. What is compressed
 * already (pictures, packed answers, tunnels) is known by a sample and not tried.
 * @param parts the content in pieces @param length of all of them, in bytes
 */
export function compressed(
  parts: readonly Uint8Array[],
  length: number,
): { readonly codec: number; readonly parts: readonly Uint8Array[] } {
  if (length < worthBytes || denseBytes(parts) > length * 0.75) return { codec: codecs.plain, parts }
  const frame = zstdCompressSync(inOnePiece(parts, length), {
    params,
    // Known sizes keep the working memory small.
    pledgedSrcSize: length,
    chunkSize: Math.min(length, frameBytes),
  })
  return frame.length > length * 0.9375 ? { codec: codecs.plain, parts } : { codec: codecs.zstd, parts: [frame] }
}

/**
 * The content of a record whose seal held.
 * @param atMost bytes that it may come to @throws RangeError when its codec is unknown, it is no such frame, or it is longer
 */
export function expanded(codec: number, content: Buffer, atMost = maxRecordPayload): Buffer {
  if (codec === codecs.plain) return content
  if (codec !== codecs.zstd) throw new RangeError(`codec ${codec}`)
  try {
    return zstdDecompressSync(content, { maxOutputLength: atMost })
  } catch (cause) {
    throw new RangeError('no frame of zstd', { cause })
  }
}

function denseBytes(parts: readonly Uint8Array[]): number {
  let dense = 0
  for (const part of parts) if (part.length >= sampled && isDense(part)) dense += part.length
  return dense
}

const seen = new Uint8Array(256)
function isDense(part: Uint8Array): boolean {
  seen.fill(0)
  const from = (part.length - sampleBytes) >> 1
  let values = 0
  for (let at = from; at < from + sampleBytes; at++) {
    const value = part[at] ?? 0
    if (seen[value] === 0) {
      seen[value] = 1
      values += 1
    }
  }
  return values > denseValues
}

import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync, zstdDecompressSync } from 'node:zlib'

/** No content is unpacked to more (bytes): a small body can unfold to terabytes. */
export const unpackedLimit = 8 * 1024 * 1024

const unpackers: { readonly [coding: string]: (bytes: Uint8Array, most: number) => Buffer } = {
  gzip: (bytes, most) => gunzipSync(bytes, { maxOutputLength: most }),
  'x-gzip': (bytes, most) => gunzipSync(bytes, { maxOutputLength: most }),
  br: (bytes, most) => brotliDecompressSync(bytes, { maxOutputLength: most }),
  zstd: (bytes, most) => zstdDecompressSync(bytes, { maxOutputLength: most }),
  deflate: (bytes, most) => {
    try {
      return inflateSync(bytes, { maxOutputLength: most })
    } catch {
      // Many servers leave the zlib wrapping out.
      return inflateRawSync(bytes, { maxOutputLength: most })
    }
  },
}

/**
 * Undoes the codings of `Content-Encoding`. @returns null where there are none, where one is not known, where the bytes
 * are not so packed, or where they unfold to more than `most`
 */
export function unpacked(bytes: Uint8Array, contentEncoding: string, most = unpackedLimit): Buffer | null {
  const codings = contentEncoding
    .toLowerCase()
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '' && one !== 'identity')
  if (codings.length === 0 || codings.length > 3 || bytes.length === 0) return null
  let all: Uint8Array = bytes
  for (const coding of codings.reverse()) {
    const unpack = Object.hasOwn(unpackers, coding) ? unpackers[coding] : undefined
    if (unpack === undefined) return null
    try {
      all = unpack(all, most)
    } catch {
      return null
    }
  }
  return Buffer.from(all.buffer, all.byteOffset, all.byteLength)
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
/** Bytes as text when they are UTF-8 without control characters that no text has; null otherwise. */
export function asText(bytes: Uint8Array): string | null {
  try {
    const text = strict.decode(bytes)
    // biome-ignore lint: control characters are exactly what this looks for
    return /[\u0000-\u0008\u000e-\u001f]/.test(text) ? null : text
  } catch {
    return null
  }
}

/** Base64 of a stream in pieces. @param lineLength breaks lines after so many characters; 0: one line */
export async function* base64Of(bytes: AsyncIterable<Uint8Array>, lineLength = 0): AsyncGenerator<string> {
  const group = lineLength === 0 ? 3 : (lineLength / 4) * 3
  let left: Buffer = Buffer.alloc(0)
  const text = (part: Buffer): string => {
    const whole = part.toString('base64')
    return lineLength === 0 ? whole : whole.replace(new RegExp(`.{1,${lineLength}}`, 'g'), '$&\n')
  }
  for await (const chunk of bytes) {
    const all =
      left.length === 0 ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength) : Buffer.concat([left, chunk])
    const whole = all.length - (all.length % group)
    if (whole > 0) yield text(all.subarray(0, whole))
    left = Buffer.from(all.subarray(whole))
  }
  if (left.length > 0) yield text(left)
}

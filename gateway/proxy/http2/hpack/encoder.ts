import type { HeaderField } from './static-table.ts'

/**
 * A header block that needs no table to be read: every field as a literal, without index and without Huffman code. The
 * block that goes to the other side is the block that is recorded, and anybody can read it years later by itself.
 * A field its sender marked as never to be indexed keeps the mark.
 */
export function encodeBlock(fields: readonly HeaderField[]): Buffer {
  let size = 0
  for (const { name, value } of fields) size += 11 + name.length + value.length
  const out = Buffer.allocUnsafe(size)
  let at = 0
  for (const { name, value, secret } of fields) {
    out[at++] = secret === true ? 0x10 : 0
    at = writeText(out, name, at)
    at = writeText(out, value, at)
  }
  return out.subarray(0, at)
}

function writeText(out: Buffer, text: string, from: number): number {
  let at = from
  const { length } = text
  if (length < 127) out[at++] = length
  else {
    out[at++] = 127
    let rest = length - 127
    for (; rest >= 128; rest >>>= 7) out[at++] = (rest & 127) | 128
    out[at++] = rest
  }
  return at + out.write(text, at, 'latin1')
}

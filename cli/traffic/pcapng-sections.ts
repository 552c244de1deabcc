/** Bytes of the section and interface blocks at the beginning of a capture. @throws Error when there are none */
export function headBlocks(bytes: Buffer): number {
  let at = 0
  for (const type of [0x0a0d0d0a, 1]) {
    if (bytes.length < at + 12 || bytes.readUInt32LE(at) !== type) throw new Error('no capture')
    at += bytes.readUInt32LE(at + 4)
  }
  if (bytes.length < at) throw new Error('no capture')
  return at
}

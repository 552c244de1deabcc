import { crc32, deflateSync } from 'node:zlib'

/**
 * A black PNG.
 * @param what `said` puts another size into its head than it has; `artist` stands in its metadata
 */
export function pngOf(
  width: number,
  height: number,
  what: { said?: readonly [width: number, height: number]; artist?: string } = {},
): Buffer {
  const chunk = (name: string, data: Uint8Array): Buffer => {
    const body = Buffer.concat([Buffer.from(name), data])
    const around = Buffer.alloc(8)
    around.writeUInt32BE(data.length, 0)
    around.writeUInt32BE(crc32(body), 4)
    return Buffer.concat([around.subarray(0, 4), body, around.subarray(4)])
  }
  // Eight bits each of red, green and blue; each line begins with its filter.
  const head = Buffer.from([...new Uint8Array(8), 8, 2, 0, 0, 0])
  const [saidWidth, saidHeight] = what.said ?? [width, height]
  head.writeUInt32BE(saidWidth, 0)
  head.writeUInt32BE(saidHeight, 4)
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', head),
    ...(what.artist === undefined ? [] : [chunk('tEXt', Buffer.from(`Artist\0${what.artist}`, 'latin1'))]),
    chunk('IDAT', deflateSync(new Uint8Array(height * (1 + 3 * width)))),
    chunk('IEND', new Uint8Array()),
  ])
}

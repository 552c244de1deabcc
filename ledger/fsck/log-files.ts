import { join } from 'node:path'
import { type Batch, countOf, partOf, readBatch } from '../log/batch.ts'
import { readAtOnce } from '../log/files.ts'
import { hashBytes } from '../log/hashing.ts'
import { bundlePath, tilePath, tileWidth } from '../verify/layout.ts'
import { Found } from './fault.ts'

/** What a bundle's file holds: all entries that can be read, and whether it is exactly as many as it should be. */
export type BundleFile = { readonly path: string; readonly batch: Batch; readonly held: number; readonly good: boolean }

/** @param width entries wanted of it @throws Found when it is missing */
export function openBundle(folder: string, index: number, width: number): BundleFile {
  const { path, bytes, held } = readWidth(folder, (some) => bundlePath(index, some), width)
  const batch = readBatch(bytes)
  const good = batch.whole && countOf(batch) === held
  return { path, batch: countOf(batch) > width ? partOf(batch, 0, width) : batch, held, good }
}

/** What is wrong with a bundle whose entries, as far as they can be read, are the right ones. */
export const brokenBundle = ({ path, batch, held }: BundleFile, index: number): Found =>
  new Found(
    path,
    `应有 ${held} 条，其后的内容损坏、缺失或多余`,
    `${held} entries expected; what follows is broken, missing or too much`,
    index * tileWidth + Math.min(countOf(batch), held),
  )

/** The first `width` hashes of a tile. @throws Found when it is missing or of another length */
export function readTile(folder: string, level: number, index: number, width: number): Buffer {
  const { path, bytes, held } = readWidth(folder, (some) => tilePath(level, index, some), width)
  if (bytes.length !== held * hashBytes) {
    throw new Found(
      path,
      `应为 ${held * hashBytes} 字节，实为 ${bytes.length}`,
      `${held * hashBytes} bytes expected, ${bytes.length} there`,
      (index * tileWidth + Math.min(Math.floor(bytes.length / hashBytes), held - 1)) * tileWidth ** level,
    )
  }
  return bytes.subarray(0, width * hashBytes)
}

/** A tile or bundle of `width`, or the full one that may have taken a partial one's place since. */
function readWidth(
  folder: string,
  pathOf: (width: number) => string,
  width: number,
): { path: string; bytes: Buffer; held: number } {
  for (const held of [width, tileWidth]) {
    const bytes = readAtOnce(join(folder, pathOf(held)))
    if (bytes !== undefined) return { path: pathOf(held), bytes, held }
  }
  throw new Found(pathOf(width), '文件缺失', 'the file is missing')
}

/** Number of the first hash in which two rows of hashes differ. */
export function firstDifference(one: Uint8Array, other: Uint8Array): number {
  let at = 0
  while (one[at] === other[at] && at < other.length) at++
  return Math.floor(at / hashBytes)
}

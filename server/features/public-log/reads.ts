import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { toHex } from '@zhongheng/ledger/verify/bytes.ts'
import { bundlePath, hashesAt, parseTilePath, tilePath, tileWidth } from '@zhongheng/ledger/verify/layout.ts'
import { proofsFromTiles } from '@zhongheng/ledger/verify/tile-proofs.ts'
import { nodeCrypto } from '@zhongheng/ledger/verify/node-crypto.ts'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'

/** Any file of a log's folder that is public by its format; undefined for what is not there. */
async function fileOf(folder: string, path: string): Promise<Buffer | undefined> {
  return readFile(join(folder, path)).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return undefined
    throw error
  })
}

export const readCheckpoint = (folder: string): Promise<Buffer | undefined> => fileOf(folder, 'checkpoint')
export const readVerifierKey = (folder: string): Promise<Buffer | undefined> => fileOf(folder, 'verifier-key')

/**
 * A tile of hashes by what stands after `tile/` in the address. It is taken apart and put together anew, so that nothing
 * but such a tile can be reached: not a bundle of entries either, however the address is spelled.
 */
export async function readTile(folder: string, asked: string): Promise<Buffer | undefined> {
  const parsed = parseTilePath(`tile/${asked}`)
  if (parsed === undefined || parsed.level === 'entries') return undefined
  return fileOf(folder, tilePath(parsed.level, parsed.index, parsed.width))
}

/** A bundle of entries by what stands after `tile/entries/` in the address. */
export async function readBundle(folder: string, asked: string): Promise<Buffer | undefined> {
  const parsed = parseTilePath(`tile/entries/${asked}`)
  if (parsed?.level !== 'entries') return undefined
  return fileOf(folder, bundlePath(parsed.index, parsed.width))
}

/**
 * Hex root over the first `size` entries of a log that has at least `newest`, worked out of its tiles.
 * @throws Problem unavailable when a tile is missing
 */
export async function rootAt(folder: string, size: number, newest: number): Promise<string> {
  const tree = proofsFromTiles(nodeCrypto.sha256, size, async (level, index, width) => {
    const now = Math.min(hashesAt(level, newest) - index * tileWidth, tileWidth)
    // A partial tile may be gone once a wider one exists; the first hashes of all of them are the same.
    for (const wide of new Set([width, now, tileWidth])) {
      const bytes = await fileOf(folder, tilePath(level, index, wide))
      if (bytes !== undefined && bytes.length >= width * 32) return bytes.subarray(0, width * 32)
    }
    throw new Problem('unavailable', say('账本瓦片缺失', 'a tile of the ledger is missing'), { rule: 'LEDGER-2' })
  })
  return toHex(await tree.rootAt(size))
}

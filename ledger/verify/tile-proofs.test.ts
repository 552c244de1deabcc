import { describe, expect, it } from 'vitest'
import { toHex, utf8 } from './bytes.ts'
import { hashesAt, parseTilePath, tilePath } from './layout.ts'
import { leafHash, rootOf } from './merkle.ts'
import { nodeCrypto } from './node-crypto.ts'
import { verifyConsistency, verifyInclusion } from './proofs.ts'
import { proofsFromTiles, type ReadTile } from './tile-proofs.ts'

const { sha256 } = nodeCrypto
const leaves = Array.from({ length: 66_000 }, (_, at) => utf8(`entry ${at}`))
const hashes = leaves.map((leaf) => leafHash(sha256, leaf))
/** Tiles by the definition of tlog-tiles: at level 1 the roots over 256 leaves, at level 2 over 65,536. */
const first = Array.from({ length: Math.floor(leaves.length / 256) }, (_, at) =>
  rootOf(sha256, leaves.slice(at * 256, at * 256 + 256)),
)
const second = [rootOf(sha256, leaves.slice(0, 65_536))]
const asked: string[] = []
const read: ReadTile = async (level, index, width) => {
  asked.push(tilePath(level, index, width))
  const row = [hashes, first, second][level] ?? []
  return Buffer.concat(row.slice(index * 256, index * 256 + width))
}

describe('a tree read from tiles', () => {
  it('has the root of RFC 6962 at every size, and proves each tree the beginning of each larger one', async () => {
    for (const [from, to] of [
      [1, 1],
      [1, 2],
      [3, 7],
      [255, 256],
      [256, 257],
      [257, 700],
      [511, 513],
      [512, 65_536],
      [65_535, 65_537],
      [40_000, 66_000],
    ] as const) {
      const tree = proofsFromTiles(sha256, to, read)
      const [root1, root2] = [rootOf(sha256, leaves.slice(0, from)), rootOf(sha256, leaves.slice(0, to))]
      expect(toHex(await tree.rootAt(to)), `${to}`).toBe(toHex(root2))
      expect(toHex(await tree.rootAt(from)), `${from} in ${to}`).toBe(toHex(root1))
      const path = await tree.consistencyProof(from)
      expect(
        from === to ? path : verifyConsistency(sha256, { size1: from, size2: to, root1, root2, path }),
        `${from} to ${to}`,
      ).toEqual(from === to ? [] : true)
    }
  })
  it.each([
    [1, 0],
    [700, 0],
    [700, 255],
    [700, 256],
    [700, 699],
    [66_000, 65_535],
    [66_000, 65_999],
  ])('of %d entries proves entry %d', async (size, index) => {
    const path = await proofsFromTiles(sha256, size, read).inclusionProof(index)
    const root = rootOf(sha256, leaves.slice(0, size))
    const leaf = hashes[index] ?? new Uint8Array(32)
    expect(verifyInclusion(sha256, { index, size, leafHash: leaf, path, root })).toBe(true)
  })
  it('asks only for tiles that a tree of its size has, each once', async () => {
    asked.length = 0
    const tree = proofsFromTiles(sha256, 66_000, read)
    await tree.consistencyProof(40_000)
    await tree.rootAt(40_000)
    expect(new Set(asked).size).toBe(asked.length)
    expect(asked.length).toBeLessThan(12)
    for (const path of asked) {
      const tile = parseTilePath(path)
      if (tile === undefined || tile.level === 'entries') throw new Error(path)
      expect(tile.index * 256 + tile.width).toBeLessThanOrEqual(hashesAt(tile.level, 66_000))
    }
  })
})

import type { Sha256 } from './crypto.ts'
import { hashesAt, tileWidth } from './layout.ts'
import { emptyRoot, nodeHash, splitPoint } from './merkle.ts'

/** Hashes of a tile, 32 bytes each, at least the first `width` of them; rejects when there are none such. */
export type ReadTile = (level: number, index: number, width: number) => Promise<Uint8Array>

/** What a reader of tiles works out of the tree of one size; worth as much as the root that it leads to. */
export type TileProofs = {
  /** Root over the first `size` entries, which must not be more than the tree has. */
  rootAt(size: number): Promise<Uint8Array>
  /** RFC 6962 section 2.1.1: audit path of an entry of the tree, nearest sibling first. */
  inclusionProof(index: number): Promise<Uint8Array[]>
  /** RFC 6962 section 2.1.2: that the first `from` entries (at least 1) are the beginning of the tree. */
  consistencyProof(from: number): Promise<Uint8Array[]>
}

/** The tree of `size` entries as tiles show it. Every tile is read once; a proof needs some twenty of them at most. */
export function proofsFromTiles(sha256: Sha256, size: number, read: ReadTile): TileProofs {
  const tiles = new Map<string, Promise<Uint8Array>>()
  const tileAt = (level: number, index: number): Promise<Uint8Array> => {
    const key = `${level}/${index}`
    const known = tiles.get(key)
    if (known !== undefined) return known
    const asked = read(level, index, Math.min(hashesAt(level, size) - index * tileWidth, tileWidth))
    tiles.set(key, asked)
    return asked
  }
  /** Root of the complete subtree of 2^height entries, the `position`-th of its kind. */
  const complete = async (height: number, position: number): Promise<Uint8Array> => {
    const level = Math.floor(height / 8)
    const width = 2 ** (height - level * 8)
    const index = Math.floor((position * width) / tileWidth)
    const first = position * width - index * tileWidth
    const tile = await tileAt(level, index)
    let row: Uint8Array[] = []
    for (let at = first; at < first + width; at++) row.push(tile.slice(at * 32, at * 32 + 32))
    while (row.length > 1)
      row = Array.from({ length: row.length / 2 }, (_, at) =>
        nodeHash(sha256, row[at * 2] ?? new Uint8Array(32), row[at * 2 + 1] ?? new Uint8Array(32)),
      )
    return row[0] ?? emptyRoot(sha256)
  }
  const range = async (start: number, end: number): Promise<Uint8Array> => {
    const width = end - start
    if (width === 0) return emptyRoot(sha256)
    const height = heightOf(width)
    if (height !== undefined && start % width === 0) return complete(height, start / width)
    const middle = start + splitPoint(width)
    return nodeHash(sha256, await range(start, middle), await range(middle, end))
  }
  return {
    rootAt: (entries) => range(0, entries),
    async inclusionProof(index) {
      const path: Uint8Array[] = []
      let [start, end] = [0, size]
      while (end - start > 1) {
        const middle = start + splitPoint(end - start)
        if (index < middle) {
          path.push(await range(middle, end))
          end = middle
        } else {
          path.push(await range(start, middle))
          start = middle
        }
      }
      return path.reverse()
    },
    async consistencyProof(from) {
      const path: Uint8Array[] = []
      let [start, end] = [0, size]
      // Walk down to where the smaller tree ends; `whole` while everything left of there is the smaller tree itself.
      let whole = true
      while (from !== end) {
        const middle = start + splitPoint(end - start)
        if (from <= middle) {
          path.push(await range(middle, end))
          end = middle
        } else {
          path.push(await range(start, middle))
          start = middle
          whole = false
        }
      }
      if (!whole) path.push(await range(start, end))
      return path.reverse()
    },
  }
}

/** The power of two that `width` is, if it is one; Math.log2 rounds beyond 2^48. */
function heightOf(width: number): number | undefined {
  let height = 0
  let rest = width
  for (; rest % 2 === 0; rest /= 2) height++
  return rest === 1 ? height : undefined
}

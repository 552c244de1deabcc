import { tileWidth } from '../verify/layout.ts'
import { emptyRoot, splitPoint } from '../verify/merkle.ts'
import { nodeCrypto } from '../verify/node-crypto.ts'
import { seedAt, seedRow, seedsOfTile } from './edge.ts'
import { hashBytes, type Hashes, hashesIn, hashNode, roomFor, takeHash } from './hashing.ts'
import { LedgerError } from './ledger-error.ts'

/** 16 KiB each. */
const cachedTiles = 2048
/** Rows of nodes above a full tile's hashes. */
const rows = 8

export type TileSource = {
  /** The hashes of a tile, 32 bytes each: all 256, or as many as the log has so far. @throws LedgerError damaged */
  tile(level: number, index: number): Buffer
  /** `count` hashes of a full tile of leaves from `first` on, into the beginning of `to`; false where they are not there. */
  leafHashes(index: number, first: number, count: number, to: Buffer): boolean
  /** Nodes that were set aside for it (`seedAt`), into `to`; believed only when the tree bears them out. */
  seeds(index: number, to: Buffer): boolean
}

const groupOf = 1 << seedRow
// Nothing here yields, so one of each is enough.
const group = roomFor(groupOf * 2)
const seeds = roomFor(seedsOfTile)
const climb = roomFor(1)

/** Roots and proofs out of tiles, for any size up to the log's. */
export class Tree {
  readonly #source: TileSource
  readonly #tiles = new Map<number, TileNodes>()
  /** Roots of the incomplete right edges of one size: the same ones for every proof in that tree. */
  #edges: { size: number; roots: Map<number, Uint8Array> } = { size: 0, roots: new Map() }

  constructor(source: TileSource) {
    this.#source = source
  }

  rootAt(size: number): Uint8Array {
    return this.#range(0, size, size)
  }

  /** RFC 6962 section 2.1.1, nearest sibling first. */
  inclusionProof(index: number, size: number): Uint8Array[] {
    const path: Uint8Array[] = []
    let [start, end] = [0, size]
    while (end - start > 1) {
      const inTile = end - start === tileWidth && start % tileWidth === 0 ? this.#pathInTile(index) : undefined
      if (inTile !== undefined) {
        path.push(...inTile)
        break
      }
      const middle = start + splitPoint(end - start)
      if (index < middle) {
        path.push(this.#range(middle, end, size))
        end = middle
      } else {
        path.push(this.#range(start, middle, size))
        start = middle
      }
    }
    return path.reverse()
  }

  /**
   * The lowest eight siblings of a leaf in a full tile, highest first, out of its group of 16 and the nodes that were set
   * aside. Undefined where these are not at hand or do not lead to the root that the level above holds.
   */
  #pathInTile(index: number): Uint8Array[] | undefined {
    const tile = Math.floor(index / tileWidth)
    const place = index - tile * tileWidth
    const mine = place >> seedRow
    if (!this.#source.leafHashes(tile, mine * groupOf, groupOf, group.bytes)) return undefined
    if (!this.#source.seeds(tile, seeds.bytes)) return undefined
    const path: Uint8Array[] = []
    let at = place % groupOf
    // The rows of the group one above the other: 16, 8, 4, 2 and its root.
    let row = 0
    for (let width = groupOf; width > 1; width /= 2, at >>= 1) {
      path.push(takeHash(group, row + (at ^ 1)))
      for (let pair = 0; pair < width; pair += 2)
        hashNode(group, row + pair, group, row + pair + 1, group, row + width + pair / 2)
      row += width
    }
    at = mine
    for (let height = seedRow; height < rows; height++, at >>= 1) {
      const sibling = seedAt(height, at ^ 1)
      path.push(takeHash(seeds, sibling))
      const [node, from] = height === seedRow ? [group, row] : [climb, 0]
      if (at % 2 === 0) hashNode(node, from, seeds, sibling, climb, 0)
      else hashNode(seeds, sibling, node, from, climb, 0)
    }
    const root = this.#nodesOf(1, Math.floor(tile / tileWidth)).take(0, tile % tileWidth)
    return climb.bytes.equals(root) ? path.reverse() : undefined
  }

  /** RFC 6962 section 2.1.2: that the first `size1` entries of the tree of `size2` are the tree of `size1`. */
  consistencyProof(size1: number, size2: number): Uint8Array[] {
    const path: Uint8Array[] = []
    let [start, end] = [0, size2]
    // Walk down to where the smaller tree ends; `whole` while everything left of there is the smaller tree itself.
    let whole = true
    while (size1 !== end) {
      const middle = start + splitPoint(end - start)
      if (size1 <= middle) {
        path.push(this.#range(middle, end, size2))
        end = middle
      } else {
        path.push(this.#range(start, middle, size2))
        start = middle
        whole = false
      }
    }
    if (!whole) path.push(this.#range(start, end, size2))
    return path.reverse()
  }

  /** Copies: whoever gets a proof must not be able to change what later proofs are made of. */
  #range(start: number, end: number, size: number): Uint8Array {
    const width = end - start
    if (width === 0) return emptyRoot(nodeCrypto.sha256)
    const height = heightOf(width)
    if (height !== undefined && start % width === 0) return this.#complete(height, start / width)
    if (end !== size) return this.#joined(start, end, size)
    if (this.#edges.size !== size) this.#edges = { size, roots: new Map() }
    const known = this.#edges.roots.get(start) ?? this.#joined(start, end, size)
    this.#edges.roots.set(start, known)
    return new Uint8Array(known)
  }

  #joined(start: number, end: number, size: number): Uint8Array {
    const middle = start + splitPoint(end - start)
    const left = hashesIn(this.#range(start, middle, size))
    const right = hashesIn(this.#range(middle, end, size))
    hashNode(left, 0, right, 0, left, 0)
    return takeHash(left, 0)
  }

  /** Root of the complete subtree of 2^height leaves, the `position`-th of its kind. */
  #complete(height: number, position: number): Uint8Array {
    const level = Math.floor(height / rows)
    const row = height - level * rows
    const inTile = tileWidth >> row
    const index = Math.floor(position / inTile)
    const tile = this.#nodesOf(level, index)
    const place = position - index * inTile
    if (place >= tile.width >> row)
      throw new LedgerError('damaged', `瓦片 ${level}/${index} 过短`, `tile ${level}/${index} is too short`)
    return tile.take(row, place)
  }

  #nodesOf(level: number, index: number): TileNodes {
    // Levels end long before 16 and indexes before 2^45, so one number names both.
    const key = index * 16 + level
    const known = this.#tiles.get(key)
    if (known?.width === tileWidth) return known
    const bytes = this.#source.tile(level, index)
    // A partial tile only ever grows, so the same number of hashes is the same hashes.
    if (known?.width === bytes.length / hashBytes) return known
    const tile = new TileNodes(bytes)
    for (const oldest of this.#tiles.keys()) {
      if (this.#tiles.size < cachedTiles) break
      this.#tiles.delete(oldest)
    }
    this.#tiles.set(key, tile)
    return tile
  }
}

/** A tile with the nodes above its hashes, worked out when they are first asked for. Row 0 is the tile. */
class TileNodes {
  readonly width: number
  readonly #nodes: Hashes
  readonly #known = new Uint8Array(tileWidth * 2)

  constructor(bytes: Buffer) {
    this.width = Math.floor(bytes.length / hashBytes)
    this.#nodes = roomFor(tileWidth * 2)
    this.#nodes.bytes.set(bytes.subarray(0, this.width * hashBytes))
    this.#known.fill(1, 0, this.width)
  }

  take(row: number, place: number): Uint8Array {
    return takeHash(this.#nodes, this.#find(row, place))
  }

  /** Where the node stands among this tile's nodes, after it was worked out. */
  #find(row: number, place: number): number {
    const at = placeOf(row, place)
    if (this.#known[at] === 1) return at
    hashNode(
      this.#nodes,
      this.#find(row - 1, place * 2),
      this.#nodes,
      this.#find(row - 1, place * 2 + 1),
      this.#nodes,
      at,
    )
    this.#known[at] = 1
    return at
  }
}

/** Rows one above the other: 256 hashes, 128 nodes, 64, and so on to the root. */
const placeOf = (row: number, place: number): number => tileWidth * 2 - ((tileWidth * 2) >> row) + place

/** The power of two that `width` is, if it is one; Math.log2 rounds beyond 2^48. */
function heightOf(width: number): number | undefined {
  let height = 0
  let rest = width
  for (; rest % 2 === 0; rest /= 2) height++
  return rest === 1 ? height : undefined
}

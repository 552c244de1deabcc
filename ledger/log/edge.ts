import { tileWidth } from '../verify/layout.ts'
import { emptyRoot } from '../verify/merkle.ts'
import { nodeCrypto } from '../verify/node-crypto.ts'
import { copyHash, type Hashes, hashesIn, hashNode, hashBytes, roomFor, takeHash } from './hashing.ts'

/** Rows of nodes above a tile's hashes; the last is its root. */
const rows = 8
/**
 * Nodes of rows 4 to 7 are set aside for each full tile of leaves, 16 + 8 + 4 + 2 of them: the audit path of a leaf then
 * takes the 15 hashes of its own group of 16, and four more that prove all of it against the level above.
 */
export const seedRow = 4
export const seedsOfTile = 30
/** Where a node of rows 4 to 7 stands among a tile's seeds. */
export const seedAt = (row: number, place: number): number => 32 - (32 >> (row - seedRow)) + place

/** A tile that has just become full; the bytes are only lent for the call. */
export type FullTile = {
  readonly level: number
  readonly index: number
  readonly bytes: Buffer
  /** Its nodes of rows 4 to 7; see `seedAt`. */
  readonly seeds: Buffer
}

/** One level's partial tile: its hashes, and the roots of its complete subtrees, one a row. */
class Level {
  full: number
  width = 0
  readonly hashes = roomFor(tileWidth)
  readonly peaks = roomFor(rows + 1)
  readonly seeds = roomFor(seedsOfTile)

  constructor(full: number) {
    this.full = full
  }

  /** @returns true when the tile is full: its root is then the peak of row 8 */
  add(from: Hashes, fromAt: number): boolean {
    const place = this.width++
    copyHash(from, fromAt, this.hashes, place)
    // The node under way stands at its row's peak already, so that the rows above read it there.
    copyHash(from, fromAt, this.peaks, rows)
    let row = 0
    for (; ((place >> row) & 1) === 1; row++) {
      hashNode(this.peaks, row, this.peaks, rows, this.peaks, rows)
      const made = row + 1
      if (made >= seedRow && made < rows) copyHash(this.peaks, rows, this.seeds, seedAt(made, place >> made))
    }
    if (row === rows) return true
    copyHash(this.peaks, rows, this.peaks, row)
    return false
  }

  empty(): void {
    this.full++
    this.width = 0
  }
}

/** The growing right edge of the tree: the partial tile of every level. */
export class Edge {
  readonly #levels: Level[]

  /** @param levels full tiles and the partial tile's hashes of each level; level 0 must have no partial tile */
  constructor(levels: readonly { readonly full: number; readonly hashes: Uint8Array }[] = []) {
    this.#levels = levels.map(({ full, hashes }) => {
      const level = new Level(full)
      const all = hashesIn(hashes)
      for (let at = 0; at < hashes.length / hashBytes; at++) level.add(all, at)
      return level
    })
  }

  get size(): number {
    const leaves = this.#levels[0]
    return leaves === undefined ? 0 : leaves.full * tileWidth + leaves.width
  }

  /** Adds leaf hashes `from` to before `to`. @param onFull gets each tile as it becomes full, lowest level first */
  add(hashes: Hashes, from: number, to: number, onFull: (tile: FullTile) => void): void {
    const leaves = (this.#levels[0] ??= new Level(0))
    for (let at = from; at < to; at++) if (leaves.add(hashes, at)) this.#carry(onFull)
  }

  #carry(onFull: (tile: FullTile) => void): void {
    for (let number = 0; ; number++) {
      const level = this.#levels[number]
      if (level === undefined) return
      onFull({ level: number, index: level.full, bytes: level.hashes.bytes, seeds: level.seeds.bytes })
      level.empty()
      const above = (this.#levels[number + 1] ??= new Level(0))
      if (!above.add(level.peaks, rows)) return
    }
  }

  /** The partial tiles of this moment, lowest level first, as bytes of their own. */
  partialTiles(): { level: number; index: number; width: number; bytes: Uint8Array }[] {
    return this.#levels.flatMap(({ full, width, hashes }, level) =>
      width === 0
        ? []
        : [{ level, index: full, width, bytes: new Uint8Array(hashes.bytes.subarray(0, width * hashBytes)) }],
    )
  }

  /** One partial tile's bytes, for reading at once. */
  partialTile(level: number, index: number): Buffer | undefined {
    const found = this.#levels[level]
    if (found?.full !== index || found.width === 0) return undefined
    return found.hashes.bytes.subarray(0, found.width * hashBytes)
  }

  /** Root over all leaves: the peaks folded from the smallest to the largest. */
  root(): Uint8Array {
    const root = roomFor(1)
    let begun = false
    for (const { width, peaks } of this.#levels) {
      for (let row = 0; row < rows; row++) {
        if (((width >> row) & 1) === 0) continue
        if (begun) hashNode(peaks, row, root, 0, root, 0)
        else copyHash(peaks, row, root, 0)
        begun = true
      }
    }
    return begun ? takeHash(root, 0) : emptyRoot(nodeCrypto.sha256)
  }
}

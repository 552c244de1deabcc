import type { Sha256 } from '../verify/crypto.ts'
import { tileWidth } from '../verify/layout.ts'
import { emptyRoot, nodeHash, splitPoint } from '../verify/merkle.ts'
import { LedgerError } from './ledger-error.ts'

/** 16 KiB each. */
const cachedTiles = 2048

/** Gives the hashes of a tile, 32 bytes each: all 256, or as many as the log has so far. */
export type TileSource = (level: number, index: number) => Promise<Uint8Array>

/** Roots and proofs out of tiles, for any size up to the log's. */
export class Tree {
  readonly #sha256: Sha256
  readonly #tile: TileSource
  readonly #rows = new Map<string, Rows>()

  constructor(sha256: Sha256, tile: TileSource) {
    this.#sha256 = sha256
    this.#tile = tile
  }

  rootAt(size: number): Promise<Uint8Array> {
    return this.#range(0, size)
  }

  /** RFC 6962 section 2.1.1, nearest sibling first. */
  async inclusionProof(index: number, size: number): Promise<Uint8Array[]> {
    const path: Uint8Array[] = []
    let [start, end] = [0, size]
    while (end - start > 1) {
      const middle = start + splitPoint(end - start)
      if (index < middle) {
        path.unshift(await this.#range(middle, end))
        end = middle
      } else {
        path.unshift(await this.#range(start, middle))
        start = middle
      }
    }
    return path
  }

  /** RFC 6962 section 2.1.2: that the first `size1` entries of the tree of `size2` are the tree of `size1`. */
  async consistencyProof(size1: number, size2: number): Promise<Uint8Array[]> {
    const path: Uint8Array[] = []
    let [start, end] = [0, size2]
    // Walk down to where the smaller tree ends; `whole` while everything left of there is the smaller tree itself.
    let whole = true
    while (size1 !== end) {
      const middle = start + splitPoint(end - start)
      if (size1 <= middle) {
        path.unshift(await this.#range(middle, end))
        end = middle
      } else {
        path.unshift(await this.#range(start, middle))
        start = middle
        whole = false
      }
    }
    if (!whole) path.unshift(await this.#range(start, end))
    return path
  }

  async #range(start: number, end: number): Promise<Uint8Array> {
    const width = end - start
    if (width === 0) return emptyRoot(this.#sha256)
    const height = heightOf(width)
    if (height !== undefined && start % width === 0) return this.#complete(height, start / width)
    const middle = start + splitPoint(width)
    return nodeHash(this.#sha256, await this.#range(start, middle), await this.#range(middle, end))
  }

  /** Root of the complete subtree of 2^height leaves, the `position`-th of its kind. */
  async #complete(height: number, position: number): Promise<Uint8Array> {
    const level = Math.floor(height / 8)
    const width = 2 ** (height - level * 8)
    const first = position * width
    const index = Math.floor(first / tileWidth)
    const place = (first - index * tileWidth) / width
    const hash = (await this.#rowsOf(level, index)).at(height - level * 8, place)
    if (hash === undefined)
      throw new LedgerError('damaged', `瓦片 ${level}/${index} 过短`, `tile ${level}/${index} is too short`)
    // A copy: whoever gets a proof must not be able to change what later proofs are made of.
    return new Uint8Array(hash)
  }

  async #rowsOf(level: number, index: number): Promise<Rows> {
    const key = `${level}/${index}`
    const known = this.#rows.get(key)
    if (known?.width === tileWidth) return known
    const tile = await this.#tile(level, index)
    // A partial tile only ever grows, so the same number of hashes is the same hashes.
    if (known?.width === tile.length / 32) return known
    const rows = new Rows(this.#sha256, tile)
    for (const oldest of this.#rows.keys()) {
      if (this.#rows.size < cachedTiles) break
      this.#rows.delete(oldest)
    }
    this.#rows.set(key, rows)
    return rows
  }
}

/** A tile with what stands above its hashes: row r holds the roots of its complete subtrees of 2^r, all in one block. */
class Rows {
  readonly width: number
  readonly #bytes: Uint8Array
  readonly #starts: number[] = []

  constructor(sha256: Sha256, tile: Uint8Array) {
    this.width = Math.floor(tile.length / 32)
    this.#bytes = new Uint8Array(this.width * 64)
    this.#bytes.set(tile.subarray(0, this.width * 32))
    let end = 0
    for (let [row, count] = [0, this.width]; count > 0; row++, count >>= 1) {
      this.#starts.push(end)
      for (let place = 0; row > 0 && place < count; place++) {
        const [left, right] = [this.at(row - 1, place * 2), this.at(row - 1, place * 2 + 1)]
        if (left === undefined || right === undefined) throw new Error('the row below is too short')
        this.#bytes.set(nodeHash(sha256, left, right), (end + place) * 32)
      }
      end += count
    }
  }

  at(row: number, place: number): Uint8Array | undefined {
    const start = this.#starts[row]
    if (start === undefined || place >= this.width >> row) return undefined
    return this.#bytes.subarray((start + place) * 32, (start + place + 1) * 32)
  }
}

/** The power of two that `width` is, if it is one; Math.log2 rounds beyond 2^48. */
function heightOf(width: number): number | undefined {
  let height = 0
  let rest = width
  for (; rest % 2 === 0; rest /= 2) height++
  return rest === 1 ? height : undefined
}

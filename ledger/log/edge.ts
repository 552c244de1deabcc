import { joinBytes } from '../verify/bytes.ts'
import type { Sha256 } from '../verify/crypto.ts'
import { encodeBundle, tileWidth } from '../verify/layout.ts'
import { foldPeaks, RootBuilder } from '../verify/merkle.ts'

type Level = { full: number; hashes: Uint8Array[]; joined?: Uint8Array | undefined }

/** A tile or bundle that has just become full. */
export type Completed =
  | { readonly kind: 'tile'; readonly level: number; readonly index: number; readonly bytes: Uint8Array }
  | { readonly kind: 'bundle'; readonly index: number; readonly bytes: Uint8Array }

/** The growing right edge of the tree: the partial tile of every level and the leaves of the partial bundle. */
export class Edge {
  readonly #sha256: Sha256
  readonly #levels: Level[]
  #leaves: Uint8Array[] = []

  /** @param levels full tiles and the partial tile's hashes of each level; level 0 must have no partial tile */
  constructor(sha256: Sha256, levels: readonly Level[] = []) {
    this.#sha256 = sha256
    this.#levels = levels.map((level) => ({ full: level.full, hashes: [...level.hashes] }))
  }

  get size(): number {
    const leaves = this.#levels[0]
    return leaves === undefined ? 0 : leaves.full * tileWidth + leaves.hashes.length
  }

  /** Leaves after the last full bundle. */
  get leaves(): readonly Uint8Array[] {
    return this.#leaves
  }

  add(leaf: Uint8Array, hash: Uint8Array): Completed[] {
    this.#leaves.push(leaf)
    const completed: Completed[] = []
    let carried: Uint8Array | undefined = hash
    for (let number = 0; carried !== undefined; number++) {
      const level = (this.#levels[number] ??= { full: 0, hashes: [] })
      level.hashes.push(carried)
      level.joined = undefined
      if (level.hashes.length < tileWidth) break
      completed.push({ kind: 'tile', level: number, index: level.full, bytes: joinBytes(...level.hashes) })
      carried = balancedRoot(this.#sha256, level.hashes)
      level.full++
      level.hashes = []
    }
    if (this.#leaves.length === tileWidth) {
      completed.push({ kind: 'bundle', index: (this.size - tileWidth) / tileWidth, bytes: encodeBundle(this.#leaves) })
      this.#leaves = []
    }
    return completed
  }

  /** The partial tiles of this moment, lowest level first. */
  partialTiles(): { level: number; index: number; width: number; bytes: Uint8Array }[] {
    const tiles = this.#levels.map(({ full, hashes }, level) => ({ level, index: full, width: hashes.length, hashes }))
    return tiles
      .filter(({ width }) => width > 0)
      .map(({ hashes, ...tile }) => ({ ...tile, bytes: joinBytes(...hashes) }))
  }

  /** One partial tile's bytes; the same object until the tile grows. */
  partialTile(level: number, index: number): Uint8Array | undefined {
    const found = this.#levels[level]
    if (found?.full !== index || found.hashes.length === 0) return undefined
    return (found.joined ??= joinBytes(...found.hashes))
  }

  root(): Uint8Array {
    const peaks: Uint8Array[] = []
    for (let number = this.#levels.length - 1; number >= 0; number--) {
      const hashes = this.#levels[number]?.hashes ?? []
      let at = 0
      for (let width = tileWidth / 2; width >= 1; width /= 2) {
        if (at + width > hashes.length) continue
        peaks.push(balancedRoot(this.#sha256, hashes.slice(at, at + width)))
        at += width
      }
    }
    return foldPeaks(this.#sha256, peaks)
  }
}

/** Root over a power of two of hashes. */
export function balancedRoot(sha256: Sha256, hashes: readonly Uint8Array[]): Uint8Array {
  const builder = new RootBuilder(sha256)
  for (const hash of hashes) builder.add(hash)
  return builder.root()
}

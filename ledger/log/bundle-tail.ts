import { tileWidth } from '../verify/layout.ts'
import { type Batch, countOf, leafAt, partOf, readBatch } from './batch.ts'

/** The entries after the last full bundle, as pieces of the batches that brought them. */
export class BundleTail {
  #pieces: Buffer[] = []
  #count = 0
  #full: number

  /** @param full bundles before this one */
  constructor(full: number) {
    this.#full = full
  }

  get count(): number {
    return this.#count
  }

  /** Entries in full bundles. */
  get start(): number {
    return this.#full * tileWidth
  }

  /** @param onFull gets each bundle as it becomes full */
  add(batch: Batch, onFull: (index: number, bytes: Buffer) => void): void {
    const all = countOf(batch)
    for (let at = 0; at < all; ) {
      const to = Math.min(all, at + tileWidth - this.#count)
      this.#pieces.push(batch.bytes.subarray(batch.starts[at], batch.starts[to]))
      this.#count += to - at
      at = to
      if (this.#count < tileWidth) continue
      onFull(this.#full, this.bytes())
      this.#full++
      this.#pieces = []
      this.#count = 0
    }
  }

  /** The partial bundle; joined once, then kept so. */
  bytes(): Buffer {
    const [only = Buffer.alloc(0)] = this.#pieces
    if (this.#pieces.length <= 1) return only
    const joined = Buffer.concat(this.#pieces)
    this.#pieces = [joined]
    return joined
  }

  batch(): Batch {
    return readBatch(this.bytes())
  }

  leaf(number: number): Uint8Array {
    return leafAt(partOf(this.batch(), number, number + 1), 0)
  }
}

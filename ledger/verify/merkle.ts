import type { Sha256 } from './crypto.ts'

// Allocating a block for every hash costs more than the hashing; nothing here yields, so one of each is enough.
const leafBlock = new Uint8Array(1 << 16)
const nodeBlock = new Uint8Array(65)

/** RFC 6962 section 2.1: a leaf's hash is SHA-256 of 0x00 and the leaf. */
export function leafHash(sha256: Sha256, leaf: Uint8Array): Uint8Array {
  const length = leaf.length + 1
  const block = length <= leafBlock.length ? leafBlock.subarray(0, length) : new Uint8Array(length)
  block[0] = 0
  block.set(leaf, 1)
  return sha256(block)
}

/** RFC 6962 section 2.1: an inner node's hash is SHA-256 of 0x01, left and right (32 bytes each). */
export function nodeHash(sha256: Sha256, left: Uint8Array, right: Uint8Array): Uint8Array {
  nodeBlock[0] = 1
  nodeBlock.set(left, 1)
  nodeBlock.set(right, 33)
  return sha256(nodeBlock)
}

/** The root of a tree without leaves. */
export const emptyRoot = (sha256: Sha256): Uint8Array => sha256(new Uint8Array(0))

/** Largest power of two that is smaller than `size` (at least 2). */
export function splitPoint(size: number): number {
  let power = 1
  while (power * 2 < size) power *= 2
  return power
}

/**
 * Grows a root leaf by leaf in memory of one hash a level: `peaks` are the roots of the complete subtrees, largest
 * first, of the leaves so far.
 */
export class RootBuilder {
  readonly #sha256: Sha256
  readonly #peaks: Uint8Array[] = []
  #size = 0

  constructor(sha256: Sha256) {
    this.#sha256 = sha256
  }

  get size(): number {
    return this.#size
  }

  /** @param hash the next leaf's hash, not the leaf */
  add(hash: Uint8Array): void {
    let node = hash
    for (let rest = this.#size; rest % 2 === 1; rest = (rest - 1) / 2) {
      const left = this.#peaks.pop()
      if (left === undefined) throw new Error('a peak is missing')
      node = nodeHash(this.#sha256, left, node)
    }
    this.#peaks.push(node)
    this.#size++
  }

  root(): Uint8Array {
    return foldPeaks(this.#sha256, this.#peaks)
  }
}

/** Root over complete subtrees given largest (leftmost) first; of none, the empty root. */
export function foldPeaks(sha256: Sha256, peaks: readonly Uint8Array[]): Uint8Array {
  let root: Uint8Array | undefined
  for (let at = peaks.length - 1; at >= 0; at--) {
    const peak = peaks[at]
    if (peak !== undefined) root = root === undefined ? peak : nodeHash(sha256, peak, root)
  }
  return root ?? emptyRoot(sha256)
}

/** Merkle tree hash of leaves (their bytes, in order). */
export function rootOf(sha256: Sha256, leaves: Iterable<Uint8Array>): Uint8Array {
  const builder = new RootBuilder(sha256)
  for (const leaf of leaves) builder.add(leafHash(sha256, leaf))
  return builder.root()
}

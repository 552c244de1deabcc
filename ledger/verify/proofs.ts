import { sameBytes } from './bytes.ts'
import type { Sha256 } from './crypto.ts'
import { emptyRoot, nodeHash } from './merkle.ts'

type Hashes = readonly Uint8Array[]

/** Bit arithmetic on sizes up to 2^53: JavaScript's own shifts stop at 2^31. */
const half = (value: number): number => Math.floor(value / 2)
const odd = (value: number): boolean => value % 2 === 1
const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0
const areHashes = (hashes: Hashes): boolean => hashes.every((hash) => hash.length === 32)

/**
 * RFC 9162 section 2.1.3.2: does `path` lead from the leaf at `index` to the root of a tree of `size` leaves?
 * False for any wrong number, length or hash; never throws.
 */
export function verifyInclusion(
  sha256: Sha256,
  proof: { index: number; size: number; leafHash: Uint8Array; path: Hashes; root: Uint8Array },
): boolean {
  const { index, size, path } = proof
  if (!isCount(index) || !isCount(size) || index >= size || !areHashes([...path, proof.leafHash, proof.root]))
    return false
  let at = index
  let last = size - 1
  let hash = proof.leafHash
  for (const sibling of path) {
    if (last === 0) return false
    if (odd(at) || at === last) {
      hash = nodeHash(sha256, sibling, hash)
      while (!odd(at) && at !== 0) {
        at = half(at)
        last = half(last)
      }
    } else {
      hash = nodeHash(sha256, hash, sibling)
    }
    at = half(at)
    last = half(last)
  }
  return last === 0 && sameBytes(hash, proof.root)
}

/**
 * RFC 9162 section 2.1.4.2: is the tree of `size1` leaves with `root1` a beginning of the tree of `size2` leaves with
 * `root2`? A proof from size 0 shows nothing and is refused.
 */
export function verifyConsistency(
  sha256: Sha256,
  proof: { size1: number; size2: number; root1: Uint8Array; root2: Uint8Array; path: Hashes },
): boolean {
  if (!isCount(proof.size1) || proof.size1 === 0) return false
  return verifySubtreeConsistency(sha256, {
    start: 0,
    end: proof.size1,
    size: proof.size2,
    subtreeRoot: proof.root1,
    root: proof.root2,
    path: proof.path,
  })
}

/** A subtree [start, end) is one that the tree's own shape knows: its start is aligned to its width rounded up. */
function isSubtree(start: number, end: number): boolean {
  if (!isCount(start) || !isCount(end) || start > end) return false
  let width = 1
  while (width < end - start) width *= 2
  return start % width === 0
}

/** Inclusion of a leaf, by its index in the whole tree, in the subtree [start, end). */
export function verifySubtreeInclusion(
  sha256: Sha256,
  proof: { index: number; start: number; end: number; leafHash: Uint8Array; path: Hashes; root: Uint8Array },
): boolean {
  const { index, start, end, path, root } = proof
  if (!isSubtree(start, end) || index < start || index >= end) return false
  return verifyInclusion(sha256, { index: index - start, size: end - start, leafHash: proof.leafHash, path, root })
}

/**
 * Is the subtree [start, end) with `subtreeRoot` part of the tree of `size` leaves with `root`? With start 0 this is
 * RFC 9162 consistency; the general form is the one of Merkle tree certificates. An empty subtree is part of every
 * tree and needs no path.
 */
export function verifySubtreeConsistency(
  sha256: Sha256,
  proof: { start: number; end: number; size: number; subtreeRoot: Uint8Array; root: Uint8Array; path: Hashes },
): boolean {
  const { start, end, size, subtreeRoot, root, path } = proof
  if (!isCount(size) || end > size || !isSubtree(start, end)) return false
  if (start === end) return path.length === 0 && sameBytes(subtreeRoot, emptyRoot(sha256))
  if (!areHashes(path)) return false
  let first = start
  let last = end - 1
  let edge = size - 1
  const up = (): void => {
    first = half(first)
    last = half(last)
    edge = half(edge)
  }
  // Climb to the largest complete subtree that ends where ours ends: its hash is where both sides begin.
  if (last === edge) while (first !== last) up()
  else while (first !== last && odd(last)) up()
  let rest = path
  let mine = subtreeRoot
  if (first !== last) {
    const begin = path[0]
    if (begin === undefined) return false
    mine = begin
    rest = path.slice(1)
  }
  let whole = mine
  for (const sibling of rest) {
    if (edge === 0) return false
    if (odd(last) || last === edge) {
      if (first < last) mine = nodeHash(sha256, sibling, mine)
      whole = nodeHash(sha256, sibling, whole)
      while (!odd(last) && last !== 0) up()
    } else {
      whole = nodeHash(sha256, whole, sibling)
    }
    up()
  }
  return edge === 0 && sameBytes(mine, subtreeRoot) && sameBytes(whole, root)
}

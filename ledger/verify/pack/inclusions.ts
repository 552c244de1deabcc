import { fromHex, sameBytes } from '../bytes.ts'
import type { Sha256 } from '../crypto.ts'
import { nodeHash } from '../merkle.ts'

const half = (value: number): number => Math.floor(value / 2)

/** A node that was climbed from with success, and the rest of the path that led from it to the root. */
type Climbed = {
  readonly at: number
  readonly hash: Uint8Array
  readonly path: readonly string[]
  readonly from: number
}

/**
 * Checks many inclusion proofs in one tree, as `verifyInclusion` does one (RFC 9162 section 2.1.3.2). Entries of a pack
 * mostly stand side by side, so their paths meet early: where a climb comes to a node that was climbed from before and
 * the rest of its path is the same, it is done. Ten thousand neighbours cost two hashes each and not seventeen.
 */
export class Inclusions {
  readonly #sha256: Sha256
  readonly #size: number
  readonly #root: Uint8Array
  /** The last node of each level. */
  readonly #climbed: (Climbed | undefined)[] = []

  constructor(sha256: Sha256, size: number, root: Uint8Array) {
    this.#sha256 = sha256
    this.#size = size
    this.#root = root
  }

  /** @param path hex hashes from the leaf upwards; anything else in it makes the answer false */
  holds(index: number, leafHash: Uint8Array, path: readonly string[]): boolean {
    if (!Number.isSafeInteger(index) || index < 0 || index >= this.#size) return false
    const way: [level: number, node: Climbed][] = []
    let at = index
    let last = this.#size - 1
    let level = 0
    let hash = leafHash
    for (const [step, text] of path.entries()) {
      if (last === 0) return false
      const before = this.#climbed[level]
      if (before?.at === at && sameBytes(before.hash, hash) && sameRest(before, path, step)) return this.#keep(way)
      const sibling = fromHex(text, 32)
      if (sibling === undefined) return false
      way.push([level, { at, hash, path, from: step }])
      if (at % 2 === 1 || at === last) {
        hash = nodeHash(this.#sha256, sibling, hash)
        while (at % 2 === 0 && at !== 0) {
          at = half(at)
          last = half(last)
          level++
        }
      } else {
        hash = nodeHash(this.#sha256, hash, sibling)
      }
      at = half(at)
      last = half(last)
      level++
    }
    return last === 0 && sameBytes(hash, this.#root) && this.#keep(way)
  }

  #keep(way: readonly [level: number, node: Climbed][]): true {
    for (const [level, node] of way) this.#climbed[level] = node
    return true
  }
}

function sameRest(before: Climbed, path: readonly string[], step: number): boolean {
  if (before.path.length - before.from !== path.length - step) return false
  for (let at = step; at < path.length; at++) if (path[at] !== before.path[before.from + at - step]) return false
  return true
}

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pathOf } from '../../pack/pack-for-tests.ts'
import { fromHex, toHex, utf8 } from '../bytes.ts'
import { leafHash, rootOf } from '../merkle.ts'
import { nodeCrypto } from '../node-crypto.ts'
import { verifyInclusion } from '../proofs.ts'
import { Inclusions } from './inclusions.ts'

const { sha256 } = nodeCrypto
const tree = (size: number) => {
  const leaves = Array.from({ length: size }, (_, at) => utf8(`entry ${at}`))
  const hashes = leaves.map((leaf) => leafHash(sha256, leaf))
  return { root: rootOf(sha256, leaves), hashes, path: (at: number) => pathOf(at, hashes).map(toHex) }
}

describe('many inclusion proofs of one tree', () => {
  it('are judged as one by one, right and wrong ones mixed, in any order', () => {
    const change = fc.record({
      index: fc.nat(40),
      claimed: fc.option(fc.nat(41), { freq: 3 }),
      broken: fc.option(fc.tuple(fc.nat(8), fc.constantFrom('other', 'cut', 'more', 'swap')), { freq: 2 }),
    })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 41 }), fc.array(change, { maxLength: 30 }), (size, changes) => {
        const { root, hashes, path } = tree(size)
        const many = new Inclusions(sha256, size, root)
        for (const { index, claimed, broken } of changes) {
          const real = index % size
          const hash = hashes[real] ?? root
          const proof = path(real)
          if (broken !== null) {
            const [at, how] = broken
            const place = at % Math.max(1, proof.length)
            if (how === 'other') proof[place] = toHex(sha256(utf8(`${at}`)))
            else if (how === 'cut') proof.splice(place, 1)
            else if (how === 'more') proof.splice(place, 0, toHex(root))
            else proof.reverse()
          }
          const place = claimed === null ? real : claimed
          const expected = verifyInclusion(sha256, {
            index: place,
            size,
            leafHash: hash,
            path: proof.map((one) => fromHex(one) ?? root),
            root,
          })
          if (many.holds(place, hash, proof) !== expected) return false
        }
        return true
      }),
      { numRuns: 300 },
    )
  })

  it('each need their whole path, also where neighbours were proved before', () => {
    const { root, hashes, path } = tree(300)
    const many = new Inclusions(sha256, 300, root)
    const leaf = (at: number): Uint8Array => hashes[at] ?? root
    expect(many.holds(100, leaf(100), path(100))).toBe(true)
    const altered = path(101).with(-1, 'ab'.repeat(32))
    expect(many.holds(101, leaf(101), altered)).toBe(false)
    expect(many.holds(101, leaf(101), path(101).slice(0, -1))).toBe(false)
    expect(many.holds(101, leaf(101), path(101).with(-1, 'not hex'))).toBe(false)
    expect(many.holds(101, leaf(101), path(101))).toBe(true)
  })
})

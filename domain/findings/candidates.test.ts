import { describe, expect, it } from 'vitest'
import { type Beside, likelyOriginals, mostCandidates, originalStates } from './candidates.ts'
import { findingMoves } from './moves.ts'

const beside = (id: string, more: Partial<Beside> = {}): Beside => ({
  id,
  sameAddress: false,
  sameWeakness: false,
  sharedWords: 0,
  words: 30,
  ...more,
})

describe('the likely originals of a finding under review', () => {
  it('cite the same address, or are of the same weakness in like words', () => {
    const found = likelyOriginals([
      beside('none'),
      beside('weakness-only', { sameWeakness: true, sharedWords: 9 }),
      beside('words-only', { sharedWords: 30 }),
      beside('address', { sameAddress: true }),
      beside('weakness-and-words', { sameWeakness: true, sharedWords: 10 }),
    ])
    expect(found).toEqual([
      { id: 'address', why: ['address'] },
      { id: 'weakness-and-words', why: ['weakness', 'words'] },
    ])
  })
  it('come likeliest first, with all that speaks for each', () => {
    const found = likelyOriginals([
      beside('address', { sameAddress: true, sharedWords: 3 }),
      beside('all', { sameAddress: true, sameWeakness: true, sharedWords: 24 }),
      beside('address-and-weakness', { sameAddress: true, sameWeakness: true }),
    ])
    expect(found.map(({ id }) => id)).toEqual(['all', 'address-and-weakness', 'address'])
    expect(found[0]?.why).toEqual(['address', 'weakness', 'words'])
  })
  it('are few, and in an order that does not change', () => {
    const many = Array.from({ length: 20 }, (_, at) => beside(`f${String(at).padStart(2, '0')}`, { sameAddress: true }))
    const found = likelyOriginals(many.toReversed())
    expect(found.map(({ id }) => id)).toEqual(many.slice(0, mostCandidates).map(({ id }) => id))
  })
  it('are none without a word in common, also where a text has none', () => {
    expect(likelyOriginals([beside('empty', { sameWeakness: true, words: 0 })])).toEqual([])
  })
  it('are findings that still stand: neither mended and closed, nor found to be no flaw, nor doubles themselves', () => {
    for (const state of ['closed', 'invalid', 'out_of_scope', 'duplicate', 'rejected_by_demand', 'draft'] as const)
      expect(originalStates).not.toContain(state)
    for (const state of findingMoves.mark_duplicate.from) expect(originalStates).toContain(state)
  })
})

import { describe, expect, it } from 'vitest'
import { GrowingIndex } from './growing-index.ts'
import { merkleRoot } from './merkle.ts'
import { decodePrints, type IndexedExchange, printOf, type SegmentIndex } from './segment-index.ts'

const leafOf = (at: number): string => at.toString(16).padStart(64, '0')
const exchange = (at: number, sequence: number | null = at + 1): IndexedExchange => ({
  exchangeId: `exc_${at}`,
  stream: at + 1,
  from: null,
  records: [128, 4096 + at],
  sequence,
  leaf: sequence === null ? null : leafOf(at),
})

describe('the index of a segment that is being written', () => {
  it.each([0, 1, 255, 256, 257, 512, 3000])(
    'holds %i ended exchanges as one that is made at the end would',
    (count) => {
      const index = new GrowingIndex()
      const ended = Array.from({ length: count }, (_, at) => exchange(at))
      for (const one of ended) index.add(one)
      const open = [exchange(count, null)]

      const text = JSON.parse(Buffer.concat(index.text(open)).toString()) as SegmentIndex
      expect(text).toEqual({ finished: ended, unfinished: open })
      const { prints, root, ...rest } = index.summary()
      expect(root).toBe(merkleRoot(ended.map(({ leaf }) => leaf ?? '')))
      expect([...decodePrints(prints)]).toEqual(ended.map(({ exchangeId }) => printOf(exchangeId)))
      expect(rest).toEqual({
        exchanges: count,
        firstSequence: count === 0 ? 0 : 1,
        lastSequence: count,
        runs: count === 0 ? [] : [[1, count]],
      })
    },
  )

  it('tells runs of sequences apart where other engagements ended exchanges in between', () => {
    const index = new GrowingIndex()
    for (const [at, sequence] of [7, 8, 11, 12, 20].entries()) index.add(exchange(at, sequence))
    expect(index.summary().runs).toEqual([
      [7, 2],
      [11, 2],
      [20, 1],
    ])
  })

  it('can be asked again after more was added: closing the segment may have failed', () => {
    const index = new GrowingIndex()
    index.add(exchange(0))
    const before = index.summary()
    index.text([])
    index.add(exchange(1))
    expect(before.root).toBe(leafOf(0))
    expect(index.summary()).toMatchObject({ exchanges: 2, root: merkleRoot([leafOf(0), leafOf(1)]) })
    expect(JSON.parse(Buffer.concat(index.text([])).toString())).toMatchObject({ finished: [{}, {}], unfinished: [] })
  })

  it('takes no exchange whose end was not written', () => {
    expect(() => new GrowingIndex().add(exchange(0, null))).toThrow('without its end')
  })
})

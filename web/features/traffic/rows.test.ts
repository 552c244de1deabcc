import { describe, expect, it } from 'vitest'
import type { ExchangeRowView } from '@zhongheng/contracts/http/traffic.ts'
import { type ExchangesReply, firstFeed, heldRows, newestOf, windowOf, withNewer, withOlder } from './rows.ts'

const row = (sequence: number): ExchangeRowView =>
  ({ sequence, exchangeId: `exc_${sequence}` }) as unknown as ExchangeRowView
const reply = (sequences: readonly number[], next: string | null = null): ExchangesReply => ({
  exchanges: sequences.map(row),
  next,
  searched: null,
  lagSeconds: 0,
  gateway: { up: true, recorder: true, policySequence: 3 },
  disposed: null,
})
const sequences = (feed: { rows: readonly ExchangeRowView[] }): number[] => feed.rows.map((one) => one.sequence)

describe('the live list', () => {
  it('puts what is new on top and keeps the cursor of what is older', () => {
    const feed = withNewer(firstFeed(reply([9, 8], '8')), reply([11, 10]))
    expect(sequences(feed)).toEqual([11, 10, 9, 8])
    expect(feed.next).toBe('8')
    expect(newestOf(feed)).toBe(11)
  })

  it('shows an exchange once when two answers overlap', () => {
    expect(sequences(withNewer(firstFeed(reply([9, 8])), reply([10, 9])))).toEqual([10, 9, 8])
    expect(sequences(withOlder(firstFeed(reply([9, 8], '8')), reply([8, 7])))).toEqual([9, 8, 7])
  })

  it('begins anew rather than leave a hole when more came than one answer holds', () => {
    const feed = withNewer(firstFeed(reply([9, 8])), reply([500, 499], '499'))
    expect(sequences(feed)).toEqual([500, 499])
    expect(feed.next).toBe('499')
  })

  it('forgets the oldest rows beyond what it holds, and can load them again', () => {
    const many = Array.from({ length: heldRows }, (_, at) => heldRows - at)
    const feed = withNewer(firstFeed(reply(many)), reply([heldRows + 1]))
    expect(feed.rows).toHaveLength(heldRows)
    expect(feed.next).toBe('2')
  })

  it('takes nothing from under somebody who scrolled further than that', () => {
    const many = Array.from({ length: heldRows }, (_, at) => 3 * heldRows - at)
    const older = Array.from({ length: heldRows }, (_, at) => 2 * heldRows - at)
    const feed = withNewer(withOlder(firstFeed(reply(many)), reply(older, '9')), reply([3 * heldRows + 1]))
    expect(feed.rows).toHaveLength(2 * heldRows)
  })
})

describe('the window over the rows', () => {
  it('shows the rows in sight and a few beside them', () => {
    expect(windowOf(3600, 360, 36, 5000)).toEqual({ start: 92, end: 118 })
  })
  it('never leaves the list', () => {
    expect(windowOf(0, 360, 36, 3)).toEqual({ start: 0, end: 3 })
    expect(windowOf(99_999, 360, 36, 3)).toEqual({ start: 0, end: 3 })
  })
})

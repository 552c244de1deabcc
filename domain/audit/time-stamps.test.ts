import { describe, expect, it } from 'vitest'
import { minutes } from '../shared/clock.ts'
import { nextTryAfter, stampDue } from './time-stamps.ts'

const noon = new Date('2026-11-21T12:00:00Z')
const ago = (count: number): Date => new Date(noon.getTime() - minutes(count))
const hourly = { now: noon, everyMs: minutes(60) }

describe('a time stamp is due', () => {
  it('for the first entries of a ledger, and never for none', () => {
    expect(stampDue({ ...hourly, size: 1, last: null })).toBe(true)
    expect(stampDue({ ...hourly, size: 0, last: null })).toBe(false)
  })

  it('when the interval is over and something happened', () => {
    expect(stampDue({ ...hourly, size: 90, last: { size: 50, askedAt: ago(60) } })).toBe(true)
    expect(stampDue({ ...hourly, size: 90, last: { size: 50, askedAt: ago(59) } })).toBe(false)
  })

  it('not for the entry that the last stamp itself made', () => {
    expect(stampDue({ ...hourly, size: 51, last: { size: 50, askedAt: ago(600) } })).toBe(false)
    expect(stampDue({ ...hourly, size: 50, last: { size: 50, askedAt: ago(600) } })).toBe(false)
    expect(stampDue({ ...hourly, size: 52, last: { size: 50, askedAt: ago(600) } })).toBe(true)
  })
})

it('a request that failed is tried again after growing waits, and given up after some two hours', () => {
  const waits = [1, 2, 3, 4, 5, 6, 7, 8].map(nextTryAfter)
  expect(waits).toEqual([...[1, 2, 4, 8, 16, 32, 60].map(minutes), null])
})

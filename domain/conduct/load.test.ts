import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exceeded, flowed, freshLoad, pauseOf, spent } from './load.ts'

describe('requests per second', () => {
  const limits = { requestsPerSecond: 2 }
  it('let a second’s worth through at once, then one for each half second', () => {
    let load = spent(freshLoad(limits, 0), { requests: 2 })
    expect(exceeded(load, limits)).toEqual({ what: 'requests', waitMs: 500 })
    load = flowed(load, limits, 499)
    expect(exceeded(load, limits)).toEqual({ what: 'requests', waitMs: 1 })
    expect(exceeded(flowed(load, limits, 500), limits)).toBeNull()
    expect(flowed(load, limits, 60_000).requests).toBe(2)
  })
})

describe('bytes per minute', () => {
  const limits = { sentPerMinute: 60_000, receivedPerMinute: 6_000 }
  it('refuse what is new and pace what is under way until the overdraft is paid', () => {
    const load = spent(freshLoad(limits, 0), { sent: 61_000, received: 6_050 })
    expect(exceeded(load, limits)).toEqual({ what: 'sent', waitMs: 1000 })
    expect(pauseOf(load, limits)).toBe(1000)
    expect(exceeded(flowed(load, limits, 1000), limits)).toBeNull()
  })
})

it('requests at a time are counted while they are open', () => {
  const limits = { concurrency: 1 }
  const load = spent(freshLoad(limits, 0), { requests: 1, open: 1 })
  expect(exceeded(load, limits)).toMatchObject({ what: 'concurrency' })
  expect(exceeded(spent(load, { open: -1 }), limits)).toBeNull()
})

it('without limits nothing is ever exceeded or paced', () => {
  const load = spent(freshLoad({}, 0), { requests: 1e6, sent: 1e12, received: 1e12, open: 1e6 })
  expect(exceeded(load, {})).toBeNull()
  expect(pauseOf(load, {})).toBe(0)
})

it('however often one asks, no more passes than the rate and one second’s worth', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 200 }),
      (requestsPerSecond, steps) => {
        const limits = { requestsPerSecond }
        let load = freshLoad(limits, 0)
        let now = 0
        let passed = 0
        for (const step of steps) {
          now += step
          load = flowed(load, limits, now)
          if (exceeded(load, limits) !== null) continue
          load = spent(load, { requests: 1 })
          passed += 1
        }
        expect(passed).toBeLessThanOrEqual(requestsPerSecond + (now / 1000) * requestsPerSecond + 1e-6)
      },
    ),
  )
})

import { describe, expect, it } from 'vitest'
import { isZone, opensAfter, quietAt, quietMinutes } from './quiet-hours.ts'

const night = [{ from: '22:30', to: '06:00' }]
const at = (text: string): number => Date.parse(text)
const quiet = (hours: typeof night, zone: string, text: string): boolean => quietAt(hours, zone, at(text)).quiet

describe('quiet hours from 22:30 to 06:00 in Shanghai (UTC+8)', () => {
  it.each([
    ['2026-11-21T14:29:59.999Z', false],
    ['2026-11-21T14:30:00.000Z', true],
    ['2026-11-21T16:00:00.000Z', true],
    ['2026-11-21T21:59:59.999Z', true],
    ['2026-11-21T22:00:00.000Z', false],
  ])('at %s: %s', (text, expected) => {
    expect(quiet(night, 'Asia/Shanghai', text)).toBe(expected)
  })

  it('open at six in the morning, asked at any moment of the night', () => {
    const opens = at('2026-11-21T22:00:00.000Z')
    expect(opensAfter(night, 'Asia/Shanghai', at('2026-11-21T14:30:00.000Z'))).toBe(opens)
    expect(opensAfter(night, 'Asia/Shanghai', at('2026-11-21T21:59:59.001Z'))).toBe(opens)
    expect(opensAfter(night, 'Asia/Shanghai', opens)).toBe(opens)
  })
})

describe('a night in which the clock is changed', () => {
  it('New York goes forward at 02:00 on 8 March 2026: hours from 02:30 to 03:30 begin with the jump', () => {
    const hours = [{ from: '02:30', to: '03:30' }]
    expect(quiet(hours, 'America/New_York', '2026-03-08T06:59:00.000Z')).toBe(false)
    expect(quiet(hours, 'America/New_York', '2026-03-08T07:00:00.000Z')).toBe(true)
    expect(opensAfter(hours, 'America/New_York', at('2026-03-08T07:00:00.000Z'))).toBe(at('2026-03-08T07:30:00.000Z'))
  })

  it('Lord Howe goes back by half an hour: the repeated half hour is quiet both times', () => {
    const hours = [{ from: '01:30', to: '02:00' }]
    const first = at('2026-04-04T14:30:00.000Z')
    for (const minutes of [0, 29, 31, 59]) {
      expect(quietAt(hours, 'Australia/Lord_Howe', first + minutes * 60_000).quiet).toBe(true)
    }
    expect(opensAfter(hours, 'Australia/Lord_Howe', first)).toBe(first + 3_600_000)
  })
})

describe('how long an answer holds', () => {
  it('never beyond the next beginning or end, nor beyond a quarter of an hour', () => {
    for (let step = 0; step < 3000; step++) {
      const moment = at('2026-03-07T00:00:00.000Z') + step * 61_000
      const { quiet: now, until } = quietAt(night, 'America/New_York', moment)
      expect(until - moment).toBeGreaterThan(0)
      expect(until - moment).toBeLessThanOrEqual(900_000)
      expect(quietAt(night, 'America/New_York', until - 1).quiet).toBe(now)
    }
  })
})

it('hours that cover the whole day never open; the same time twice is no hours at all', () => {
  const always = [
    { from: '00:00', to: '12:00' },
    { from: '12:00', to: '00:00' },
  ]
  expect(opensAfter(always, 'UTC', 0)).toBeNull()
  expect(quietMinutes(always).size).toBe(1440)
  expect(quietAt([{ from: '05:00', to: '05:00' }], 'UTC', at('2026-01-01T05:00:00Z')).quiet).toBe(false)
})

it('knows zones by their IANA names', () => {
  expect(['Asia/Shanghai', 'UTC', 'Mars/Olympus', ''].map(isZone)).toEqual([true, true, false, false])
})

import { describe, expect, it } from 'vitest'
import { clockAt, days, hours, minutes, seconds } from './clock.ts'

describe('a clock for tests', () => {
  it('stands still until it is told to go on', () => {
    const clock = clockAt('2026-03-10T12:00:00Z')
    expect(clock.now()).toEqual(clock.now())
    clock.advance(days(1) + hours(2) + minutes(3) + seconds(4))
    expect(clock.now().toISOString()).toBe('2026-03-11T14:03:04.000Z')
  })
  it('hands out times that nobody can turn back', () => {
    const clock = clockAt('2026-03-10T12:00:00Z')
    clock.now().setFullYear(1999)
    expect(clock.now().getUTCFullYear()).toBe(2026)
  })
})

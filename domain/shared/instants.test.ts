import { describe, expect, it } from 'vitest'
import { instantOf } from './instants.ts'

describe('an instant read from its text', () => {
  it('is what Date.parse says, the first time and after thousands of others', () => {
    const noon = '2026-06-03T12:00:00.000Z'
    expect(instantOf(noon)).toBe(Date.UTC(2026, 5, 3, 12))
    for (let day = 0; day < 3000; day++) {
      const text = new Date(Date.UTC(2026, 0, 1 + day)).toISOString()
      expect(instantOf(text)).toBe(Date.parse(text))
    }
    expect(instantOf(noon)).toBe(Date.UTC(2026, 5, 3, 12))
  })

  it('is no number for a text that is no date, each time it is asked', () => {
    expect(instantOf('tomorrow')).toBeNaN()
    expect(instantOf('tomorrow')).toBeNaN()
  })
})

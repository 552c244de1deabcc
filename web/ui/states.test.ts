import { describe, expect, it } from 'vitest'
import { type EngagementState, engagementLooks, placeOnRoad } from './states.ts'

describe('the road of an engagement', () => {
  it('leads from draft over testing to closed', () => {
    const places = (['draft', 'submitted', 'ready', 'testing', 'window_closed', 'closed'] as const).map(placeOnRoad)
    expect(places).toEqual([0, 1, 5, 6, 7, 12])
  })
  it('shows a suspended test where testing stands, a rejected demand where it was submitted', () => {
    expect(placeOnRoad('suspended')).toBe(placeOnRoad('testing'))
    expect(placeOnRoad('rejected')).toBe(placeOnRoad('submitted'))
  })
  it('has a place for every state but the two that break it off', () => {
    const without = (Object.keys(engagementLooks) as EngagementState[]).filter((state) => placeOnRoad(state) === null)
    expect(without).toEqual(['cancelled', 'terminated'])
  })
})

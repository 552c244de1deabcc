import { describe, expect, it } from 'vitest'
import type { Actor, Post, Role } from '../access/actor.ts'
import { checkDecides, checkOpen, correctionStates, decidable, dueAt } from './corrections.ts'

const person = (personId: string, orgKind: Role, ...posts: Post[]): Actor => ({
  personId,
  orgId: 'org_1',
  orgKind,
  posts,
  name: personId,
})
const rule = (act: () => void): string | null => {
  try {
    act()
  } catch (error) {
    return (error as { rule: string }).rule
  }
  return null
}

describe('a request for correction', () => {
  it('is decided by the security administrator of the house, an identity by whoever verifies testers', () => {
    expect(decidable(person('zhou', 'demand', 'security_admin'))).toEqual(['name', 'jurisdiction'])
    expect(decidable(person('zhou', 'organizer', 'member'))).toEqual(['identity'])
    for (const post of ['system_admin', 'audit_admin', 'signatory', 'member'] as const)
      expect(decidable(person('lin', 'demand', post)), post).toEqual([])
  })
  it('is never decided by whose it is, whatever posts they hold', () => {
    const zhou = person('zhou', 'demand', 'security_admin')
    expect(rule(() => checkDecides(zhou, { personId: 'zhou', field: 'name' }))).toBe('CORRECT-2')
    expect(rule(() => checkDecides(zhou, { personId: 'lin', field: 'name' }))).toBeNull()
    expect(rule(() => checkDecides(zhou, { personId: 'lin', field: 'identity' }))).toBe('CORRECT-2')
    expect(rule(() => checkDecides(zhou, { personId: 'lin', field: 'posts' }))).toBe('CORRECT-2')
  })
  it('has one result', () => {
    const closed = correctionStates.filter((state) => rule(() => checkOpen(state)) === 'CORRECT-3')
    expect(closed).toEqual(['granted', 'refused', 'withdrawn'])
  })
  it.each([
    ['2026-11-23T09:00:00.000Z', '2026-12-15T00:00:00.000Z'],
    ['2026-11-27T23:59:00.000Z', '2026-12-19T00:00:00.000Z'],
    ['2026-11-28T09:00:00.000Z', '2026-12-19T00:00:00.000Z'],
  ])('asked at %s is to be answered before %s: fifteen days that are no weekend', (asked, due) => {
    expect(dueAt(new Date(asked)).toISOString()).toBe(due)
  })
})

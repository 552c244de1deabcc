import { describe, expect, it } from 'vitest'
import type { Actor, Post } from './actor.ts'
import { accessIsOpen, breakGlassLife, breakGlassReads, checkInTeam, checkMayAsk } from './break-glass.ts'
import { engagementPermissions } from './matrix.ts'

const he = (posts: readonly Post[]): Actor => ({
  personId: 'he',
  orgId: 'platform',
  orgKind: 'organizer',
  posts,
  name: '何平',
})
const two = { members: true, exports: false, disposals: false }
const ends = new Date('2026-05-04T10:00:00Z')

describe('emergency access', () => {
  it('is for who may not read, in a house where posts are given by two', () => {
    expect(() => checkMayAsk(he(['security_admin']), 'organizer', two)).not.toThrow()
    expect(() => checkMayAsk(he(['security_admin', 'member']), 'organizer', two)).toThrow(
      expect.objectContaining({ rule: 'BREAK-2' }),
    )
    expect(() =>
      checkMayAsk(he(['security_admin']), 'organizer', { members: false, exports: true, disposals: false }),
    ).toThrow(expect.objectContaining({ rule: 'BREAK-1' }))
  })
  it('is open until its end, to the moment, unless somebody ended it', () => {
    const at = (moment: string, ended = false) => accessIsOpen({ endsAt: ends, ended }, new Date(moment))
    expect(at('2026-05-04T09:59:59.999Z')).toBe(true)
    expect(at('2026-05-04T10:00:00Z')).toBe(false)
    expect(at('2026-05-04T09:00:00Z', true)).toBe(false)
  })
  it('does not go past the house’s own work team', () => {
    expect(() => checkInTeam(true)).not.toThrow()
    expect(() => checkInTeam(false)).toThrow(expect.objectContaining({ code: 'wrong_state', rule: 'BREAK-4' }))
  })
  it('lasts four hours at most', () => expect(breakGlassLife).toBe(4 * 3_600_000))
  it('opens readings only, and an admin alone has none of them by the matrix', () => {
    for (const action of breakGlassReads) {
      expect(action).toMatch(/\.read$/)
      expect(engagementPermissions[action].organizer).not.toContain('security_admin')
    }
  })
})

import { describe, expect, it } from 'vitest'
import { type Post, administratorPosts } from './actor.ts'
import {
  type Standing,
  checkKept,
  checkMaySeparate,
  checkNotToOneself,
  checkOneOfThree,
  keptPosts,
  takenAway,
} from './separation.ts'

const rule = (act: () => void): string | undefined => {
  try {
    act()
  } catch (error) {
    return (error as { rule?: string }).rule
  }
  return undefined
}
const soon = '2027-01-01T00:00:00.000Z'
const somebody = (name: string, posts: Post[], ends = {}) => ({ name, posts, ends })
const active = (posts: Post[], ends = {}, state = 'active'): Standing => ({ posts, ends, state })

describe('GBT43741-PS-04: where the three administrators are kept apart', () => {
  it('any two of them are too many for one person, and one beside other posts is not', () => {
    for (const one of administratorPosts) {
      expect(rule(() => checkOneOfThree([one, 'signatory', 'member']))).toBeUndefined()
      for (const other of administratorPosts)
        if (other !== one)
          expect(
            rule(() => checkOneOfThree([one, other])),
            `${one} ${other}`,
          ).toBe('SEP-1')
    }
    expect(() => checkOneOfThree(['security_admin', 'audit_admin'])).toThrow(
      'nobody is security administrator, audit administrator at once',
    )
  })
  it('nobody gives posts to themselves, and everybody may give them up', () => {
    expect(rule(() => checkNotToOneself('lin', 'lin', ['member']))).toBe('SEP-2')
    expect(rule(() => checkNotToOneself('lin', 'lin', []))).toBeUndefined()
    expect(rule(() => checkNotToOneself('lin', 'gao', ['signatory']))).toBeUndefined()
  })
})

describe('GBT43741-PS-04: they come apart', () => {
  const system = somebody('魏', ['system_admin', 'member'])
  const security = somebody('林', ['security_admin'])
  const audit = somebody('傅', ['audit_admin'])
  it('when each is somebody’s and nobody holds two', () => {
    expect(rule(() => checkMaySeparate([system, security, audit], []))).toBeUndefined()
  })
  it('not before: those who hold two are named with what they hold, also who is only invited', () => {
    const all = somebody('高', [...administratorPosts])
    expect(() => checkMaySeparate([system, security, audit, all], [])).toThrow(
      '高 (system administrator, security administrator, audit administrator)',
    )
    expect(
      rule(() => checkMaySeparate([system, security, audit], [somebody('新', ['system_admin', 'audit_admin'])])),
    ).toBe('SEP-3')
  })
  it('not while one of them is nobody’s, or somebody’s for a time only', () => {
    expect(rule(() => checkMaySeparate([system, security], []))).toBe('SEP-4')
    expect(rule(() => checkMaySeparate([system, security, { ...audit, ends: { audit_admin: soon } }], []))).toBe(
      'SEP-4',
    )
    // An invitation holds nothing yet.
    expect(rule(() => checkMaySeparate([system, security], [audit]))).toBe('SEP-4')
  })
})

describe('a house keeps its administrators', () => {
  it('all three where they are separate, else who gives the posts', () => {
    expect(keptPosts(true)).toEqual(administratorPosts)
    expect(keptPosts(false)).toEqual(['security_admin'])
  })
  it('a change takes a post by giving it up, by an end and by removal; not where it was not held for good', () => {
    const before = active(['audit_admin', 'member'])
    expect(takenAway(before, active(['member']), true)).toEqual(['audit_admin'])
    expect(takenAway(before, active(['audit_admin'], { audit_admin: soon }), true)).toEqual(['audit_admin'])
    expect(takenAway(before, active(['audit_admin', 'member'], {}, 'removed'), true)).toEqual(['audit_admin'])
    expect(takenAway(before, active(['audit_admin']), true)).toEqual([])
    expect(takenAway(before, active(['member']), false)).toEqual([])
    // After a restore everybody waits to be confirmed: confirming one takes nothing from anybody.
    expect(takenAway(active(['system_admin'], {}, 'held'), active(['system_admin']), true)).toEqual([])
  })
  it('somebody else must hold what is taken, without an end', () => {
    expect(rule(() => checkKept([], ['audit_admin']))).toBe('MEMBER-1')
    expect(rule(() => checkKept([active(['audit_admin'], { audit_admin: soon })], ['audit_admin']))).toBe('MEMBER-1')
    expect(rule(() => checkKept([active(['audit_admin'])], ['audit_admin']))).toBeUndefined()
    expect(rule(() => checkKept([], []))).toBeUndefined()
  })
})

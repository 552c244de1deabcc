import { describe, expect, it } from 'vitest'
import { type Worker, checkGrantEnds, checkNotOneself, checkSomebodyStays, isOpen, worksUntil } from './work-team.ts'

const soon = new Date('2027-01-01T00:00:00Z')
const later = new Date('2028-01-01T00:00:00Z')
const to = (personId: string, endsAt: Date | null = null) => ({ personId, groupId: null, endsAt })
const group = (groupId: string, endsAt: Date | null = null) => ({ personId: null, groupId, endsAt })
const lin: Worker = { personId: 'lin', groupIds: ['shop'], posts: ['member'], ends: {}, state: 'active' }
const rule = (act: () => void): string | undefined => {
  try {
    act()
  } catch (error) {
    return (error as { rule?: string }).rule
  }
  return undefined
}

describe('who works on an engagement', () => {
  it('is everybody while it was given to nobody', () => {
    expect(worksUntil(lin, [])).toBeNull()
  })
  it('is who is named, or in a group that is, until the last of these grants ends', () => {
    expect(worksUntil(lin, [to('gao')])).toEqual(new Date(0))
    expect(worksUntil(lin, [to('gao'), to('lin')])).toBeNull()
    expect(worksUntil(lin, [group('shop', soon)])).toEqual(soon)
    expect(worksUntil(lin, [group('shop', soon), to('lin', later)])).toEqual(later)
    expect(worksUntil(lin, [group('shop', soon), to('lin')])).toBeNull()
    expect(worksUntil(lin, [group('bank')])).toEqual(new Date(0))
  })
})

describe('an engagement', () => {
  it('is never left to nobody: somebody active with working posts stays, post and grant without an end', () => {
    expect(rule(() => checkSomebodyStays([], [], 'body.grants'))).toBeUndefined()
    expect(rule(() => checkSomebodyStays([group('shop')], [lin], 'body.grants'))).toBeUndefined()
    expect(
      rule(() => checkSomebodyStays([group('shop')], [{ ...lin, posts: ['signatory'] }], 'body.grants')),
    ).toBeUndefined()
    // One who stays is enough beside others who do not.
    expect(
      rule(() => checkSomebodyStays([group('shop')], [lin, { ...lin, state: 'removed' }], 'body.grants')),
    ).toBeUndefined()
    for (const member of [
      { ...lin, state: 'removed' },
      { ...lin, state: 'held' },
      { ...lin, posts: ['system_admin', 'security_admin', 'audit_admin'] },
      { ...lin, ends: { member: soon.toISOString() } },
      { ...lin, groupIds: [] },
    ])
      expect(rule(() => checkSomebodyStays([group('shop')], [member], 'body.grants'))).toBe('TEAM-1')
    expect(rule(() => checkSomebodyStays([group('shop', soon)], [lin], 'body.grants'))).toBe('TEAM-1')
  })
  it('is given until moments to come', () => {
    expect(rule(() => checkGrantEnds([to('lin'), to('gao', soon)], soon))).toBe('TEAM-3')
    expect(rule(() => checkGrantEnds([to('gao', soon), to('lin')], soon))).toBe('TEAM-3')
    expect(rule(() => checkGrantEnds([to('gao', later)], soon))).toBeUndefined()
  })
})

describe('somebody works on it', () => {
  it('before the end, not at it, and always without one', () => {
    expect([isOpen(null, later), isOpen(soon, soon), isOpen(later, soon), isOpen(soon, later)]).toEqual([
      true,
      false,
      true,
      false,
    ])
  })
})

describe('who gives an engagement', () => {
  const never = new Date(0)
  const growing = [
    [never, null],
    [never, soon],
    [soon, later],
    [soon, null],
  ] as const
  it('does not let themselves in where the house separates administrators, or gives posts by two persons', () => {
    for (const [before, after] of growing)
      for (const rules of [
        { separated: true, members: false },
        { separated: false, members: true },
      ])
        expect(rule(() => checkNotOneself(before, after, rules))).toBe('TEAM-6')
  })
  it('may step back, stay as they are, and let themselves in where the house has neither rule', () => {
    for (const [before, after] of growing) {
      expect(rule(() => checkNotOneself(before, after, { separated: false, members: false }))).toBeUndefined()
      expect(rule(() => checkNotOneself(after, before, { separated: true, members: true }))).toBeUndefined()
      expect(rule(() => checkNotOneself(null, null, { separated: true, members: true }))).toBeUndefined()
      expect(rule(() => checkNotOneself(before, before, { separated: true, members: true }))).toBeUndefined()
    }
  })
})

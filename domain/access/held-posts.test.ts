import { describe, expect, it } from 'vitest'
import { checkedEnds, heldPosts, lastEnd, longerHeld } from './held-posts.ts'

const now = new Date('2026-05-04T09:00:00Z')
const past = '2026-05-04T08:00:00Z'
const soon = '2026-05-04T10:00:00Z'
const later = '2026-06-01T00:00:00Z'

describe('a post that is given until a moment', () => {
  it('holds before it and not from it on', () => {
    expect(heldPosts(['member', 'signatory'], { signatory: soon }, now)).toEqual(['signatory', 'member'])
    expect(heldPosts(['member', 'signatory'], { signatory: past }, now)).toEqual(['member'])
    expect(heldPosts(['signatory'], { signatory: now.toISOString() }, now)).toEqual([])
    expect(heldPosts(['member'], { signatory: past }, now)).toEqual(['member'])
  })
  it('ends what hangs on several posts with the last of them', () => {
    expect(lastEnd(['signatory', 'member'], { signatory: soon, member: later }, ['signatory', 'member'])).toEqual(
      new Date(later),
    )
    expect(lastEnd(['signatory', 'member'], { signatory: soon }, ['signatory', 'member'])).toBeNull()
    expect(lastEnd(['signatory', 'security_admin'], { signatory: soon }, ['signatory', 'member'])).toEqual(
      new Date(soon),
    )
    expect(lastEnd(['security_admin'], {}, ['signatory', 'member'])).toEqual(new Date(0))
  })
  it('is refused with an end that is past or of a post that is not given', () => {
    expect(checkedEnds(['member'], { member: '2026-05-04T18:00:00+08:00' }, now)).toEqual({
      member: '2026-05-04T10:00:00.000Z',
    })
    for (const ends of [{ member: past }, { member: now.toISOString() }, { security_admin: soon }])
      expect(() => checkedEnds(['member'], ends, now)).toThrow(expect.objectContaining({ code: 'malformed' }))
  })
  it('counts as given anew where its end moves away, and not where it comes nearer', () => {
    const before = { posts: ['security_admin', 'member'], ends: { security_admin: soon } }
    const given = (ends: object) => longerHeld(before, { posts: ['security_admin', 'member'], ends }, now)
    expect(given({ security_admin: soon })).toEqual([])
    expect(given({ security_admin: '2026-05-04T09:30:00Z' })).toEqual([])
    expect(given({ security_admin: later })).toEqual(['security_admin'])
    expect(given({})).toEqual(['security_admin'])
    expect(
      longerHeld(
        { posts: ['security_admin'], ends: { security_admin: past } },
        { posts: ['security_admin'], ends: { security_admin: past } },
        now,
      ),
    ).toEqual(['security_admin'])
  })
})

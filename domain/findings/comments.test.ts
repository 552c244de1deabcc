import { describe, expect, it } from 'vitest'
import type { Role } from '../access/actor.ts'
import { type Audience, audiences, audiencesFor, checkAudience, seesComment } from './comments.ts'

const houses: Record<Role, string> = { demand: '需求方', organizer: '组织方', tester: '青锋实验室', auditor: '审计方' }
const readers = (audience: Audience, writer: Role): Role[] =>
  (Object.keys(houses) as Role[]).filter((role) =>
    seesComment({ audience, orgId: houses[writer] }, { orgId: houses[role], role }),
  )

describe('a comment', () => {
  it.each([
    ['organizer', 'internal', ['organizer']],
    ['organizer', 'parties', ['demand', 'organizer', 'auditor']],
    ['organizer', 'everyone', ['demand', 'organizer', 'tester', 'auditor']],
    ['demand', 'internal', ['demand']],
    ['auditor', 'parties', ['demand', 'organizer', 'auditor']],
    ['tester', 'internal', ['tester']],
    ['tester', 'everyone', ['demand', 'organizer', 'tester', 'auditor']],
  ] as const)('of the %s for %s is seen by %j', (writer, audience, seenBy) => {
    expect(readers(audience, writer)).toEqual(seenBy)
  })
  it('for the parties never shows to a tester, whoever writes it', () => {
    for (const writer of ['demand', 'organizer', 'auditor'] as const)
      expect(readers('parties', writer)).not.toContain('tester')
  })
  it('of a tester is not written for the parties alone', () => {
    expect(() => checkAudience('parties', 'tester')).toThrow(
      expect.objectContaining({ code: 'forbidden', rule: 'COMMENT-1' }) as Error,
    )
    expect(audiencesFor('tester')).toEqual(['internal', 'everyone'])
  })
  it('of the others is written for any audience', () => {
    for (const role of ['demand', 'organizer', 'auditor'] as const)
      for (const audience of audiences) expect(() => checkAudience(audience, role)).not.toThrow()
  })
})

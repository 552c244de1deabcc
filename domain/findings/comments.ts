import type { Role } from '../access/actor.ts'
import { Problem, type Text, say } from '../shared/problem.ts'

/** Who a comment speaks to: the writer's own house, the three supervising parties, or the tester too. */
export const audiences = ['internal', 'parties', 'everyone'] as const
export type Audience = (typeof audiences)[number]

export const audienceNames: Record<Audience, Text> = {
  internal: say('内部', 'Internal'),
  parties: say('参与方', 'Parties'),
  everyone: say('含测试者', 'With the tester'),
}

/**
 * The audiences a role may write for. A tester's comment always reaches the organizer or stays in the own team: it cannot
 * be for the other parties behind the tester's own back.
 */
export const audiencesFor = (role: Role): readonly Audience[] =>
  role === 'tester' ? ['internal', 'everyone'] : audiences

/** @throws Problem forbidden COMMENT-1, when this role may not write for the audience */
export function checkAudience(audience: Audience, role: Role): void {
  if (!audiencesFor(role).includes(audience))
    throw new Problem(
      'forbidden',
      say('测试方的评论请选择“含测试者”或“内部”', 'a tester comments for everyone or for the own team'),
      { rule: 'COMMENT-1' },
    )
}

/**
 * Whether somebody who may read the finding sees a comment on it; the row policies hold the same rule in the database.
 */
export const seesComment = (
  comment: { audience: Audience; orgId: string },
  reader: { orgId: string; role: Role },
): boolean =>
  comment.orgId === reader.orgId ||
  comment.audience === 'everyone' ||
  (comment.audience === 'parties' && reader.role !== 'tester')

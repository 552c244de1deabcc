import type { Role } from '../access/actor.ts'
import { Problem, say } from '../shared/problem.ts'

/** Who a comment speaks to: the writer's own house, the three supervising parties, or the testers too. */
export const audiences = ['internal', 'parties', 'everyone'] as const
export type Audience = (typeof audiences)[number]

/** A tester's comment always reaches the organizer, so it cannot be for the other parties without them. @throws Problem forbidden COMMENT-1 */
export function checkAudience(audience: Audience, role: Role): void {
  if (role === 'tester' && audience === 'parties')
    throw new Problem(
      'forbidden',
      say('测试方的评论请选择“含测试者”或“内部”', 'a tester comments for everyone or for the own team'),
      { rule: 'COMMENT-1' },
    )
}

/** Whether a reader sees a comment; the row policies hold the same rule in the database. */
export const seesComment = (
  comment: { audience: Audience; orgId: string },
  reader: { orgId: string; role: Role },
): boolean =>
  comment.orgId === reader.orgId ||
  comment.audience === 'everyone' ||
  (comment.audience === 'parties' && reader.role !== 'tester')

import type { TwoPersonAct } from '@zhongheng/domain/access/describe-act.ts'
import { wantsSecondPerson } from '@zhongheng/domain/access/two-persons.ts'
import type { Work } from '../../work/work.ts'
import { canonicalAct, digestOf } from './act-digest.ts'

/**
 * Uses up the approval of exactly this act, in the act's own commit: what is executed now has the digest that another
 * person approved, or nothing happens.
 * @returns the approval's id and who gave it
 * @throws Problem wrong_state TWO-1 where there is none
 */
export async function spendApproval(work: Work, act: TwoPersonAct): Promise<{ id: string; by: string }> {
  const digest = digestOf(canonicalAct(work.actor, act))
  const row = await work.db
    .selectFrom('approvals')
    .select(['id', 'decided_by', 'engagement_id'])
    .where('asked_by', '=', work.actor.personId)
    .where('kind', '=', act.kind)
    .where('digest', '=', digest)
    .where('verdict', '=', 'approved')
    .where('withdrawn_at', 'is', null)
    .where('used_at', 'is', null)
    .where('expires_at', '>', work.now)
    .orderBy('asked_at')
    .limit(1)
    .forUpdate()
    .executeTakeFirst()
  if (!row?.decided_by) throw wantsSecondPerson()
  await work.db.updateTable('approvals').set({ used_at: work.now }).where('id', '=', row.id).execute()
  work.record({
    kind: 'approval.used',
    engagementId: row.engagement_id,
    subject: row.id,
    role: work.actor.orgKind,
    audience: 'house',
    facts: { act: act.kind, digest, approvedBy: row.decided_by },
  })
  return { id: row.id, by: row.decided_by }
}

import type { TwoPersonAct } from '@zhongheng/domain/access/describe-act.ts'
import { wantsSecondPerson } from '@zhongheng/domain/access/two-persons.ts'
import type { EventAudience, Work } from '../../work/work.ts'
import { canonicalAct, digestOf, openWords } from './act-digest.ts'

/** Who reads of a request in a timeline: emergency access is the demand side's matter from the first word on. */
export const audienceOf = (kind: string): EventAudience => (kind === 'break_glass' ? 'parties' : 'house')

/**
 * Uses up the approval of exactly this act, in the act's own commit: what is executed now has the digest that another
 * person approved, or nothing happens.
 * @returns the approval's id, who gave it, its digest and the purpose that the asker named
 * @throws Problem wrong_state TWO-1 where there is none
 */
export async function spendApproval(
  work: Work,
  act: TwoPersonAct,
): Promise<{ id: string; by: string; digest: string; purpose: string }> {
  const digest = digestOf(canonicalAct(work.actor, act))
  const row = await work.db
    .selectFrom('approvals')
    .select(['id', 'decided_by', 'engagement_id', 'sealed_words'])
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
    audience: audienceOf(act.kind),
    facts: { act: act.kind, digest, approvedBy: row.decided_by },
  })
  return { id: row.id, by: row.decided_by, digest, purpose: openWords(work, row.id, row.sealed_words).purpose }
}

import type { BreakGlassView } from '@zhongheng/contracts/http/break-glass.ts'
import { checkMayAsk } from '@zhongheng/domain/access/break-glass.ts'
import { minutes } from '@zhongheng/domain/shared/clock.ts'
import type { Work } from '../../work/work.ts'
import { rulesOf, spendApproval } from '../approvals/reads.ts'
import type { EngagementHandle } from '../engagements/reads.ts'
import { viewAccess } from './view-accesses.ts'
import { sealWords } from './words.ts'

/**
 * Opens the emergency access that another person approved. Its event is for the demand side, and a checkpoint holds it at
 * once (`domain/audit/checkpoints.ts`).
 * @throws Problem as `checkMayAsk`; wrong_state TWO-1 without the approval of exactly this
 */
export async function openAccess(work: Work, engagement: EngagementHandle, asked: number): Promise<BreakGlassView> {
  checkMayAsk(work.actor, engagement.role, await rulesOf(work))
  const approval = await spendApproval(work, { kind: 'break_glass', engagementId: engagement.id, minutes: asked })
  const id = work.newId('breakGlass')
  await work.db
    .insertInto('break_glass')
    .values({
      id,
      engagement_id: engagement.id,
      org_id: work.actor.orgId,
      person_id: work.actor.personId,
      approval_id: approval.id,
      approved_by: approval.by,
      sealed_purpose: sealWords(work, 'sealed_purpose', id, approval.purpose),
      opened_at: work.now,
      ends_at: new Date(work.now.getTime() + minutes(asked)),
      ended_at: null,
      ended_by: null,
      ended_org_id: null,
      sealed_reason: null,
    })
    .execute()
  work.record({
    kind: 'break_glass.opened',
    engagementId: engagement.id,
    subject: id,
    role: engagement.role,
    audience: 'parties',
    facts: { approvalId: approval.id, approvedBy: approval.by, minutes: asked, digest: approval.digest },
  })
  return viewAccess(work, engagement, id)
}

import type { ApprovalView } from '@zhongheng/contracts/http/approvals.ts'
import { type ActKind, type Approval, checkDecision, checkSecondPerson } from '@zhongheng/domain/access/two-persons.ts'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import type { Selectable } from 'kysely'
import type { Database } from '../../database/schema.ts'
import { notFound } from '../../http/problems.ts'
import type { Caller, Reference } from '../../http/registry.ts'
import type { Work } from '../../work/work.ts'
import { accountMarks, accountsOfBrowser } from './account-marks.ts'
import { sealReason } from './act-digest.ts'
import { audienceOf } from './spend-approval.ts'
import { approvalSeen, viewApproval } from './view-approvals.ts'

export type ApprovalRow = Selectable<Database['approvals']>

export const asApproval = (row: ApprovalRow): Approval => ({
  kind: row.kind as ActKind,
  askedBy: row.asked_by,
  digest: row.digest,
  expiresAt: row.expires_at,
  verdict: row.verdict,
  withdrawn: row.withdrawn_at !== null,
  used: row.used_at !== null,
})

/** A request of the own house that this person asked for or may decide. */
export const approvalRef: Reference<ApprovalRow> = {
  about: 'request of the own house, asked by me or mine to decide',
  async load(work, id) {
    const row = await work.db.selectFrom('approvals').selectAll().where('id', '=', id).forUpdate().executeTakeFirst()
    if (!row || !approvalSeen(work.actor, row)) throw notFound()
    return row
  },
}

/**
 * Approves or refuses what another human asked for.
 * @throws Problem as `checkSecondPerson` and `checkDecision`
 */
export async function decideApproval(
  work: Work,
  row: ApprovalRow,
  said: { verdict: 'approved' | 'refused'; digest: string; reason: string },
  caller: Caller,
): Promise<ApprovalView> {
  await refuseSameHuman(work, { personId: row.asked_by, sameBrowser: row.same_browser }, caller)
  checkDecision(asApproval(row), work.actor, said.digest, work.now)
  await work.db
    .updateTable('approvals')
    .set({
      verdict: said.verdict,
      decided_by: work.actor.personId,
      decided_at: work.now,
      sealed_reason: sealReason(work, row.id, said.reason),
    })
    .where('id', '=', row.id)
    .execute()
  recordOn(work, row, said.verdict === 'approved' ? 'approval.given' : 'approval.refused')
  return viewApproval(work, row.id)
}

/** @throws Problem wrong_state TWO-5 when it was decided or used; forbidden TWO-9 for another's */
export async function withdrawApproval(work: Work, row: ApprovalRow): Promise<ApprovalView> {
  if (row.asked_by !== work.actor.personId)
    throw new Problem('forbidden', say('只有申请人可以撤回', 'only who asked takes it back'), { rule: 'TWO-9' })
  if (row.used_at !== null || row.withdrawn_at !== null || row.verdict === 'refused')
    throw new Problem('wrong_state', say('此申请已有结果', 'this request was decided already'), { rule: 'TWO-5' })
  await work.db.updateTable('approvals').set({ withdrawn_at: work.now }).where('id', '=', row.id).execute()
  recordOn(work, row, 'approval.withdrawn')
  return viewApproval(work, row.id)
}

/** Refuses the asker and other accounts of the same human, as far as the platform can know. @throws Problem as `checkSecondPerson` */
export async function refuseSameHuman(
  work: Work,
  asker: { readonly personId: string; readonly sameBrowser: readonly string[] },
  caller: Caller,
): Promise<void> {
  const me = work.actor.personId
  const marks = await accountMarks(work, [asker.personId, me], {
    [asker.personId]: asker.sameBrowser,
    [me]: await accountsOfBrowser(work, caller.devices),
  })
  const [one, second] = [marks.get(asker.personId), marks.get(me)]
  if (!one || !second) throw notFound()
  checkSecondPerson(one, second)
}

function recordOn(work: Work, row: ApprovalRow, kind: string): void {
  work.record({
    kind,
    engagementId: row.engagement_id,
    subject: row.id,
    role: work.actor.orgKind,
    audience: audienceOf(row.kind),
    facts: { act: row.kind, digest: row.digest, askedBy: row.asked_by },
  })
}

import type { ApprovalView } from '@zhongheng/contracts/http/approvals.ts'
import type { Waiting } from '@zhongheng/contracts/http/people.ts'
import type { Actor } from '@zhongheng/domain/access/actor.ts'
import { describeAct } from '@zhongheng/domain/access/describe-act.ts'
import { type ActKind, approvalState, mayApprove } from '@zhongheng/domain/access/two-persons.ts'
import { say } from '@zhongheng/domain/shared/problem.ts'
import type { Selectable } from 'kysely'
import type { Database } from '../../database/schema.ts'
import { notFound } from '../../http/problems.ts'
import type { Work } from '../../work/work.ts'
import { actOf, openReason, openWords } from './act-digest.ts'

type Row = Selectable<Database['approvals']>

/** So many requests nobody reads through; older ones stand in the ledger. */
const most = 200

/** Whether somebody of the house reads a request: who asked, and who may decide such acts. */
export const approvalSeen = (actor: Actor, row: Pick<Row, 'asked_by' | 'kind'>): boolean =>
  row.asked_by === actor.personId || mayApprove(actor, row.kind as ActKind)

const stateOf = (row: Row, now: Date) =>
  approvalState(
    {
      expiresAt: row.expires_at,
      verdict: row.verdict,
      withdrawn: row.withdrawn_at !== null,
      used: row.used_at !== null,
    },
    now,
  )

export async function viewApprovals(work: Work, approvalId?: string): Promise<ApprovalView[]> {
  let query = work.db
    .selectFrom('approvals')
    .leftJoin('engagements', 'engagements.id', 'approvals.engagement_id')
    .selectAll('approvals')
    .select('engagements.title')
    .where('approvals.org_id', '=', work.actor.orgId)
    .orderBy('asked_at', 'desc')
    .limit(most)
  if (approvalId !== undefined) query = query.where('approvals.id', '=', approvalId)
  const rows = (await query.execute()).filter((row) => approvalSeen(work.actor, row))
  const opened = rows.map((row) => {
    const { canonical, purpose } = openWords(work, row.id, row.sealed_words)
    return { row, canonical, purpose, act: actOf(canonical) }
  })
  const people = opened.flatMap(({ row, act }) => [
    row.asked_by,
    row.decided_by ?? row.asked_by,
    'personId' in act ? act.personId : row.asked_by,
  ])
  const names = await work.db
    .selectFrom('persons')
    .select(['id', 'name'])
    .where('id', 'in', [...people, ''])
    .execute()
  const nameOf = new Map(names.map(({ id, name }) => [id, name]))
  return opened.map(({ row, canonical, purpose, act }) => {
    const state = stateOf(row, work.now)
    const person = 'personId' in act ? (nameOf.get(act.personId) ?? '') : ''
    return {
      approvalId: row.id,
      act: act as ApprovalView['act'],
      ...describeAct(act, { person, engagement: row.title ?? '' }),
      canonical,
      digest: row.digest,
      state,
      purpose,
      askedBy: nameOf.get(row.asked_by) ?? '',
      askedAt: row.asked_at.toISOString(),
      expiresAt: row.expires_at.toISOString(),
      decided:
        row.decided_by === null || row.decided_at === null
          ? null
          : {
              by: nameOf.get(row.decided_by) ?? '',
              at: row.decided_at.toISOString(),
              reason: row.sealed_reason === null ? '' : openReason(work, row.id, row.sealed_reason),
            },
      usedAt: row.used_at?.toISOString() ?? null,
      mine: row.asked_by === work.actor.personId,
      mayDecide: state === 'waiting' && decidable(work.actor, row),
    }
  })
}

const decidable = (actor: Actor, row: Row): boolean =>
  row.asked_by !== actor.personId && mayApprove(actor, row.kind as ActKind)

/** One of them, after an act on it. */
export async function viewApproval(work: Work, approvalId: string): Promise<ApprovalView> {
  const [found] = await viewApprovals(work, approvalId)
  if (!found) throw notFound()
  return found
}

/** One line of the home page for each request that waits for this person's word. */
export async function approvalsWaiting(work: Work): Promise<Waiting[]> {
  const rows = await work.db
    .selectFrom('approvals')
    .selectAll()
    .where('org_id', '=', work.actor.orgId)
    .where('verdict', 'is', null)
    .where('withdrawn_at', 'is', null)
    .where('expires_at', '>', work.now)
    .orderBy('asked_at', 'desc')
    .limit(30)
    .execute()
  return rows
    .filter((row) => decidable(work.actor, row))
    .map((row) => ({
      kind: 'approval',
      text: say('有一份申请等待您批准', 'a request waits for your approval'),
      engagementId: null,
      engagementTitle: null,
      href: '/approvals',
      since: row.asked_at.toISOString(),
    }))
}

import type { Call, Reply } from '@zhongheng/contracts/http/index.ts'
import { heldPosts } from '@zhongheng/domain/access/held-posts.ts'
import { may } from '@zhongheng/domain/access/matrix.ts'
import { isOpen } from '@zhongheng/domain/access/work-team.ts'
import { decoyState } from '@zhongheng/domain/findings/decoys.ts'
import { assignmentLimits, checkAssignee, checkAssignment } from '@zhongheng/domain/findings/assignment.ts'
import { mayBeGiven } from '@zhongheng/domain/jurisdiction/border.ts'
import { badField, say } from '@zhongheng/domain/shared/problem.ts'
import { notFound } from '../../http/problems.ts'
import { placeOf } from '../../work/border.ts'
import { decoysInLists } from '../../work/decoys-in-lists.ts'
import { workEnds } from '../../work/work-ends.ts'
import type { Work } from '../../work/work.ts'
import { type EngagementHandle, openEngagement } from '../engagements/reads.ts'
import { assigneesOf } from './assignees.ts'

const key = 'POST /api/findings/assignments'
type Asked = Call<typeof key>['body']

/**
 * Names one of the own house for findings of several engagements, in one commit or not at all.
 * @throws Problem not_found where one is not in the engagement named with it or not the asker's to see; forbidden ROLE-1;
 *   malformed for one that is named twice; refused ASSIGN-1; wrong_state ASSIGN-2; conflict ASSIGN-3
 */
export async function assignFindings(work: Work, asked: Asked): Promise<Reply<typeof key>> {
  const ids = asked.findings.map(({ findingId }) => findingId)
  if (new Set(ids).size < ids.length)
    throw badField(
      'body.findings',
      say('同一漏洞出现两次', 'the same finding twice'),
      say('每个漏洞只列一次', 'name each once'),
    )
  const engagements = await openAll(work, [...new Set(asked.findings.map(({ engagementId }) => engagementId))])
  const rows = await rowsOf(work, ids)
  const found = asked.findings.map(({ engagementId, findingId, was }) => {
    const row = rows.get(findingId)
    if (row?.engagement_id !== engagementId) throw notFound()
    return { ...row, was }
  })
  const named = await namedNow(work, ids)
  checkAssignment(found.map(({ id, number, state, was }) => ({ number, state, was, now: named.get(id) ?? null })))
  if (asked.to !== null) checkAssignee(await mayTakeCare(work, asked.to, engagements))
  const changed = found.filter(({ id }) => (named.get(id) ?? null) !== asked.to)
  if (changed.length > 0) await name(work, changed, asked.to)
  for (const { id, engagement_id, was } of changed)
    work.record({
      kind: 'finding.assigned',
      engagementId: engagement_id,
      subject: id,
      role: engagements.get(engagement_id)?.role ?? work.actor.orgKind,
      audience: 'house',
      facts: { to: asked.to, was },
    })
  return { assigned: changed.length }
}

async function openAll(work: Work, ids: readonly string[]): Promise<ReadonlyMap<string, EngagementHandle>> {
  if (ids.length > assignmentLimits.engagements)
    throw badField(
      'body.findings',
      say(`至多 ${assignmentLimits.engagements} 个项目`, `of at most ${assignmentLimits.engagements} engagements`),
      say('分批指派', 'assign them in several requests'),
    )
  const opened = new Map<string, EngagementHandle>()
  for (const id of ids) opened.set(id, await openEngagement(work, id, 'finding.assign'))
  return opened
}

type Row = { readonly id: string; readonly engagement_id: string; readonly number: string; readonly state: string }

/** The findings, held until the commit in one order, and what stands in the asker's lists as such. */
async function rowsOf(work: Work, ids: readonly string[]): Promise<ReadonlyMap<string, Row>> {
  const findings = await work.db
    .selectFrom('findings')
    .select(['id', 'engagement_id', 'number', 'state'])
    .where('id', 'in', ids)
    .orderBy('id')
    .forUpdate()
    .execute()
  const decoys = await decoysInLists(work).select(['id', 'engagement_id', 'number']).where('id', 'in', ids).execute()
  return new Map([...findings, ...decoys.map((one) => ({ ...one, state: decoyState }))].map((row) => [row.id, row]))
}

async function namedNow(work: Work, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const rows = await work.db
    .selectFrom(assigneesOf(work))
    .select(['finding_id', 'person_id'])
    .where('finding_id', 'in', ids)
    .execute()
  return new Map(rows.map(({ finding_id, person_id }) => [finding_id, person_id]))
}

/** Whether a colleague may do on all of these what they would be named for. */
async function mayTakeCare(
  work: Work,
  personId: string,
  engagements: ReadonlyMap<string, EngagementHandle>,
): Promise<boolean> {
  const person = await work.db
    .selectFrom('persons')
    .select(['posts', 'post_ends', 'org_id', 'name'])
    .where('id', '=', personId)
    .where('org_id', '=', work.actor.orgId)
    .where('state', '=', 'active')
    .executeTakeFirst()
  if (!person) return false
  const actor = { ...work.actor, personId, posts: heldPosts(person.posts, person.post_ends, work.now) }
  const place = await placeOf(work.db, personId)
  // Who works on what is known to the system alone.
  const until = await work.asSystem((db) => workEnds(db, [...engagements.keys()]))
  return [...engagements.values()].every(
    ({ id, role }) =>
      may(actor, 'finding.assign', role) &&
      mayBeGiven(place, role === 'demand') &&
      isOpen(until(id, personId), work.now),
  )
}

async function name(work: Work, findings: readonly Row[], to: string | null): Promise<void> {
  if (to === null) {
    const ids = findings.map(({ id }) => id)
    await work.db.deleteFrom('finding_assignees').where('finding_id', 'in', ids).execute()
    return
  }
  const given = { person_id: to, given_by: work.actor.personId, given_at: work.now }
  await work.db
    .insertInto('finding_assignees')
    .values(
      findings.map((row) => ({
        ...given,
        finding_id: row.id,
        org_id: work.actor.orgId,
        engagement_id: row.engagement_id,
      })),
    )
    .onConflict((conflict) => conflict.columns(['finding_id', 'org_id']).doUpdateSet(given))
    .execute()
}

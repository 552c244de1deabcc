import type { BreakGlassView } from '@zhongheng/contracts/http/break-glass.ts'
import type { Waiting } from '@zhongheng/contracts/http/people.ts'
import { accessIsOpen } from '@zhongheng/domain/access/break-glass.ts'
import { say } from '@zhongheng/domain/shared/problem.ts'
import { sql } from 'kysely'
import { notFound } from '../../http/problems.ts'
import type { Work } from '../../work/work.ts'
import type { EngagementHandle } from '../engagements/reads.ts'
import { openWords } from './words.ts'

/** More than this no engagement should ever see; older ones stand in the ledger. */
const most = 100

export async function viewAccesses(work: Work, engagement: EngagementHandle, id?: string): Promise<BreakGlassView[]> {
  let query = work.db
    .selectFrom('break_glass')
    .selectAll()
    .select(
      sql<number>`(select count(*)::int from events e where e.engagement_id = break_glass.engagement_id
        and e.actor = break_glass.person_id and e.kind in ('finding.read', 'traffic.read')
        and position('"breakGlassId":"' || break_glass.id || '"' in e.leaf) > 0)`.as('readings'),
    )
    .where('engagement_id', '=', engagement.id)
    .orderBy('opened_at', 'desc')
    .limit(most)
  if (id !== undefined) query = query.where('id', '=', id)
  const rows = await query.execute()
  if (rows.length === 0) return []
  // Who reads in an emergency, and who let them, is told to the parties by name; their rows are another house's.
  const [people, orgs] = await work.asSystem(async (db) => [
    await db
      .selectFrom('persons')
      .select(['id', 'name'])
      .where(
        'id',
        'in',
        rows.flatMap((row) => [row.person_id, row.approved_by, row.ended_by ?? row.person_id]),
      )
      .execute(),
    await db
      .selectFrom('organisations')
      .select(['id', 'name'])
      .where(
        'id',
        'in',
        rows.flatMap((row) => [row.org_id, row.ended_org_id ?? row.org_id]),
      )
      .execute(),
  ])
  const nameOf = new Map([...people, ...orgs].map(({ id: key, name }) => [key, name]))
  const named = (key: string | null): string => nameOf.get(key ?? '') ?? ''
  return rows.map((row) => ({
    breakGlassId: row.id,
    reader: named(row.person_id),
    orgName: named(row.org_id),
    approvedBy: named(row.approved_by),
    purpose: openWords(work, 'sealed_purpose', row.id, row.sealed_purpose),
    openedAt: row.opened_at.toISOString(),
    endsAt: row.ends_at.toISOString(),
    ended:
      row.ended_at === null
        ? null
        : {
            by: named(row.ended_by),
            orgName: named(row.ended_org_id),
            at: row.ended_at.toISOString(),
            reason: row.sealed_reason === null ? '' : openWords(work, 'sealed_reason', row.id, row.sealed_reason),
          },
    open: accessIsOpen({ endsAt: row.ends_at, ended: row.ended_at !== null }, work.now),
    mine: row.person_id === work.actor.personId,
    readings: row.readings,
  }))
}

export async function viewAccess(work: Work, engagement: EngagementHandle, id: string): Promise<BreakGlassView> {
  const [found] = await viewAccesses(work, engagement, id)
  if (!found) throw notFound()
  return found
}

/** One line of the demand side's home page for each emergency access that is open now. */
export async function accessesOpen(work: Work): Promise<Waiting[]> {
  if (work.actor.orgKind !== 'demand') return []
  const rows = await work.db
    .selectFrom('break_glass')
    .innerJoin('engagements', 'engagements.id', 'break_glass.engagement_id')
    .select(['break_glass.opened_at', 'engagements.id', 'engagements.title'])
    .where('break_glass.ended_at', 'is', null)
    .where('break_glass.ends_at', '>', work.now)
    .orderBy('break_glass.opened_at', 'desc')
    .limit(20)
    .execute()
  return rows.map((row) => ({
    kind: 'break_glass',
    text: say('平台管理员正在紧急访问漏洞内容', 'an administrator of the platform has emergency access to findings'),
    engagementId: row.id,
    engagementTitle: row.title,
    href: `/engagements/${row.id}/readings`,
    since: row.opened_at.toISOString(),
  }))
}

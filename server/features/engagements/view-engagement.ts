import type { EngagementPage, EngagementRow } from '@zhongheng/contracts/http/engagements.ts'
import { type EngagementAction, engagementPermissions, may } from '@zhongheng/domain/access/matrix.ts'
import { mayBeGiven, openAbroad } from '@zhongheng/domain/jurisdiction/border.ts'
import { allowedMoves } from '@zhongheng/domain/engagements/moves.ts'
import { sql } from 'kysely'
import { inBlocks } from '../../database/traffic-blocks.ts'
import { placeOf } from '../../work/border.ts'
import { closedToActor } from '../../work/work-ends.ts'
import { decoysCounted } from '../../work/decoys-in-lists.ts'
import type { Work } from '../../work/work.ts'
import { readFacts } from './read-facts.ts'
import type { EngagementHandle } from './reads.ts'

/** The page of one engagement for this person: facts, moves with reasons, what they may do, counts. */
export async function viewEngagement(work: Work, engagement: EngagementHandle): Promise<EngagementPage> {
  const { row, role } = engagement
  const facts = await readFacts(work, engagement)
  const names = await namesOf(work, [row.demand_org_id, row.organizer_org_id, row.auditor_org_id])
  const counts = await countsOf(work, engagement)
  const given = mayBeGiven(await placeOf(work.db, work.actor.personId), role === 'demand')
  return {
    engagementId: row.id,
    number: row.number,
    title: row.title,
    state: facts.state,
    myRole: role,
    demandName: names.get(row.demand_org_id) ?? '',
    organizerName: names.get(row.organizer_org_id ?? '') ?? null,
    auditorName: names.get(row.auditor_org_id ?? '') ?? null,
    windowOpens: facts.windowOpens,
    windowCloses: facts.windowCloses,
    updatedAt: row.updated_at.toISOString(),
    goals: facts.goals,
    auditMode: facts.auditMode,
    dataLevel: facts.dataLevel,
    environment: facts.environment,
    demandOrgId: row.demand_org_id,
    organizerOrgId: row.organizer_org_id,
    auditorOrgId: row.auditor_org_id,
    minGrade: row.min_grade,
    rewardTable: row.reward_table as EngagementPage['rewardTable'],
    budgetFen: role === 'tester' ? null : Number(row.budget_fen),
    version: row.version,
    stop: facts.stop as EngagementPage['stop'],
    moves: allowedMoves(facts, { actor: work.actor, role }, work.now),
    may: (Object.keys(engagementPermissions) as EngagementAction[]).filter(
      (action) => may(work.actor, action, role) && (given || openAbroad.includes(action)),
    ),
    counts,
  }
}

/** Counts under the reader's own row policies, of what their lists show: a tester counts their own findings and traffic only. */
async function countsOf(work: Work, { id: engagementId, row }: EngagementHandle): Promise<EngagementPage['counts']> {
  const there = inBlocks('exchanges.sequence', row.traffic_blocks)
  const counted = await sql<{ findings: number; exchanges: number; refusals: number; testers: number }>`
    select
      ((select count(*) from findings where engagement_id = ${engagementId}) + ${await decoysCounted(work, engagementId)})::int as findings,
      (select count(*)::int from exchanges where engagement_id = ${engagementId} and kind <> 'refusal' and ${there}) as exchanges,
      (select count(*)::int from exchanges where engagement_id = ${engagementId} and kind = 'refusal' and ${there}) as refusals,
      (select count(*)::int from enrollments where engagement_id = ${engagementId} and state = 'admitted') as testers`.execute(
    work.db,
  )
  return counted.rows[0] ?? { findings: 0, exchanges: 0, refusals: 0, testers: 0 }
}

export async function namesOf(work: Work, ids: readonly (string | null)[]): Promise<Map<string, string>> {
  const wanted = ids.filter((id): id is string => id !== null)
  if (wanted.length === 0) return new Map()
  const rows = await work.db.selectFrom('organisations').select(['id', 'name']).where('id', 'in', wanted).execute()
  return new Map(rows.map((row) => [row.id, row.name]))
}

/** Lists by keyset (last change, id), newest first. */
export async function listEngagements(
  work: Work,
  filter: { state?: string | undefined; search?: string | undefined; after?: string | undefined; limit: number },
): Promise<{ engagements: EngagementRow[]; next: string | null }> {
  let query = work.db
    .selectFrom('engagements')
    .leftJoin('parties', (join) =>
      join.onRef('parties.engagement_id', '=', 'engagements.id').on('parties.org_id', '=', work.actor.orgId),
    )
    .leftJoin('organisations as demand', 'demand.id', 'engagements.demand_org_id')
    .leftJoin('organisations as organizer', 'organizer.id', 'engagements.organizer_org_id')
    .leftJoin('organisations as auditor', 'auditor.id', 'engagements.auditor_org_id')
    .select([
      'engagements.id',
      'engagements.number',
      'title',
      'state',
      'demand_org_id',
      'window_opens',
      'window_closes',
      'updated_at',
      'parties.role',
      'demand.name as demand_name',
      'organizer.name as organizer_name',
      'auditor.name as auditor_name',
    ])
    .orderBy('updated_at', 'desc')
    .orderBy('engagements.id', 'desc')
    .limit(filter.limit + 1)
  if (filter.state) query = query.where('state', '=', filter.state)
  if (filter.search) {
    const pattern = `%${filter.search.replace(/[\\%_]/g, '\\$&')}%`
    query = query.where((eb) => eb.or([eb('title', 'ilike', pattern), eb('engagements.number', 'ilike', pattern)]))
  }
  const closed = await closedToActor(work)
  if (closed.size > 0) query = query.where('engagements.id', 'not in', [...closed])
  const cursor = /^(\d{1,15})~(eng_[0-9a-z]{26})$/.exec(filter.after ?? '')
  if (cursor)
    query = query.where(
      sql<boolean>`(date_trunc('milliseconds', updated_at), engagements.id) < (${new Date(Number(cursor[1]))}, ${cursor[2]})`,
    )
  const rows = await query.execute()
  const page = rows.slice(0, filter.limit)
  const last = page.at(-1)
  return {
    engagements: page.map((row) => ({
      engagementId: row.id,
      number: row.number,
      title: row.title,
      state: row.state as EngagementRow['state'],
      myRole: (row.role ?? 'demand') as EngagementRow['myRole'],
      demandName: row.demand_name ?? '',
      organizerName: row.organizer_name,
      auditorName: row.auditor_name,
      windowOpens: row.window_opens?.toISOString() ?? null,
      windowCloses: row.window_closes?.toISOString() ?? null,
      updatedAt: row.updated_at.toISOString(),
    })),
    next: rows.length > filter.limit && last ? `${last.updated_at.getTime()}~${last.id}` : null,
  }
}

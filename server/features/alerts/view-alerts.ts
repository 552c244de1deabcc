import type { AlertView } from '@zhongheng/contracts/http/alerts.ts'
import type { Call } from '@zhongheng/contracts/http/index.ts'
import { may } from '@zhongheng/domain/access/matrix.ts'
import { assignedNode } from '@zhongheng/domain/engagements/nodes.ts'
import { signalFacts } from '@zhongheng/domain/conduct/signals.ts'
import type { Selectable } from 'kysely'
import type { Database } from '../../database/schema.ts'
import { notFound } from '../../http/problems.ts'
import { positionAt } from '../../work/nodes.ts'
import type { Work } from '../../work/work.ts'
import type { EngagementHandle } from '../engagements/reads.ts'

export type AlertRow = Selectable<Database['alerts']>
type HitRow = Selectable<Database['alert_hits']>
type Filter = NonNullable<Call<'GET /api/engagements/:engagementId/alerts'>['query']>

export const reasonAt = (id: string) => ({ table: 'alerts', column: 'sealed_reason', row: id })

/** Alerts, those that changed last first. The cursor is the time of the last change and the id. */
export async function listAlerts(work: Work, engagement: EngagementHandle, filter: Filter & { limit: number }) {
  let query = alertQuery(work)
    .where('alerts.engagement_id', '=', engagement.id)
    .orderBy('last_at', 'desc')
    .orderBy('alerts.id', 'desc')
    .limit(filter.limit + 1)
  if (engagement.role === 'tester') query = query.where('alerts.person_id', '=', work.actor.personId)
  if (filter.state) query = query.where('alerts.state', '=', filter.state)
  if (filter.kind) query = query.where('kind', '=', filter.kind)
  if (filter.testerId) query = query.where('alerts.person_id', '=', filter.testerId)
  const cursor = /^(\d{1,15})_(alt_[0-9a-z]{26})$/.exec(filter.after ?? '')
  if (cursor) {
    const [at, id] = [new Date(Number(cursor[1])), cursor[2] ?? '']
    query = query.where((eb) =>
      eb.or([eb('last_at', '<', at), eb.and([eb('last_at', '=', at), eb('alerts.id', '<', id)])]),
    )
  }
  const rows = await query.execute()
  const shown = rows.slice(0, filter.limit)
  const hits = await hitsOf(
    work,
    shown.map((row) => row.id),
  )
  let open = work.db
    .selectFrom('alerts')
    .select((eb) => eb.fn.countAll<string>().as('count'))
    .where('engagement_id', '=', engagement.id)
    .where('state', '=', 'open')
  if (engagement.role === 'tester') open = open.where('person_id', '=', work.actor.personId)
  const last = shown.at(-1)
  return {
    alerts: shown.map((row) => view(row, hits.get(row.id) ?? [], engagement)),
    next: rows.length > filter.limit && last ? `${last.last_at.getTime()}_${last.id}` : null,
    open: Number((await open.executeTakeFirst())?.count ?? 0),
    lagSeconds: await lagOf(work, engagement),
    mayHandle: may(work.actor, 'alert.handle', engagement.role),
  }
}

/** How long the oldest exchange that the detectors have not looked into has been in the index, seconds. */
async function lagOf(work: Work, engagement: EngagementHandle): Promise<number> {
  const node = assignedNode(engagement.row.nodes)
  const [indexName, detectorsName] = [positionAt('exchanges', node), positionAt('conduct', node)]
  const places = await work.db
    .selectFrom('feed_positions')
    .select(['name', 'position', 'seen_at'])
    .where('name', 'in', [indexName, detectorsName])
    .execute()
  const of = (name: string) => places.find((one) => one.name === name)
  const [index, detectors] = [of(indexName), of(detectorsName)]
  if (!index || Number(index.position) <= Number(detectors?.position ?? 0)) return 0
  return detectors ? Math.max(0, (work.now.getTime() - detectors.seen_at.getTime()) / 1000) : 0
}

export async function readAlert(work: Work, engagement: EngagementHandle, id: string): Promise<AlertView> {
  const row = await alertQuery(work).where('alerts.id', '=', id).executeTakeFirst()
  if (!row) throw notFound()
  return view(row, (await hitsOf(work, [id])).get(id) ?? [], engagement)
}

const alertQuery = (work: Work) =>
  work.db
    .selectFrom('alerts')
    .leftJoin('persons as whose', 'whose.id', 'alerts.person_id')
    .leftJoin('persons as handler', 'handler.id', 'alerts.handled_by')
    .leftJoin('leases', (join) =>
      join
        .onRef('leases.engagement_id', '=', 'alerts.engagement_id')
        .onRef('leases.person_id', '=', 'alerts.person_id')
        .on('leases.state', '<>', 'revoked'),
    )
    .selectAll('alerts')
    .select([
      'whose.name as tester_name',
      'handler.name as handler_name',
      'leases.id as current_lease',
      'leases.state as lease_state',
      'leases.slowed_to as slowed_to',
    ])

const shownHits = 5

async function hitsOf(work: Work, ids: readonly string[]): Promise<Map<string, HitRow[]>> {
  const found = new Map<string, HitRow[]>()
  for (const id of ids) {
    const rows = await work.db
      .selectFrom('alert_hits')
      .selectAll()
      .where('alert_id', '=', id)
      .orderBy('sequence', 'desc')
      .limit(shownHits)
      .execute()
    found.set(id, rows)
  }
  return found
}

type Found = AlertRow & {
  tester_name: string | null
  handler_name: string | null
  current_lease: string | null
  lease_state: string | null
  slowed_to: number | null
}

function view(row: Found, hits: readonly HitRow[], engagement: EngagementHandle): AlertView {
  const kind = row.kind as AlertView['kind']
  const { title, about, clauses } = signalFacts[kind]
  return {
    alertId: row.id,
    kind,
    title,
    about,
    clauses: [...clauses],
    severity: row.severity as AlertView['severity'],
    state: row.state as AlertView['state'],
    response: row.response as AlertView['response'],
    testerId: row.person_id,
    testerName: row.tester_name ?? '',
    leaseId: row.current_lease ?? row.lease_id,
    leaseState: (row.lease_state ?? 'revoked') as AlertView['leaseState'],
    slowedTo: row.slowed_to,
    host: row.host,
    exchanges: row.exchanges,
    most: row.most,
    firstAt: row.first_at.toISOString(),
    lastAt: row.last_at.toISOString(),
    hits: hits.map((hit) => ({
      exchangeId: hit.exchange_id,
      side: hit.side as 'request',
      count: hit.count,
      position: Number(hit.position),
      digest: hit.digest,
    })),
    handledBy: row.handled_by === null ? null : (row.handler_name ?? ''),
    handledAt: row.handled_at?.toISOString() ?? null,
    outcome: row.outcome as AlertView['outcome'],
    reason: row.sealed_reason === null ? null : engagement.sealing.open(reasonAt(row.id), row.sealed_reason),
  }
}

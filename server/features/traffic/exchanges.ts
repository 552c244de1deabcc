import type { Readable } from 'node:stream'
import type { Call } from '@zhongheng/contracts/http/index.ts'
import type { ExchangePage, ExchangeRowView } from '@zhongheng/contracts/http/traffic.ts'
import { exchangeNotes } from '@zhongheng/contracts/records/capture.ts'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import type { Selectable } from 'kysely'
import type { Database } from '../../database/schema.ts'
import { notFound } from '../../http/problems.ts'
import type { Reference } from '../../http/registry.ts'
import type { Work } from '../../work/work.ts'
import { type EngagementHandle, handleOf } from '../engagements/reads.ts'
import { curlOf, emptyPart, partOf } from './sides.ts'

export type ExchangeIndexRow = Selectable<Database['exchanges']>

/** A tester reads their own traffic only, also inside a team. */
export const exchangeRef: Reference<ExchangeIndexRow> = {
  about: 'exchange of the engagement in the path',
  async load(work, id, context) {
    const engagement = handleOf(context)
    const row = await work.db
      .selectFrom('exchanges')
      .selectAll()
      .where('id', '=', id)
      .where('engagement_id', '=', engagement.id)
      .executeTakeFirst()
    if (!row || (engagement.role === 'tester' && row.person_id !== work.actor.personId)) throw notFound()
    return row
  },
}

type Filter = NonNullable<Call<'GET /api/engagements/:engagementId/exchanges'>['query']>

export async function listExchanges(work: Work, engagement: EngagementHandle, filter: Filter & { limit: number }) {
  let query = work.db
    .selectFrom('exchanges')
    .leftJoin('persons', 'persons.id', 'exchanges.person_id')
    .selectAll('exchanges')
    .select('persons.name as tester_name')
    .where('engagement_id', '=', engagement.id)
    .orderBy('sequence', 'desc')
    .limit(filter.limit + 1)
  if (engagement.role === 'tester') query = query.where('person_id', '=', work.actor.personId)
  if (filter.testerId) query = query.where('person_id', '=', filter.testerId)
  if (filter.host) query = query.where('host', '=', filter.host.toLowerCase())
  if (filter.method) query = query.where('method', '=', filter.method.toUpperCase())
  if (filter.status !== undefined) query = query.where('status', '=', Number(filter.status))
  if (filter.verdict) query = query.where('kind', filter.verdict === 'refused' ? '=' : '<>', 'refusal')
  if (filter.since !== undefined) query = query.where('sequence', '>', String(Number(filter.since)))
  if (filter.search) {
    const pattern = `%${filter.search.replace(/[\\%_]/g, '\\$&')}%`
    query = query.where((eb) => eb.or([eb('path', 'ilike', pattern), eb('host', 'ilike', pattern)]))
  }
  if (filter.after && /^\d{1,18}$/.test(filter.after)) query = query.where('sequence', '<', filter.after)
  const rows = await query.execute()
  const shown = rows.slice(0, filter.limit)
  const status = await work.deps.gateway.status()
  const seen = await work.db
    .selectFrom('feed_positions')
    .select('seen_at')
    .where('name', '=', 'exchanges')
    .executeTakeFirst()
  return {
    exchanges: shown.map((row) => viewRow(row, row.tester_name ?? '')),
    next: rows.length > filter.limit ? String(shown.at(-1)?.sequence ?? '') : null,
    lagSeconds: seen ? Math.max(0, (work.now.getTime() - seen.seen_at.getTime()) / 1000) : 0,
    gateway: {
      up: status !== null,
      recorder: status?.recorder === 'connected',
      policySequence: status?.policySequence ?? null,
    },
  }
}

export function viewRow(row: ExchangeIndexRow, testerName: string): ExchangeRowView {
  return {
    exchangeId: row.id,
    sequence: Number(row.sequence),
    kind: row.kind as ExchangeRowView['kind'],
    startedAt: row.started_at.toISOString(),
    durationMs: Math.max(0, row.finished_at.getTime() - row.started_at.getTime()),
    testerId: row.person_id,
    testerName,
    leaseId: row.lease_id,
    method: row.method,
    scheme: row.scheme,
    host: row.host,
    port: row.port,
    path: row.path,
    status: row.status,
    outcome: row.outcome,
    requestBytes: Number(row.request_bytes),
    responseBytes: Number(row.response_bytes),
    contentType: row.content_type,
    refusal: row.refusal,
    tunnel: row.tunnel === null ? null : { ...row.tunnel, alpn: [...row.tunnel.alpn] },
  }
}

/** One exchange with the beginning of both sides. The reading is an event; the bytes are fetched after its commit. */
export async function viewExchange(
  work: Work,
  engagement: EngagementHandle,
  row: ExchangeIndexRow,
): Promise<{ later: () => Promise<ExchangePage> }> {
  const person = await work.db.selectFrom('persons').select('name').where('id', '=', row.person_id).executeTakeFirst()
  const cited = await work.db
    .selectFrom('finding_citations')
    .innerJoin('findings', 'findings.id', 'finding_citations.finding_id')
    .select(['findings.id', 'findings.number'])
    .where('exchange_id', '=', row.id)
    .limit(50)
    .execute()
  const sealed = await work.db
    .selectFrom('events')
    .select('ledger_index')
    .where('kind', '=', 'segment.sealed')
    .where('subject', '=', row.segment_id)
    .executeTakeFirst()
  work.record({
    kind: 'traffic.read',
    engagementId: engagement.id,
    subject: row.id,
    role: engagement.role,
    audience: 'parties',
    facts: { part: 'page' },
  })
  return {
    later: async () => {
      const request = await partOf(await openSide(work, row, 'request'), row.http_version)
      const response =
        row.kind === 'refusal' ? emptyPart : await partOf(await openSide(work, row, 'response'), row.http_version)
      return {
        ...viewRow(row, person?.name ?? ''),
        address: row.address,
        targetVerified: row.target_verified,
        httpVersion: row.http_version === '2' ? '2' : null,
        notes: exchangeNotes.filter((note) => row.notes.includes(note)),
        targetFault: row.target_fault,
        egress: row.egress,
        policyDigest: row.policy_digest,
        requestDigest: row.request_digest,
        responseDigest: row.response_digest,
        segmentId: row.segment_id,
        ledgerIndex: sealed?.ledger_index ? Number(sealed.ledger_index) : null,
        citedBy: cited.map((one) => ({ findingId: one.id, number: one.number })),
        request,
        response,
        curl: curlOf(row, request.head),
      }
    },
  }
}

/** Opens one side of an exchange at the recorder. @throws Problem unavailable RECORDER-1 */
export async function openSide(
  work: Work,
  row: { engagement_id: string; id: string },
  side: 'request' | 'response',
): Promise<Readable> {
  try {
    return await work.deps.recorder[side](row.engagement_id, row.id)
  } catch (cause) {
    throw new Problem(
      'unavailable',
      say('暂时无法从记录器读取流量，请稍后重试', 'the recorder cannot give this traffic now; try again later'),
      { rule: 'RECORDER-1', cause },
    )
  }
}

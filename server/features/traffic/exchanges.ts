import type { Call } from '@zhongheng/contracts/http/index.ts'
import type { ExchangePage } from '@zhongheng/contracts/http/traffic.ts'
import { exchangeNotes } from '@zhongheng/contracts/records/capture.ts'
import { notFound } from '../../http/problems.ts'
import type { Reference } from '../../http/registry.ts'
import type { Work } from '../../work/work.ts'
import { type EngagementHandle, handleOf } from '../engagements/reads.ts'
import { chosenExchanges } from './chosen-exchanges.ts'
import { type ExchangeIndexRow, capturedOf, openSide, viewRow } from './captured.ts'
import { curlOf, emptyPart, partOf } from './sides.ts'

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

type ListQuery = NonNullable<Call<'GET /api/engagements/:engagementId/exchanges'>['query']>

export async function listExchanges(work: Work, engagement: EngagementHandle, query: ListQuery & { limit: number }) {
  const { after, limit, order, ...filter } = query
  const oldestFirst = order === 'oldest'
  let page = chosenExchanges(work, engagement, filter)
    .leftJoin('persons', 'persons.id', 'exchanges.person_id')
    .selectAll('exchanges')
    .select('persons.name as tester_name')
    .orderBy('exchanges.sequence', oldestFirst ? 'asc' : 'desc')
    .limit(limit + 1)
  if (after && /^\d{1,18}$/.test(after)) page = page.where('exchanges.sequence', oldestFirst ? '>' : '<', after)
  const rows = await page.execute()
  const shown = rows.slice(0, limit)
  const status = await work.deps.gateway.status()
  const seen = await work.db
    .selectFrom('feed_positions')
    .select('seen_at')
    .where('name', '=', 'exchanges')
    .executeTakeFirst()
  return {
    exchanges: shown.map((row) => viewRow(row, row.tester_name ?? '')),
    next: rows.length > limit ? String(shown.at(-1)?.sequence ?? '') : null,
    lagSeconds: seen ? Math.max(0, (work.now.getTime() - seen.seen_at.getTime()) / 1000) : 0,
    gateway: {
      up: status !== null,
      recorder: status?.recorder === 'connected',
      policySequence: status?.policySequence ?? null,
    },
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
        curl: await curlOf(capturedOf(work, row, person?.name ?? '')),
      }
    },
  }
}

import type { Call, Reply } from '@zhongheng/contracts/http/index.ts'
import type { ExchangePage } from '@zhongheng/contracts/http/traffic.ts'
import { exchangeNotes } from '@zhongheng/contracts/records/capture.ts'
import { baseOf } from '@zhongheng/contracts/records/nodes.ts'
import { nodesEver } from '@zhongheng/domain/engagements/nodes.ts'
import { sql } from 'kysely'
import { inBlocks } from '../../database/traffic-blocks.ts'
import type { Later } from '../../http/registry.ts'
import type { CapturedExchange } from '@zhongheng/documents/captures/capture.ts'
import { nodeServing, positionAt } from '../../work/nodes.ts'
import type { Work } from '../../work/work.ts'
import { disposalNote } from '../retention/reads.ts'
import { type EngagementHandle, openEngagement, ofTesterRef, underWhat } from '../engagements/reads.ts'
import { markOf, withinBudget } from '../readings/reads.ts'
import { chosenExchanges } from './chosen-exchanges.ts'
import { type ExchangeIndexRow, capturedOf, openSide, viewRow } from './captured.ts'
import { askedFor, candidatesAtMost, confirmed, searchKey } from './search-text.ts'
import { maskedPage } from './masked-page.ts'
import { before, inOrder, type Span, since, spansOf, within } from './spans.ts'
import { shownContent, shownFramesOf } from './shown-content.ts'
import { curlOf, emptyPart, partOf } from './sides.ts'

export const exchangeRef = ofTesterRef('exchanges', 'exchange', 'read')

type ListQuery = NonNullable<Call<'GET /api/engagements/:engagementId/exchanges'>['query']>

type Page = Reply<'GET /api/engagements/:engagementId/exchanges'>
type Rows = Pick<Page, 'exchanges' | 'next' | 'searched'>

/** A page of the list; where words are asked for, the candidates are opened after the commit that records it. */
export async function listExchanges(
  work: Work,
  engagement: EngagementHandle,
  query: ListQuery & { limit: number },
): Promise<Page | Later<Page>> {
  const node = nodeServing(work.deps, engagement.row)
  const status = await node.gateway.status()
  const seen = await work.db
    .selectFrom('feed_positions')
    .select('seen_at')
    .where('name', '=', positionAt('exchanges', node.number))
    .executeTakeFirst()
  const disposed = await trafficDisposal(work, engagement)
  const wire: Pick<Page, 'disposed' | 'lagSeconds' | 'gateway'> = {
    disposed,
    lagSeconds: seen ? Math.max(0, (work.now.getTime() - seen.seen_at.getTime()) / 1000) : 0,
    gateway: {
      up: status !== null,
      recorder: status?.recorder === 'connected',
      policySequence: status?.policySequence ?? null,
    },
  }
  // Nothing is left to look for words in.
  if (disposed !== null && query.text)
    return { exchanges: [], next: null, searched: { opened: 0, partly: false }, ...wire }
  if (!query.text) return { ...(await plainPage(work, engagement, query)), ...wire }
  const later = await searchedPage(work, engagement, { ...query, text: query.text })
  return { later: async () => ({ ...(await later()), ...wire }) }
}

/** Rows of a page in the order asked for, of one span. */
function pageOf(
  work: Work,
  engagement: EngagementHandle,
  { after: _after, order, text: _text, limit: _limit, ...filter }: ListQuery,
  span: Span,
  rows: number,
) {
  return chosenExchanges(work, engagement, filter)
    .where(within([span]))
    .leftJoin('persons', 'persons.id', 'exchanges.person_id')
    .selectAll('exchanges')
    .select('persons.name as tester_name')
    .orderBy('exchanges.sequence', order === 'oldest' ? 'asc' : 'desc')
    .limit(rows)
}

/** What is left of the list after its cursor. */
function spansLeft(engagement: EngagementHandle, { after, order }: ListQuery): readonly Span[] {
  const spans = spansOf(engagement.row)
  if (!after || !/^\d{1,15}$/.test(after)) return spans
  return order === 'oldest' ? since(spans, Number(after)) : before(spans, Number(after))
}

async function plainPage(
  work: Work,
  engagement: EngagementHandle,
  query: ListQuery & { limit: number },
): Promise<Rows> {
  const rows = await inOrder(spansLeft(engagement, query), query.order !== 'oldest', query.limit + 1, (span, most) =>
    pageOf(work, engagement, query, span, most).execute(),
  )
  const shown = rows.slice(0, query.limit)
  return {
    exchanges: shown.map((row) => viewRow(row, row.tester_name ?? '')),
    next: rows.length > query.limit ? String(shown.at(-1)?.sequence ?? '') : null,
    searched: null,
  }
}

/**
 * Candidates by the keyed words, newest first, each opened and read before it is shown. A page may come out short or empty
 * and still have a `next`.
 */
async function searchedPage(
  work: Work,
  engagement: EngagementHandle,
  query: ListQuery & { limit: number; text: string },
): Promise<() => Promise<Rows>> {
  // Who may see the list but not what stands in it must not learn it by asking.
  await openEngagement(work, engagement.id, 'captures.read')
  const words = askedFor(searchKey(engagement.sealing), query.text)
  const most = Math.min(query.limit, candidatesAtMost)
  const found = await inOrder(spansLeft(engagement, query), query.order !== 'oldest', most + 1, (span, count) =>
    pageOf(work, engagement, query, span, count)
      .innerJoin('exchange_words', 'exchange_words.sequence', 'exchanges.sequence')
      .where(inBlocks('exchange_words.sequence', engagement.row.traffic_blocks))
      .where(sql<boolean>`exchange_words.words @> ${`{${words.join(',')}}`}::bigint[]`)
      .execute(),
  )
  const candidates = found.slice(0, most)
  const partly = await isPartly(work, engagement)
  const budget = await withinBudget(work, engagement, 'search', null)
  work.record({
    kind: 'traffic.read',
    engagementId: engagement.id,
    subject: null,
    role: engagement.role,
    audience: 'parties',
    facts: { part: 'search', opened: candidates.length, ...budget },
  })
  return async () => {
    const hits = await confirmed(
      candidates.map((row) => ({ row, captured: capturedOf(work.deps, row, row.tester_name ?? '') })),
      query.text,
    )
    return {
      exchanges: hits.map(({ row }) => viewRow(row, row.tester_name ?? '')),
      next: found.length > most ? String(candidates.at(-1)?.sequence ?? '') : null,
      searched: { opened: candidates.length, partly },
    }
  }
}

/** Whether a search may miss something: of an exchange not all was read, or the words of some node's are not there yet. */
async function isPartly(work: Work, engagement: EngagementHandle): Promise<boolean> {
  const cut = await work.db
    .selectFrom('exchange_words')
    .select('sequence')
    .where('engagement_id', '=', engagement.id)
    .where(inBlocks('exchange_words.sequence', engagement.row.traffic_blocks))
    .where('whole', '=', false)
    .limit(1)
    .executeTakeFirst()
  if (cut) return true
  for (const node of nodesEver(engagement.row.nodes)) {
    const read = await work.db
      .selectFrom('feed_positions')
      .select('position')
      .where('name', '=', positionAt('exchange_words', node))
      .executeTakeFirst()
    const unread = await work.db
      .selectFrom('exchanges')
      .select('sequence')
      .where('engagement_id', '=', engagement.id)
      .where(inBlocks('exchanges.sequence', engagement.row.traffic_blocks))
      .where('sequence', '>', read?.position ?? String(baseOf(node)))
      .where('sequence', '<', String(baseOf(node + 1)))
      .limit(1)
      .executeTakeFirst()
    if (unread) return true
  }
  return false
}

/**
 * One exchange with the beginning of both sides; a `page` hides secrets and personal numbers, `unmasked` does not. The
 * reading is an event that says which; the bytes are fetched after its commit.
 */
export async function viewExchange(
  work: Work,
  engagement: EngagementHandle,
  row: ExchangeIndexRow,
  part: 'page' | 'unmasked',
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
  const disposed = await trafficDisposal(work, engagement)
  const budget = await withinBudget(work, engagement, part === 'page' ? 'exchange' : 'unmasked', row.id)
  const event = work.record({
    kind: 'traffic.read',
    engagementId: engagement.id,
    subject: row.id,
    role: engagement.role,
    audience: 'parties',
    facts: { part, ...underWhat(engagement), ...budget },
  })
  return {
    later: async () => {
      const captured = capturedOf(work.deps, row, person?.name ?? '')
      const whole: ExchangePage = {
        ...viewRow(row, person?.name ?? ''),
        mark: markOf(work, event),
        disposed,
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
        ...(disposed === null ? await sidesOf(work, row, captured) : noSides),
        masked: 0,
      }
      if (part === 'unmasked') return whole
      const page = maskedPage(whole)
      // A command with signs in place of the secrets would be sent as it is; testers know what they sent.
      return page.masked === 0 || engagement.role === 'tester' ? page : { ...page, curl: '' }
    },
  }
}

type Sides = Pick<ExchangePage, 'request' | 'response' | 'content' | 'frames' | 'curl'>

/** Both sides as people read them. */
async function sidesOf(work: Work, row: ExchangeIndexRow, captured: CapturedExchange): Promise<Sides> {
  const part = async (side: 'request' | 'response') => partOf(await openSide(work.deps, row, side), row.http_version)
  return {
    request: await part('request'),
    response: row.kind === 'refusal' ? emptyPart : await part('response'),
    content: {
      request: await shownContent(captured, 'request'),
      response: await shownContent(captured, 'response'),
    },
    frames: await shownFramesOf(captured),
    curl: await curlOf(captured),
  }
}

/** Of an exchange whose recording was destroyed. */
const noContent = { codings: [], text: null, cut: false, image: null }
const noSides: Sides = {
  request: emptyPart,
  response: emptyPart,
  content: { request: noContent, response: noContent },
  frames: null,
  curl: '',
}

/** What is said of the recorded traffic where it was destroyed; no question to the database where it was not. */
const trafficDisposal = (work: Work, engagement: EngagementHandle) =>
  engagement.row.traffic_disposed_at === null ? null : disposalNote(work, engagement.id, 'traffic')

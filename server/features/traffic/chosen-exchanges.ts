import type { Call } from '@zhongheng/contracts/http/index.ts'
import { inBlocks } from '../../database/traffic-blocks.ts'
import type { Work } from '../../work/work.ts'
import type { EngagementHandle } from '../engagements/reads.ts'
import { since, spansOf, within } from './spans.ts'

/** A text in which `like` finds no pattern. */
const escaped = (text: string): string => text.replace(/[\\%_]/g, '\\$&')

type ListQuery = NonNullable<Call<'GET /api/engagements/:engagementId/exchanges'>['query']>
/** What the list and the exports are narrowed by. */
export type ExchangeFilter = Omit<ListQuery, 'after' | 'limit' | 'order' | 'text'>

/** The exchanges of an engagement that this person may see and the filter names; a tester sees their own traffic only. */
export function chosenExchanges(work: Work, engagement: EngagementHandle, filter: ExchangeFilter) {
  let query = work.db
    .selectFrom('exchanges')
    .where('exchanges.engagement_id', '=', engagement.id)
    .where(inBlocks('exchanges.sequence', engagement.row.traffic_blocks))
  if (engagement.role === 'tester') query = query.where('exchanges.person_id', '=', work.actor.personId)
  if (filter.testerId) query = query.where('exchanges.person_id', '=', filter.testerId)
  if (filter.host) query = query.where('exchanges.host', '=', filter.host.toLowerCase())
  if (filter.method) query = query.where('exchanges.method', '=', filter.method.toUpperCase())
  if (filter.status !== undefined) query = query.where('exchanges.status', '=', Number(filter.status))
  if (filter.statusClass)
    query = query.where(
      'exchanges.status',
      'in',
      Array.from({ length: 100 }, (_, at) => Number(filter.statusClass) * 100 + at),
    )
  if (filter.path) query = query.where('exchanges.path', 'like', `${escaped(filter.path)}%`)
  if (filter.kind) query = query.where('exchanges.kind', '=', filter.kind)
  if (filter.minBytes !== undefined)
    query = query.where('exchanges.response_bytes', '>=', String(Number(filter.minBytes)))
  if (filter.maxBytes !== undefined)
    query = query.where('exchanges.response_bytes', '<=', String(Number(filter.maxBytes)))
  if (filter.from) query = query.where('exchanges.started_at', '>=', new Date(filter.from))
  if (filter.to) query = query.where('exchanges.started_at', '<', new Date(filter.to))
  if (filter.verdict) query = query.where('exchanges.kind', filter.verdict === 'refused' ? '=' : '<>', 'refusal')
  if (filter.since !== undefined) query = query.where(within(since(spansOf(engagement.row), Number(filter.since))))
  if (filter.search) {
    const pattern = `%${escaped(filter.search)}%`
    query = query.where((eb) => eb.or([eb('exchanges.path', 'ilike', pattern), eb('exchanges.host', 'ilike', pattern)]))
  }
  return query
}

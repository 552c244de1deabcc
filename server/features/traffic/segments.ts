import type { SegmentView } from '@zhongheng/contracts/http/traffic.ts'
import type { Selectable } from 'kysely'
import type { Database } from '../../database/schema.ts'
import { notFound } from '../../http/problems.ts'
import type { Reference } from '../../http/registry.ts'
import type { Work } from '../../work/work.ts'
import { handleOf } from '../engagements/reads.ts'

export const segmentRef: Reference<Selectable<Database['segments']>> = {
  about: 'closed segment of the engagement in the path',
  async load(work, id, context) {
    const row = await work.db
      .selectFrom('segments')
      .selectAll()
      .where('id', '=', id)
      .where('engagement_id', '=', handleOf(context).id)
      .executeTakeFirst()
    if (!row) throw notFound()
    return row
  },
}

/** Seals in the order in which they were made, each with its entry. @param query.after `next` of the page before */
export async function listSegments(
  work: Work,
  engagementId: string,
  query: { after: number; limit: number },
): Promise<{ segments: SegmentView[]; next: number | null }> {
  const rows = await work.db
    .selectFrom('segments')
    .innerJoin('events', (join) =>
      join.onRef('events.subject', '=', 'segments.id').on('events.kind', '=', 'segment.sealed'),
    )
    .selectAll('segments')
    .select(['events.leaf', 'events.ledger_index'])
    .where('segments.engagement_id', '=', engagementId)
    .where('segments.number', '>', String(query.after))
    .orderBy('segments.number')
    .limit(query.limit + 1)
    .execute()
  const page = rows.slice(0, query.limit)
  return {
    segments: page.map((row) => ({
      segmentId: row.id,
      exchanges: row.exchanges,
      firstSequence: Number(row.first_sequence),
      lastSequence: Number(row.last_sequence),
      bytes: Number(row.bytes),
      sha256: row.sha256,
      root: row.root,
      sealedAt: row.sealed_at.toISOString(),
      leaf: row.leaf,
      ledgerIndex: row.ledger_index === null ? null : Number(row.ledger_index),
    })),
    next: rows.length > query.limit ? Number(page.at(-1)?.number ?? 0) : null,
  }
}

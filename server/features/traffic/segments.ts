import type { SegmentView } from '@zhongheng/contracts/http/traffic.ts'
import type { Work } from '../../work/work.ts'
import { ofEngagementRef } from '../engagements/reads.ts'

export const segmentRef = ofEngagementRef('segments', 'closed segment')

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

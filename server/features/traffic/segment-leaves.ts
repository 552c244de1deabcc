import type { SegmentLeaf } from '@zhongheng/contracts/http/traffic.ts'
import { inBlocks } from '../../database/traffic-blocks.ts'
import type { Work } from '../../work/work.ts'
import type { EngagementHandle } from '../engagements/reads.ts'

/** The leaves of a closed segment's tree, by sequence. @param query.after sequence of the last one seen */
export async function listLeaves(
  work: Work,
  engagement: EngagementHandle,
  segment: { readonly id: string },
  query: { after: number; limit: number },
): Promise<{ leaves: SegmentLeaf[]; next: number | null }> {
  const rows = await work.db
    .selectFrom('exchanges')
    .select(['id', 'lease_id', 'sequence', 'started_at', 'finished_at', 'status'])
    .select(['request_digest', 'response_digest', 'policy_digest'])
    .where('engagement_id', '=', engagement.id)
    .where(inBlocks('exchanges.sequence', engagement.row.traffic_blocks))
    .where('segment_id', '=', segment.id)
    .where('sequence', '>', String(query.after))
    .orderBy('sequence')
    .limit(query.limit + 1)
    .execute()
  const page = rows.slice(0, query.limit)
  return {
    leaves: page.map((row) => ({
      exchangeId: row.id,
      leaseId: row.lease_id,
      sequence: Number(row.sequence),
      startedAt: row.started_at.toISOString(),
      finishedAt: row.finished_at.toISOString(),
      status: row.status,
      requestDigest: row.request_digest,
      responseDigest: row.response_digest,
      policyDigest: row.policy_digest,
    })),
    next: rows.length > query.limit ? Number(page.at(-1)?.sequence ?? 0) : null,
  }
}

/** Every lease of the engagement that has exchanges in closed segments. */
export async function sealedByLease(
  work: Work,
  engagement: EngagementHandle,
): Promise<{ leases: { leaseId: string; exchanges: number }[] }> {
  const rows = await work.db
    .selectFrom('exchanges')
    .innerJoin('segments', 'segments.id', 'exchanges.segment_id')
    .select(['exchanges.lease_id', (eb) => eb.fn.countAll<string>().as('exchanges')])
    .where('exchanges.engagement_id', '=', engagement.id)
    .where(inBlocks('exchanges.sequence', engagement.row.traffic_blocks))
    .groupBy('exchanges.lease_id')
    .orderBy('exchanges.lease_id')
    .execute()
  return { leases: rows.map((row) => ({ leaseId: row.lease_id, exchanges: Number(row.exchanges) })) }
}

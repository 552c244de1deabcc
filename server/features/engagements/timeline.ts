import type { TimelineEvent } from '@zhongheng/contracts/http/engagements.ts'
import type { LedgerLeaf } from '@zhongheng/contracts/records/ledger-leaf.ts'
import { describeEvent } from '@zhongheng/domain/audit/describe-event.ts'
import type { Work } from '../../work/work.ts'

/** Events of one engagement that this reader may see, newest first, by keyset. */
export async function readTimeline(
  work: Work,
  engagementId: string,
  page: { after?: string | undefined; limit: number },
): Promise<{ events: TimelineEvent[]; next: string | null }> {
  let query = work.db
    .selectFrom('events')
    .leftJoin('persons', 'persons.id', 'events.actor')
    .select([
      'events.seq',
      'events.id',
      'events.at',
      'events.kind',
      'events.subject',
      'events.actor',
      'events.role',
      'events.leaf',
      'events.ledger_index',
      'persons.name',
    ])
    .where('events.engagement_id', '=', engagementId)
    .orderBy('events.seq', 'desc')
    .limit(page.limit + 1)
  if (page.after && /^\d{1,18}$/.test(page.after)) query = query.where('events.seq', '<', page.after)
  const rows = await query.execute()
  const shown = rows.slice(0, page.limit)
  return {
    events: shown.map((row) => ({
      eventId: row.id,
      at: row.at.toISOString(),
      kind: row.kind,
      text: describeEvent(row.kind, (JSON.parse(row.leaf) as LedgerLeaf).facts),
      actorName: row.name ?? (row.actor === 'system' ? '系统 / system' : row.actor),
      role: row.role,
      subject: row.subject,
      ledgerIndex: row.ledger_index === null ? null : Number(row.ledger_index),
    })),
    next: rows.length > page.limit ? (shown.at(-1)?.seq ?? null) : null,
  }
}

import type { Reply } from '@zhongheng/contracts/http/index.ts'
import type { EntryQuery } from '@zhongheng/contracts/http/ledger.ts'
import type { LedgerLeaf } from '@zhongheng/contracts/records/ledger-leaf.ts'
import { describeEvent } from '@zhongheng/domain/audit/describe-event.ts'
import { sql } from 'kysely'
import { recordNamed } from '../../work/decoy-openings.ts'
import type { Work } from '../../work/work.ts'

/**
 * Entries that this person may see, newest first, by keyset. The row policies of the events decide what is seen: an id
 * of another house's object finds as little as one that does not exist.
 */
export async function searchEntries(work: Work, filter: EntryQuery): Promise<Reply<'GET /api/ledger/entries'>> {
  const { engagementId, subject, family, limit } = filter
  let query = work.db
    .selectFrom('events')
    .select(['seq', 'at', 'kind', 'engagement_id', 'subject', 'actor', 'leaf', 'ledger_index'])
    .orderBy('seq', 'desc')
    .limit(limit + 1)
  if (engagementId !== undefined) query = query.where('engagement_id', '=', engagementId)
  if (subject !== undefined)
    query = query.where((eb) =>
      eb.or([
        eb('subject', '=', subject),
        ...(subject.startsWith('eng_') ? [eb('engagement_id', '=', subject)] : []),
        ...(subject.startsWith('per_') ? [eb('actor', '=', subject)] : []),
      ]),
    )
  if (family !== undefined) query = query.where(sql<boolean>`split_part(kind, '.', 1) = ${family}`)
  if (filter.mine !== undefined) query = query.where('actor', '=', work.actor.personId)
  if (filter.after !== undefined && /^\d{1,18}$/.test(filter.after)) query = query.where('seq', '<', filter.after)
  await recordNamed(work, [subject])
  const rows = await query.execute()
  const shown = rows.slice(0, limit)
  return {
    entries: shown.map((row) => ({
      index: row.ledger_index === null ? null : Number(row.ledger_index),
      at: row.at.toISOString(),
      kind: row.kind,
      text: describeEvent(row.kind, (JSON.parse(row.leaf) as LedgerLeaf).facts),
      engagementId: row.engagement_id,
      subject: row.subject,
      actor: row.actor,
      leaf: row.leaf,
    })),
    next: rows.length > limit ? (shown.at(-1)?.seq ?? null) : null,
  }
}

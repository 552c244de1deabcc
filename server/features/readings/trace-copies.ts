import type { Reply } from '@zhongheng/contracts/http/index.ts'
import type { LedgerLeaf } from '@zhongheng/contracts/records/ledger-leaf.ts'
import { describeReading, readingOf } from '@zhongheng/domain/audit/readings.ts'
import { sql } from 'kysely'
import type { Work } from '../../work/work.ts'
import { isReading } from './chosen-events.ts'
import { labelsOf } from './labels.ts'

type Traced = Reply<'POST /api/copies/trace'>

/**
 * Whose copies bear these marks. The row policies decide which readings a house may know of: a mark of another engagement
 * answers like one that nobody made. That it was asked is an event of the own house and of nobody else's, so that whoever leaked is
 * not warned; it names the readings that were found, and no code that was not.
 */
export async function traceCopies(work: Work, codes: readonly string[]): Promise<Traced> {
  const asked = [...new Set(codes)]
  const rows = await work.db
    .selectFrom('events')
    .innerJoin('engagements', 'engagements.id', 'events.engagement_id')
    .leftJoin('persons', 'persons.id', 'events.actor')
    .leftJoin('organisations', 'organisations.id', 'events.org_id')
    .select(['events.id', 'events.at', 'events.kind', 'events.subject', 'events.actor', 'events.role', 'events.leaf'])
    .select(['events.ledger_index', 'persons.name', 'organisations.name as org_name'])
    .select(['engagements.id as engagement_id', 'engagements.number', 'engagements.title'])
    .where(isReading)
    .where(
      sql<string>`right(events.id, 8)`,
      'in',
      asked.map((code) => code.toLowerCase()),
    )
    .orderBy('events.seq', 'desc')
    .limit(200)
    .execute()
  const labels = await labelsOf(
    work,
    rows.flatMap((row) => row.subject ?? []),
  )
  const copies = rows.flatMap((row): Traced['copies'] => {
    const { facts } = JSON.parse(row.leaf) as LedgerLeaf
    const what = readingOf(row.kind, facts)
    if (what === null) return []
    return [
      {
        code: row.id.slice(-8).toUpperCase(),
        eventId: row.id,
        at: row.at.toISOString(),
        what,
        text: describeReading(what, row.kind, facts),
        personId: row.actor,
        personName: row.name ?? '',
        orgName: row.org_name ?? '',
        role: row.role,
        subject: row.subject,
        label: row.subject === null ? null : (labels.get(row.subject) ?? null),
        ledgerIndex: row.ledger_index === null ? null : Number(row.ledger_index),
        engagement: { engagementId: row.engagement_id, number: row.number, title: row.title },
      },
    ]
  })
  work.record({
    kind: 'copy.traced',
    engagementId: null,
    subject: null,
    role: work.actor.orgKind,
    audience: 'house',
    facts: {
      codes: asked.length,
      found: new Set(copies.map(({ code }) => code)).size,
      readings: copies.map(({ eventId }) => eventId),
    },
  })
  return { copies }
}

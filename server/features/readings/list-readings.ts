import type { Call, Reply } from '@zhongheng/contracts/http/index.ts'
import type { ReadingRow } from '@zhongheng/contracts/http/readings.ts'
import type { LedgerLeaf } from '@zhongheng/contracts/records/ledger-leaf.ts'
import { describeReading, readingOf } from '@zhongheng/domain/audit/readings.ts'
import { sql } from 'kysely'
import type { Work } from '../../work/work.ts'
import type { EngagementHandle } from '../engagements/reads.ts'
import { isOneOf, isReading } from './chosen-events.ts'
import { labelsOf } from './labels.ts'
import { purposesOf } from './state-purpose.ts'

type Key = 'GET /api/engagements/:engagementId/readings'
type Filter = NonNullable<Call<Key>['query']>

/** So many people are named beside a list; more of them read nothing that one page could oversee. */
const mostPeople = 200

/**
 * Readings of one engagement, newest first, by keyset. The row policy of the events lets the three supervising parties see
 * all of them, each other's and the platform's own; a tester sees their own, also inside a team.
 */
export async function listReadings(
  work: Work,
  engagement: EngagementHandle,
  filter: Filter & { limit: number },
): Promise<Reply<Key>> {
  let page = chosen(work, engagement, filter)
    .leftJoin('persons', 'persons.id', 'events.actor')
    .leftJoin('organisations', 'organisations.id', 'events.org_id')
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
      'organisations.name as org_name',
    ])
    .orderBy('events.seq', 'desc')
    .limit(filter.limit + 1)
  if (filter.after && /^\d{1,18}$/.test(filter.after)) page = page.where('events.seq', '<', filter.after)
  const rows = await page.execute()
  const shown = rows
    .slice(0, filter.limit)
    .map((row) => ({ ...row, facts: (JSON.parse(row.leaf) as LedgerLeaf).facts }))
  const purposeIn = ({ facts }: { facts: LedgerLeaf['facts'] }): string | null =>
    typeof facts['purpose'] === 'string' ? facts['purpose'] : null
  const purposes = await purposesOf(
    work,
    engagement,
    shown.flatMap((row) => purposeIn(row) ?? []),
  )
  const labels = await labelsOf(
    work,
    shown.flatMap((row) => row.subject ?? []),
  )
  return {
    readings: shown.flatMap((row): ReadingRow[] => {
      const what = readingOf(row.kind, row.facts)
      if (what === null) return []
      return [
        {
          eventId: row.id,
          at: row.at.toISOString(),
          what,
          text: describeReading(what, row.kind, row.facts),
          personId: row.actor,
          personName: row.name ?? '',
          orgName: row.org_name ?? '',
          role: row.role,
          subject: row.subject,
          purpose: purposes.get(purposeIn(row) ?? '') ?? null,
          label: row.subject === null ? null : (labels.get(row.subject) ?? null),
          ledgerIndex: row.ledger_index === null ? null : Number(row.ledger_index),
        },
      ]
    }),
    next: rows.length > filter.limit ? (shown.at(-1)?.seq ?? null) : null,
    people: filter.after ? [] : await readersOf(work, engagement, filter),
  }
}

/** Who read under these filters, whoever of them is looked at: one grouped statement. */
async function readersOf(
  work: Work,
  engagement: EngagementHandle,
  { personId: _one, ...filter }: Filter,
): Promise<Reply<Key>['people']> {
  const rows = await chosen(work, engagement, filter)
    .leftJoin('persons', 'persons.id', 'events.actor')
    .leftJoin('organisations', 'organisations.id', 'events.org_id')
    .select(['events.actor', 'events.role', 'persons.name', 'organisations.name as org_name'])
    .select(sql<number>`count(*)::int`.as('times'))
    .select([sql<Date>`min(events.at)`.as('first'), sql<Date>`max(events.at)`.as('last')])
    .groupBy(['events.actor', 'events.role', 'persons.name', 'organisations.name'])
    .orderBy('times', 'desc')
    .orderBy('events.actor')
    .limit(mostPeople)
    .execute()
  return rows.map((row) => ({
    personId: row.actor,
    personName: row.name ?? '',
    orgName: row.org_name ?? '',
    role: row.role,
    times: row.times,
    firstAt: row.first.toISOString(),
    lastAt: row.last.toISOString(),
  }))
}

function chosen(work: Work, engagement: EngagementHandle, filter: Filter) {
  let query = work.db.selectFrom('events').where('events.engagement_id', '=', engagement.id).where(isReading)
  if (engagement.role === 'tester') query = query.where('events.actor', '=', work.actor.personId)
  if (filter.personId) query = query.where('events.actor', '=', filter.personId)
  if (filter.findingId) query = query.where('events.subject', '=', filter.findingId)
  if (filter.code) query = query.where(sql<boolean>`right(events.id, 8) = ${filter.code.toLowerCase()}`)
  if (filter.since) query = query.where('events.at', '>=', new Date(filter.since))
  if (filter.until) query = query.where('events.at', '<', new Date(filter.until))
  if (filter.what) query = query.where(isOneOf([filter.what]))
  return query
}

import type { ReaderMark } from '@zhongheng/contracts/http/shape.ts'
import {
  type Use,
  budgetOf,
  type Budget,
  judgeExport,
  judgeReading,
  type BudgetKind,
} from '@zhongheng/domain/audit/reading-budget.ts'
import { copyMark } from '@zhongheng/domain/audit/copy-marks.ts'
import { type ReadingKind, readingKinds } from '@zhongheng/domain/audit/readings.ts'
import type { Id } from '@zhongheng/domain/shared/ids.ts'
import { sql } from 'kysely'
import type { Work } from '../../work/work.ts'
import type { EngagementHandle } from '../engagements/reads.ts'
import { isOneOf, isReading } from './chosen-events.ts'

/** What the event of a reading says of the budget: the purpose that it hangs on, where it does. */
export type BudgetFacts = { readonly purpose?: string }

const inBudget = (budget: BudgetKind): readonly ReadingKind[] =>
  readingKinds.filter((kind) => budgetOf(kind) === budget)

/**
 * Asked before a reading is recorded, in its transaction. Two readings of one person at the same moment come one after the
 * other, so none is counted without the other. Testers read what they sent and wrote themselves: no budget.
 * @param subject the object that is opened; null where the reading opens no single one
 * @throws Problem too_many READING-1, READING-2
 */
export async function withinBudget(
  work: Work,
  engagement: EngagementHandle,
  kind: ReadingKind,
  subject: string | null,
): Promise<BudgetFacts> {
  const counted = budgetOf(kind)
  if (counted === null || engagement.role === 'tester') return {}
  const budget = work.deps.settings.readingBudgets[counted]
  // A statement of its own: the next one must see what whoever held the lock has committed.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`reading ${work.actor.personId}`}, 0))`.execute(work.db)
  const use = await openedLately(work, counted, subject, budget)
  const purpose = use.again || use.used < budget.free ? null : await standingPurpose(work, engagement)
  return judgeReading(counted, budget, use, purpose !== null) === 'purpose' && purpose ? { purpose } : {}
}

/** The same for a file of exchanges. @throws Problem too_many READING-1 */
export async function exportWithinBudget(
  work: Work,
  engagement: EngagementHandle,
  exchanges: number,
): Promise<BudgetFacts> {
  const budget = work.deps.settings.readingBudgets.recordings
  if (engagement.role === 'tester' || exchanges <= budget.most) return {}
  const purpose = await standingPurpose(work, engagement)
  return judgeExport(exchanges, budget, purpose !== null) === 'purpose' && purpose ? { purpose } : {}
}

/** Different objects of the last 60 minutes, from the events: one statement on the index of a person's readings. */
async function openedLately(
  work: Work,
  counted: BudgetKind,
  subject: string | null,
  { free, most }: Budget,
): Promise<Use> {
  const { rows } = await sql<{ used: number; again: boolean; free_from: Date | null; possible_from: Date | null }>`
    with opened as (
      select coalesce(subject, id) as object, max(at) as last from events
      where actor = ${work.actor.personId} and at > ${work.now}::timestamptz - interval '1 hour'
        and ${isReading} and ${isOneOf(inBudget(counted))}
      group by 1
    )
    select count(*)::int as used, coalesce(bool_or(object = ${subject}), false) as again,
      (array_agg(last order by last))[greatest(count(*)::int - ${free}::int + 1, 1)] as free_from,
      (array_agg(last order by last))[greatest(count(*)::int - ${most}::int + 1, 1)] as possible_from
    from opened`.execute(work.db)
  const [row] = rows
  const until = (last: Date | null | undefined): number =>
    last ? Math.max(0, (last.getTime() + 3_600_000 - work.now.getTime()) / 1000) : 3600
  return {
    used: row?.used ?? 0,
    again: row?.again ?? false,
    freeIn: until(row?.free_from),
    possibleIn: until(row?.possible_from),
  }
}

async function standingPurpose(work: Work, engagement: EngagementHandle): Promise<string | null> {
  const row = await work.db
    .selectFrom('reading_purposes')
    .select('id')
    .where('person_id', '=', work.actor.personId)
    .where('engagement_id', '=', engagement.id)
    .where('until', '>', work.now)
    .orderBy('until', 'desc')
    .executeTakeFirst()
  return row?.id ?? null
}

const codeOf = (event: Id<'event'>): string => event.slice(-8).toUpperCase()

/** What stands in a file that was made for this reading alone. */
export const markOfCopy = (event: Id<'event'>): string => copyMark(codeOf(event)).written

/** The mark that a page bears, of the reading that this event is. */
export const markOf = (work: Work, event: Id<'event'>): ReaderMark => ({
  code: codeOf(event),
  by: work.actor.name,
  at: work.now.toISOString(),
})

import type { DisposalNote } from '@zhongheng/contracts/http/retention.ts'
import { type DisposalKind, type Disposed, disposalRules, disposedWords } from '@zhongheng/domain/retention/disposal.ts'
import { Problem } from '@zhongheng/domain/shared/problem.ts'
import { sql } from 'kysely'
import type { Work } from '../../work/work.ts'

/** How many legal holds stand over an engagement, whoever placed them: a hold that one may not see still stands. */
export const holdsOver = (work: Work, engagementId: string): Promise<number> =>
  work.asSystem(async (db) => {
    const { rows } = await sql<{ n: number }>`
      select count(*)::int as n from legal_holds where lifted_at is null and (engagement_id = ${engagementId} or
        (engagement_id is null and org_id in (select org_id from parties where engagement_id = ${engagementId})))`.execute(
      db,
    )
    return rows[0]?.n ?? 0
  })

/**
 * What is said instead of what was destroyed of an engagement: when, by whom and under which rule. Of recorded traffic that
 * went with the whole file, the disposal of the file speaks.
 * @returns null while it is there, or while an order was not carried out yet
 */
export async function disposalNote(work: Work, engagementId: string, what: DisposalKind): Promise<DisposalNote | null> {
  // Whose names they are does not hang on who asks: everybody who may open the engagement may know who destroyed it.
  return work.asSystem(async (db) => {
    const row = await db
      .selectFrom('disposals')
      .innerJoin('persons', 'persons.id', 'disposals.ordered_by')
      .leftJoin('persons as seconds', 'seconds.id', 'disposals.approved_by')
      .select(['disposals.what', 'disposals.done_at', 'persons.name as by', 'seconds.name as second'])
      .where('engagement_id', '=', engagementId)
      .where('done_at', 'is not', null)
      .where('what', 'in', what === 'traffic' ? ['traffic', 'file'] : ['file'])
      .orderBy('done_at')
      .executeTakeFirst()
    if (row?.done_at) return noteOf({ what: row.what, at: row.done_at, by: row.by, second: row.second })
    const engagement = await db
      .selectFrom('engagements')
      .select(['traffic_disposed_at', 'file_disposed_at'])
      .where('id', '=', engagementId)
      .executeTakeFirst()
    const at = what === 'traffic' ? engagement?.traffic_disposed_at : engagement?.file_disposed_at
    return at ? noteOf({ what, at, by: null, second: null }) : null
  })
}

const noteOf = (one: Disposed): DisposalNote => ({
  ...one,
  at: one.at.toISOString(),
  rule: disposalRules[one.what],
  words: disposedWords(one),
})

/** What is said where the address of something cited stood; null while all of them are there. */
export const goneCitations = async (
  work: Work,
  engagementId: string,
  cited: readonly { readonly host: string }[],
): Promise<DisposalNote | null> =>
  cited.some(({ host }) => host === '') ? disposalNote(work, engagementId, 'traffic') : null

/** Refuses to open what was destroyed. @throws Problem wrong_state DISPOSED-2 with when, by whom and under which rule */
export async function checkTrafficIsThere(work: Work, engagementId: string): Promise<void> {
  const note = await disposalNote(work, engagementId, 'traffic')
  if (note) throw new Problem('wrong_state', note.words, { rule: 'DISPOSED-2' })
}

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

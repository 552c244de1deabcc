import { sql } from 'kysely'
import type { Db } from '../../work/work.ts'

/**
 * Engagements whose rule names a witness, so that what becomes of it stands on their timelines; a single null where
 * there are none, so that it stands in the ledger all the same.
 */
export async function engagementsAsking(db: Db, witnessId: string): Promise<(string | null)[]> {
  const rows = await db
    .selectFrom('witness_rules')
    .select('engagement_id')
    .where('state', '=', 'in_force')
    .where(sql<boolean>`${witnessId} = any(witness_ids)`)
    .execute()
  return rows.length === 0 ? [null] : rows.map((row) => row.engagement_id)
}

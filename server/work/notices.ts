import { sql } from 'kysely'
import type { Work } from './work.ts'

/** Wakes the job that signs and pushes policy; the notice leaves with the commit. */
export const announcePolicy = async (work: Work): Promise<void> => {
  await sql`select pg_notify('zh_policy', '')`.execute(work.db)
}

import type { Work } from '../work/work.ts'

/** The position up to which a feed was taken over; `base` before the first. */
export async function positionOf(work: Work, name: string, base = 0): Promise<number> {
  const row = await work.db.selectFrom('feed_positions').select('position').where('name', '=', name).executeTakeFirst()
  return row ? Number(row.position) : base
}

/**
 * Begins to take over what was read after a position: of several servers one at a time, until its commit.
 * @param base where it begins
 * @returns false where another server has taken it over since; then read anew
 */
export async function stillAt(work: Work, name: string, position: number, base = 0): Promise<boolean> {
  await work.db
    .insertInto('feed_positions')
    .values({ name, position: base, seen_at: work.now })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const row = await work.db
    .selectFrom('feed_positions')
    .select('position')
    .where('name', '=', name)
    .forUpdate()
    .executeTakeFirstOrThrow()
  return Number(row.position) === position
}

/** Notes the position, and that the feed was looked at now. */
export async function keepPosition(work: Work, name: string, position: number): Promise<void> {
  await work.db
    .insertInto('feed_positions')
    .values({ name, position, seen_at: work.now })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ position, seen_at: work.now }))
    .execute()
}

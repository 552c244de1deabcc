import type { Selectable } from 'kysely'
import type { Database } from '../../database/schema.ts'
import type { Db } from '../../work/work.ts'

export type WitnessRow = Selectable<Database['witnesses']>

/**
 * The witnesses that sit on a rule's places now. A key may be lost after testing began, when the rule stands fast: then
 * the place goes to the witness that the same organisation registered next and that has no place of its own.
 */
export async function seatsOf(db: Db, witnessIds: readonly string[]): Promise<WitnessRow[]> {
  if (witnessIds.length === 0) return []
  const named = await db
    .selectFrom('witnesses')
    .selectAll()
    .where('id', 'in', [...witnessIds])
    .orderBy('registered_at')
    .execute()
  const heirs = await db
    .selectFrom('witnesses')
    .selectAll()
    .where(
      'org_id',
      'in',
      named.map((one) => one.org_id),
    )
    .where('id', 'not in', [...witnessIds])
    .where('removed_at', 'is', null)
    .orderBy('registered_at')
    .execute()
  return named.map((one) => {
    if (one.removed_at === null) return one
    const at = heirs.findIndex((heir) => heir.org_id === one.org_id && heir.registered_at >= one.registered_at)
    return at < 0 ? one : (heirs.splice(at, 1)[0] ?? one)
  })
}

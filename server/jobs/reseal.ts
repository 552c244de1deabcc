import { sql } from 'kysely'
import type { DataKeys, SealPlace } from '../sealing/seal.ts'
import { open, openFromText, seal, sealToText } from '../sealing/seal.ts'
import type { Work } from '../work/work.ts'
import { sealedColumns, underAnother } from './sealed-columns.ts'

/** Values of one transaction: rows are held for some milliseconds at most. */
const batch = 50

type Found = { readonly id: string; readonly version: number; readonly value: Buffer | string }

/**
 * Seals some values of an engagement anew, which are sealed under an older version of its keys, under the newest.
 * @returns how many; 0 when none is left
 * @throws Error where a value does not open
 */
export async function resealSome(work: Work, keys: DataKeys): Promise<number> {
  for (const { table, engagement, columns, text = [], versioned } of sealedColumns)
    for (const column of [...columns, ...text]) {
      const isText = text.includes(column)
      const by = versioned?.columns.includes(column) ? sql.ref(versioned.by) : sql`0`
      const { rows } = await sql<Found>`select id, ${by}::int as version, ${sql.ref(column)} as value
        from ${sql.table(table)} where ${sql.ref(engagement)} = ${keys.engagement}
        and ${underAnother(column, isText, keys.current)} order by id limit ${batch} for update`.execute(work.db)
      for (const one of rows)
        await sql`update ${sql.table(table)}
          set ${sql.ref(column)} = ${again(keys, { table, column, row: one.id, version: one.version }, one.value)}
          where id = ${one.id}`.execute(work.db)
      if (rows.length > 0) return rows.length
    }
  return 0
}

const again = (keys: DataKeys, place: SealPlace, value: Buffer | string): Buffer | string =>
  typeof value === 'string'
    ? sealToText(keys, place, openFromText(keys, place, value))
    : seal(keys, place, open(keys, place, value))

import { type RawBuilder, sql } from 'kysely'
import type { OpenDatabase } from './open.ts'

/** The index of traffic lies in parts, one for each so many sequences: migrations 0060, docs/decisions/0063. */
const blockSize = 2 ** 24

/** The block that a sequence lies in. */
export const blockOf = (sequence: number): number => Math.floor(sequence / blockSize)

/** The sequences of blocks, those of neighbours as one range; `below` is not in it. */
export function sequencesOf(blocks: readonly number[]): { from: number; below: number }[] {
  const ranges: { from: number; below: number }[] = []
  for (const block of [...new Set(blocks)].sort((one, other) => one - other)) {
    const last = ranges.at(-1)
    const from = block * blockSize
    if (last?.below === from) last.below += blockSize
    else ranges.push({ from, below: from + blockSize })
  }
  return ranges
}

/**
 * Only rows of these blocks, as values that the planner knows: it opens no other part. It takes no row away where `blocks`
 * are the engagement's own, which the database keeps (`engagements.traffic_blocks`).
 * @param column the sequence
 */
export function inBlocks(
  column: 'exchanges.sequence' | 'exchange_words.sequence',
  blocks: readonly number[],
): RawBuilder<boolean> {
  const ranges = sequencesOf(blocks)
  if (ranges.length === 0) return sql<boolean>`false`
  const named = sql.ref(column)
  return sql<boolean>`(${sql.join(
    ranges.map(({ from, below }) => sql`(${named} >= ${from}::bigint and ${named} < ${below}::bigint)`),
    sql` or `,
  )})`
}

const made = new WeakMap<OpenDatabase, Set<number>>()

/**
 * Makes room for rows of these sequences: the parts that they belong into, and for each the next one, so that it is there
 * long before it is needed. As the owner of the tables, in commits of their own.
 * @throws where a part that is needed now cannot be made; the rows come again then
 */
export async function makeRoomFor(database: OpenDatabase, sequences: readonly number[]): Promise<void> {
  const known = made.get(database) ?? new Set()
  made.set(database, known)
  const make = async (block: number): Promise<void> => {
    if (known.has(block)) return
    await sql`select zh_make_traffic_block(${block}::integer)`.execute(database.kysely)
    known.add(block)
  }
  const needed = [...new Set(sequences.map(blockOf))]
  for (const block of needed) await make(block)
  // Ahead of need: where it cannot be had now, the next page of rows asks again.
  for (const block of needed) await make(block + 1).catch(() => undefined)
}

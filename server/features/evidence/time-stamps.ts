import type { PackInput } from '@zhongheng/ledger/pack/write-pack.ts'
import type { Work } from '../../work/work.ts'

/** How many of the newest stamps a pack takes along: the last is the one that matters, the others show the rhythm. */
const stampsInPack = 16

/** The newest time stamps over heads of at most `size` entries. */
export async function stampsUpTo(work: Work, size: number): Promise<NonNullable<PackInput['timeStamps']>> {
  const rows = await work.db
    .selectFrom('time_stamps')
    .select(['note', 'answer'])
    .where('state', '=', 'held')
    .where('size', '<=', String(size))
    .orderBy('size', 'desc')
    .limit(stampsInPack)
    .execute()
  return rows.flatMap(({ note, answer }) => (answer === null ? [] : [{ checkpoint: note, answer }]))
}

import type { PackInput } from '@zhongheng/ledger/pack/write-pack.ts'
import { openHead } from '@zhongheng/ledger/verify/keys-file.ts'
import { nodeCrypto } from '@zhongheng/ledger/verify/node-crypto.ts'
import type { Work } from '../../work/work.ts'

/** How many of the newest stamps a pack takes along: the last is the one that matters, the others show the rhythm. */
const stampsInPack = 16

/** The newest time stamps over heads of at most `size` entries; heads that a revoked key signed too late are left out. */
export async function stampsUpTo(work: Work, size: number): Promise<NonNullable<PackInput['timeStamps']>> {
  const rows = await work.db
    .selectFrom('time_stamps')
    .select(['note', 'answer'])
    .where('state', '=', 'held')
    .where('size', '<=', String(size))
    .orderBy('size', 'desc')
    .limit(stampsInPack)
    .execute()
  const { ledger } = work.deps
  const history = await ledger.keys.historyAt(ledger.size())
  const counts = (note: string): boolean =>
    history.keys.length === 0 ||
    openHead(nodeCrypto, Buffer.from(note, 'utf8'), ledger.forPacks.logKey, history) !== undefined
  return rows.flatMap(({ note, answer }) => (answer === null || !counts(note) ? [] : [{ checkpoint: note, answer }]))
}

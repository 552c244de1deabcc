import { minutes } from '@zhongheng/domain/shared/clock.ts'
import { sql } from 'kysely'
import { engagementsAsking } from '../features/witnesses/engagements-asking.ts'
import type { Deps } from '../work/deps.ts'
import { type Work, inSystemWork } from '../work/work.ts'
import { everySoOften, type Stop } from './rounds.ts'

/** Witnesses look every few seconds at their own moments; a round this long lets all of them cosign the same checkpoint. */
const round = 15_000
/** A witness signs again at least every four minutes, also when nothing was added. */
const quietFor = minutes(15)
/** Every checkpoint is kept this long, and after that one of each hour. */
const fine = '7 days'

/**
 * One round: offers the newest checkpoint for cosigning where there is anybody to do it, tells which witnesses have
 * fallen silent, and thins out what is old. @returns the size on offer, or null where nobody ever watched
 */
export async function witnessRound(deps: Deps): Promise<number | null> {
  return inSystemWork(deps, async (work) => {
    const watching = await work.db
      .selectFrom('witnesses')
      .select('id')
      .where('removed_at', 'is', null)
      .limit(1)
      .executeTakeFirst()
    // Where somebody watched once, a witness that is registered nowhere may still look: it is not shown a frozen offer.
    const offered = watching ?? (await work.db.selectFrom('checkpoints').select('size').limit(1).executeTakeFirst())
    if (!offered) return null
    const size = await offer(work)
    await tellLate(work)
    await sql`
      delete from checkpoints where offered_at < now() - ${fine}::interval and size not in (
        select max(size) from checkpoints group by date_trunc('hour', offered_at))`.execute(work.db)
    return size
  })
}

async function offer(work: Work): Promise<number> {
  const { ledger } = work.deps
  const [size, root, note] = [ledger.size(), ledger.root(), ledger.checkpoint()]
  if (size === 0) return 0
  await work.db
    .insertInto('checkpoints')
    .values({ size, root, note, offered_at: work.now })
    .onConflict((conflict) =>
      // The same tree signed anew shows witnesses that the log is awake; another tree of the same size is not covered up.
      conflict.column('size').doUpdateSet({ note }).where('checkpoints.root', '=', root),
    )
    .execute()
  return size
}

async function tellLate(work: Work): Promise<void> {
  const before = new Date(work.now.getTime() - quietFor)
  const late = await work.db
    .updateTable('witnesses')
    .set({ late_since: work.now })
    .where('removed_at', 'is', null)
    .where('late_since', 'is', null)
    .where((eb) => eb(eb.fn.coalesce('last_at', 'registered_at'), '<', before))
    .returning(['id', 'last_size'])
    .execute()
  for (const witness of late)
    for (const engagementId of await engagementsAsking(work.db, witness.id))
      work.record({
        kind: 'witness.late',
        engagementId,
        subject: witness.id,
        role: 'system',
        audience: 'parties',
        facts: {
          lastSize: witness.last_size === null ? null : Number(witness.last_size),
          size: work.deps.ledger.size(),
        },
      })
}

/** Rounds until it is stopped; a checkpoint that must be cosigned soon is offered at the next one. */
export const startWitnessRounds = (deps: Deps, onFault: (error: unknown) => void): Stop =>
  everySoOften(() => witnessRound(deps), round, onFault).stop

import { sql } from 'kysely'
import type pg from 'pg'
import { type Listener, listenTo } from '../database/listen.ts'
import type { Deps } from '../work/deps.ts'
import { inSystemWork } from '../work/work.ts'

const batch = 1024

/**
 * Integrates committed events into the ledger: the one writer of the log. PostgreSQL gives an event its index first
 * (that commit is the intent), the log is written second; after a crash the rows with an index beyond the log are
 * appended again, so nothing is lost, doubled or reordered.
 * @throws Error when log and database contradict each other: one of them was put back to an earlier state
 */
export async function integrate(deps: Deps): Promise<number> {
  let done = 0
  for (;;) {
    await inSystemWork(deps, async (work) => {
      const given = await sql<{ next: string }>`select coalesce(max(ledger_index) + 1, 0) as next from events`.execute(
        work.db,
      )
      // Indexes are given before the log is written, so a log that is ahead means a database from an older backup. Going
      // on would give old indexes to new events, and no entry would ever hold them.
      const next = Number(given.rows[0]?.next ?? 0)
      if (next < deps.ledger.size())
        throw new Error(
          `the ledger has ${deps.ledger.size()} entries, the database knows ${next}: it was put back to an earlier state; run heng fsck`,
        )
      await sql`
        update events set ledger_index = base.next + place.n
        from (select coalesce(max(ledger_index) + 1, 0) as next from events) base,
          (select seq, row_number() over (order by seq) - 1 as n
           from (select seq from events where ledger_index is null order by seq limit ${batch}) waiting) place
        where events.seq = place.seq`.execute(work.db)
    })
    const from = deps.ledger.size()
    const rows = await inSystemWork(deps, (work) =>
      work.db
        .selectFrom('events')
        .select(['ledger_index', 'leaf'])
        .where('ledger_index', '>=', String(from))
        .orderBy('ledger_index')
        .limit(batch)
        .execute(),
    )
    if (rows.length === 0) return done
    if (Number(rows[0]?.ledger_index) !== from)
      throw new Error(
        `the ledger has ${from} entries, the database continues at ${rows[0]?.ledger_index}: one of them was rolled back; run heng fsck`,
      )
    await deps.ledger.append(rows.map((row) => Buffer.from(row.leaf, 'utf8')))
    done += rows.length
  }
}

/**
 * Runs `integrate` on every commit that wrote events, and every second in case a notice was missed. Holds a session
 * lock, so that of several servers one integrates.
 */
export async function startSequencer(deps: Deps, onFault: (error: unknown) => void): Promise<() => Promise<void>> {
  let running: Promise<void> | null = null
  let again = false
  /** The connection that holds the lock; a new connection has to ask anew. */
  let leading: pg.Client | null = null
  let stopped = false
  const turn = async (): Promise<void> => {
    const client = listener?.client() ?? null
    if (client && client !== leading) {
      const asked = await client.query<{ got: boolean }>('select pg_try_advisory_lock(727003) as got')
      leading = asked.rows[0]?.got ? client : null
    }
    if (client && client === leading) await integrate(deps)
  }
  const wake = (): void => {
    if (stopped) return
    if (running) {
      again = true
      return
    }
    running = turn()
      .catch(onFault)
      .finally(() => {
        running = null
        if (again) {
          again = false
          wake()
        }
      })
  }
  let listener: Listener | null = null
  listener = await listenTo(deps.settings.databaseUrl, ['zh_events'], wake, onFault)
  const timer = setInterval(wake, 1000)
  wake()
  return async () => {
    stopped = true
    clearInterval(timer)
    await running
    await listener.stop()
  }
}

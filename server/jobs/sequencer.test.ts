import { type Stage, openStage } from '@zhongheng/testing/scenes/stage.ts'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { inSystemWork } from '../work/work.ts'
import { integrate, startSequencer } from './sequencer.ts'

let stage: Stage
beforeEach(async () => {
  stage = await openStage()
})
afterEach(() => stage.close())

const happen = (count: number, mark = 'first') =>
  inSystemWork(stage.deps, async (work) => {
    for (let n = 0; n < count; n++)
      work.record({
        kind: 'login.refused',
        engagementId: null,
        subject: `${mark}-${n}`,
        role: 'system',
        audience: 'house',
        facts: { n },
      })
  })
const leaves = async (): Promise<string[]> =>
  (await stage.deps.database.kysely.selectFrom('events').select('leaf').orderBy('seq').execute()).map((row) => row.leaf)
const entered = async (): Promise<string[]> => {
  const texts: string[] = []
  for (let at = 0; at < stage.deps.ledger.size(); at++)
    texts.push(Buffer.from(await stage.deps.ledger.forPacks.log.entry(at)).toString('utf8'))
  return texts
}
/** What the first half of `integrate` does before the machine stops. */
const giveIndexes = () =>
  sql`update events set ledger_index = n from (select seq as s, row_number() over (order by seq) - 1 as n from events) place
    where seq = s`.execute(stage.deps.database.kysely)

describe('the sequencer', () => {
  it('enters what was committed in order, over several batches, and nothing twice', async () => {
    await happen(1500)
    expect(await integrate(stage.deps)).toBe(1500)
    await happen(30, 'second')
    expect(await integrate(stage.deps)).toBe(30)
    expect(await integrate(stage.deps)).toBe(0)
    expect(await entered()).toEqual(await leaves())
    const { rows } = await sql<{ wrong: string }>`
      select count(*) as wrong from (select ledger_index, row_number() over (order by seq) - 1 as n from events) one
      where ledger_index <> n`.execute(stage.deps.database.kysely)
    expect(rows[0]?.wrong).toBe('0')
  })
  it('goes on where a crash left it between the index and the log', async () => {
    await happen(5)
    await giveIndexes()
    expect(stage.deps.ledger.size()).toBe(0)
    await happen(3, 'after')
    expect(await integrate(stage.deps)).toBe(8)
    expect(await entered()).toEqual(await leaves())
  })
  it('goes on where a crash left it in the middle of the log', async () => {
    await happen(5)
    await giveIndexes()
    await stage.deps.ledger.append((await leaves()).slice(0, 2).map((leaf) => Buffer.from(leaf)))
    expect(await integrate(stage.deps)).toBe(3)
    expect(await entered()).toEqual(await leaves())
  })
  it('stops with a clear reason when the database was put back behind the log, and gives no index away', async () => {
    await happen(5)
    await integrate(stage.deps)
    await sql`delete from events where ledger_index > 1`.execute(stage.deps.database.kysely)
    await happen(2, 'later')
    await expect(integrate(stage.deps)).rejects.toThrow(/the ledger has 5 entries, the database knows 2.*heng fsck/)
    expect(stage.deps.ledger.size()).toBe(5)
    const { rows } = await sql<{ n: string }>`
      select count(*) as n from events where ledger_index is null`.execute(stage.deps.database.kysely)
    expect(rows[0]?.n).toBe('2')
  })
  it('stops with a clear reason when the log was put back behind the database', async () => {
    await happen(5)
    await giveIndexes()
    await sql`delete from events where ledger_index = 0`.execute(stage.deps.database.kysely)
    await expect(integrate(stage.deps)).rejects.toThrow(/the ledger has 0 entries, the database continues at 1/)
  })
  it('hears of a commit, also after its connection to the database was cut', async () => {
    const faults: unknown[] = []
    const stop = await startSequencer(stage.deps, (fault) => faults.push(fault))
    await happen(1)
    await expect.poll(() => stage.deps.ledger.size(), { timeout: 5000 }).toBe(1)
    await sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and (query like 'select pg_try_advisory_lock%' or query like 'listen%')`.execute(
      stage.deps.database.kysely,
    )
    await happen(1, 'second')
    await expect.poll(() => stage.deps.ledger.size(), { timeout: 8000 }).toBe(2)
    await stop()
    expect(faults.every((fault) => /terminat/i.test(String(fault)))).toBe(true)
  })
  it('leaves the log to one server: a second one waits until the first is gone', async () => {
    const quiet = () => undefined
    const first = await startSequencer(stage.deps, quiet)
    const touched: number[] = []
    const other = {
      ...stage.deps,
      ledger: { ...stage.deps.ledger, append: async (all: readonly Uint8Array[]) => touched.push(all.length) },
    }
    const second = await startSequencer(other, quiet)
    await happen(3)
    await expect.poll(() => stage.deps.ledger.size(), { timeout: 5000 }).toBe(3)
    expect(touched).toEqual([])
    await Promise.all([first(), second()])
  })
})

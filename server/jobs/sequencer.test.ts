import { cp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fsck } from '@zhongheng/ledger/fsck/fsck.ts'
import { pastTriggers } from '@zhongheng/testing/postgres/past-triggers.ts'
import { type Stage, openStage } from '@zhongheng/testing/scenes/stage.ts'
import { sql } from 'kysely'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LedgerPort } from '../ports/ledger.ts'
import { openLedger } from '../ports/ledger-log.ts'
import { inSystemWork } from '../work/work.ts'
import { integrateBatch, readInOrder } from './integrate.ts'
import { recordRestore } from './restore.ts'
import { integrateNow as integrateAll, type SequencerDeps, startSequencer as start } from './sequencer.ts'

let stage: Stage
let ports: LedgerPort[] = []
beforeEach(async () => {
  stage = await openStage()
})
afterEach(async () => {
  for (const port of ports) await port.close()
  ports = []
  await stage.close()
})

type Server = Pick<SequencerDeps, 'settings' | 'ledger'>
const restores = (server: Server): SequencerDeps => ({ ...server, recordRestore: recordRestore(stage.deps) })
const integrateNow = (server: Server) => integrateAll(restores(server))
const startSequencer = (server: Server, onFault: (fault: unknown) => void) => start(restores(server), onFault)

const happen = (count: number, mark = 'first', kind = 'login.refused') =>
  inSystemWork(stage.deps, async (work) => {
    for (let n = 0; n < count; n++)
      work.record({
        kind,
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
const placed = async (): Promise<number> =>
  Number(
    (
      await sql<{ n: string }>`select count(*) as n from events where ledger_index is not null`.execute(
        stage.deps.database.kysely,
      )
    ).rows[0]?.n,
  )
const logFolder = (): string => join(stage.folder, 'ledger')
/** What an append leaves behind when the machine stops before the events got their places. */
const appendOnly = async (texts: readonly string[]): Promise<void> => {
  const { writing } = stage.deps.ledger
  const log = await writing.take((await writing.lastToken()) + 1)
  await log.append(texts.map((text) => Buffer.from(text)))
  await writing.giveBack()
}
/** The same installation in another server: the folder is shared. */
const otherServer = async () => {
  const ledger = await openLedger(logFolder(), stage.deps.ledger.keys, () => new Date())
  ports.push(ledger)
  return { settings: stage.deps.settings, ledger }
}
const asIfFromBackup = (statement: string): Promise<void> => pastTriggers(stage.deps.settings.databaseUrl, statement)
const client = async (): Promise<pg.Client> => {
  const one = new pg.Client({ connectionString: stage.deps.settings.databaseUrl })
  await one.connect()
  return one
}

describe('integrating what was committed', () => {
  it('enters it in order, over several batches, and nothing twice', async () => {
    await happen(5000)
    expect(await integrateNow(stage.deps)).toBe(5000)
    await happen(30, 'second')
    expect(await integrateNow(stage.deps)).toBe(30)
    expect(await integrateNow(stage.deps)).toBe(0)
    expect(await entered()).toEqual(await leaves())
    const { rows } = await sql<{ wrong: string }>`
      select count(*) as wrong from (select ledger_index, row_number() over (order by seq) - 1 as n from events) one
      where ledger_index <> n`.execute(stage.deps.database.kysely)
    expect(rows[0]?.wrong).toBe('0')
  })
  it('gives an event its place only once its entry is durable', async () => {
    await happen(5)
    expect(await placed()).toBe(0)
    await integrateNow(stage.deps)
    expect(await placed()).toBe(5)
    expect(await fsck(logFolder())).toMatchObject({ ok: true, size: 5 })
  })
  it.each([2, 5])('goes on where a crash left it, %d of five entries written and none placed', async (written) => {
    await happen(5)
    await appendOnly((await leaves()).slice(0, written))
    await happen(3, 'after')
    expect(await integrateNow(stage.deps)).toBe(8 - written)
    expect(await placed()).toBe(8)
    expect(await entered()).toEqual(await leaves())
  })
  it('refuses an event that no entry could hold, so that it cannot stand before all later ones', async () => {
    const tooLong = inSystemWork(stage.deps, async (work) => {
      work.record({
        kind: 'login.refused',
        engagementId: null,
        subject: 'x'.repeat(66_000),
        role: 'system',
        audience: 'house',
        facts: {},
      })
    })
    await expect(tooLong).rejects.toThrow(/events_leaf_fits/)
  })
  it('finds what waits without reading again all that has waited before', async () => {
    await happen(6000)
    const { writing } = stage.deps.ledger
    const one = await client()
    try {
      const log = await writing.take(50)
      await one.query('update ledger_state set token = 50')
      await readInOrder(one)
      for (let more = -1; more !== 0; ) more = (await integrateBatch({ log, client: one, token: 50 })).entries
      const { rows } = await one.query<{ 'QUERY PLAN': string }>('explain execute events_waiting')
      expect(rows.map((row) => row['QUERY PLAN']).join(' ')).toMatch(/Index Scan using events_waiting/)
    } finally {
      await one.end()
      await writing.giveBack()
    }
  })
  it('gives no place any more when another server has taken over meanwhile', async () => {
    await happen(3)
    const { writing } = stage.deps.ledger
    const one = await client()
    try {
      const log = await writing.take(50)
      await one.query('update ledger_state set token = 51')
      await expect(integrateBatch({ log, client: one, token: 50 })).rejects.toMatchObject({ name: 'Superseded' })
      expect(await placed()).toBe(0)
    } finally {
      await one.end()
      await writing.giveBack()
    }
    expect(await integrateNow(stage.deps)).toBe(0)
    expect(await placed()).toBe(3)
    expect(await entered()).toEqual(await leaves())
  })
})

describe('PUB-LE-03 log and database of different days', () => {
  it('stops when the database was put back behind the log, and gives no place away', async () => {
    await happen(5)
    await integrateNow(stage.deps)
    await asIfFromBackup('delete from events where ledger_index > 1')
    await happen(2, 'later')
    await expect(integrateNow(stage.deps)).rejects.toThrow(
      /the ledger has 5 entries, the database knows 2: the database was put back.*ledger-restore/,
    )
    expect(stage.deps.ledger.size()).toBe(5)
    expect(await placed()).toBe(2)
  })
  it('stops when the log was put back behind the database', async () => {
    await happen(5)
    await integrateNow(stage.deps)
    const kept = `${logFolder()}-yesterday`
    await cp(logFolder(), kept, { recursive: true })
    await happen(4, 'later')
    await integrateNow(stage.deps)
    await rm(logFolder(), { recursive: true })
    await cp(kept, logFolder(), { recursive: true })
    const other = await otherServer()
    await expect(integrateNow(other)).rejects.toThrow(
      /the ledger has 5 entries, the database gives places up to 9: the ledger was put back/,
    )
    expect(other.ledger.size()).toBe(5)
  })
  it('stops when they agree in number but not in what happened', async () => {
    await happen(5)
    await integrateNow(stage.deps)
    await asIfFromBackup(`update events set leaf = replace(leaf, 'first-4', 'first-9')`)
    await expect(integrateNow(stage.deps)).rejects.toThrow(/entry 4 of the ledger is not what the database/)
  })
})

describe('the sequencer', () => {
  it('hears of a commit, also after its connection to the database was cut', async () => {
    const faults: unknown[] = []
    const stop = await startSequencer(stage.deps, (fault) => faults.push(fault))
    await happen(1)
    await expect.poll(placed, { timeout: 5000 }).toBe(1)
    await sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and application_name = 'zhongheng listens'`.execute(stage.deps.database.kysely)
    await happen(1, 'second')
    await expect.poll(placed, { timeout: 8000 }).toBe(2)
    await stop()
    // Only that the connection is gone, in whichever words its two ends tell it.
    expect(faults.filter((fault) => !/terminat|not queryable|closed|ECONNRESET/i.test(String(fault)))).toEqual([])
  })
  it('publishes a reveal, a stop order and a publication at once, and other news when somebody needs them', async () => {
    const stop = await startSequencer(stage.deps, () => undefined)
    const { ledger } = stage.deps
    await happen(1)
    await expect.poll(() => ledger.size(), { timeout: 5000 }).toBe(1)
    await happen(1, 'quiet')
    await expect.poll(placed, { timeout: 5000 }).toBe(2)
    expect(ledger.size()).toBe(1)
    await ledger.cover(1)
    expect(ledger.size()).toBe(2)
    for (const [at, kind] of ['finding.read', 'lease.suspended', 'document.signed'].entries()) {
      await happen(1, kind, kind)
      await expect.poll(() => ledger.size(), { timeout: 5000 }).toBe(3 + at)
    }
    expect(await readFile(join(logFolder(), 'checkpoint'), 'utf8')).toBe(ledger.checkpoint())
    await stop()
  })
  it('leaves the log to one server; another shows the same head, can ask for one, and goes on when the first is gone', async () => {
    const quiet = (): undefined => undefined
    const other = await otherServer()
    const stopFirst = await startSequencer(stage.deps, quiet)
    await expect.poll(() => stage.deps.ledger.writing.lastToken(), { timeout: 5000 }).toBe(1)
    const stopSecond = await startSequencer(other, quiet)
    await happen(3, 'read', 'finding.read')
    await expect.poll(() => other.ledger.size(), { timeout: 5000 }).toBe(3)
    await happen(1, 'quiet')
    await expect.poll(placed, { timeout: 5000 }).toBe(4)
    await other.ledger.cover(3)
    expect(other.ledger.size()).toBe(4)
    // What lies in the folder is seen there a moment before the writer itself has read it back.
    await expect.poll(() => stage.deps.ledger.checkpoint(), { timeout: 5000 }).toBe(other.ledger.checkpoint())
    expect(await other.ledger.writing.lastToken()).toBe(1)
    await stopFirst()
    await happen(2, 'after')
    await expect.poll(placed, { timeout: 8000 }).toBe(6)
    expect(await other.ledger.writing.lastToken()).toBe(2)
    await stopSecond()
    expect(await fsck(logFolder())).toMatchObject({ ok: true })
  })
})

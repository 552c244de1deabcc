import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fsck } from '@zhongheng/ledger/fsck/fsck.ts'
import { verifyConsistency } from '@zhongheng/ledger/verify/proofs.ts'
import { openCheckpoint } from '@zhongheng/ledger/verify/checkpoint.ts'
import { nodeCrypto } from '@zhongheng/ledger/verify/node-crypto.ts'
import { pastTriggers } from '@zhongheng/testing/postgres/past-triggers.ts'
import { type Stage, openStage } from '@zhongheng/testing/scenes/stage.ts'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LedgerPort } from '../ports/ledger.ts'
import { openLedger } from '../ports/ledger-log.ts'
import { openText } from '../sealing/seal.ts'
import { inSystemWork } from '../work/work.ts'
import { recordRestore } from './restore.ts'
import { integrateNow } from './sequencer.ts'

/*
 * docs/guides/ledger-restore.md, followed word for word: the platform is stopped between the days, a new day is a newly
 * opened ledger on the same files.
 */
let stage: Stage
let ledger: LedgerPort
const reason = 'Disk of server 2 failed on 21 November; back to the backup of 20 November; decided by Li Wei, security'
const heng = fileURLToPath(new URL('../../cli/bin/heng.mjs', import.meta.url))

beforeEach(async () => {
  stage = await openStage()
  ledger = await openAgain()
})
afterEach(async () => {
  await ledger.close()
  await stage.close()
})

const folder = (): string => join(stage.folder, 'ledger')
const openAgain = (): Promise<LedgerPort> => openLedger(folder(), stage.deps.ledger.keys, () => new Date())
const start = async (): Promise<number> => {
  await ledger.close()
  ledger = await openAgain()
  return integrateNow({ settings: stage.deps.settings, ledger, recordRestore: recordRestore(stage.deps) })
}
const accept = (): number | null =>
  spawnSync(process.execPath, [heng, 'ledger', 'accept-restore', folder(), '--reason', reason]).status
const happen = (count: number, mark: string) =>
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
const rows = () =>
  stage.deps.database.kysely.selectFrom('events').select(['leaf', 'ledger_index']).orderBy('ledger_index').execute()
/** The database of the dump that was taken when it knew so many places. */
const putDatabaseBack = (places: number): Promise<void> =>
  pastTriggers(url(), ['delete from events where ledger_index >= $1 or ledger_index is null', [places]])
const url = (): string => stage.deps.settings.databaseUrl
const putLedgerBack = async (): Promise<void> => {
  await rm(folder(), { recursive: true })
  await cp(`${folder()}-backup`, folder(), { recursive: true })
}
const backUpLedger = (): Promise<void> => cp(folder(), `${folder()}-backup`, { recursive: true })
const restores = () => stage.deps.database.kysely.selectFrom('ledger_restores').selectAll().orderBy('at').execute()
const lastLeaf = async (): Promise<{ kind: string; facts: Record<string, unknown> }> =>
  JSON.parse(Buffer.from(await ledger.forPacks.log.entry(ledger.size() - 1)).toString('utf8'))
const fault = async (): Promise<string | null> =>
  (await stage.deps.database.kysely.selectFrom('ledger_state').select('fault').executeTakeFirstOrThrow()).fault?.kind ??
  null
/** Is the head that was published before the restore a beginning of the ledger now? */
async function goesOnFrom(note: string): Promise<boolean> {
  const head = openCheckpoint(nodeCrypto, Buffer.from(note), ledger.forPacks.logKey)
  if (head === undefined || head.size > ledger.size()) return false
  const path = (await ledger.consistencyProof(head.size, ledger.size())).map((hash) => Buffer.from(hash, 'hex'))
  const root2 = Buffer.from(ledger.root(), 'hex')
  return verifyConsistency(nodeCrypto.sha256, { size1: head.size, size2: ledger.size(), root1: head.root, root2, path })
}

describe('a restore from backup, by the written procedure', () => {
  it('an older database: nothing goes on until somebody answers for it; lost events keep their places', async () => {
    await happen(5, 'before')
    await start()
    await happen(3, 'lost')
    await start()
    const published = ledger.checkpoint()
    await putDatabaseBack(5)
    await happen(2, 'after')
    await expect(start()).rejects.toMatchObject({
      name: 'Contradiction',
      divergence: { kind: 'database_behind', first: 5, lost: 3 },
    })
    expect(await fault()).toBe('database_behind')
    expect(ledger.size()).toBe(8)

    expect(accept()).toBe(0)
    expect(await start()).toBe(3)
    expect(await fault()).toBeNull()
    expect(await lastLeaf()).toMatchObject({
      kind: 'ledger.restored',
      facts: { what: 'database_behind', ledgerSize: 8, databaseSize: 5, gapFirst: 5, gapEnd: 8, lost: 3 },
    })
    expect(JSON.stringify(await lastLeaf())).not.toContain('Li Wei')
    const [kept] = await restores()
    const place = { table: 'ledger_restores', column: 'sealed_reason', row: kept?.id ?? '' }
    expect(openText(stage.deps.keys.house('ledger-restores'), place, kept?.sealed_reason ?? Buffer.alloc(0))).toBe(
      reason,
    )
    expect((await rows()).map((row) => row.ledger_index)).toEqual(['0', '1', '2', '3', '4', '8', '9', '10'])
    expect(await goesOnFrom(published)).toBe(true)
    expect(await fsck(folder())).toMatchObject({ ok: true, size: 11 })
    // The word was for that one restore.
    expect(existsSync(join(folder(), '.state/accept-restore.json'))).toBe(false)
    expect(await start()).toBe(0)
  })

  it('an event of the backup that had been entered after it gets its own place back, not a second one', async () => {
    await happen(2, 'before')
    await start()
    await happen(2, 'waiting')
    await start()
    await pastTriggers(
      url(),
      'update events set ledger_index = null where ledger_index = 2',
      'delete from events where ledger_index = 3',
    )
    await expect(start()).rejects.toMatchObject({ divergence: { kind: 'database_behind', lost: 1 } })
    expect(accept()).toBe(0)
    await start()
    expect((await rows()).map((row) => row.ledger_index)).toEqual(['0', '1', '2', '4'])
    expect(await restores()).toMatchObject([{ gap_first: '3', gap_end: '4', lost: '1' }])
  })

  it('an older ledger folder is made again out of the events, to the same root', async () => {
    await happen(5, 'before')
    await start()
    await ledger.close()
    await backUpLedger()
    await happen(400, 'later')
    await start()
    const published = ledger.checkpoint()
    await putLedgerBack()
    await expect(start()).rejects.toMatchObject({ divergence: { kind: 'ledger_behind', ledger: 5, database: 405 } })
    expect(accept()).toBe(0)
    expect(await start()).toBe(1)
    expect(await goesOnFrom(published)).toBe(true)
    expect(await lastLeaf()).toMatchObject({ kind: 'ledger.restored', facts: { what: 'ledger_behind', lost: 0 } })
    expect(await fsck(folder())).toMatchObject({ ok: true, size: 406 })
  })

  it('PUB-LE-03 both from one backup: the mark outside tells it, fsck too, and the entry names what had been published', async () => {
    await happen(5, 'before')
    await start()
    await ledger.close()
    await backUpLedger()
    await happen(4, 'lost')
    await start()
    const published = { note: ledger.checkpoint(), root: ledger.root() }
    await putLedgerBack()
    await putDatabaseBack(5)
    const checked = spawnSync(
      process.execPath,
      [heng, 'fsck', folder(), '--kept', `${folder()}-mark`, '--lang', 'en'],
      { encoding: 'utf8' },
    )
    expect(checked).toMatchObject({ status: 1, stdout: expect.stringContaining('between entries 5 and 8') })
    await expect(start()).rejects.toMatchObject({ divergence: { kind: 'both_behind', ledger: 5, lost: 4 } })
    expect(await readFile(`${folder()}-mark`, 'utf8')).toBe(published.note)
    expect(accept()).toBe(0)
    expect(await start()).toBe(1)
    expect(await lastLeaf()).toMatchObject({
      kind: 'ledger.restored',
      facts: { what: 'both_behind', lost: 4, publishedSize: 9, publishedRoot: published.root },
    })
    expect(await goesOnFrom(published.note)).toBe(false)
    await happen(20, 'after')
    expect(await start()).toBe(20)
    expect(await goesOnFrom(published.note)).toBe(false)
  })

  it('ledger and database of different days, both behind the mark, in one acceptance', async () => {
    await happen(5, 'before')
    await start()
    await happen(2, 'middle')
    await start()
    await ledger.close()
    await backUpLedger()
    await happen(3, 'lost')
    await start()
    await putLedgerBack()
    await putDatabaseBack(5)
    expect(accept()).toBe(0)
    await start()
    expect((await restores()).map((one) => one.kind).sort()).toEqual(['both_behind', 'database_behind'])
    expect(await fsck(folder())).toMatchObject({ ok: true })
  })

  it('what no restore explains is never accepted', async () => {
    await happen(5, 'before')
    await start()
    await pastTriggers(url(), `update events set leaf = replace(leaf, 'before-4', 'before-7')`)
    expect(accept()).toBe(0)
    await expect(start()).rejects.toMatchObject({ divergence: { kind: 'differ', first: 4 } })
    expect(await restores()).toEqual([])
    expect(await fault()).toBe('differ')
  })
})

describe('retention by construction', () => {
  it.each([
    ['deleted', `delete from events`],
    ['emptied', `truncate events`],
    ['changed', `update events set leaf = replace(leaf, 'before', 'after')`],
    ['given another place', `update events set ledger_index = ledger_index + 100`],
  ])('GBT43741-5.3-10 RMSV-5-2 entered events cannot be %s, by no role of the database', async (_, statement) => {
    await happen(2, 'before')
    await start()
    const client = new pg.Client({ connectionString: stage.deps.settings.databaseUrl })
    await client.connect()
    try {
      await expect(client.query(statement)).rejects.toMatchObject({ code: expect.stringMatching(/^ZH00[12]$/) })
    } finally {
      await client.end()
    }
    expect(await rows()).toHaveLength(2)
  })
})

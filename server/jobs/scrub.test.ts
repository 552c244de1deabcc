import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { LedgerState } from '@zhongheng/contracts/http/ledger.ts'
import { pastTriggers } from '@zhongheng/testing/postgres/past-triggers.ts'
import { type Stage, openStage } from '@zhongheng/testing/scenes/stage.ts'
import type { Person } from '@zhongheng/tools/demo/person.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { inSystemWork } from '../work/work.ts'
import { scrub, startScrub } from './scrub.ts'

let stage: Stage
let chen: Person
beforeEach(async () => {
  stage = await openStage()
  chen =
    (await stage.house('organizer', 'Hengce', [{ login: 'chen' }])).people['chen'] ?? expect.fail('Chen is missing')
})
afterEach(() => stage.close())

const happen = (count: number) =>
  inSystemWork(stage.deps, async (work) => {
    for (let n = 0; n < count; n++)
      work.record({
        kind: 'login.refused',
        engagementId: null,
        subject: `one-${n}`,
        role: 'system',
        audience: 'house',
        facts: { n },
      })
  })
const tamper = (statement: string): Promise<void> => pastTriggers(stage.deps.settings.databaseUrl, statement)
const state = (): Promise<LedgerState> => chen.call('GET /api/ledger/state', {})
const events = () =>
  stage.deps.database.kysely.selectFrom('events').select('leaf').where('kind', '=', 'ledger.scrubbed').execute()
const folder = (): string => join(stage.folder, 'ledger')

describe('the daily scrub', () => {
  it('reads a whole ledger again, records that, and the state shows it with the oldest entry', async () => {
    await happen(600)
    await stage.integrate()
    const before = await state()
    expect(before.scrub).toMatchObject({ endedAt: null, result: null, underWay: null })
    expect(await scrub(stage.deps)).toBe('whole')
    const { size } = before
    expect(await state()).toMatchObject({
      size,
      waiting: 1,
      fault: null,
      scrub: { result: 'whole', size, fault: null, underWay: null },
      retention: { gaplessTo: size, eventDays: 1827, trafficDays: 184, oldestAt: expect.any(String) },
    })
    expect((await events()).map((row) => JSON.parse(row.leaf).facts)).toEqual([
      { result: 'whole', size, file: null, entry: null },
    ])
  })

  it.each([
    ['a changed event', `update events set leaf = replace(leaf, 'one-300', 'one-301') where leaf like '%one-300"%'`],
    ['a missing event', `delete from events where leaf like '%one-300"%'`],
  ])('names the entry of %s in the database', async (_, statement) => {
    await happen(600)
    await stage.integrate()
    const [row] = await stage.deps.database.kysely
      .selectFrom('events')
      .select('ledger_index')
      .where('leaf', 'like', '%one-300"%')
      .execute()
    await tamper(statement)
    const entry = Number(row?.ledger_index)
    expect(await scrub(stage.deps)).toMatchObject({ file: 'events', entry })
    expect(await state()).toMatchObject({ scrub: { result: 'damaged', fault: { file: 'events', entry } } })
  })

  it('names the entry that was flipped on the disk', async () => {
    await happen(600)
    await stage.integrate()
    const path = join(folder(), 'tile/entries/001')
    const bytes = await readFile(path)
    bytes[40] = (bytes[40] ?? 0) ^ 1
    await writeFile(path, bytes)
    expect(await scrub(stage.deps)).toMatchObject({ file: 'tile/entries/001', entry: 256 })
  })

  it('names the entry whose sealed segment is not what it was', async () => {
    const record = join(stage.folder, 'recorder/engagements/eng_1')
    await mkdir(record, { recursive: true })
    await writeFile(join(record, 'seg_1.zhs'), 'sealed')
    const leaf = {
      v: 1,
      id: 'evt_1',
      at: '2026-11-21T05:00:00.000Z',
      kind: 'segment.sealed',
      engagementId: 'eng_1',
      subject: 'seg_1',
      actor: 'system',
      role: 'system',
      facts: { sha256: createHash('sha256').update('sealed').digest('hex') },
    }
    await tamper(`insert into events (id, at, kind, actor, role, audience, leaf)
      values ('evt_1', now(), 'segment.sealed', 'system', 'system', 'parties', '${sorted(leaf)}')`)
    await stage.integrate()
    expect(await scrub(stage.deps)).toBe('whole')
    await writeFile(join(record, 'seg_1.zhs'), 'sealeD')
    expect(await scrub(stage.deps)).toMatchObject({ file: 'eng_1/seg_1.zhs', entry: expect.any(Number) })
  })

  it('goes on where it was stopped, and no faster than agreed', async () => {
    for (let part = 0; part < 8; part++) await happen(256 * 10)
    await stage.integrate()
    let bundles = 0
    const stopped = (): boolean => bundles++ > 2 * 50
    expect(await scrub(stage.deps, { stopped })).toBeNull()
    const { underWay } = (await state()).scrub
    expect(underWay).toMatchObject({ position: 256 * 32 })
    expect(await events()).toEqual([])
    // What was read already is not read again: damage there is tomorrow's find, damage behind it is today's.
    const path = join(folder(), 'tile/entries/000')
    const good = await readFile(path)
    await writeFile(
      path,
      good.map((byte, at) => (at === 30 ? byte ^ 1 : byte)),
    )
    expect(await scrub(stage.deps)).toBe('whole')
    expect(await scrub(stage.deps)).toMatchObject({ entry: 0 })
  })

  it('runs by itself when it is due, in one server only', async () => {
    await happen(3)
    await stage.integrate()
    const stops = [startScrub(stage.deps, () => undefined), startScrub(stage.deps, () => undefined)]
    await expect.poll(async () => (await state()).scrub.result, { timeout: 10_000 }).toBe('whole')
    await Promise.all(stops.map((stop) => stop()))
    expect(await events()).toHaveLength(1)
  })
})

const sorted = (value: object): string =>
  JSON.stringify(Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1))))

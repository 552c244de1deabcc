import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fsck } from '@zhongheng/ledger/fsck/fsck.ts'
import { verifyReceipt } from '@zhongheng/ledger/verify/receipt/verify-receipt.ts'
import { nodeCrypto } from '@zhongheng/ledger/verify/node-crypto.ts'
import { type Company, signInAll } from '@zhongheng/tools/demo/cast.ts'
import { findProgram, visit } from '@zhongheng/tools/demo/http-clients.ts'
import type { Person } from '@zhongheng/tools/demo/person.ts'
import { takeLease } from '@zhongheng/tools/demo/prepare.ts'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningPlatform, startPlatform } from './platform.ts'
import { type AnotherServer, serverPid, startAnotherServer } from './server-processes.ts'

/*
 * One installation with two servers: the same database, the same folders, each with a port of its own. Tester Chen works
 * on the first, the organizer on the second.
 */
let platform: RunningPlatform
let second: AnotherServer
let database: pg.Client
let here: Company
let there: Company
let findingId: string
beforeAll(async () => {
  platform = await startPlatform({ webPages: false })
  here = await signInAll(platform.stage.base, platform.stage.dataFolder)
  second = await startAnotherServer()
  there = await signInAll(second.base, platform.stage.dataFolder)
  database = new pg.Client({ connectionString: second.databaseUrl })
  await database.connect()
  await database.query('set role zh_system')
  findingId = await findingOf(here.tester)
})
afterAll(async () => {
  await database.end()
  second.process.kill('SIGKILL')
  await platform.stop()
})

const engagementId = (): string => platform.engagementId

/** Chen requests something through the gateway and submits what it shows. */
async function findingOf(tester: Person): Promise<string> {
  const lease = await takeLease(tester, engagementId(), join(platform.stage.workFolder, 'two-servers-ca.pem'))
  const shop = `http://${platform.stage.target.host}:${platform.stage.target.port}`
  const at = { params: { engagementId: engagementId() } }
  let exchangeId: string | undefined
  for (let turn = 0; exchangeId === undefined && turn < 100; turn++) {
    await visit(findProgram('curl'), lease, `${shop}/search?q=tea`)
    await wait(300)
    const { exchanges } = await tester.call('GET /api/engagements/:engagementId/exchanges', { ...at, query: {} })
    exchangeId = exchanges.find(({ status }) => status === 200)?.exchangeId
  }
  const page = await tester.call('POST /api/engagements/:engagementId/findings', {
    ...at,
    body: {
      title: '商品搜索存在 SQL 注入',
      asset: `${shop}/`,
      cwe: 'CWE-89',
      cvssVector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H',
      severity: 'critical',
      description: '搜索参数直接拼入查询语句。',
      steps: '打开商品搜索，改变参数。',
      impact: '可读取顾客数据。',
      repair: '改用参数化查询。',
      cites: [exchangeId ?? ''],
    },
  })
  return page.findingId
}

const comment = async (person: Person, body: string): Promise<void> => {
  const params = { engagementId: engagementId(), findingId }
  await person.call('POST /api/engagements/:engagementId/findings/:findingId/comments', {
    params,
    body: { audience: 'everyone', body },
  })
}
/** The process that integrates, as the database knows it. */
const holder = async (): Promise<number> => {
  const { rows } = await database.query<{ holder: string }>('select holder from ledger_state')
  return Number(rows[0]?.holder.split('/')[1])
}
const places = async (): Promise<(string | null)[]> => {
  const { rows } = await database.query<{ ledger_index: string | null }>(
    'select ledger_index from events order by ledger_index nulls last',
  )
  return rows.map((row) => row.ledger_index)
}
const waiting = async (): Promise<number> => (await places()).filter((place) => place === null).length
const commented = async (): Promise<number> =>
  Number((await database.query("select 1 from events where kind = 'finding.commented'")).rowCount)
/** Everything committed has one place, without a gap. */
const allPlaced = (timeout = 20_000) => expect.poll(waiting, { timeout }).toBe(0)

/** A person's newest act, proved by the receipt that one server gives. */
async function proved(person: Person): Promise<{ index: number; size: number }> {
  const [line] = (await person.call('GET /api/receipts', { query: {} })).receipts
  const receipt = await person.call('GET /api/receipts/:eventId', { params: { eventId: line?.eventId ?? '' } })
  const verdict = verifyReceipt(nodeCrypto, Buffer.from(JSON.stringify(receipt)))
  expect(verdict).toMatchObject({ ok: true })
  return { index: receipt.entry.index, size: Number(receipt.checkpoint.split('\n')[1]) }
}

describe('an installation with two servers', () => {
  it('takes acts on both at once; one of them integrates, and both prove every act', async () => {
    const before = await commented()
    await Promise.all(
      [here.tester, there.organizer].map(async (person) => {
        for (let n = 0; n < 20; n++) await comment(person, `第 ${n} 条`)
      }),
    )
    await allPlaced()
    expect(await commented()).toBe(before + 40)
    expect([await serverPid(), second.process.pid]).toContain(await holder())
    // What was done on one server is proved by the other.
    for (const [one, other] of [
      [here.tester, there.tester],
      [here.organizer, there.organizer],
    ] as const)
      await expect.poll(async () => (await proved(one)).index).toBe((await proved(other)).index)
  })

  it('goes on by itself when the server that integrates is killed, and when it comes back', async () => {
    const before = await commented()
    const first = await serverPid()
    // So that the one under watch leads: the other waits its turn.
    if ((await holder()) !== first) {
      second.process.kill('SIGKILL')
      await once(second.process, 'exit')
      await expect.poll(holder, { timeout: 20_000 }).toBe(first)
      second = await startAnotherServer()
      there = await signInAll(second.base, platform.stage.dataFolder)
    }
    const acts = (async () => {
      for (let n = 0; n < 40; n++) await comment(there.organizer, `断电时的第 ${n} 条`)
    })()
    await wait(100)
    process.kill(first ?? 0, 'SIGKILL')
    await acts
    await expect.poll(holder, { timeout: 20_000 }).toBe(second.process.pid)
    await allPlaced()
    expect(await commented()).toBe(before + 40)
    await proved(there.organizer)
    // Whoever watches it starts it again; it waits for its turn and shows the same ledger.
    await expect
      .poll(
        () =>
          comment(here.tester, '我回来了').then(
            () => true,
            () => false,
          ),
        { timeout: 60_000, interval: 500 },
      )
      .toBe(true)
    expect(await holder()).toBe(second.process.pid)
    await allPlaced()
    await proved(here.tester)
  })

  it('a server that is paused loses the writing, and when it wakes up it writes nothing of the ledger and serves on', async () => {
    expect(await holder()).toBe(second.process.pid)
    second.process.kill('SIGSTOP')
    const first = await serverPid()
    await expect.poll(holder, { timeout: 20_000 }).toBe(first)
    await comment(here.tester, '另一台停顿时')
    await allPlaced()
    await proved(here.tester)
    second.process.kill('SIGCONT')
    await comment(there.organizer, '停顿之后')
    await allPlaced()
    expect(await holder()).toBe(first)
    expect((await proved(there.organizer)).size).toBeLessThanOrEqual((await proved(here.organizer)).size)
  })

  it('keeps one ledger through all of it: no place twice, none left out, nothing damaged', async () => {
    const all = (await places()).map(Number)
    expect(all).toEqual(all.map((_, at) => at))
    expect(await fsck(join(platform.stage.dataFolder, 'ledger'), undefined, { live: true })).toMatchObject({ ok: true })
  })
})

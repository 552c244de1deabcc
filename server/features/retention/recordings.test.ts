import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ExchangeHead } from '@zhongheng/contracts/records/capture.ts'
import { makeId } from '@zhongheng/domain/shared/ids.ts'
import { connectRecorder } from '@zhongheng/gateway/taps/recorder-client.ts'
import type { Recorder as RecorderClient } from '@zhongheng/gateway/taps/tap.ts'
import { fsck } from '@zhongheng/ledger/fsck/fsck.ts'
import { bytesOf, ready, record } from '@zhongheng/recorder/fixtures/recording.ts'
import { Recorder } from '@zhongheng/recorder/main/recorder.ts'
import { realDisk } from '@zhongheng/recorder/segments/disk.ts'
import { pastTriggers } from '@zhongheng/testing/postgres/past-triggers.ts'
import { type Cast, assemble, findingDraft, inTesting } from '@zhongheng/testing/scenes/crowd-test.ts'
import { age, terminate } from '@zhongheng/testing/scenes/ended-engagement.ts'
import { type Stage, openStage } from '@zhongheng/testing/scenes/stage.ts'
import type { Person } from '@zhongheng/tools/demo/person.ts'
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { carryOutDisposals, repeatDisposals } from '../../jobs/disposals.ts'
import { buildPacks } from '../../jobs/packs.ts'
import { takeExchanges, takeSeals } from '../../jobs/traffic-index.ts'
import { openRecorderPort, type RecorderPort } from '../../ports/recorder.ts'
import { inSystemWork } from '../../work/work.ts'

/*
 * Tester Chen asks the shop for an order, with a session cookie; the real recorder keeps it. Half a year after the end the
 * organizer has the recording destroyed. Somebody has kept yesterday's copy of everything but the key shares.
 */
let stage: Stage
let cast: Cast
let id: string
let exchangeId: string
let findingId: string
let desk: Desk
const secret = 'session=ad7f-4711'
const path = '/orders/4711?token=ad7f'

type Desk = { recorder: Recorder; server: RecorderPort; gateway: RecorderClient; folder: string; stop(): Promise<void> }
/** A recorder over its own folder, on real sockets. */
async function openDesk(name: string): Promise<Desk> {
  const at = join(stage.folder, name)
  mkdirSync(at, { recursive: true })
  const sockets = { intakeSocket: join(at, 'in.sock'), controlSocket: join(at, 'ctl.sock') }
  const folder = join(at, 'recorder')
  const recorder = await Recorder.start({
    folder,
    ...sockets,
    disk: realDisk,
    now: () => new Date(),
    limits: { bytes: 64 * 1024 * 1024, ageMs: 60_000 },
    reserveBytes: 0,
    onFault: () => undefined,
  })
  const server = openRecorderPort(sockets.controlSocket)
  const gateway = connectRecorder({ socketPath: sockets.intakeSocket, gatewayId: 'gw-1' })
  return {
    recorder,
    server,
    gateway,
    folder,
    async stop() {
      await gateway.close()
      server.close()
      await recorder.stop()
    },
  }
}
const filesOf = (one: Desk): string[] => readdirSync(join(one.folder, 'engagements', id))
const at = () => ({ params: { engagementId: id } })
const readFinding = (who: Person) =>
  who.call('GET /api/engagements/:engagementId/findings/:findingId', { params: { engagementId: id, findingId } })
const rowOf = () =>
  inSystemWork(stage.deps, ({ db }) =>
    db
      .selectFrom('exchanges')
      .select(['host', 'path', 'address', 'content_type', 'status', 'request_digest'])
      .where('id', '=', exchangeId)
      .executeTakeFirstOrThrow(),
  )
const keyRow = () =>
  inSystemWork(stage.deps, ({ db }) =>
    db
      .selectFrom('engagements')
      .select(['id', 'demand_org_id', 'wrapped_key'])
      .where('id', '=', id)
      .executeTakeFirstOrThrow(),
  )
/** Lets the sequencer run beside what waits for the ledger. */
async function besideTheSequencer<T>(work: Promise<T>): Promise<T> {
  const state = { busy: true }
  const done = work.finally(() => {
    state.busy = false
  })
  while (state.busy) {
    await stage.integrate()
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return done
}
async function packOf(redaction: 'secrets' | 'none') {
  const { packId } = await cast.auditor.call('POST /api/engagements/:engagementId/packs', {
    ...at(),
    body: { kind: 'engagement', redaction },
  })
  await besideTheSequencer(buildPacks(stage.deps))
  const { packs } = await cast.auditor.call('GET /api/engagements/:engagementId/packs', at())
  return packs.find((one) => one.packId === packId)
}

beforeAll(async () => {
  stage = await openStage()
  cast = await assemble(stage, 'a')
  desk = await openDesk('desk')
  id = await inTesting(stage, cast)
  Object.assign(stage.deps, { recorder: desk.server })
  const keys = stage.deps.keys.engagement(await keyRow())
  const dataKey = keys && stage.deps.keys.trafficKey(keys)
  if (!dataKey) throw new Error('the key is there')
  await desk.server.setKey(id, dataKey)
  const { leases } = await cast.tester.call('GET /api/engagements/:engagementId/leases', at())
  const [lease] = leases
  if (!lease) throw new Error('Chen holds a lease')
  exchangeId = makeId('exchange', new Date(), randomBytes(10))
  const head: ExchangeHead = {
    exchangeId,
    engagementId: id,
    leaseId: lease.leaseId,
    testerId: lease.personId,
    kind: 'http',
    startedAt: new Date().toISOString(),
    scheme: 'http',
    host: stage.target.host,
    port: stage.target.port,
    method: 'GET',
    path,
    policyDigest: 'ab'.repeat(32),
  }
  await ready(desk.gateway)
  await record(
    desk.gateway,
    head,
    `GET ${path} HTTP/1.1\r\nHost: ${head.host}\r\nCookie: ${secret}\r\n\r\n`,
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
  )
  while ((await takeExchanges(stage.deps, 200)) === 0);
  ;({ findingId } = await cast.tester.call('POST /api/engagements/:engagementId/findings', {
    ...at(),
    body: findingDraft(stage, [exchangeId]),
  }))
  await desk.server.seal(id)
  await takeSeals(stage.deps)
  await terminate(cast, id)
})
afterAll(async () => {
  await desk.stop()
  await stage.close()
})

describe('a recording, half a year after the end', () => {
  let yesterday: { wrapped: Buffer; folder: string }
  it('is there until its time is over, sealed on the disk', async () => {
    expect((await bytesOf(desk.server.request(id, exchangeId))).toString()).toContain(secret)
    const [segment] = filesOf(desk).filter((name) => name.endsWith('.zhs'))
    const bytes = readFileSync(join(desk.folder, 'engagements', id, segment ?? ''))
    expect(bytes.includes(secret)).toBe(false)
    expect((await packOf('secrets'))?.state).toBe('ready')
    expect(await readFinding(cast.auditor)).toMatchObject({ disposed: null, evidence: [{ exchangeId, path }] })
    await age(stage, id, 183)
    const { traffic } = await cast.organizer.call('GET /api/engagements/:engagementId/retention', at())
    expect(traffic).toMatchObject({ refused: { rule: 'YDT3744-5.5.4-02' }, ordered: null })
    await age(stage, id, 2)
    yesterday = { wrapped: (await keyRow()).wrapped_key, folder: join(stage.folder, 'copy', 'recorder') }
    cpSync(desk.folder, yesterday.folder, { recursive: true })
  })

  it('is destroyed: key, files, and what the index told of it', async () => {
    await cast.organizer.call('POST /api/engagements/:engagementId/disposals', {
      ...at(),
      body: { what: 'traffic', basis: '服务协议第 9 条', witness: '方正（信衡）' },
    })
    expect(await carryOutDisposals(stage.deps)).toBe(1)
    expect(filesOf(desk)).toEqual(['engagement.json'])
    await expect(desk.server.request(id, exchangeId)).rejects.toMatchObject({ rule: 'RECORDER-DISPOSED' })
    await expect(desk.server.setKey(id, randomBytes(32))).rejects.toMatchObject({ rule: 'RECORDER-DISPOSED' })
    expect(await rowOf()).toMatchObject({ host: '', path: '', address: null, content_type: null, status: 200 })
    expect(await repeatDisposals(stage.deps)).toBe(0)
  })

  it('is spoken of where it stood: when it went, by whom and under which rule', async () => {
    const { name } = await cast.organizer.call('GET /api/me', {})
    const note = { what: 'traffic', by: name, second: null, rule: 'YDT3744-5.5.4-02' }
    for (const person of [cast.auditor, cast.organizer, cast.tester]) {
      const list = await person.call('GET /api/engagements/:engagementId/exchanges', { ...at(), query: { limit: 10 } })
      expect(list.disposed).toMatchObject(note)
      expect(list.exchanges).toMatchObject([{ exchangeId, host: '', path: '', method: 'GET' }])
    }
    const params = { engagementId: id, exchangeId }
    const opened = await cast.auditor.call('GET /api/engagements/:engagementId/exchanges/:exchangeId', { params })
    expect(opened).toMatchObject({ disposed: note, curl: '', request: { head: '', body: '' } })
    // Digests and the place in the ledger stay for whoever holds a copy of the bytes.
    expect(opened.requestDigest).toBe((await rowOf()).request_digest)
    // So does what was cited: the finding is still read, and says why its evidence has no address.
    for (const person of [cast.auditor, cast.tester])
      expect(await readFinding(person)).toMatchObject({
        disposed: note,
        evidence: [{ exchangeId, host: '', path: '', method: 'GET', requestDigest: opened.requestDigest }],
      })
    const found = await cast.auditor.call('GET /api/engagements/:engagementId/exchanges', {
      ...at(),
      query: { limit: 10, text: 'orders' },
    })
    expect(found).toMatchObject({ exchanges: [], disposed: note })
    for (const [key, query] of [
      ['GET /api/engagements/:engagementId/captures', { format: 'har' }],
      ['GET /api/engagements/:engagementId/captures/size', { format: 'har' }],
      ['GET /api/engagements/:engagementId/exchanges/:exchangeId/request', {}],
    ] as const) {
      const answer = await cast.auditor.fetch(key, { params, query })
      const text = await answer.text()
      expect([answer.status, JSON.parse(text)], key).toMatchObject([409, { rule: 'DISPOSED-2' }])
      expect(text, key).toContain(name)
      expect(text, key).toContain('YDT3744-5.5.4-02')
    }
    expect((await cast.demand.fetch('GET /api/engagements/:engagementId/coverage', at())).status).toBe(403)
    await cast.auditor.call('GET /api/engagements/:engagementId/coverage', at())
  })

  it('still counts: packs say in its place that it was destroyed, and the ledger verifies', async () => {
    expect((await packOf('none'))?.state).toBe('ready')
    await stage.integrate()
    expect(await fsck(join(stage.folder, 'ledger'))).toMatchObject({ ok: true })
  })

  it('does not come back with yesterday’s copy of database and recorder', async () => {
    await pastTriggers(
      stage.deps.settings.databaseUrl,
      ['delete from disposals where engagement_id = $1', [id]],
      ['update engagements set wrapped_key = $2, traffic_disposed_at = null where id = $1', [id, yesterday.wrapped]],
      ['update exchanges set path = $2, host = $3 where engagement_id = $1', [id, path, stage.target.host]],
    )
    const copy = await openDesk('copy')
    Object.assign(stage.deps, { recorder: copy.server })
    try {
      const keys = stage.deps.keys.engagement(await keyRow())
      if (!keys) throw new Error('the file of the engagement is not destroyed')
      expect(stage.deps.keys.trafficKey(keys)).toBe(null)
      // The half of the key that came back is not the key.
      await expect(copy.server.setKey(id, keys.fixed)).rejects.toMatchObject({ rule: 'RECORDER-WRONG-KEY' })
      expect((await copy.server.status()).engagementsWithoutKey).toEqual([id])
      expect(await repeatDisposals(stage.deps)).toBe(1)
      expect(filesOf(copy)).toEqual(['engagement.json'])
      expect((await copy.server.status()).engagementsWithoutKey).toEqual([])
      expect(await rowOf()).toMatchObject({ host: '', path: '' })
      expect(await repeatDisposals(stage.deps)).toBe(0)
      const { disposed } = await cast.auditor.call('GET /api/engagements/:engagementId/exchanges', {
        ...at(),
        query: { limit: 10 },
      })
      expect(disposed).toMatchObject({ by: null, rule: 'YDT3744-5.5.4-02' })
      const { entries } = await cast.auditor.call('GET /api/engagements/:engagementId/ledger', {
        ...at(),
        query: { limit: 1 },
      })
      expect(JSON.parse(entries[0]?.leaf ?? '')).toMatchObject({
        kind: 'disposal.repeated',
        facts: { what: 'traffic' },
      })
    } finally {
      Object.assign(stage.deps, { recorder: desk.server })
      await copy.stop()
    }
  })
})

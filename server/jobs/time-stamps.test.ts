import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readAllowList } from '@zhongheng/domain/egress/destination.ts'
import { type Authority, openAuthority } from '@zhongheng/ledger/time-stamps/authority-for-tests.ts'
import { nodeCrypto } from '@zhongheng/ledger/verify/node-crypto.ts'
import { openContainer } from '@zhongheng/ledger/verify/pack/open-container.ts'
import { verifyPack } from '@zhongheng/ledger/verify/pack/verify-pack.ts'
import { type Cast, assemble, inTesting } from '@zhongheng/testing/scenes/crowd-test.ts'
import { type Stage, openStage } from '@zhongheng/testing/scenes/stage.ts'
import type { Person } from '@zhongheng/tools/demo/person.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Deps } from '../work/deps.ts'
import { inSystemWork } from '../work/work.ts'
import { buildPacks } from './packs.ts'
import { timeStampRound } from './time-stamps.ts'

/*
 * The organizer has its ledger stamped by an authority of its own: a real `openssl ts` behind a web address.
 */
let stage: Stage
let cast: Cast
let folder: string
let authority: Authority
let engagementId: string
/** What the authority's address answers; the real stamp unless a test says so. */
let answer: RequestListener | undefined
let asked: { type: string | undefined; path: string | undefined }[] = []
const tsa = createServer((request, response) => {
  asked.push({ type: request.headers['content-type'], path: request.url })
  if (answer !== undefined) return answer(request, response)
  const parts: Buffer[] = []
  request.on('data', (part: Buffer) => parts.push(part))
  request.on('end', () =>
    response.setHeader('content-type', 'application/timestamp-reply').end(authority.reply(Buffer.concat(parts))),
  )
})
let address: string
let deps: Deps

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zh-tsa-'))
  authority = openAuthority(await mkdtemp(join(folder, 'ca-')))
  await new Promise<void>((ready) => tsa.listen(0, '127.0.0.1', ready))
  const { port } = tsa.address() as AddressInfo
  address = `http://127.0.0.1:${port}/tsr`
  stage = await openStage({
    settings: {
      egressAllow: readAllowList(`127.0.0.1:${port}`),
      timeStamps: { authorities: [address], caFile: authority.caFile, everyMinutes: 60 },
    },
  })
  deps = stage.deps
  cast = await assemble(stage, 'a')
  engagementId = await inTesting(stage, cast)
  await stage.integrate()
})
afterAll(async () => {
  await stage.close()
  await new Promise((done) => tsa.close(done))
  await rm(folder, { recursive: true, force: true })
})

const list = (person: Person = cast.organizer) => person.call('GET /api/ledger/time-stamps', {})
const newest = async () => (await list()).stamps[0] ?? fail()
/** Two people knock, so that the ledger has news besides its own stamps. */
async function grow(): Promise<void> {
  for (let n = 0; n < 2; n++)
    await cast.demand.fetch('GET /api/engagements/:engagementId', { params: { engagementId: `eng_${'0'.repeat(26)}` } })
  await stage.integrate()
}
const later = (minutes: number): Deps => ({
  ...deps,
  clock: { now: () => new Date(Date.now() + minutes * 60_000) },
})
const eventsOf = async (kind: string) =>
  (
    await deps.database.kysely.selectFrom('events').select('leaf').where('kind', '=', kind).orderBy('seq').execute()
  ).map((row) => (JSON.parse(row.leaf) as { facts: Record<string, unknown> }).facts)
/** Makes the request that waits look as old as if its time had come, without moving the clock of what is checked. */
const dueNow = () =>
  inSystemWork(deps, ({ db, now }) =>
    db.updateTable('time_stamps').set({ next_try_at: now }).where('state', '=', 'asked').execute(),
  )
const forget = () => inSystemWork(deps, ({ db }) => db.deleteFrom('time_stamps').execute())
async function file(name: string, bytes: Uint8Array): Promise<string> {
  await writeFile(join(folder, name), bytes)
  return join(folder, name)
}
/** Stock openssl, which knows nothing of us. */
async function opensslSays(bytes: Uint8Array, stamp: Uint8Array): Promise<string> {
  const words = ['-data', await file('stamped', bytes), '-in', await file('stamp.tsr', stamp)]
  return execFileSync('openssl', ['ts', '-verify', ...words, '-CAfile', authority.caFile], { stdio: 'pipe' }).toString()
}

describe('the platform has its newest head stamped', () => {
  it('asks as RFC 3161 says, keeps the answer, records it, and openssl accepts what it gives out', async () => {
    expect(await timeStampRound(deps)).toBe('held')
    expect(asked).toEqual([{ type: 'application/timestamp-query', path: '/tsr' }])
    const held = await newest()
    expect(held).toMatchObject({
      state: 'held',
      size: deps.ledger.size(),
      authority: 'CN=Test TSA',
      tries: 1,
      failure: null,
    })
    expect(await eventsOf('ledger.time_stamped')).toMatchObject([
      { size: held.size, root: deps.ledger.root(), byHand: false },
    ])
    const params = { timeStampId: held.timeStampId }
    const stamp = await cast.tester.file('GET /api/ledger/time-stamps/:timeStampId/answer.tsr', { params })
    const bytes = await cast.auditor.file('GET /api/ledger/time-stamps/:timeStampId/checkpoint.txt', { params })
    expect(await opensslSays(bytes, stamp)).toContain('Verification: OK')
    await expect(opensslSays(Buffer.concat([bytes, Buffer.from('x')]), stamp)).rejects.toThrow()
  })

  it('not again before the interval is over, nor for its own entry alone', async () => {
    await stage.integrate()
    expect(await timeStampRound(deps)).toBeNull()
    expect(await timeStampRound(later(61))).toBeNull()
    await grow()
    expect(await timeStampRound(deps)).toBeNull()
    expect(await timeStampRound(later(61))).not.toBeNull()
    await forget()
  })

  it('puts the stamp into evidence packs, where openssl accepts it too', async () => {
    expect(await timeStampRound(deps)).toBe('held')
    const { size } = await newest()
    const pack = { params: { engagementId } }
    const { packId } = await cast.auditor.call('POST /api/engagements/:engagementId/packs', {
      ...pack,
      body: { kind: 'engagement', redaction: 'none' },
    })
    let busy = true
    const work = buildPacks(deps).finally(() => {
      busy = false
    })
    while (busy) {
      await stage.integrate()
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    await work
    const bytes = await cast.auditor.file('GET /api/engagements/:engagementId/packs/:packId/file.zip', {
      params: { engagementId, packId },
    })
    const reader = { size: bytes.length, read: async (at: number, length: number) => bytes.subarray(at, at + length) }
    expect(await verifyPack(reader, { authorities: authority.ca })).toMatchObject({
      ok: true,
      timeStamps: [{ size, authority: 'CN=Test TSA' }],
    })
    const inside = await openContainer(nodeCrypto, reader)
    const part = async (ending: string) => (await inside.readSmall(`timestamps/${size}.${ending}`, 1 << 20)) ?? fail()
    expect(await opensslSays(await part('checkpoint'), await part('tsr'))).toContain('Verification: OK')
  })
})

describe('an authority that does not answer as it should', () => {
  const replayed = (): RequestListener => {
    const old = authority.reply(
      execFileSync('openssl', ['ts', '-query', '-digest', 'a'.repeat(64), '-sha256', '-cert']),
    )
    return (_, response) => response.end(old)
  }
  it.each<[string, () => RequestListener, RegExp]>([
    ['a stamp over something else', replayed, /another digest/],
    ['a page', () => (_, response) => response.end('<html>login</html>'), /not an RFC 3161/],
    ['a fault', () => (_, response) => response.writeHead(503).end(), /status 503/],
    [
      'a way elsewhere',
      () => (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
      /302/,
    ],
    ['a megabyte', () => (_, response) => response.end(Buffer.alloc(1 << 20)), /limits of time and size/],
    ['a broken connection', () => (request) => request.socket.destroy(), /limits of time and size/],
  ])('with %s gets nothing kept; it is said why and tried again', async (_, make, why) => {
    await forget()
    answer = make()
    expect(await timeStampRound(deps)).toBe('waiting')
    answer = undefined
    const waiting = await newest()
    expect(waiting).toMatchObject({ state: 'asked', tries: 1, authority: null })
    expect(waiting.failure?.en).toMatch(why)
    expect(waiting.failure?.en).toContain(new URL(address).host)
    expect(Date.parse(waiting.nextTryAt ?? '')).toBeGreaterThan(Date.now())
    expect((await list(cast.demand)).stamps[0]?.failure).toBeNull()
    // Not at once: a minute first.
    expect(await timeStampRound(deps)).toBeNull()
    await dueNow()
    expect(await timeStampRound(deps)).toBe('held')
    expect(await newest()).toMatchObject({ state: 'held', tries: 2, failure: null, size: waiting.size })
  })

  it('gives way to the next one of the list', async () => {
    await forget()
    const dead = 'http://127.0.0.1:9/tsr'
    const both = { ...deps.settings, timeStamps: { ...deps.settings.timeStamps, authorities: [dead, address] } }
    expect(await timeStampRound({ ...deps, settings: both })).toBe('held')
  })

  it('that is not on the list of outgoing destinations is never called', async () => {
    await forget()
    asked = []
    expect(await timeStampRound({ ...deps, settings: { ...deps.settings, egressAllow: [] } })).toBe('waiting')
    expect((await newest()).failure?.en).toContain('may not be dialled')
    expect(asked).toEqual([])
  })

  it('is given up after eight tries, which is recorded, and a new request follows', async () => {
    await forget()
    answer = (_, response) => response.writeHead(500).end()
    const outcomes: (string | null)[] = []
    for (let n = 0; n < 8; n++) {
      outcomes.push(await timeStampRound(deps))
      await dueNow()
    }
    answer = undefined
    expect(outcomes).toEqual([...Array<string>(7).fill('waiting'), 'failed'])
    expect(await newest()).toMatchObject({ state: 'failed', tries: 8, nextTryAt: null })
    expect(await eventsOf('ledger.time_stamp_failed')).toEqual([{ size: deps.ledger.size(), tries: 8 }])
    await stage.integrate()
    await grow()
    expect(await timeStampRound(later(61))).not.toBeNull()
  })
})

describe('without a network', () => {
  const make = (person: Person = cast.organizer) => person.call('POST /api/ledger/time-stamps', {})
  const request = (timeStampId: string, person: Person = cast.organizer) =>
    person.file('GET /api/ledger/time-stamps/:timeStampId/request.tsq', { params: { timeStampId } })
  const handIn = (timeStampId: string, bytes: Uint8Array, person: Person = cast.organizer) =>
    person.call('POST /api/ledger/time-stamps/:timeStampId/answer', {
      params: { timeStampId },
      body: { answer: Buffer.from(bytes).toString('base64') },
    })

  it('an administrator of the organizer carries the request out and the answer in', async () => {
    await forget()
    await grow()
    const made = await make()
    expect(made).toMatchObject({ state: 'exported', size: deps.ledger.size() })
    expect((await make()).timeStampId).toBe(made.timeStampId)
    const query = await request(made.timeStampId)
    const read = execFileSync('openssl', ['ts', '-query', '-in', await file('q.tsq', query), '-text']).toString()
    expect(read).toContain('Hash Algorithm: sha256')
    expect(await handIn(made.timeStampId, authority.reply(query))).toMatchObject({
      state: 'held',
      authority: 'CN=Test TSA',
    })
    expect((await eventsOf('ledger.time_stamped')).at(-1)).toMatchObject({ size: made.size, byHand: true })
    await expect(make()).rejects.toMatchObject({ status: 409, rule: 'TSTAMP-1' })
    await expect(handIn(made.timeStampId, authority.reply(query))).rejects.toMatchObject({
      status: 409,
      rule: 'TSTAMP-2',
    })
  })

  it('an answer to another request, or garbage, is refused and leaves the request waiting', async () => {
    await grow()
    const { timeStampId } = await make()
    const other = authority.reply(
      execFileSync('openssl', ['ts', '-query', '-digest', 'b'.repeat(64), '-sha256', '-cert']),
    )
    for (const bytes of [other, Buffer.from('garbage'), Buffer.alloc(66_000)])
      await expect(handIn(timeStampId, bytes)).rejects.toMatchObject({ status: 422, rule: 'TSTAMP-3' })
    expect(await newest()).toMatchObject({ timeStampId, state: 'exported' })
    expect(await handIn(timeStampId, authority.reply(await request(timeStampId)))).toMatchObject({ state: 'held' })
  })

  it('wants the password again, and is nobody else’s', async () => {
    await grow()
    const { timeStampId } = await make()
    for (const person of [cast.demand, cast.tester, cast.auditor]) {
      await expect(make(person)).rejects.toMatchObject({ status: 403, rule: 'ROLE-2' })
      await expect(request(timeStampId, person)).rejects.toMatchObject({ status: 403, rule: 'ROLE-2' })
      await expect(handIn(timeStampId, Buffer.from('garbage'), person)).rejects.toMatchObject({ rule: 'ROLE-2' })
    }
    expect((await list(cast.tester)).automatic).toEqual({ everyMinutes: 60, addresses: null })
    expect((await list()).automatic).toEqual({ everyMinutes: 60, addresses: [address] })
  })
})

function fail(): never {
  throw new Error('there is a time stamp')
}

import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { verifyPack } from '@zhongheng/ledger/verify/pack/verify-pack.ts'
import { type Cast, assemble, findingDraft, inTesting } from '@zhongheng/testing/scenes/crowd-test.ts'
import { recordedTraffic } from '@zhongheng/testing/scenes/recorded-traffic.ts'
import { type Stage, openStage } from '@zhongheng/testing/scenes/stage.ts'
import type { Person } from '@zhongheng/tools/demo/person.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildPacks, expirePacks } from '../../jobs/packs.ts'
import { inSystemWork } from '../../work/work.ts'

/*
 * Tester Chen's finding cites a request with a session cookie. The organizer passes it on; several people ask for packs.
 */
let stage: Stage
let cast: Cast
let engagementId: string
let findingId: string
const secret = 'sid=4711'
const sides = {
  request: Buffer.from(`GET /orders/1 HTTP/1.1\r\nHost: shop\r\nCookie: ${secret}\r\n\r\n`),
  response: Buffer.from('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n林小姐的订单'),
}

type Wish = {
  kind: 'engagement' | 'finding' | 'period'
  findingId?: string
  from?: string
  to?: string
  redaction?: 'none' | 'secrets' | 'bodies'
}
const ask = (person: Person, body: Wish) =>
  person.call('POST /api/engagements/:engagementId/packs', { params: { engagementId }, body })
const listed = async (person: Person, packId: string) =>
  (await person.call('GET /api/engagements/:engagementId/packs', { params: { engagementId } })).packs.find(
    (one) => one.packId === packId,
  )
const fileKey = 'GET /api/engagements/:engagementId/packs/:packId/file.zip'
const download = (person: Person, packId: string): Promise<Buffer> =>
  person.file(fileKey, { params: { engagementId, packId } })
/** The builder runs beside the sequencer, as in a server. */
async function build(): Promise<void> {
  const work = buildPacks(stage.deps)
  let busy = true
  void work.finally(() => {
    busy = false
  })
  while (busy) {
    await stage.integrate()
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  await work
}
const verdictOf = (bytes: Buffer) =>
  verifyPack({ size: bytes.length, read: async (at, length) => bytes.subarray(at, at + length) })

beforeAll(async () => {
  stage = await openStage()
  cast = await assemble(stage, 'a')
  engagementId = await inTesting(stage, cast)
  const [exchange = ''] = await recordedTraffic(stage, engagementId, cast.tester, [sides])
  const page = await cast.tester.call('POST /api/engagements/:engagementId/findings', {
    params: { engagementId },
    body: findingDraft(stage, [exchange]),
  })
  findingId = page.findingId
  await stage.integrate()
})
afterAll(() => stage.close())

describe('a pack that was asked for', () => {
  it('is built in the background, says how far it is, and verifies', async () => {
    const asked = await ask(cast.auditor, { kind: 'engagement' })
    expect(asked).toMatchObject({ state: 'queued', progress: 0, redaction: 'secrets' })
    await expect(download(cast.auditor, asked.packId)).rejects.toMatchObject({ status: 409, rule: 'PACK-4' })
    await build()
    const ready = await listed(cast.auditor, asked.packId)
    expect(ready).toMatchObject({ state: 'ready', progress: 100, failure: null })
    const bytes = await download(cast.auditor, asked.packId)
    expect(ready?.bytes).toBe(bytes.length)
    const verdict = await verdictOf(bytes)
    expect(verdict).toMatchObject({ ok: true, counts: { findings: 1, exchanges: 1, redacted: 1 } })
    expect(bytes.includes('林小姐的订单')).toBe(true)
  })

  it('leaves credentials out unless somebody who may asks for them, and verifies either way', async () => {
    const without = await ask(cast.auditor, { kind: 'finding', findingId })
    const whole = await ask(cast.auditor, { kind: 'finding', findingId, redaction: 'none' })
    const bare = await ask(cast.auditor, { kind: 'finding', findingId, redaction: 'bodies' })
    await build()
    const [one, two, three] = [
      await download(cast.auditor, without.packId),
      await download(cast.auditor, whole.packId),
      await download(cast.auditor, bare.packId),
    ]
    expect([one.includes(secret), two.includes(secret), three.includes(secret)]).toEqual([false, true, false])
    expect([one.includes('林小姐'), three.includes('林小姐')]).toEqual([true, false])
    expect(await verdictOf(one)).toMatchObject({
      ok: true,
      about: { kind: 'finding', findingId },
      counts: { redacted: 1 },
    })
    // The whole pack is held against the commitments that the ledger holds since the first.
    expect(await verdictOf(two)).toMatchObject({ ok: true, counts: { redacted: 0, exchanges: 1 } })
    expect(await verdictOf(three)).toMatchObject({ ok: true, counts: { redacted: 2 } })
  })

  it('may be about a period', async () => {
    const day = 86_400_000
    const [from, to] = [new Date(Date.now() - day).toISOString(), new Date(Date.now() + day).toISOString()]
    const asked = await ask(cast.auditor, { kind: 'period', from, to })
    const past = await ask(cast.auditor, {
      kind: 'period',
      from: '2020-01-01T00:00:00.000Z',
      to: '2020-02-01T00:00:00.000Z',
    })
    await build()
    expect(await verdictOf(await download(cast.auditor, asked.packId))).toMatchObject({
      ok: true,
      about: { kind: 'period' },
    })
    expect(await verdictOf(await download(cast.auditor, past.packId))).toMatchObject({
      ok: true,
      counts: { entries: 0 },
    })
  })

  it('does not show the demand side what a finding cites that was not passed on, and says so', async () => {
    const before = await ask(cast.demand, { kind: 'engagement' })
    await build()
    const bytes = await download(cast.demand, before.packId)
    expect(await verdictOf(bytes)).toMatchObject({ ok: true, counts: { exchanges: 0 } })
    expect(bytes.includes('GET /orders/1')).toBe(false)
  })

  it('is sealed on the disk', async () => {
    const folder = join(stage.folder, 'packs')
    const files = await readdir(folder)
    expect(files.length).toBeGreaterThan(3)
    for (const name of files)
      expect((await readFile(join(folder, name))).includes('zhongheng-evidence-pack')).toBe(false)
  })

  it('comes in ranges, and not at all once its file was changed', async () => {
    const { packId } = await ask(cast.auditor, { kind: 'engagement' })
    await build()
    const whole = await download(cast.auditor, packId)
    const part = async (range: string, more: Record<string, string> = {}) =>
      cast.auditor.fetch(fileKey, { params: { engagementId, packId }, headers: { range, ...more } })
    const first = await part('bytes=0-99')
    expect(first.status).toBe(206)
    expect(first.headers.get('content-range')).toBe(`bytes 0-99/${whole.length}`)
    const rest = await part('bytes=100-', { 'if-range': first.headers.get('etag') ?? '' })
    const joined = [await first.arrayBuffer(), await rest.arrayBuffer()].map((bytes) => Buffer.from(bytes))
    expect(Buffer.concat(joined).equals(whole)).toBe(true)
    expect((await part('bytes=999999999-')).status).toBe(416)
    expect((await part('bytes=0-9', { 'if-range': '"another"' })).status).toBe(200)
    const path = join(stage.folder, 'packs', `${packId}.sealed`)
    const sealed = await readFile(path)
    sealed[sealed.length >> 1] = (sealed[sealed.length >> 1] ?? 0) ^ 1
    await writeFile(path, sealed)
    await expect(download(cast.auditor, packId)).rejects.toThrow()
  })
})

describe('who may ask for what', () => {
  it('keeps a pack to the person who asked for it', async () => {
    const { packId } = await ask(cast.auditor, { kind: 'engagement' })
    for (const person of [cast.organizer, cast.demand]) {
      expect(await listed(person, packId)).toBeUndefined()
      await expect(download(person, packId)).rejects.toMatchObject({ status: 404 })
    }
    await expect(ask(cast.tester, { kind: 'engagement' })).rejects.toMatchObject({ status: 403, rule: 'ROLE-1' })
    await build()
  })

  it('gives credentials to signatories and the auditor only', async () => {
    await expect(ask(cast.organizer2, { kind: 'engagement', redaction: 'none' })).rejects.toMatchObject({
      rule: 'PACK-2',
    })
    const { mayShowAll } = await cast.organizer2.call('GET /api/engagements/:engagementId/packs', {
      params: { engagementId },
    })
    expect(mayShowAll).toBe(false)
  })

  it('refuses a fourth at a time, and what does not fit together', async () => {
    const three = [
      await ask(cast.organizer, { kind: 'engagement' }),
      await ask(cast.organizer, { kind: 'engagement' }),
      await ask(cast.organizer, { kind: 'engagement' }),
    ]
    await expect(ask(cast.organizer, { kind: 'engagement' })).rejects.toMatchObject({ status: 429, rule: 'PACK-1' })
    for (const { packId } of three)
      await cast.organizer.call('POST /api/engagements/:engagementId/packs/:packId/cancellation', {
        params: { engagementId, packId },
      })
    await expect(ask(cast.organizer, { kind: 'finding' })).rejects.toMatchObject({ status: 422 })
  })
})

describe('a pack that is not wanted any more', () => {
  const cancel = (packId: string) =>
    cast.auditor.call('POST /api/engagements/:engagementId/packs/:packId/cancellation', {
      params: { engagementId, packId },
    })

  it('is not built when it was cancelled before', async () => {
    const { packId } = await ask(cast.auditor, { kind: 'engagement' })
    expect(await cancel(packId)).toMatchObject({ state: 'cancelled' })
    await build()
    expect(await listed(cast.auditor, packId)).toMatchObject({ state: 'cancelled' })
    await expect(cancel(packId)).rejects.toMatchObject({ status: 409, rule: 'PACK-3' })
  })

  it('ends in the middle, leaving nothing on the disk', async () => {
    const { packId } = await ask(cast.auditor, { kind: 'engagement' })
    const { proof } = stage.deps.recorder
    let asked = 0
    Object.assign(stage.deps.recorder, {
      proof: async (...words: Parameters<typeof proof>) => {
        if (asked++ === 0) await cancel(packId)
        return proof(...words)
      },
    })
    await build()
    Object.assign(stage.deps.recorder, { proof })
    expect(await listed(cast.auditor, packId)).toMatchObject({ state: 'cancelled' })
    expect((await readdir(join(stage.folder, 'packs'))).filter((name) => name.startsWith(packId))).toEqual([])
  })
})

describe('a server that is killed while it builds', () => {
  it('is made up for by the next one, which leaves nothing of it', async () => {
    const { packId } = await ask(cast.auditor, { kind: 'engagement' })
    // What a killed builder leaves: a row that nobody beats for, and half a file.
    await inSystemWork(stage.deps, ({ db }) =>
      db
        .updateTable('packs')
        .set({ state: 'building', builder: 'dead', tries: 1, beat_at: new Date(Date.now() - 60_000) })
        .where('id', '=', packId)
        .execute(),
    )
    await writeFile(join(stage.folder, 'packs', `${packId}.dead.part`), 'half')
    await build()
    await expirePacks(stage.deps)
    expect(await listed(cast.auditor, packId)).toMatchObject({ state: 'ready' })
    expect((await readdir(join(stage.folder, 'packs'))).filter((name) => name.endsWith('.part'))).toEqual([])
    expect(await verdictOf(await download(cast.auditor, packId))).toMatchObject({ ok: true })
  })

  it('is not tried for ever', async () => {
    const { packId } = await ask(cast.auditor, { kind: 'engagement' })
    await inSystemWork(stage.deps, ({ db }) =>
      db.updateTable('packs').set({ tries: 3 }).where('id', '=', packId).execute(),
    )
    await build()
    expect(await listed(cast.auditor, packId)).toMatchObject({ state: 'failed', failure: { zh: '多次制作未成功' } })
  })

  it('hands its pack back when it ends in order', async () => {
    const { packId } = await ask(cast.auditor, { kind: 'engagement' })
    const ending = new AbortController()
    const { proof } = stage.deps.recorder
    Object.assign(stage.deps.recorder, {
      proof: async (...words: Parameters<typeof proof>) => {
        ending.abort()
        return proof(...words)
      },
    })
    await buildPacks(stage.deps, ending.signal)
    Object.assign(stage.deps.recorder, { proof })
    expect(await listed(cast.auditor, packId)).toMatchObject({ state: 'queued' })
    await build()
    expect(await listed(cast.auditor, packId)).toMatchObject({ state: 'ready' })
  })
})

describe('after a week', () => {
  it('a pack and its file are gone', async () => {
    const { packId } = await ask(cast.auditor, { kind: 'engagement' })
    await build()
    await inSystemWork(stage.deps, ({ db }) =>
      db
        .updateTable('packs')
        .set({ expires_at: new Date(Date.now() - 1000) })
        .where('id', '=', packId)
        .execute(),
    )
    await expirePacks(stage.deps)
    expect(await listed(cast.auditor, packId)).toMatchObject({ state: 'expired' })
    await expect(download(cast.auditor, packId)).rejects.toMatchObject({ rule: 'PACK-4' })
    expect((await readdir(join(stage.folder, 'packs'))).filter((name) => name.startsWith(packId))).toEqual([])
  })
})

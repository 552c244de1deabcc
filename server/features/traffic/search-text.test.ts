import { gzipSync } from 'node:zlib'
import { type Cast, assemble, inTesting, recordedExchange } from '@zhongheng/testing/scenes/crowd-test.ts'
import { recordedTraffic } from '@zhongheng/testing/scenes/recorded-traffic.ts'
import { type Stage, openStage } from '@zhongheng/testing/scenes/stage.ts'
import type { Person } from '@zhongheng/tools/demo/person.ts'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { indexWords } from '../../jobs/traffic-words.ts'

let stage: Stage
let cast: Cast
let engagementId: string
let ids: string[]
const html = (body: string, more = '') =>
  Buffer.from(
    `HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n${more}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
const get = (head = '') => Buffer.from(`GET / HTTP/1.1\r\nHost: shop\r\n${head}\r\n`)
beforeAll(async () => {
  stage = await openStage()
  cast = await assemble(stage, 'a')
  engagementId = await inTesting(stage, cast)
  const packed = gzipSync('{"message":"越权访问了他人订单"}')
  ids = [
    ...(await recordedTraffic(stage, engagementId, cast.tester, [
      { request: get('X-Api-Key: ZH-77-alpha\r\n'), response: html('<h1>Welcome, Alice</h1>') },
      {
        request: get(),
        response: Buffer.concat([
          Buffer.from(`HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${packed.length}\r\n\r\n`),
          packed,
        ]),
      },
      { request: get(), response: html('alice wrote; somebody else said welcome') },
      {
        request: get(),
        response: Buffer.concat([html(''), Buffer.from(Array.from({ length: 3000 }, (_, at) => at & 255))]),
      },
    ])),
    ...(await recordedTraffic(stage, engagementId, cast.tester2, [{ request: get(), response: html('Alice again') }])),
  ]
  while ((await indexWords(stage.deps)) > 0);
})
afterAll(() => stage.close())

const search = (person: Person, text: string, more: object = {}) =>
  person.call('GET /api/engagements/:engagementId/exchanges', { params: { engagementId }, query: { text, ...more } })
const found = async (person: Person, text: string) =>
  (await search(person, text)).exchanges.map((one) => ids.indexOf(one.exchangeId)).toSorted((a, b) => a - b)

describe('a search for words of recorded traffic', () => {
  it('finds them in heads and bodies, packed ones too, in Latin and in Chinese, whatever the case', async () => {
    expect(await found(cast.auditor, 'alice')).toEqual([0, 2, 4])
    expect(await found(cast.auditor, 'zh-77-ALPHA')).toEqual([0])
    expect(await found(cast.auditor, '他人订单')).toEqual([1])
    expect(await found(cast.auditor, 'nowhere')).toEqual([])
  })
  it('shows only what holds the words as they were asked for, though the index knows them apart', async () => {
    expect(await found(cast.auditor, 'welcome alice')).toEqual([0, 2])
    expect(await found(cast.auditor, 'welcome,')).toEqual([0])
    expect(await found(cast.auditor, '<h1>welcome')).toEqual([0])
    const { searched, exchanges } = await search(cast.auditor, 'welcome,')
    expect(searched).toEqual({ opened: 2, partly: false })
    expect(exchanges).toHaveLength(1)
  })
  it('finds a tester’s own only', async () => {
    expect(await found(cast.tester, 'alice')).toEqual([0, 2])
    expect(await found(cast.tester2, 'alice')).toEqual([4])
    expect(await found(cast.tester2, 'zh-77-alpha')).toEqual([])
  })
  it('goes on from page to page without gap or repetition', async () => {
    const seen: string[] = []
    for (let after: string | undefined; ; ) {
      const page = await search(cast.auditor, 'alice', { limit: 1, ...(after === undefined ? {} : { after }) })
      seen.push(...page.exchanges.map((one) => one.exchangeId))
      if (page.next === null) break
      after = page.next
    }
    expect(seen).toEqual([ids[4], ids[2], ids[0]])
  })
  it('is entered in the ledger without what was looked for', async () => {
    await search(cast.auditor, 'zh-77-alpha')
    const { entries } = await cast.auditor.call('GET /api/engagements/:engagementId/ledger', {
      params: { engagementId },
      query: { limit: 1 },
    })
    expect(JSON.parse(entries[0]?.leaf ?? '')).toMatchObject({
      kind: 'traffic.read',
      facts: { part: 'search', opened: 1 },
    })
    expect(entries[0]?.leaf).not.toContain('alpha')
  })
  it('refuses what holds no word', async () => {
    for (const text of ['…', '我', '-- !!'])
      await expect(search(cast.auditor, text)).rejects.toMatchObject({ rule: 'SEARCH-1' })
  })
  it('leaves no word of the traffic in the database', async () => {
    const { rows } = await sql<{ all: string }>`select exchange_words::text as all from exchange_words`.execute(
      stage.deps.database.kysely,
    )
    expect(rows.length).toBe(5)
    expect(rows.map((row) => row.all).join()).not.toMatch(/alice|alpha|welcome|订单/i)
  })
  it('says that it is not complete while something is indexed in part or not yet', async () => {
    await recordedExchange(stage, engagementId, cast.tester)
    expect((await search(cast.auditor, 'alice')).searched?.partly).toBe(true)
    while ((await indexWords(stage.deps)) > 0);
    expect((await search(cast.auditor, 'alice')).searched?.partly).toBe(false)
  })
})

describe('the job', () => {
  it('waits for a key that the recorder does not hold yet, and passes over what it cannot give', async () => {
    await recordedExchange(stage, engagementId, cast.tester)
    const status = (without: string[]) => async () => ({ engagementsWithoutKey: without }) as never
    const away = () => Promise.reject(new Error('no'))
    const recorder = { ...stage.deps.recorder, request: away, response: away }
    const waiting = { ...stage.deps, recorder: { ...recorder, status: status([engagementId]) } }
    await expect(indexWords(waiting)).rejects.toThrow()
    expect(await indexWords({ ...stage.deps, recorder: { ...recorder, status: status([]) } })).toBe(1)
    expect(await indexWords(stage.deps)).toBe(0)
    expect((await search(cast.auditor, 'alice')).searched?.partly).toBe(true)
  })
})

describe('filters of the list', () => {
  it('narrow by status class, beginning of the path, kind, size and time', async () => {
    await recordedExchange(stage, engagementId, cast.tester, { path: '/api_x/1' })
    await recordedExchange(stage, engagementId, cast.tester, { path: '/apiYx/2', kind: 'refusal' })
    const count = async (query: object) =>
      (
        await cast.auditor.call('GET /api/engagements/:engagementId/exchanges', {
          params: { engagementId },
          query: { ...query, limit: 200 },
        })
      ).exchanges.length
    expect(await count({ path: '/api_' })).toBe(1)
    expect(await count({ kind: 'refusal' })).toBe(1)
    expect(await count({ statusClass: '5' })).toBe(0)
    expect(await count({ statusClass: '2', path: '/api' })).toBe(2)
    expect(await count({ minBytes: 5121 })).toBe(0)
    expect(await count({ maxBytes: 5120, path: '/api' })).toBe(2)
    expect(await count({ to: '2020-01-01T00:00:00Z' })).toBe(0)
    expect(await count({ from: '2020-01-01T00:00:00Z', path: '/api' })).toBe(2)
  })
})

describe('the coverage map', () => {
  it('tells which lines of the scope were exercised, by whom and where; a tester sees their own part', async () => {
    const of = (person: Person) =>
      person.call('GET /api/engagements/:engagementId/coverage', { params: { engagementId } })
    await recordedExchange(stage, engagementId, cast.tester2, { path: '/orders/17/items?x=1' })
    await recordedExchange(stage, engagementId, cast.tester2, { path: '/orders/18/items' })
    const all = await of(cast.auditor)
    const orders = all.places.find(({ path }) => path === '/orders/{id}')
    expect(orders).toMatchObject({ passed: 2, refused: 0, rowId: all.objects[0]?.rowId })
    expect(all.objects[0]?.testers).toHaveLength(2)
    const own = await of(cast.tester2)
    expect(own.testers).toHaveLength(1)
    expect(own.objects[0]?.passed).toBeLessThan(all.objects[0]?.passed ?? 0)
  })
})

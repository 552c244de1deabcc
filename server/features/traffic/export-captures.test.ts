import { type Cast, assemble, inTesting, recordedExchange } from '@zhongheng/testing/scenes/crowd-test.ts'
import { recordedTraffic } from '@zhongheng/testing/scenes/recorded-traffic.ts'
import { type Stage, openStage } from '@zhongheng/testing/scenes/stage.ts'
import { readHar } from '@zhongheng/documents/captures/fixtures/read-har.ts'
import type { Person } from '@zhongheng/tools/demo/person.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

let stage: Stage
let cast: Cast
let engagementId: string
beforeAll(async () => {
  stage = await openStage()
  cast = await assemble(stage, 'a')
  engagementId = await inTesting(stage, cast)
  const sides = (mark: string) => ({
    request: Buffer.from(`GET /search?q=1 HTTP/1.1\r\nHost: shop\r\nX-Mark: ${mark}\r\n\r\n`),
    response: Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n${mark}`),
  })
  await recordedTraffic(stage, engagementId, cast.tester, [sides('first'), sides('secnd'), sides('third')])
  await recordedTraffic(stage, engagementId, cast.tester2, [sides('other')])
  await recordedExchange(stage, engagementId, cast.tester, { kind: 'refusal', path: '/refused' })
})
afterAll(() => stage.close())

const key = 'GET /api/engagements/:engagementId/captures'
type Query = { format: 'har' | 'ndjson' | 'pcapng'; [name: string]: unknown }
const file = (person: Person, query: Query) => person.file(key, { params: { engagementId }, query } as never)
const marks = async (person: Person, query: Query) =>
  readHar(await file(person, query)).map(({ request, response }) =>
    response.status === 0 ? 'refused' : `${request.headers.find(({ name }) => name === 'X-Mark')?.value}`,
  )
const sequences = async (): Promise<number[]> => {
  const { exchanges } = await cast.auditor.call('GET /api/engagements/:engagementId/exchanges', {
    params: { engagementId },
    query: { order: 'oldest' },
  })
  return exchanges.map((one) => one.sequence)
}

describe('an export of recorded traffic', () => {
  it('holds what the filter names, oldest first, whoever sent it, for the auditor and the organizer', async () => {
    const all = ['first', 'secnd', 'third', 'other', 'refused']
    expect(await marks(cast.auditor, { format: 'har' })).toEqual(all)
    expect(await marks(cast.organizer, { format: 'har' })).toEqual(all)
    expect(await marks(cast.auditor, { format: 'har', verdict: 'refused' })).toEqual(['refused'])
  })
  it('holds only their own for a tester, also when they name another’s sequence', async () => {
    expect(await marks(cast.tester2, { format: 'har' })).toEqual(['other'])
    const [first] = await sequences()
    expect(await marks(cast.tester2, { format: 'har', only: String(first) })).toEqual([])
  })
  it('of chosen exchanges holds these and no others; a range ends where it says', async () => {
    const [first, second, third] = await sequences()
    expect(await marks(cast.tester, { format: 'har', only: `${third},${first}` })).toEqual(['first', 'third'])
    expect(await marks(cast.tester, { format: 'har', since: first, until: second })).toEqual(['secnd'])
  })
  it('is entered in the ledger as a reading, with its number and its first and last sequence', async () => {
    const [, second, third] = await sequences()
    await file(cast.auditor, { format: 'ndjson', only: `${second},${third}` })
    const { entries } = await cast.auditor.call('GET /api/engagements/:engagementId/ledger', {
      params: { engagementId },
      query: { limit: 1 },
    })
    expect(JSON.parse(entries[0]?.leaf ?? '')).toMatchObject({
      kind: 'traffic.read',
      role: 'auditor',
      facts: { part: 'export', format: 'ndjson', exchanges: 2, firstSequence: second, lastSequence: third },
    })
  })
  it('is not for the demand side, and absent for a stranger', async () => {
    const asked = (person: Person) => person.fetch(key, { params: { engagementId }, query: { format: 'har' } })
    expect((await asked(cast.demand)).status).toBe(403)
    const theirs = await assemble(stage, 'b', cast)
    expect((await asked(theirs.auditor)).status).toBe(404)
  })
  it('by a token wants the scope traffic:read', async () => {
    const of = async (scopes: ('traffic:read' | 'findings:read')[]) => {
      const { token } = await cast.auditor.call('POST /api/account/tokens', { body: { name: 'heng', scopes, days: 1 } })
      return fetch(`${stage.base}/api/engagements/${engagementId}/captures?format=pcapng`, {
        headers: { authorization: `Bearer ${token}` },
      })
    }
    const good = await of(['traffic:read'])
    expect(good.status).toBe(200)
    expect(good.headers.get('content-type')).toBe('application/x-pcapng')
    expect(good.headers.get('content-disposition')).toMatch(/filename="[\w-]+\.pcapng"/)
    expect(Buffer.from(await good.arrayBuffer()).readUInt32LE(0)).toBe(0x0a0d0d0a)
    expect((await of(['findings:read'])).status).toBe(403)
  })
  it('refuses an unknown form and a list that is none', async () => {
    for (const query of [{ format: 'exe' }, { format: 'har', only: '1;2' }, {}])
      expect((await cast.auditor.fetch(key, { params: { engagementId }, query })).status).toBe(400)
  })
})

describe('the list of traffic', () => {
  it('goes on from its cursor in the order asked for, without gap or repetition', async () => {
    for (const order of ['oldest', 'newest'] as const) {
      const seen: number[] = []
      for (let after: string | undefined; ; ) {
        const page = await cast.auditor.call('GET /api/engagements/:engagementId/exchanges', {
          params: { engagementId },
          query: { order, limit: 2, ...(after === undefined ? {} : { after }) },
        })
        seen.push(...page.exchanges.map((one) => one.sequence))
        if (page.next === null) break
        after = page.next
      }
      const all = await sequences()
      expect(seen).toEqual(order === 'oldest' ? all : all.toReversed())
    }
  })
})

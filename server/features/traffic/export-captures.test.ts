import { type Cast, assemble, inTesting, recordedExchange } from '@zhongheng/testing/scenes/crowd-test.ts'
import { recordedTraffic } from '@zhongheng/testing/scenes/recorded-traffic.ts'
import { type Stage, openStage, password } from '@zhongheng/testing/scenes/stage.ts'
import { readHar } from '@zhongheng/documents/captures/fixtures/read-har.ts'
import { defaultBudgets } from '@zhongheng/domain/audit/reading-budget.ts'
import { Person } from '@zhongheng/tools/demo/person.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

let stage: Stage
let cast: Cast
let engagementId: string
beforeAll(async () => {
  // More than three exchanges are many here.
  stage = await openStage({
    settings: { readingBudgets: { ...defaultBudgets, recordings: { free: 3, most: 1200 } } },
  })
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

describe('an export of many exchanges', () => {
  const purpose = '移交给律师，用于比对测试时间。'
  const query = { format: 'har', verdict: 'passed' } as const
  const size = async (person: Person, wish: object = query) =>
    person.call('GET /api/engagements/:engagementId/captures/size', {
      params: { engagementId },
      query: wish as typeof query,
    })
  const asked = async (person: Person, wish: object) => {
    const answer = await person.fetch(key, { params: { engagementId }, query: wish })
    await answer.arrayBuffer()
    return answer.status
  }
  it('needs one person until the house wants two; how many these are can be asked before', async () => {
    const [, , , last] = await sequences()
    expect(await size(cast.organizer)).toEqual({ exchanges: 4, until: last, secondPerson: false })
    expect(await asked(cast.organizer, query)).toBe(200)
  })
  it('then waits for the second person, goes through once, and only with the exchanges that were approved', async () => {
    const { organizer } = cast
    const { personId } = await cast.organizer2.call('GET /api/me', {})
    const member = (await organizer.call('GET /api/members', {})).members.find((one) => one.personId === personId)
    await organizer.call('PATCH /api/members/:personId', {
      params: { personId },
      body: { posts: ['member', 'signatory'], version: member?.version ?? 0 },
    })
    // Other posts are another login.
    cast = { ...cast, organizer2: await Person.signIn(stage.base, 'wu-cheng', password) }
    await cast.organizer2.call('POST /api/step-up', { body: { password } })
    await organizer.call('PUT /api/two-person-rules', {
      body: { members: false, exports: true, disposals: false, version: 0 },
    })
    const { exchanges, until, secondPerson } = await size(organizer)
    expect([exchanges, secondPerson]).toEqual([4, true])
    const captures = { ...query, until }
    const answer = await organizer.fetch(key, { params: { engagementId }, query: captures })
    expect([answer.status, ((await answer.json()) as { rule: string }).rule]).toEqual([409, 'TWO-1'])

    const act = { kind: 'captures' as const, engagementId, captures, exchanges }
    const { approvalId, digest } = await organizer.call('POST /api/approvals', { body: { act, purpose } })
    const { organizer2 } = cast
    const [seen] = (await organizer2.call('GET /api/approvals', {})).approvals
    expect(seen?.details.map(({ value }) => value.zh)).toEqual(['商城众测', 'HAR', '4', 'passed', String(until)])
    await organizer2.call('POST /api/approvals/:approvalId/decision', {
      params: { approvalId },
      body: { verdict: 'approved', digest, reason: '已与律师核实。' },
    })
    // Another form, others, or more of them were not approved.
    for (const other of [{ ...captures, format: 'ndjson' }, { format: 'har', until }, query])
      expect(await asked(organizer, other), JSON.stringify(other)).toBe(409)
    expect(await asked(organizer, captures)).toBe(200)
    expect(await asked(organizer, captures)).toBe(409)
  })
  it('that says another number than there are does not go through, whoever approved it', async () => {
    const { organizer, organizer2 } = cast
    const { until } = await size(organizer)
    const captures = { ...query, until }
    const act = { kind: 'captures' as const, engagementId, captures, exchanges: 1 }
    const { approvalId, digest } = await organizer.call('POST /api/approvals', { body: { act, purpose } })
    await organizer2.call('POST /api/approvals/:approvalId/decision', {
      params: { approvalId },
      body: { verdict: 'approved', digest, reason: '已与律师核实。' },
    })
    expect(await asked(organizer, captures)).toBe(409)
  })
  it('leaves few exchanges, testers’ own and other houses as they are', async () => {
    const [first, second] = await sequences()
    expect(await asked(cast.organizer, { format: 'har', only: `${first},${second}` })).toBe(200)
    expect(await asked(cast.tester, { format: 'har' })).toBe(200)
    expect(await asked(cast.auditor, { format: 'har' })).toBe(200)
  })
  it('is not asked for by somebody who could not export, nor in another’s engagement', async () => {
    const act = { kind: 'captures' as const, engagementId, captures: { format: 'har' as const }, exchanges: 5 }
    const ask = async (person: Person) => (await person.fetch('POST /api/approvals', { body: { act, purpose } })).status
    expect(await ask(cast.demand)).toBe(403)
    expect(await ask((await assemble(stage, 'c', cast)).auditor)).toBe(404)
  })
  it('is asked for about a tester or a finding of this engagement', async () => {
    const nobody = '0'.repeat(26)
    for (const act of [
      { kind: 'captures', engagementId, captures: { format: 'har', testerId: `per_${nobody}` }, exchanges: 5 },
      { kind: 'pack', engagementId, pack: { kind: 'finding', findingId: `fnd_${nobody}` } },
    ])
      expect((await cast.organizer.fetch('POST /api/approvals', { body: { act, purpose } })).status, act.kind).toBe(404)
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

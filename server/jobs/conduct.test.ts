import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { PatternsOfUse } from '@zhongheng/domain/conduct/patterns-of-use.ts'
import type { TestRulesBody } from '@zhongheng/contracts/http/test-rules.ts'
import { pastTriggers } from '@zhongheng/testing/postgres/past-triggers.ts'
import { type Cast, assemble, inTesting, recordedExchange } from '@zhongheng/testing/scenes/crowd-test.ts'
import { type Stage, openStage } from '@zhongheng/testing/scenes/stage.ts'
import type { Policy } from '@zhongheng/domain/authorizations/policy.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Deps } from '../work/deps.ts'
import { inSystemWork } from '../work/work.ts'
import { watchConduct } from './conduct.ts'
import { makePolicy } from './policy.ts'

/* What the detectors see in recorded traffic, what follows by the rules, and who deals with it. */
let stage: Stage
let cast: Cast
let engagementId: string
let testerPerson: string
const patterns = new PatternsOfUse()
beforeAll(async () => {
  stage = await openStage()
  cast = await assemble(stage, 'a')
  engagementId = await inTesting(stage, cast)
  testerPerson = (await cast.tester.call('GET /api/me', {})).personId
})
afterAll(() => stage.close())

const sides = new Map<string, { request: Buffer; response: Buffer }>()
const withRecord = (): Deps => {
  const side = (name: 'request' | 'response') => async (_engagement: string, id: string) =>
    Readable.from([sides.get(id)?.[name] ?? Buffer.alloc(0)])
  return { ...stage.deps, recorder: { ...stage.deps.recorder, request: side('request'), response: side('response') } }
}
const params = () => ({ engagementId })
/** One exchange by the tester, recorded and looked into. */
async function passes(request: string, response: Buffer | string = 'HTTP/1.1 200 OK\r\n\r\nok'): Promise<string> {
  const id = await recordedExchange(stage, engagementId, cast.tester)
  sides.set(id, { request: Buffer.from(request), response: Buffer.from(response) })
  while ((await watchConduct(withRecord(), patterns)) > 0);
  return id
}
const get = 'GET /search?q=1 HTTP/1.1\r\nHost: shop.practice.test\r\n\r\n'
const packed = (body: string): Buffer =>
  Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n'), gzipSync(body)])
const alertsOf = (person = cast.organizer) =>
  person.call('GET /api/engagements/:engagementId/alerts', { params: params() })
const leaseInPolicy = async () =>
  (JSON.parse((await makePolicy(stage.deps, 9)).signed.payload) as Policy).engagements
    .find((one) => one.engagementId === engagementId)
    ?.leases.find(({ state, testerId }) => state !== 'revoked' && testerId === testerPerson)
const rule = async (responses: TestRulesBody['responses']) => {
  const { versions } = await cast.demand.call('GET /api/engagements/:engagementId/test-rules', { params: params() })
  await cast.demand.call('POST /api/engagements/:engagementId/test-rules', {
    params: params(),
    body: {
      rules: {
        zone: 'Asia/Shanghai',
        quietHours: [],
        lease: {},
        engagement: {},
        target: {},
        targets: [],
        forbiddenMethods: [],
        forbiddenPayloads: [],
        responses: { ...versions[0]?.rules.responses, ...responses },
      },
      reason: '按行为处置',
      after: versions[0]?.number ?? 0,
    },
  })
}

describe('personal data in a packed answer', () => {
  it('raises one alert with counts and a keyed digest, never the data; the tester sees it too', async () => {
    await passes(get)
    expect((await alertsOf()).alerts).toEqual([])
    const exchangeId = await passes(get, packed('{"idCard":"11010519491231002X","name":"王"}'))
    const { alerts, open, mayHandle } = await alertsOf()
    expect(alerts).toMatchObject([
      {
        kind: 'personal_id',
        state: 'open',
        response: 'alarm',
        exchanges: 1,
        most: 1,
        hits: [{ exchangeId, side: 'response' }],
      },
    ])
    expect([open, mayHandle]).toEqual([1, true])
    const kept = await inSystemWork(stage.deps, async ({ db }) => [
      await db.selectFrom('alerts').selectAll().execute(),
      await db.selectFrom('alert_hits').selectAll().execute(),
      await db.selectFrom('events').selectAll().where('kind', '=', 'alert.raised').execute(),
    ])
    expect(JSON.stringify(kept)).not.toContain('11010519491231002')
    expect((await alertsOf(cast.tester)).alerts).toMatchObject([{ kind: 'personal_id' }])
    expect((await alertsOf(cast.tester)).mayHandle).toBe(false)
  })

  it('seen again gathers in the same alert, with the same digest for the same values', async () => {
    await passes(get, packed('{"idCard":"11010519491231002X"}'))
    const { alerts } = await alertsOf()
    expect(alerts).toHaveLength(1)
    expect(alerts[0]).toMatchObject({ exchanges: 2 })
    expect(new Set(alerts[0]?.hits.map(({ digest }) => digest)).size).toBe(1)
  })

  it('is not the other testers’ nor the demand side’s to see', async () => {
    expect((await alertsOf(cast.auditor)).alerts).toHaveLength(1)
    expect((await alertsOf(cast.tester2)).alerts).toEqual([])
    const demand = await cast.demand.fetch('GET /api/engagements/:engagementId/alerts', { params: params() })
    expect(demand.status).toBe(403)
  })
})

describe('what follows a signal', () => {
  it('slow: the lease is held to one request a second in the signed policy, and a new lease is no way out', async () => {
    await rule({ write_sql: 'slow' })
    await passes("GET /item?id=1'%3Bdrop%20table%20users-- HTTP/1.1\r\nHost: shop.practice.test\r\n\r\n")
    expect(await leaseInPolicy()).toMatchObject({ state: 'active', slowedTo: 1 })
    const taken = await cast.tester.fetch('POST /api/engagements/:engagementId/leases', { params: params() })
    expect(taken.status).toBe(201)
    expect(await leaseInPolicy()).toMatchObject({ state: 'active', slowedTo: 1 })
  })

  it('settled as a permitted test, the slow pace ends; every step is in the timeline', async () => {
    const { alerts } = await alertsOf(cast.auditor)
    const alert = alerts.find(({ kind }) => kind === 'write_sql')
    const decide = (
      by: typeof cast.auditor,
      body: { act: 'acknowledge' | 'settle'; outcome?: 'permitted'; reason: string },
    ) =>
      by.fetch('POST /api/engagements/:engagementId/alerts/:alertId/decision', {
        params: { engagementId, alertId: alert?.alertId ?? '' },
        body,
      })
    const reason = '约定的注入验证'
    expect((await decide(cast.tester, { act: 'settle', outcome: 'permitted', reason })).status).toBe(403)
    expect((await decide(cast.organizer, { act: 'acknowledge', reason })).status).toBe(200)
    expect(
      ((await (await decide(cast.organizer, { act: 'acknowledge', reason })).json()) as { rule: string }).rule,
    ).toBe('ALERT-1')
    expect((await decide(cast.auditor, { act: 'settle', reason })).status).toBe(422)
    expect((await decide(cast.auditor, { act: 'settle', outcome: 'permitted', reason })).status).toBe(200)
    expect(await leaseInPolicy()).not.toHaveProperty('slowedTo')
    const { events } = await cast.auditor.call('GET /api/engagements/:engagementId/timeline', { params: params() })
    expect(events.map(({ kind }) => kind).slice(0, 3)).toEqual([
      'lease.unslowed',
      'alert.settled',
      'alert.acknowledged',
    ])
  })

  it('stop: the lease is suspended in the same commit as the alert', async () => {
    await rule({ destructive_command: 'stop' })
    await passes('GET /ping?host=1%3Brm%20-rf%20/ HTTP/1.1\r\nHost: shop.practice.test\r\n\r\n')
    expect(await leaseInPolicy()).toMatchObject({ state: 'suspended' })
    const { alerts } = await alertsOf()
    expect(alerts[0]).toMatchObject({ kind: 'destructive_command', response: 'stop', leaseState: 'suspended' })
  })
})

it('filters by state, kind and tester, and pages', async () => {
  const list = (query: object) =>
    cast.organizer.call('GET /api/engagements/:engagementId/alerts', { params: params(), query: query as never })
  expect((await list({ state: 'settled' })).alerts.map(({ kind }) => kind)).toEqual(['write_sql'])
  expect((await list({ kind: 'personal_id' })).alerts).toHaveLength(1)
  const first = await list({ limit: 2 })
  const rest = await list({ limit: 2, after: first.next })
  expect([...first.alerts, ...rest.alerts].map(({ kind }) => kind).sort()).toEqual([
    'destructive_command',
    'personal_id',
    'write_sql',
  ])
})

it('what was disposed of is passed over, and does not hold the others up', async () => {
  const other = await inTesting(stage, cast)
  await recordedExchange(stage, other, cast.tester)
  await pastTriggers(stage.deps.settings.databaseUrl, [
    `update engagements set wrapped_key = '' where id = $1`,
    [other],
  ])
  await passes('GET /ping?host=2%3Brm%20-rf%20/ HTTP/1.1\r\nHost: shop.practice.test\r\n\r\n')
  const [newest] = (await alertsOf()).alerts
  expect(newest).toMatchObject({ kind: 'destructive_command', exchanges: 2 })
})

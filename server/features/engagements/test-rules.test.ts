import type { TestRulesBody } from '@zhongheng/contracts/http/test-rules.ts'
import type { Policy } from '@zhongheng/domain/authorizations/policy.ts'
import { readPolicy } from '@zhongheng/gateway/policy/read-policy.ts'
import { type Cast, assemble, inTesting } from '@zhongheng/testing/scenes/crowd-test.ts'
import { type Stage, openStage } from '@zhongheng/testing/scenes/stage.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makePolicy } from '../../jobs/policy.ts'

/* Both sides signed the permits under certain rules: those are tightened by one side at once, and loosened by both. */
let stage: Stage
let cast: Cast
let engagementId: string
beforeAll(async () => {
  stage = await openStage()
  cast = await assemble(stage, 'a')
  engagementId = await inTesting(stage, cast)
})
afterAll(() => stage.close())

const nothing: TestRulesBody = {
  zone: 'Asia/Shanghai',
  quietHours: [],
  lease: {},
  engagement: {},
  target: {},
  targets: [],
  forbiddenMethods: [],
  forbiddenPayloads: [],
  responses: {},
}
const params = () => ({ engagementId })
let newest = 0
async function write(change: Partial<TestRulesBody>, by = cast.demand) {
  const page = await by.call('POST /api/engagements/:engagementId/test-rules', {
    params: params(),
    body: { rules: { ...nothing, ...change }, reason: '业务高峰期须限速', after: newest },
  })
  newest = page.versions[0]?.number ?? 0
  return page
}
const refused = async (change: Partial<TestRulesBody>, by = cast.demand, after = newest) => {
  const response = await by.fetch('POST /api/engagements/:engagementId/test-rules', {
    params: params(),
    body: { rules: { ...nothing, ...change }, reason: '业务高峰期须限速', after },
  })
  const problem = (await response.json()) as { rule?: string; fields?: { field: string }[] }
  return [response.status, problem.rule, problem.fields?.[0]?.field]
}
const inPolicy = async () => {
  const { payload } = (await makePolicy(stage.deps, 9)).signed
  // What the server signs the gateway must be able to read.
  readPolicy(payload)
  return (JSON.parse(payload) as Policy).engagements.find((one) => one.engagementId === engagementId)?.rules
}
const decide = (rulesId: string, by = cast.organizer, verdict: 'approve' | 'refuse' = 'approve') =>
  by.fetch('POST /api/engagements/:engagementId/test-rules/:rulesId/decision', {
    params: { engagementId, rulesId },
    body: { verdict },
  })

describe('rules that allow nothing new', () => {
  it('take force on one side’s word, reach the signed policy, and stand in a new letter', async () => {
    expect(await inPolicy()).toBeUndefined()
    const page = await write({
      lease: { requestsPerSecond: 5 },
      quietHours: [{ from: '22:00', to: '06:00' }],
      forbiddenMethods: ['delete', 'PUT', 'put'],
      targets: [{ host: 'Shop.Practice.Test.', limits: { concurrency: 2 } }],
      responses: { flood: 'stop' },
    })
    expect(page.versions[0]).toMatchObject({ number: 1, state: 'in_force', approvals: [], proposedRole: 'demand' })
    expect(page.versions[0]?.lines.map(({ en }) => en)).toContain('Each tester: 5 requests a second')
    expect(await inPolicy()).toMatchObject({
      lease: { requestsPerSecond: 5 },
      forbiddenMethods: ['DELETE', 'PUT'],
      targets: [{ host: 'shop.practice.test', limits: { concurrency: 2 } }],
    })
    const { letters } = await cast.demand.call('GET /api/engagements/:engagementId/letters', { params: params() })
    expect(letters.map(({ state }) => state)).toEqual(['valid', 'superseded'])
  })

  it('may be the organizer’s too', async () => {
    const page = await write({ ...nothing, lease: { requestsPerSecond: 5 } }, cast.organizer)
    expect(page.versions[0]?.state).toBe('proposed')
    const tighter = await write(
      {
        lease: { requestsPerSecond: 2 },
        quietHours: [{ from: '22:00', to: '06:00' }],
        forbiddenMethods: ['DELETE', 'PUT'],
        targets: [{ host: 'shop.practice.test', limits: { concurrency: 2 } }],
        responses: { flood: 'stop' },
      },
      cast.organizer,
    )
    // What waited is void: it was written against rules that no longer stand.
    expect(tighter.versions.slice(0, 3).map(({ state }) => state)).toEqual(['in_force', 'refused', 'superseded'])
  })
})

describe('rules that allow more', () => {
  it('wait for signatories of both sides, who approve exactly that version', async () => {
    const page = await write({ lease: { requestsPerSecond: 50 } })
    const [proposed] = page.versions
    expect(proposed).toMatchObject({ state: 'proposed', approvals: ['demand'] })
    expect(await inPolicy()).toMatchObject({ lease: { requestsPerSecond: 2 } })
    expect((await decide(proposed?.rulesId ?? '', cast.organizer2)).status).toBe(403)
    expect((await decide(proposed?.rulesId ?? '', cast.auditor)).status).toBe(403)
    expect((await decide(proposed?.rulesId ?? '')).status).toBe(200)
    expect(await inPolicy()).toMatchObject({ lease: { requestsPerSecond: 50 }, quietHours: [] })
    const again = await decide(proposed?.rulesId ?? '')
    expect([again.status, ((await again.json()) as { rule: string }).rule]).toEqual([409, 'RULES-2'])
  })

  it('are not approved by who proposes them and signs nothing', async () => {
    const page = await write({}, cast.organizer2)
    expect(page.versions[0]).toMatchObject({ state: 'proposed', approvals: [] })
  })

  it('may be refused, and then stay what they were', async () => {
    const page = await write({}, cast.organizer)
    expect((await decide(page.versions[0]?.rulesId ?? '', cast.demand, 'refuse')).status).toBe(200)
    expect(await inPolicy()).toMatchObject({ lease: { requestsPerSecond: 50 } })
  })
})

describe('who may', () => {
  it('testers and auditors read and do not write; a tester sees no proposal', async () => {
    await write({}, cast.organizer)
    for (const person of [cast.tester, cast.auditor])
      expect(await refused({}, person)).toEqual([403, 'ROLE-1', undefined])
    const seen = await cast.tester.call('GET /api/engagements/:engagementId/test-rules', { params: params() })
    expect(seen.versions.every(({ state }) => state === 'in_force' || state === 'superseded')).toBe(true)
    expect(seen).toMatchObject({ mayWrite: false, mayDecide: false })
  })
})

describe('what is written wrongly is refused by name', () => {
  it.each<[string, Partial<TestRulesBody>, unknown[]]>([
    ['a time zone that does not exist', { zone: 'Mars/Olympus' }, [422, undefined, 'body.rules.zone']],
    [
      'quiet hours without length',
      { quietHours: [{ from: '08:00', to: '08:00' }] },
      [422, undefined, 'body.rules.quietHours.0'],
    ],
    [
      'a host that cannot be read',
      { targets: [{ host: '0x7f.1', limits: {} }] },
      [422, undefined, 'body.rules.targets.0.host'],
    ],
    [
      'one host twice',
      {
        targets: [
          { host: 'a.example', limits: {} },
          { host: 'A.example', limits: {} },
        ],
      },
      [422, undefined, 'body.rules.targets.1.host'],
    ],
    ['no request at all', { lease: { requestsPerSecond: 0 } }, [422, 'INPUT-1', 'body.rules.lease.requestsPerSecond']],
  ])('%s', async (_name, change, expected) => {
    expect(await refused(change)).toEqual(expected)
  })

  it('and rules that somebody else changed meanwhile', async () => {
    expect(await refused({ lease: { requestsPerSecond: 1 } }, cast.demand, newest - 1)).toEqual([
      409,
      'RULES-1',
      undefined,
    ])
  })
})

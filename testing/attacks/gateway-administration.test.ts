import type { EndpointKey } from '@zhongheng/contracts/http/index.ts'
import { makePerson } from '@zhongheng/server/features/people/accounts.ts'
import { hashPassword } from '@zhongheng/server/sign-in/passwords.ts'
import { inSystemWork } from '@zhongheng/server/work/work.ts'
import { Person } from '@zhongheng/tools/demo/person.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Cast, assemble, inTesting, recordedExchange } from '../scenes/crowd-test.ts'
import { type Stage, openStage, password } from '../scenes/stage.ts'

/*
 * What the gateway lets through is administered by moves, scope versions, windows and leases. Mr Chen tests, Ms He tests for another
 * house, Mr Xu of the demand side has no post but the administrator's: he reads.
 */
let stage: Stage
let cast: Cast
let engagementId: string
let version: number
let xu: Person
const ids = { scopeVersionId: '', leaseId: '', exchangeId: '' }
beforeAll(async () => {
  stage = await openStage()
  cast = await assemble(stage, 'a')
  engagementId = await inTesting(stage, cast)
  const params = { engagementId }
  ids.exchangeId = await recordedExchange(stage, engagementId, cast.tester)
  const { leases } = await cast.tester.call('GET /api/engagements/:engagementId/leases', { params })
  ids.leaseId = leases[0]?.leaseId ?? ''
  const passwordHash = await hashPassword(password)
  await inSystemWork(stage.deps, (work) =>
    makePerson(work, {
      orgId: cast.orgIds.demand,
      orgKind: 'demand',
      name: '徐读',
      posts: ['system_admin', 'security_admin', 'audit_admin'],
      login: 'xu-reads',
      passwordHash,
    }),
  )
  xu = await Person.signIn(stage.base, 'xu-reads', password)
  const wider = `${stage.target.host}:${stage.target.port}\n*.${stage.target.host}`
  const proposed = await cast.demand.call('POST /api/engagements/:engagementId/scope/changes', {
    params,
    body: { content: wider, reason: '扩大到全部子域，需双方批准。' },
  })
  ids.scopeVersionId = proposed.scopeVersionId
  version = (await cast.demand.call('GET /api/engagements/:engagementId', { params })).version
}, 120_000)
afterAll(() => stage.close())

type Act = readonly [what: string, key: EndpointKey, body: () => object | undefined]
const base = '/api/engagements/:engagementId'
const administration: readonly Act[] = [
  ['pause', `POST ${base}/moves` as EndpointKey, () => ({ move: 'stop', reason: '暂停测试。', version })],
  ['resume', `POST ${base}/moves` as EndpointKey, () => ({ move: 'resume', version })],
  ['end early', `POST ${base}/moves` as EndpointKey, () => ({ move: 'end_early', reason: '提前结束。', version })],
  ['widen', `PUT ${base}/scope` as EndpointKey, () => ({ format: 'text', content: '*.example.com', version })],
  [
    'propose a wider scope',
    `POST ${base}/scope/changes` as EndpointKey,
    () => ({ content: '*.example.com', reason: '扩大范围，原因如下。' }),
  ],
  [
    'approve a wider scope',
    `POST ${base}/scope/changes/:scopeVersionId/decision` as EndpointKey,
    () => ({ verdict: 'approve', reason: '同意' }),
  ],
  [
    'move the window',
    `PATCH ${base}` as EndpointKey,
    () => ({ windowCloses: new Date(Date.now() + 9e7).toISOString(), version }),
  ],
]
const download = `GET ${base}/exchanges/:exchangeId/response` as EndpointKey
const ask = (who: Person, key: EndpointKey, body?: object) =>
  who.fetch(key, { params: { engagementId, ...ids }, ...(body === undefined ? {} : { body }) })
/** What the moves, the window and the scope in force say of it. */
const asItIs = async (): Promise<object> => ({
  row: await stage.deps.database.kysely
    .selectFrom('engagements')
    .select(['state', 'version', 'window_opens', 'window_closes'])
    .where('id', '=', engagementId)
    .executeTakeFirst(),
  scope: (await cast.organizer.call('GET /api/engagements/:engagementId/scope', { params: { engagementId } })).inForce,
})

describe('administration of the gateway', () => {
  it.each(administration)('PUB-GW-09: to %s is refused to testers and to who only reads', async (_, key, body) => {
    const before = await asItIs()
    for (const who of [cast.tester, cast.tester2, xu]) {
      const answer = await ask(who, key, body())
      expect(answer.status).toBe(403)
    }
    expect(await asItIs()).toEqual(before)
  })

  it('PUB-GW-09: a lease is reactivated by no tester, and its recording is read by no other tester', async () => {
    await cast.organizer.call('POST /api/engagements/:engagementId/leases/:leaseId/state', {
      params: { engagementId, leaseId: ids.leaseId },
      body: { state: 'suspended', reason: '暂停租约。' },
    })
    const key = `POST ${base}/leases/:leaseId/state` as EndpointKey
    for (const who of [cast.tester, xu])
      expect((await ask(who, key, { state: 'active', reason: '恢复租约。' })).status).toBe(403)
    // Ms He may not even know of Mr Chen’s lease and traffic: it is answered like what does not exist.
    expect((await ask(cast.tester2, key, { state: 'active', reason: '恢复租约。' })).status).toBe(404)
    expect((await ask(cast.tester2, download)).status).toBe(404)
    expect([403, 404]).toContain((await ask(xu, download)).status)
    expect((await ask(cast.tester, download)).status).toBe(200)
  })

  it('PUB-GW-09: a wider scope reaches the gateway when the demand side’s signatory has approved it, and not before', async () => {
    const inForce = async () =>
      (await cast.organizer.call('GET /api/engagements/:engagementId/scope', { params: { engagementId } })).inForce
    const before = await inForce()
    expect(before).not.toBe(ids.scopeVersionId)
    const params = { engagementId, scopeVersionId: ids.scopeVersionId }
    const body = { verdict: 'approve', reason: '同意扩大范围' } as const
    await cast.organizer.call('POST /api/engagements/:engagementId/scope/changes/:scopeVersionId/decision', {
      params,
      body,
    })
    expect(await inForce()).toBe(before)
    await cast.demand.call('POST /api/engagements/:engagementId/scope/changes/:scopeVersionId/decision', {
      params,
      body,
    })
    expect(await inForce()).toBe(ids.scopeVersionId)
  })
})

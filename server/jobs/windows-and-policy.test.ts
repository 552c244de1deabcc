import { verify } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Policy } from '@zhongheng/domain/authorizations/policy.ts'
import { hours } from '@zhongheng/domain/shared/clock.ts'
import { move } from '@zhongheng/tools/demo/prepare.ts'
import { type Cast, assemble, inTesting } from '@zhongheng/testing/scenes/crowd-test.ts'
import { pastTriggers } from '@zhongheng/testing/postgres/past-triggers.ts'
import { type Stage, openStage } from '@zhongheng/testing/scenes/stage.ts'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { GatewayStatus, PolicyPush } from '@zhongheng/contracts/records/policy.ts'
import { endWindows } from './clock.ts'
import { makePolicy, policyLife } from './policy.ts'
import { startPolicyPush } from './policy-push.ts'

/*
 * One engagement lives through its window: what the gateway is told at each step, and what the clock does at the end.
 */
let stage: Stage
let cast: Cast
let id: string
beforeAll(async () => {
  stage = await openStage()
  cast = await assemble(stage, 'a')
  id = await inTesting(stage, cast)
})
afterAll(() => stage.close())

const snapshot = async (): Promise<Policy> => JSON.parse((await makePolicy(stage.deps, 7)).signed.payload) as Policy
const ours = async () => (await snapshot()).engagements.find((one) => one.engagementId === id)
const leases = async () =>
  (await cast.auditor.call('GET /api/engagements/:engagementId/leases', { params: { engagementId: id } })).leases

describe('a policy snapshot', () => {
  it('is signed by the key whose public half lies beside it, and lapses in half a minute', async () => {
    const { signed } = await makePolicy(stage.deps, 7)
    const publicKey = await readFile(join(stage.folder, 'keys', 'policy.pub'), 'utf8')
    const good = (text: string) => verify(null, Buffer.from(text), publicKey, Buffer.from(signed.signature, 'base64'))
    expect(good(signed.payload)).toBe(true)
    expect(good(signed.payload.replace('testing', 'stopped'))).toBe(false)
    const policy = JSON.parse(signed.payload) as Policy
    expect(policy).toMatchObject({ format: 'zhongheng-policy/1', sequence: 7 })
    expect(Date.parse(policy.expiresAt) - Date.parse(policy.issuedAt)).toBe(policyLife)
  })
  it('holds window, frozen scope, certificate and every lease, and neither goals nor secrets nor keys', async () => {
    const { signed, caKeys } = await makePolicy(stage.deps, 7)
    const one = await ours()
    expect(one).toMatchObject({ state: 'testing', title: '商城众测' })
    expect(one?.scope.rules.map((rule) => rule.asset)).toContain(`http://shop.practice.test:${stage.target.port}/`)
    expect(one?.caCertificate).toContain('BEGIN CERTIFICATE')
    expect(one?.leases.map((lease) => lease.state)).toEqual(['active', 'active'])
    for (const lease of one?.leases ?? []) expect(lease.secretDigest).toMatch(/^[0-9a-f]{64}$/)
    expect(Object.keys(caKeys)).toEqual([id])
    expect(signed.payload).not.toContain('PRIVATE KEY')
    expect(signed.payload).not.toContain('订单数据')
  })
  it('says nothing of a draft', async () => {
    const page = await cast.demand.call('GET /api/engagements/:engagementId', { params: { engagementId: id } })
    const draft = await cast.demand.call('POST /api/engagements', {
      body: {
        title: '另一个草稿',
        goals: '尚未提交的需求草稿。',
        windowOpens: page.windowOpens ?? '',
        windowCloses: page.windowCloses ?? '',
        auditMode: 'third_party',
        dataLevel: 'general',
        environment: 'dedicated',
        organizerOrgId: cast.orgIds.organizer,
        auditorOrgId: cast.orgIds.auditor,
        minGrade: 1,
        rewardTable: [],
        budgetFen: 0,
      },
    })
    expect(JSON.stringify(await snapshot())).not.toContain(draft.engagementId)
  })
  it('keeps to the scope in force while a change is only proposed', async () => {
    await cast.demand.call('POST /api/engagements/:engagementId/scope/changes', {
      params: { engagementId: id },
      body: {
        content: 'http://shop.practice.test/\nhttp://later.practice.test/',
        reason: '新增一个对象，等待双方批准。',
      },
    })
    expect(JSON.stringify(await ours())).not.toContain('later.practice.test')
  })
  it('never names the platform’s own listeners as targets', async () => {
    const { platformAddresses } = await snapshot()
    expect(platformAddresses).toEqual(expect.arrayContaining(['127.0.0.1:7080', '[::1]:7080']))
    expect(platformAddresses).toContain(new URL(stage.deps.settings.databaseUrl).host)
  })
  it('shows a suspended and a given-back lease as such in the next snapshot', async () => {
    const [one] = await leases()
    const change = (state: 'suspended' | 'active') =>
      cast.auditor.call('POST /api/engagements/:engagementId/leases/:leaseId/state', {
        params: { engagementId: id, leaseId: one?.leaseId ?? '' },
        body: { state, reason: '核实异常流量' },
      })
    const stateInPolicy = async () => (await ours())?.leases.find((lease) => lease.leaseId === one?.leaseId)?.state
    await change('suspended')
    expect(await stateInPolicy()).toBe('suspended')
    await change('active')
    expect(await stateInPolicy()).toBe('active')
  })
  it('carries a stop order with its reason', async () => {
    await move(cast.auditor, id, 'stop', '发现异常流量，先行暂停核实。')
    expect(await ours()).toMatchObject({ state: 'stopped', stopReason: '发现异常流量，先行暂停核实。' })
  })
})

describe('the push of policy', () => {
  it('follows every change at once, also after its connection was cut and while the recorder hangs', async () => {
    const faults: unknown[] = []
    const deps = {
      ...stage.deps,
      recorder: {
        ...stage.deps.recorder,
        status: () => new Promise<never>((_resolve, reject) => setTimeout(() => reject(new Error('hung')), 3000)),
        setKey: () => new Promise<void>((resolve) => setTimeout(resolve, 3000)),
      },
    }
    const push = await startPolicyPush(deps, (fault) => faults.push(fault))
    const last = () => JSON.parse(stage.gateway.pushed.at(-1) ?? '{}') as Policy
    expect(last().engagements.find((one) => one.engagementId === id)?.state).toBe('stopped')
    await sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and query like 'listen%'`.execute(
      stage.deps.database.kysely,
    )
    await sql`update engagements set title = '改过的名字' where id = ${id}`.execute(stage.deps.database.kysely)
    await expect.poll(() => last().engagements[0]?.title, { timeout: 5000 }).toBe('改过的名字')
    const before = last().sequence
    await sql`update engagements set title = '又改' where id = ${id}`.execute(stage.deps.database.kysely)
    await sql`select pg_notify('zh_policy', '')`.execute(stage.deps.database.kysely)
    await expect.poll(() => last().engagements[0]?.title, { timeout: 5000 }).toBe('又改')
    expect(last().sequence).toBeGreaterThan(before)
    await push.stop()
  })
  it('goes at once to a gateway that was started again, not with the next renewal', async () => {
    const had: (number | null)[] = []
    const gateway = {
      async push(one: PolicyPush) {
        had.push((JSON.parse(one.signed.payload) as Policy).sequence)
        return true
      },
      status: async () => ({ policySequence: had.at(-1) ?? null }) as GatewayStatus,
    }
    const push = await startPolicyPush({ ...stage.deps, gateway }, () => undefined)
    const before = had.at(-1)
    // Killed and started again: it knows nothing.
    had.push(null)
    await expect.poll(() => had.at(-1), { timeout: 5000 }).toBeGreaterThan(Number(before))
    await push.stop()
  })
})

describe('the clock', () => {
  it('leaves a window alone that is still open', async () => {
    expect(await endWindows(stage.deps)).toBe(0)
  })
  it('ends a window at its time, suspended or not, revokes every lease and says so as the system', async () => {
    const later = { ...stage.deps, clock: { now: () => new Date(Date.now() + hours(9)) } }
    expect(await endWindows(later)).toBe(1)
    const page = await cast.auditor.call('GET /api/engagements/:engagementId', { params: { engagementId: id } })
    expect(page.state).toBe('window_closed')
    expect((await leases()).map((lease) => lease.state)).toEqual(['revoked', 'revoked'])
    expect((await ours())?.state).toBe('over')
    const { events } = await cast.auditor.call('GET /api/engagements/:engagementId/timeline', {
      params: { engagementId: id },
    })
    expect(
      events
        .filter((event) => event.role === 'system')
        .map((event) => event.kind)
        .sort(),
    ).toEqual(['engagement.moved', 'lease.revoked', 'lease.revoked'])
    expect(await endWindows(later)).toBe(0)
  })
  it('is not held up by an engagement that cannot end', async () => {
    const other = await inTesting(stage, cast, '第二个众测')
    const broken = await inTesting(stage, cast, '坏掉的众测')
    await pastTriggers(stage.deps.settings.databaseUrl, [
      `update engagements set wrapped_key = 'x', window_closes = now() - interval '1 second', window_opens = now() - interval '1 day' where id = $1`,
      [broken],
    ])
    await sql`update engagements set window_closes = now() - interval '1 second', window_opens = now() - interval '1 day' where id = ${other}`.execute(
      stage.deps.database.kysely,
    )
    await expect(endWindows(stage.deps)).rejects.toThrow(/1 windows could not be ended/)
    const page = await cast.auditor.call('GET /api/engagements/:engagementId', { params: { engagementId: other } })
    expect(page.state).toBe('window_closed')
  })
})

import { statSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { PolicyPush } from '@zhongheng/contracts/records/policy.ts'
import type { LeasePolicy } from '@zhongheng/domain/authorizations/policy.ts'
import { socketPath } from '@zhongheng/contracts/records/sockets.ts'
import type { HeldLease } from '@zhongheng/domain/authorizations/judge.ts'
import { noRules, type TestRules } from '@zhongheng/domain/conduct/test-rules.ts'
import { makeAuthority, Scene } from '../testing/scene.ts'
import { signIn } from './accounts.ts'
import { openControlSocket } from './control-socket.ts'
import { type LimitVerdict, LoadBook } from './load-book.ts'
import { PolicyKeeper } from './policy-keeper.ts'
import { readPolicy, readPush } from './read-policy.ts'

let scene: Scene
beforeEach(async () => {
  scene = await Scene.open()
})
afterEach(() => scene.close())

const next = () => ({ ...scene.policy, sequence: scene.policy.sequence + 1 })

describe('a policy snapshot', () => {
  it('comes into force when the platform signed it', () => {
    const { policy, digest } = scene.keeper.accept(scene.signed(next()))
    expect(policy.sequence).toBe(2)
    expect(digest).toMatch(/^[0-9a-f]{64}$/)
    expect(scene.keeper.standing()).toMatchObject({ ok: true })
  })

  it.each<[string, (push: PolicyPush) => PolicyPush, string]>([
    [
      'one changed byte',
      (push) => ({ ...push, signed: { ...push.signed, payload: push.signed.payload.replace('testing', 'stopped') } }),
      'POLICY-4',
    ],
    ['an empty signature', (push) => ({ ...push, signed: { ...push.signed, signature: 'AAAA' } }), 'POLICY-4'],
  ])('with %s is refused and changes nothing', (_name, spoil, rule) => {
    const before = scene.keeper.snapshot
    expect(() => scene.keeper.accept(spoil(scene.signed(next())))).toThrowError(expect.objectContaining({ rule }))
    expect(scene.keeper.snapshot).toBe(before)
  })

  it('never goes back to a smaller sequence, and takes the same one twice', () => {
    const second = scene.signed(next())
    scene.keeper.accept(second)
    expect(scene.keeper.accept(second).policy.sequence).toBe(2)
    expect(() => scene.keeper.accept(scene.signed(scene.policy))).toThrowError(
      expect.objectContaining({ rule: 'POLICY-5' }),
    )
    expect(() => scene.keeper.accept(scene.signed({ ...next(), issuedAt: scene.at(-5) }))).toThrowError(
      expect.objectContaining({ rule: 'POLICY-5' }),
    )
  })

  it('already lapsed, or from the future, is refused', () => {
    for (const wrong of [{ expiresAt: scene.at(-1) }, { issuedAt: scene.at(120) }]) {
      expect(() => scene.keeper.accept(scene.signed({ ...next(), ...wrong }))).toThrowError(
        expect.objectContaining({ rule: 'POLICY-1' }),
      )
    }
  })

  it('with a CA key that does not fit is refused', async () => {
    const other = await makeAuthority()
    expect(() => scene.keeper.accept(scene.signed(next(), { eng_shop: other.key }))).toThrowError(
      expect.objectContaining({ rule: 'POLICY-7' }),
    )
    expect(() => scene.keeper.accept(scene.signed(next(), { eng_none: other.key }))).toThrowError(
      expect.objectContaining({ rule: 'POLICY-7' }),
    )
  })

  it('names the field that is wrong', () => {
    const spoiled = (change: (policy: { [name: string]: unknown }) => void): string => {
      const policy = JSON.parse(scene.signed(next()).signed.payload) as { [name: string]: unknown }
      change(policy)
      return JSON.stringify(policy)
    }
    const engagement = (policy: { [name: string]: unknown }) =>
      (policy['engagements'] as { [name: string]: unknown }[])[0] ?? {}
    expect(() => readPolicy(spoiled((policy) => (policy['extra'] = 1)))).toThrow(/extra.*unknown field/)
    expect(() => readPolicy(spoiled((policy) => (engagement(policy)['state'] = 'open')))).toThrow(
      /engagements\[0\].state.*one of testing/,
    )
    expect(() => readPolicy(spoiled((policy) => delete engagement(policy)['scope']))).toThrow(
      /engagements\[0\].scope.*object/,
    )
    expect(() => readPolicy(spoiled((policy) => (policy['expiresAt'] = 'tomorrow')))).toThrow(/expiresAt.*UTC/)
    expect(() =>
      readPolicy(spoiled((policy) => (policy['engagements'] = [engagement(policy), engagement(policy)]))),
    ).toThrow(/twice/)
    expect(() => readPolicy('{')).toThrow(/payload.*JSON/)
    expect(() => readPush('{"signed":{"payload":"x"},"caKeys":{}}')).toThrow(/signed.signature/)
  })

  it('cannot come before the platform’s key does', () => {
    const keeper = new PolicyKeeper(scene.time, join(scene.folder, 'missing.pub'))
    expect(keeper.standing()).toMatchObject({ ok: false, rule: 'POLICY-3' })
    expect(() => keeper.accept(scene.signed(next()))).toThrowError(expect.objectContaining({ rule: 'POLICY-6' }))
  })
})

describe('an account', () => {
  const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`
  it('is proved by its secret only', () => {
    expect(signIn(scene.policy, basic('li:li-secret'))).toMatchObject({ ok: true, account: { proxyName: 'li' } })
    for (const wrong of ['li:', 'li', 'li:li-secret2', 'wang:li-secret', ':'])
      expect(signIn(scene.policy, basic(wrong)).ok).toBe(false)
    for (const wrong of [undefined, '', 'Bearer abc', 'Basic', 'Basic !!'])
      expect(signIn(scene.policy, wrong).ok).toBe(false)
  })
})

describe('limits', () => {
  let now = 0
  const book = (): LoadBook => new LoadBook(() => now)
  const held = (
    limits: LeasePolicy['limits'],
    rules?: Partial<TestRules>,
    lease: Partial<LeasePolicy> = {},
  ): HeldLease => {
    const engagement = scene.policy.engagements[0]!
    return {
      engagement: { ...engagement, ...(rules === undefined ? {} : { rules: { ...noRules, ...rules } }) },
      lease: { ...engagement.leases[0]!, limits, ...lease },
    }
  }
  const shop = { host: 'shop.example', port: 443 }
  const wide = { requestsPerSecond: 1000, concurrency: 1000 }
  const refusedBy = (verdict: LimitVerdict): unknown => (verdict.ok ? null : [verdict.rule, verdict.waitMs])
  beforeEach(() => {
    now = 0
  })

  it('of a lease refill with time and are given back', () => {
    const limits = book()
    const li = held({ requestsPerSecond: 2, concurrency: 2 })
    const first = limits.admit(li, shop)
    expect(first.ok && limits.admit(li, shop).ok).toBe(true)
    expect(limits.admit(li, shop)).toMatchObject({ ok: false, rule: 'LIMIT-2' })
    if (first.ok) first.share.release()
    expect(limits.admit(li, shop)).toEqual({ ok: false, rule: 'LIMIT-1', waitMs: 500 })
    now = 500
    expect(limits.admit(li, shop).ok).toBe(true)
  })

  it('of the engagement are shared by its leases, those of a target by host and port', () => {
    const limits = book()
    const rules = { engagement: { requestsPerSecond: 3 }, target: { requestsPerSecond: 1 } }
    const [li, wang] = [held(wide, rules), held(wide, rules, { leaseId: 'lea_wang' })]
    expect(refusedBy(limits.admit(li, shop))).toBeNull()
    expect(refusedBy(limits.admit(wang, shop))).toEqual(['LIMIT-5', 1000])
    expect(refusedBy(limits.admit(wang, { ...shop, port: 8443 }))).toBeNull()
    expect(refusedBy(limits.admit(li, { ...shop, host: 'b.example' }))).toBeNull()
    expect(refusedBy(limits.admit(li, { ...shop, host: 'c.example' }))).toEqual(['LIMIT-3', 334])
  })

  it('at a time: of the engagement and of a target', () => {
    const limits = book()
    const li = held(wide, {
      engagement: { concurrency: 2 },
      targets: [{ host: 'shop.example', limits: { concurrency: 1 } }],
    })
    expect(refusedBy(limits.admit(li, shop))).toBeNull()
    expect(refusedBy(limits.admit(li, shop))).toEqual(['LIMIT-6', 1000])
    expect(refusedBy(limits.admit(li, { ...shop, host: 'b.example' }))).toBeNull()
    expect(refusedBy(limits.admit(li, { ...shop, host: 'c.example' }))).toEqual(['LIMIT-4', 1000])
  })

  it('of bytes pace what is under way, and what is new waits until the overdraft is paid', () => {
    const limits = book()
    const li = held(wide, { lease: { sentPerMinute: 60_000, receivedPerMinute: 60_000 } })
    const first = limits.admit(li, shop)
    expect(first.ok && [first.share.sent(60_000), first.share.sent(2_000)]).toEqual([0, 2_000])
    expect(refusedBy(limits.admit(li, shop))).toEqual(['LIMIT-7', 2_000])
    now = 2_000
    expect(first.ok && first.share.received(61_000)).toBe(1_000)
    expect(refusedBy(limits.admit(li, shop))).toEqual(['LIMIT-8', 1_000])
  })

  it('hold a tester to a slow pace after a signal, below the lease’s own', () => {
    const limits = book()
    const li = held(wide, undefined, { slowedTo: 1 })
    expect(refusedBy(limits.admit(li, shop))).toBeNull()
    expect(refusedBy(limits.admit(li, shop))).toEqual(['LIMIT-9', 1000])
  })

  it('that come later begin with a full bucket, and what nobody uses is forgotten', () => {
    const limits = book()
    const before = limits.admit(held(wide), shop)
    const after = limits.admit(held(wide, { lease: { sentPerMinute: 1_000 } }), shop)
    expect(after.ok && after.share.sent(1_000)).toBe(0)
    if (before.ok) before.share.release()
    if (after.ok) after.share.release()
    now = 61_000
    limits.prune()
    expect(refusedBy(limits.admit(held(wide, { lease: { sentPerMinute: 1_000 } }), shop))).toBeNull()
  })
})

describe('the control socket', () => {
  const call = (path: string, method: string, url: string, body?: string): Promise<{ status: number; body: unknown }> =>
    new Promise((resolve, reject) => {
      const sent = request({ socketPath: path, method, path: url }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString()) as unknown }),
        )
      })
      sent.on('error', reject)
      sent.end(body)
    })

  it('takes snapshots, tells the status, and belongs to its owner alone', async () => {
    const path = socketPath(join(scene.folder, 'run'), 'gateway.sock')
    const control = await openControlSocket(path, scene.keeper, scene.gateway.status)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    await expect(openControlSocket(path, scene.keeper, scene.gateway.status)).rejects.toThrow(/another gateway/)
    const push = scene.signed(next())
    expect(await call(path, 'PUT', '/policy', JSON.stringify(push))).toMatchObject({
      status: 200,
      body: { sequence: 2 },
    })
    expect(await call(path, 'PUT', '/policy', '{}')).toMatchObject({
      status: 400,
      body: { code: 'malformed', fields: [{ field: 'signed' }] },
    })
    expect(await call(path, 'PUT', '/policy', JSON.stringify(scene.signed(scene.policy)))).toMatchObject({
      status: 409,
      body: { rule: 'POLICY-5' },
    })
    expect(await call(path, 'DELETE', '/policy')).toMatchObject({ status: 404 })
    expect(await call(path, 'GET', '/status')).toEqual({
      status: 200,
      body: {
        node: 0,
        policySequence: 2,
        policyDigest: scene.keeper.snapshot?.digest,
        policyExpiresAt: scene.policy.expiresAt,
        recorder: 'connected',
        openConnections: 0,
        passed: 0,
        refused: 0,
        now: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      },
    })
    await control.close()
  })
})

import { describe, expect, it } from 'vitest'
import { judge, judgeAddress, leaseOf, type Verdict } from './judge.ts'
import type { EngagementPolicy, LeasePolicy, Policy } from './policy.ts'
import { compileScope } from './scope/compile.ts'
import { readScopeLines } from './scope/read-lines.ts'
import { parseAbsoluteTarget, parseConnectTarget } from './target.ts'

const liMing: LeasePolicy = {
  leaseId: 'lea_liming',
  testerId: 'per_liming',
  proxyName: 'liming-7f3a',
  secretDigest: '',
  salt: '',
  state: 'active',
  opensAt: '2026-03-01T00:00:00.000Z',
  closesAt: '2026-03-15T00:00:00.000Z',
  limits: { requestsPerSecond: 50, concurrency: 20 },
}
const shopTest: EngagementPolicy = {
  engagementId: 'eng_shop',
  title: '商城众测',
  state: 'testing',
  opensAt: '2026-03-01T00:00:00.000Z',
  closesAt: '2026-03-20T00:00:00.000Z',
  scope: compileScope(
    readScopeLines(
      'shop.example.com\n*.api.example.com\npractice.test:*\n10.20.0.0/16\n!10.20.9.0/24\n!shop.example.com/logout',
    ),
    { versionId: 'scv_1' },
  ).scope,
  pins: { 'practice.test': '127.0.0.1' },
  caCertificate: '',
  leases: [liMing],
}
const policyOf = (engagement: Partial<EngagementPolicy> = {}, lease: Partial<LeasePolicy> = {}): Policy => ({
  format: 'zhongheng-policy/1',
  sequence: 1,
  issuedAt: '2026-03-02T08:00:00.000Z',
  expiresAt: '2026-03-02T08:10:00.000Z',
  platformAddresses: ['127.0.0.1:3000', '0.0.0.0:8080', '203.0.113.9:443', 'localhost:5432'],
  engagements: [{ ...shopTest, ...engagement, leases: [{ ...liMing, ...lease }] }],
})
const now = new Date('2026-03-02T08:05:00.000Z')
const ask = (url: string, policy: Policy = policyOf(), at = now, proxyName = liMing.proxyName): Verdict =>
  judge({ proxyName, target: parseAbsoluteTarget(url), reach: 'request' }, policy, at)
const shop = 'https://shop.example.com/'

describe('Li Ming sends a request through the gateway', () => {
  it('passes in scope, in time, with an active lease', () => {
    expect(ask(shop)).toEqual({
      pass: true,
      engagementId: 'eng_shop',
      leaseId: 'lea_liming',
      testerId: 'per_liming',
      row: { rowId: 'line-0001', asset: 'shop.example.com', effect: 'in' },
    })
  })

  it.each<[string, Partial<EngagementPolicy>, Partial<LeasePolicy>, string]>([
    ['a suspended lease', {}, { state: 'suspended' }, 'LEASE-2'],
    ['a revoked lease', {}, { state: 'revoked' }, 'LEASE-3'],
    ['a lease not open yet', {}, { opensAt: '2026-03-02T08:05:00.001Z' }, 'TIME-1'],
    ['a lease that has just closed', {}, { closesAt: '2026-03-02T08:05:00.000Z' }, 'TIME-1'],
    ['a lease with an unreadable time', {}, { closesAt: 'soon' }, 'TIME-1'],
    ['a stopped engagement', { state: 'stopped', stopReason: '生产告警' }, {}, 'STOP-1'],
    ['an engagement before its start', { state: 'not_started' }, {}, 'STOP-2'],
    ['an engagement that is over', { state: 'over' }, {}, 'STOP-2'],
    ['an engagement outside its window', { closesAt: '2026-03-02T08:00:00.000Z' }, {}, 'TIME-1'],
  ])('is refused for %s', (_, engagement, lease, rule) => {
    const verdict = ask(shop, policyOf(engagement, lease))
    expect(verdict).toMatchObject({ pass: false, rule, engagementId: 'eng_shop', engagementTitle: '商城众测' })
  })

  it('reads the reason of a stop order', () => {
    const verdict = ask(shop, policyOf({ state: 'stopped', stopReason: '生产告警' }))
    expect(verdict.pass ? '' : verdict.text.zh).toContain('生产告警')
  })

  it('is refused once the snapshot has lapsed, or when the clock went back', () => {
    expect(ask(shop, policyOf(), new Date('2026-03-02T08:10:00.000Z'))).toMatchObject({ rule: 'POLICY-1' })
    expect(ask(shop, policyOf(), new Date('2026-03-02T07:00:00.000Z'))).toMatchObject({ rule: 'POLICY-2' })
    expect(ask(shop, policyOf(), new Date('not a time'))).toMatchObject({ rule: 'POLICY-1' })
  })

  it('is refused under another name, without a word about engagements', () => {
    const verdict = ask(shop, policyOf(), now, 'zhangwei-0000')
    expect(verdict).toMatchObject({ pass: false, because: 'unknown_lease', rule: 'LEASE-1' })
    expect(verdict).not.toHaveProperty('engagementId')
    expect(leaseOf(policyOf(), '__proto__')).toBeUndefined()
  })

  it.each([
    ['https://shop.example.com.evil.example/', 'SCOPE-1'],
    ['https://api.example.com/', 'SCOPE-1'],
    ['https://xapi.example.com/', 'SCOPE-1'],
    ['https://shop.example.com:8443/', 'SCOPE-1'],
    ['https://shop.example.com/a/..%2flogout', 'SCOPE-2'],
    ['https://10.20.9.7/', 'SCOPE-2'],
    ['https://shop.example.com@evil.example/', 'TARGET-2'],
    ['https://0x0a140001/', 'TARGET-4'],
    ['https://203.0.113.9/', 'ADDR-2'],
  ])('is refused for %s by %s', (url, rule) => {
    expect(ask(url)).toMatchObject({ pass: false, rule, leaseId: 'lea_liming' })
  })

  it('learns which row refused', () => {
    expect(ask('https://shop.example.com/logout')).toMatchObject({
      row: { rowId: 'line-0006', asset: 'shop.example.com/logout', effect: 'out' },
    })
  })

  it('opens a tunnel to a host in scope only', () => {
    const connect = (authority: string): Verdict =>
      judge({ proxyName: liMing.proxyName, target: parseConnectTarget(authority), reach: 'connect' }, policyOf(), now)
    expect(connect('shop.example.com:443').pass).toBe(true)
    expect(connect('other.example.com:443')).toMatchObject({ rule: 'SCOPE-1' })
  })
})

describe('the address that a name leads to', () => {
  const dial = (host: string, address: string, policy: Policy = policyOf()): string => {
    const reading = parseAbsoluteTarget(host.includes('://') ? host : `https://${host}/`)
    const engagement = policy.engagements[0]
    if (!reading.ok || engagement === undefined) throw new Error('the target is readable')
    const verdict = judgeAddress(policy, engagement, reading.target, address)
    return verdict.pass ? 'dial' : verdict.rule
  }
  it.each([
    ['shop.example.com', '93.184.216.34', 'dial'],
    ['shop.example.com', '2606:4700::1', 'dial'],
    ['shop.example.com', '127.0.0.1', 'ADDR-1'],
    ['shop.example.com', '::ffff:127.0.0.1', 'ADDR-1'],
    ['shop.example.com', '169.254.169.254', 'ADDR-1'],
    ['shop.example.com', '64:ff9b::a9fe:a9fe', 'ADDR-1'],
    ['shop.example.com', '0.0.0.0', 'ADDR-1'],
    ['shop.example.com', '10.30.0.1', 'ADDR-4'],
    ['shop.example.com', '::ffff:10.30.0.1', 'ADDR-4'],
    ['shop.example.com', '10.20.1.1', 'dial'],
    ['shop.example.com', '10.20.9.1', 'ADDR-3'],
    ['shop.example.com', '::ffff:10.20.9.1', 'ADDR-3'],
    ['shop.example.com', 'shop.example.com', 'ADDR-6'],
    ['shop.example.com', '203.0.113.9', 'ADDR-2'],
    ['shop.example.com', '::ffff:203.0.113.9', 'ADDR-2'],
    ['practice.test', '127.0.0.1', 'dial'],
    ['practice.test', '127.0.0.2', 'ADDR-5'],
    ['http://practice.test:4000/', '127.0.0.1', 'dial'],
    ['http://practice.test:3000/', '127.0.0.1', 'ADDR-2'],
    ['http://practice.test:8080/', '127.0.0.1', 'ADDR-2'],
    ['http://practice.test:5432/', '127.0.0.1', 'ADDR-2'],
    ['toString', '127.0.0.1', 'ADDR-1'],
  ])('%s at %s: %s', (host, address, expected) => {
    expect(dial(host, address)).toBe(expected)
  })
  it('lets a pin lead to loopback but never to a metadata service', () => {
    const pinned = policyOf({ pins: { 'practice.test': '169.254.169.254' } })
    expect(dial('practice.test', '169.254.169.254', pinned)).toBe('ADDR-1')
  })
})

import { noRules, type TestRules } from '@zhongheng/domain/conduct/test-rules.ts'
import type { EngagementPolicy, LeasePolicy, Policy } from '@zhongheng/domain/authorizations/policy.ts'
import { compileScope } from '@zhongheng/domain/authorizations/scope/compile.ts'
import { readScopeLines } from '@zhongheng/domain/authorizations/scope/read-lines.ts'
import type { Asked } from './second-verdict.ts'

/** Chance that can be repeated: the same seed gives the same numbers (mulberry32). */
export class Dice {
  #state: number
  constructor(seed: number) {
    this.#state = seed >>> 0
  }
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
  below(most: number): number {
    return Math.floor(this.next() * most)
  }
  one<T>(of: readonly T[]): T {
    return of[this.below(of.length)] as T
  }
  often(share: number): boolean {
    return this.next() < share
  }
}

const names = [
  'shop.example.com',
  'a.shop.example.com',
  'b.a.shop.example.com',
  'pay.example.com',
  'example.com',
  'bücher.example.com',
  'xn--bcher-kva.example.com',
  'api-1.example.com',
  'api-22.example.com',
]
const patterns = [
  ...names,
  '*.example.com',
  '*.shop.example.com',
  '*.a.shop.example.com',
  'api-*.example.com',
  '*.*.example.com',
  '10.1.0.0/16',
  '10.1.2.0/24',
  '10.1.2.3',
  '203.0.113.0/24',
  '203.0.113.9',
  '2001:db8::/32',
  '[2001:db8::9]',
]
const paths = ['', '', '', '/api', '/api/v1', '/API', '/a/*/c', '/a', '/logout', '/a/b', '/api/*/x']
const ports = ['', '', ':443', ':8443', ':80', ':8000-8100', ':*']

/** A scope of some lines over few names, so that rules meet. */
export function madeUpScope(dice: Dice): string {
  const wide = dice.often(0.5) ? [dice.one(['*.example.com', '*.shop.example.com', '*.example.com:*'])] : []
  const lines = Array.from({ length: 1 + dice.below(6) }, () => {
    const pattern = dice.one(patterns)
    const address = /^[\d[]/.test(pattern) && !pattern.startsWith('[')
    const path = address ? '' : dice.one(paths)
    const port = address && pattern.includes(':') ? '' : dice.one(ports)
    const word = dice.often(0.15) ? dice.one([' @tunnel', ' @raw']) : ''
    return `${dice.often(0.3) ? '!' : ''}${pattern}${address ? port.replace(':', ' ') : port}${path}${word}`
  })
  return [...wide, ...lines].join('\n')
}

const clocks = ['00:00', '06:30', '08:00', '15:59', '16:00', '23:00']
const madeUpRules = (dice: Dice): TestRules => ({
  ...noRules,
  zone: dice.one(['Asia/Shanghai', 'UTC', 'America/New_York', 'Australia/Lord_Howe']),
  quietHours: dice.often(0.5) ? [{ from: dice.one(clocks), to: dice.one(clocks) }] : [],
  forbiddenMethods: dice.often(0.5) ? ['DELETE', 'PUT'] : [],
})

const at = (base: number, seconds: number): string => new Date(base + seconds * 1000).toISOString()

/** A snapshot of one engagement around `base` (ms); now and then something in it forbids everything. */
export function madeUpPolicy(dice: Dice, base: number): Policy {
  const rarely = <T>(usual: T, others: readonly T[]): T => (dice.often(0.02) ? dice.one(others) : usual)
  const lease: LeasePolicy = {
    leaseId: 'lea_x',
    testerId: 'per_x',
    proxyName: 'li',
    secretDigest: '',
    salt: '',
    state: rarely('active', ['suspended', 'revoked']),
    opensAt: at(base, rarely(-60, [0, 1, 60])),
    closesAt: rarely(at(base, 60), [at(base, 0), at(base, 1), at(base, -1), 'never']),
    limits: { requestsPerSecond: 1, concurrency: 1 },
  }
  const engagement: EngagementPolicy = {
    engagementId: 'eng_x',
    title: '',
    state: rarely('testing', ['stopped', 'not_started', 'over']),
    opensAt: at(base, -60),
    closesAt: at(base, rarely(60, [0, -5])),
    scope: compileScope(readScopeLines(madeUpScope(dice)), { versionId: 'scv_x' }).scope,
    pins: dice.often(0.2) ? { 'shop.example.com': dice.one(['127.0.0.1', '10.1.2.3', '::1', '169.254.169.254']) } : {},
    caCertificate: '',
    ...(dice.often(0.1) ? { rules: madeUpRules(dice) } : {}),
    ...(dice.often(0.05) ? { node: dice.one([0, 1, null]) } : {}),
    leases: [lease],
  }
  return {
    format: 'zhongheng-policy/1',
    sequence: 1,
    issuedAt: at(base, rarely(-5, [61, 59, 60])),
    expiresAt: at(base, rarely(30, [0, -1])),
    platformAddresses: ['127.0.0.1:7080', '[::1]:7080', '10.1.2.3:443', '0.0.0.0:8443', 'db.internal:5432', '*:8001'],
    engagements: [engagement],
  }
}

const hostTricks: readonly ((host: string, dice: Dice) => string)[] = [
  (host) => `${host}.`,
  (host) => host.toUpperCase(),
  (host) => `x${host}`,
  (host) => `${host}.evil.test`,
  (host) => `u@${host}`,
  (host) => host.replace('.', '%2e'),
  (host) => host.replace('.', '。'),
  (host) => host.replace('s', 'ｓ'),
  (host) => host.replace('a', '\u0430'),
  (host) => `[${host}]`,
  (host) => `${host}\\@x`,
  (host) => host.replace('.', '..'),
  (host) => `-${host}`,
  (host) => `${host} `,
  (host, dice) => host.slice(0, dice.below(host.length + 1)),
]
const hosts = [
  ...names,
  'c.example.com',
  'deep.b.a.shop.example.com',
  'api-.example.com',
  'api-1.x.example.com',
  '10.1.2.3',
  '10.1.9.9',
  '10.2.0.1',
  '203.0.113.9',
  '203.0.113.200',
  '127.0.0.1',
  '169.254.169.254',
  '[2001:db8::9]',
  '[2001:DB8::9]',
  '[2001:db8:0::9]',
  '[::1]',
  '[::ffff:10.1.2.3]',
  '[::ffff:a01:203]',
  '0x0a010203',
  '167838211',
  '10.1.515',
  '012.1.2.3',
  '10.1.2.3.',
  '1.2.3.4.5',
  '[fe80::1%eth0]',
  '[::7f00:1]',
]
const segments = [
  'api',
  'API',
  'v1',
  'a',
  'b',
  'c',
  'x',
  'logout',
  '..',
  '.',
  '',
  'a;x=1',
  'a.',
  'b ',
  'l%6fgout',
  'a%2fb',
]
const codings = [
  '%2e%2e',
  '%2E',
  '%5c',
  '\\',
  '%00',
  '%252e%252e',
  '%c0%af',
  '%3f',
  '%23',
  ';',
  '//',
  '%u002f',
  '%u006C',
  '%uFF0f',
  '%c1%ac',
  '%E0%81%ac',
  '%ef%bd%8c',
  '%EF%BC%8F',
  'ｌ',
  '%09',
  '%0d%0a',
  '%20',
  '%61',
  '?',
]

function madeUpPath(dice: Dice): string {
  const parts = Array.from({ length: dice.below(5) }, () => dice.one(segments))
  let path = `/${parts.join('/')}`
  if (dice.often(0.4)) {
    const place = dice.below(path.length + 1)
    path = path.slice(0, place) + dice.one(codings) + path.slice(place)
  }
  if (dice.often(0.3)) path += `?${dice.one(['q=/logout', 'a=..', ''])}`
  if (dice.often(0.001)) path += `/%2e${'a'.repeat(8200)}`
  return path
}

/** A request near the edges of such scopes. */
export function madeUpRequest(dice: Dice): Asked {
  let host = dice.one(dice.often(0.6) ? names : hosts)
  if (dice.often(0.15)) host = dice.one(hostTricks)(host, dice)
  const port = dice.often(0.9)
    ? dice.one(['', '', '', '', ':443', ':80', ':8443'])
    : dice.one([':8001', ':0443', ':0', ':65536', ':', ':7080', ':+443'])
  if (dice.often(0.25)) {
    const authority = `${host}${port === '' ? ':443' : port}`
    return dice.often(0.3)
      ? { kind: 'closed', authority, word: dice.one(['tunnel', 'raw']) }
      : { kind: 'connect', authority }
  }
  const scheme = dice.one(['http://', 'https://', 'HTTPS://', 'ws://', 'wss://', 'https://', 'ftp://', 'https:/', ''])
  return {
    kind: 'request',
    ...(dice.often(0.2) ? { method: dice.one(['GET', 'DELETE', 'put']) } : {}),
    url: `${dice.often(0.9) ? dice.one(['http://', 'https://']) : scheme}${host}${port}${madeUpPath(dice)}`,
  }
}

const resolved = [
  '10.1.2.3',
  '10.1.2.4',
  '10.2.0.1',
  '203.0.113.9',
  '198.51.100.7',
  '192.168.1.1',
  '100.64.0.1',
  '198.18.0.1',
  '127.0.0.1',
  '127.9.9.9',
  '0.0.0.0',
  '169.254.169.254',
  '169.254.1.1',
  '100.100.100.200',
  '168.63.129.16',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '192.0.0.192',
  '192.0.0.8',
  '172.31.255.255',
  '172.32.0.1',
  '2001:db8::9',
  '2606:4700::1',
  '::1',
  '::',
  '::ffff:127.0.0.1',
  '::ffff:203.0.113.9',
  '::10.1.2.3',
  'fe80::1',
  '64:ff9b::7f00:1',
  '64:ff9b::cb00:7109',
  '64:ff9b:1::1',
  '2002:7f00:1::',
  '2002:cb00:7109::1',
  '2002:a01:203::1',
  '2001:0:7f00:1::',
  '2001:0:cb00:7109::3500:fefe',
  '2001:0:4136:e378:8000:63bf:80ff:fffe',
  'fd00:ec2::254',
  'fc00::1',
  'fec0::1',
  'ff02::1',
  '4000::1',
  '2606::5efe:7f00:1',
  '2606::200:5efe:a01:203',
  '::ffff:0:7f00:1',
  '127.1',
  '0x7f000001',
  'fe80::1%eth0',
  '',
  'localhost',
  '1.2.3',
  '::g',
  '[::1]',
  '010.1.2.3',
]
export const madeUpAddress = (dice: Dice): string =>
  dice.often(0.9)
    ? dice.one(resolved)
    : dice.often(0.5)
      ? Array.from({ length: 4 }, () => dice.below(256)).join('.')
      : Array.from({ length: 8 }, () => dice.below(65536).toString(16)).join(':')

import type { EngagementPolicy, Policy } from '@zhongheng/domain/authorizations/policy.ts'
import type { CompiledRule } from '@zhongheng/domain/authorizations/scope/compile.ts'
import { isListener, type Number128, numberOf, plainOf, same, standingOf } from './second-address.ts'
import { readTunnel, readUrl, type SecondTarget } from './second-target.ts'

/*
 * The second implementation of docs/verdict.md. Of the first it takes only the shapes of its data. It is written to be
 * plainly right, not fast: patterns become regular expressions, every rule is looked at every time.
 */

export type Asked =
  | { readonly kind: 'request'; readonly url: string; readonly method?: string }
  | { readonly kind: 'connect'; readonly authority: string }
  | { readonly kind: 'closed'; readonly authority: string; readonly word: 'tunnel' | 'raw' }

type Rule = CompiledRule

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
const expressions = new Map<string, RegExp>()
/** `*` becomes `star`; the whole text must match. */
function glob(pattern: string, star: string, flags = 's'): RegExp {
  const id = `${flags} ${star} ${pattern}`
  let made = expressions.get(id)
  if (made === undefined) {
    made = new RegExp(`^(?:${pattern.split('*').map(escaped).join(star)})$`, flags)
    if (expressions.size > 20_000) expressions.clear()
    expressions.set(id, made)
  }
  return made
}

const starred = (host: Rule['host']): string =>
  host.kind === 'name' ? host.name : host.kind === 'below' ? `*.${host.base}` : host.kind === 'glob' ? host.glob : '*'

function coversHost(rule: Rule, host: string, address: Number128 | undefined): boolean {
  const { host: pattern, effect } = rule
  if (pattern.kind === 'any') return true
  if (pattern.kind === 'range') {
    if (address === undefined || address.family !== pattern.family) return false
    return BigInt(`0x${pattern.from}`) <= address.value && address.value <= BigInt(`0x${pattern.to}`)
  }
  if (address !== undefined) return false
  if (pattern.kind === 'name') return pattern.name === host
  const text = starred(pattern)
  if (effect === 'out') {
    return glob(text, '.*').test(host) || (text.startsWith('*.') && glob(text.slice(2), '.*').test(host))
  }
  if (!text.startsWith('*.')) return glob(text, '[^.]*').test(host) && host.split('.').every((label) => label !== '')
  // One or more labels, then the rest label by label.
  const rest = glob(text.slice(2), '[^.]*')
  for (let dot = host.indexOf('.'); dot > 0; dot = host.indexOf('.', dot + 1)) {
    if (rest.test(host.slice(dot + 1))) return true
  }
  return false
}

const coversPort = (rule: Rule, port: number): boolean =>
  rule.ports === null
    ? rule.effect === 'out' || port === 80 || port === 443
    : rule.ports.some((range) => port >= range.from && port <= range.to)

const belows = new Map<string, RegExp>()
/** What lies below a path, whatever it is. */
function below(pattern: string): RegExp {
  let made = belows.get(pattern)
  if (made === undefined) {
    made = new RegExp(`^${pattern.split('*').map(escaped).join('[^/]*')}/`, 's')
    if (belows.size > 20_000) belows.clear()
    belows.set(pattern, made)
  }
  return made
}

function coversPath(pattern: string | null, effect: Rule['effect'], path: string): boolean {
  if (pattern === null) return true
  if (effect === 'out') return glob(pattern, '.*', 'is').test(path) || glob(`${pattern}/*`, '.*', 'is').test(path)
  return glob(pattern, '[^/]*').test(path) || below(pattern).test(path)
}

type Order = -1 | 0 | 1
/** -1 narrower, 0 equal, 1 neither. */
function hostOrder(a: Rule['host'], b: Rule['host']): Order {
  if (JSON.stringify(a) === JSON.stringify(b)) return 0
  if (b.kind === 'any') return a.kind === 'any' ? 0 : -1
  if (a.kind === 'any') return 1
  if (a.kind === 'range' || b.kind === 'range') {
    if (a.kind !== 'range' || b.kind !== 'range' || a.family !== b.family) return 1
    return BigInt(`0x${a.from}`) >= BigInt(`0x${b.from}`) && BigInt(`0x${a.to}`) <= BigInt(`0x${b.to}`) ? -1 : 1
  }
  // Both match one target, so two names are one name.
  if (a.kind === 'name') return b.kind === 'name' ? 0 : -1
  if (b.kind === 'name') return 1
  if (starred(a) === starred(b)) return 0
  return glob(starred(b), '.*').test(starred(a).replaceAll('*', '\u{e000}')) ? -1 : 1
}

function portOrder(a: Rule['ports'], b: Rule['ports']): Order {
  if (b === null) return a === null ? 0 : -1
  if (a === null) return 1
  const inside = (x: typeof a, y: typeof a): boolean =>
    x.every((one) => y.some((two) => two.from <= one.from && one.to <= two.to))
  return !inside(a, b) ? 1 : inside(b, a) ? 0 : -1
}

function pathOrder(a: string | null, b: string | null): Order {
  if (b === null) return a === null ? 0 : -1
  if (a === null) return 1
  if (a.toLowerCase() === b.toLowerCase()) return 0
  return coversPath(b, 'out', a.replaceAll('*', '\u{e000}')) ? -1 : 1
}

function beats(inclusion: Rule, exclusion: Rule): boolean {
  const orders: Order[] = [
    hostOrder(inclusion.host, exclusion.host),
    portOrder(inclusion.ports, exclusion.ports),
    pathOrder(inclusion.path, exclusion.path),
  ]
  return orders.every((one) => one !== 1) && orders.some((one) => one === -1)
}

function decided(rules: readonly Rule[]): 'in' | 'out' | 'silent' {
  const inclusions = rules.filter((rule) => rule.effect === 'in')
  const exclusions = rules.filter((rule) => rule.effect === 'out')
  if (exclusions.some((exclusion) => !inclusions.some((inclusion) => beats(inclusion, exclusion)))) return 'out'
  return inclusions.length > 0 ? 'in' : 'silent'
}

const unreserved = /[A-Za-z0-9\-._~]/
function withoutDots(path: string): string {
  if (!path.includes('/.')) return path
  const kept: string[] = []
  const segments = path.split('/')
  segments.shift()
  segments.forEach((segment, at) => {
    if (segment === '..') kept.pop()
    if (segment !== '.' && segment !== '..') kept.push(segment)
    else if (at === segments.length - 1) kept.push('')
  })
  return `/${kept.join('/')}`
}
const canonical = (path: string): string =>
  withoutDots(
    path.replace(/%[0-9a-f]{2}/gi, (code) => {
      const char = String.fromCharCode(Number.parseInt(code.slice(1), 16))
      return unreserved.test(char) ? char : code.toUpperCase()
    }),
  )
/** Every spelling of one ASCII sign, by which it is found. */
const spellings = new Map<string, string>()
for (let code = 0; code < 0x80; code++) {
  const hex = (value: number) => `%${value.toString(16).padStart(2, '0')}`
  const sign = String.fromCharCode(code)
  const low = hex(0x80 | (code & 0x3f))
  spellings.set(`%u00${hex(code).slice(1)}`, sign)
  spellings.set(hex(0xc0 | (code >> 6)) + low, sign)
  spellings.set(hex(0xe0) + hex(0x80 | (code >> 6)) + low, sign)
  if (code <= 0x20 || code === 0x7f) continue
  const wide = 0xff00 + code - 0x20
  spellings.set(`%u${wide.toString(16)}`, sign)
  spellings.set([...Buffer.from(String.fromCharCode(wide))].map(hex).join(''), sign)
}
const wideSigns = /[\uff01-\uff5e]/g
const decodeOnce = (path: string): string =>
  path
    .replace(
      /%u(?:00|ff)[0-7][0-9a-f]|%e0%8[01]%[89ab][0-9a-f]|%ef%b[cd]%[89ab][0-9a-f]|%c[01]%[89ab][0-9a-f]/gi,
      (code) => spellings.get(code.toLowerCase()) ?? code,
    )
    .replace(/%[0-7][0-9a-f]/gi, (code) => String.fromCharCode(Number.parseInt(code.slice(1), 16)))
    .replace(wideSigns, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
const cutAt = (text: string, marks: readonly string[]): string => {
  const places = marks.map((mark) => text.indexOf(mark)).filter((at) => at >= 0)
  return places.length === 0 ? text : text.slice(0, Math.min(...places))
}
const steps: readonly ((path: string) => string)[] = [
  (path) => path.split('\\').join('/'),
  (path) => cutAt(path, ['\0']),
  (path) => path.replace(/[\t\r\n]+/g, ''),
  (path) => cutAt(path, ['?', '#']),
  (path) =>
    path
      .split('/')
      .map((segment) => cutAt(segment, [';']))
      .join('/'),
  (path) => path.replace(/\/+/g, '/'),
]
const trimmed = (path: string): string =>
  path
    .split('/')
    // eslint-disable-next-line no-control-regex
    .map((segment) => segment.replace(/[.\0-\x20]+$/, '').replace(/^[\0-\x20]+/, ''))
    .join('/')

/** Every reading of a path; undefined when it is too long to be read in all of them. */
export function readings(target: string): ReadonlySet<string> | undefined {
  const before = target.split('?')[0] ?? ''
  const path = before.startsWith('/') ? before : '/'
  // eslint-disable-next-line no-control-regex
  const odd =
    /[%\\;#\0-\x20\uff01-\uff5e]/.test(path) || path.includes('//') || path.includes('/.') || /\.(\/|$)/.test(path)
  if (!odd) return new Set([path])
  if (path.length > 8192) return undefined
  const all = new Set([path, canonical(path)])
  for (const start of [path, canonical(path)]) {
    let found = new Set([start])
    let text = start
    for (let round = 0; round < 4 && (text.includes('%') || text.search(wideSigns) >= 0); round++) {
      text = decodeOnce(text)
      found.add(text)
    }
    for (const step of steps) found = new Set([...found].flatMap((one) => [one, step(one)]))
    for (const one of found) {
      const resolved = withoutDots(one)
      all.add(resolved)
      all.add(trimmed(resolved))
    }
  }
  return all
}

function inScope(engagement: EngagementPolicy, asked: Asked, target: SecondTarget): boolean {
  const rules = engagement.scope.rules.filter(
    (rule) => coversHost(rule, target.host, target.address) && coversPort(rule, target.port),
  )
  if (asked.kind === 'connect')
    return decided(rules.filter((rule) => rule.path === null || rule.effect === 'in')) === 'in'
  if (asked.kind === 'closed') {
    if (rules.some((rule) => rule.path !== null) || decided(rules) !== 'in') return false
    const inclusions = rules.filter((rule) => rule.effect === 'in')
    const best = inclusions.filter((one) => !inclusions.some((other) => other !== one && beats(other, one)))
    return best.every((one) => one.handling === asked.word)
  }
  if (rules.every((rule) => rule.path === null)) return decided(rules) === 'in'
  const all = readings(target.path ?? '/')
  if (all === undefined) return false
  return [...all].every((path) => decided(rules.filter((rule) => coversPath(rule.path, rule.effect, path))) === 'in')
}

const inWindow = (window: { opensAt: string; closesAt: string }, now: number): boolean =>
  now >= Date.parse(window.opensAt) && now < Date.parse(window.closesAt)

function ruledOut({ rules }: EngagementPolicy, asked: Asked, now: Date): boolean {
  if (rules === undefined) return false
  const clock = now.toLocaleTimeString('sv-SE', { timeZone: rules.zone }).slice(0, 5)
  const within = (from: string, to: string): boolean =>
    from < to ? from <= clock && clock < to : from > to && (clock >= from || clock < to)
  if (rules.quietHours.some(({ from, to }) => within(from, to))) return true
  const method = asked.kind === 'request' ? asked.method?.toUpperCase() : undefined
  return rules.forbiddenMethods.some((one) => one === method)
}

export const readAsked = (asked: Asked): SecondTarget | undefined =>
  asked.kind === 'request' ? readUrl(asked.url) : readTunnel(asked.authority)

/** Whether the request may go out, before its name is resolved. */
export function secondVerdict(policy: Policy, proxyName: string, asked: Asked, now: Date): boolean {
  const at = now.getTime()
  if (!(at < Date.parse(policy.expiresAt)) || !(at >= Date.parse(policy.issuedAt) - 60_000)) return false
  const engagement = policy.engagements.findLast((one) => one.leases.some((lease) => lease.proxyName === proxyName))
  const lease = engagement?.leases.findLast((one) => one.proxyName === proxyName)
  if (engagement === undefined || lease === undefined) return false
  if ((engagement.node === undefined ? 0 : engagement.node) !== 0) return false
  if (lease.state !== 'active' || !inWindow(lease, at)) return false
  if (engagement.state !== 'testing' || !inWindow(engagement, at)) return false
  if (ruledOut(engagement, asked, now)) return false
  const target = readAsked(asked)
  if (target === undefined) return false
  if (target.address !== undefined && isListener(policy.platformAddresses, target.address, target.port)) return false
  return inScope(engagement, asked, target)
}

/** Whether exactly this address may be dialled for a target that passed. */
export function secondAddressVerdict(
  policy: Pick<Policy, 'platformAddresses'>,
  engagement: EngagementPolicy,
  target: { readonly host: string; readonly port: number },
  text: string,
): boolean {
  const given = numberOf(text)
  if (given === undefined) return false
  const address = plainOf(given)
  if (isListener(policy.platformAddresses, address, target.port)) return false
  const pin = Object.entries(engagement.pins).find(([name]) => name === target.host)?.[1]
  const pinned = pin === undefined ? undefined : numberOf(pin)
  if (pin !== undefined && (pinned === undefined || !same(pinned, given))) return false
  const standing = standingOf(address)
  if (standing === 'never' || (standing === 'loopback' && pin === undefined)) return false
  const rules = engagement.scope.rules.filter(
    (rule) =>
      rule.host.kind === 'range' &&
      coversHost(rule, '', address) &&
      coversPort(rule, target.port) &&
      (rule.path === null || rule.effect === 'in'),
  )
  const ruled = decided(rules)
  if (ruled === 'out') return false
  return standing !== 'private' || pin !== undefined || ruled === 'in'
}

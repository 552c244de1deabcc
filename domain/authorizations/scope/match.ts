import type { Address } from '../ip.ts'
import { pathOnly, readPath } from '../path.ts'
import type { Target } from '../target.ts'
import type { CompiledRule, CompiledScope } from './compile.ts'
import { agreedHandling, type Handling } from './handling.ts'
import { beats, hostMatches, pathMatches, portMatches } from './patterns.ts'

/**
 * What the scope says of a target. `unlisted`: no inclusion matches; `near` is one that matches all but port or path.
 * `excluded`: an exclusion holds. `tied`: an inclusion and an exclusion match and neither is more specific.
 */
export type ScopeDecision =
  | { readonly in: true; readonly rule: CompiledRule }
  | {
      readonly in: false
      readonly why: 'unlisted'
      readonly near?: CompiledRule
      readonly miss?: Miss
    }
  | {
      readonly in: false
      readonly why: 'excluded' | 'tied'
      readonly rule: CompiledRule
      readonly against?: CompiledRule
    }

/** What a refused target lacks. `length`: its path is too long and too unusual to be judged by the path rules. */
export type Miss = 'port' | 'path' | 'apex' | 'length'

/**
 * How much of a target is known. `request`: its path is judged. `connect`: a tunnel that is opened and looked into, each
 * request in it will be judged; passes if some path may. `tunnel`: bytes nobody looks into; passes only if every path may.
 */
export type Reach = 'request' | 'connect' | 'tunnel'

type Index = {
  readonly names: ReadonlyMap<string, readonly CompiledRule[]>
  /** By the literal end of the name: `*.a.b` and `x*.a.b` are both under `a.b`. */
  readonly suffixes: ReadonlyMap<string, readonly CompiledRule[]>
  readonly anywhere: readonly CompiledRule[]
  readonly ranges: RangeIndex
}
/** Sorted by start, with the furthest end so far, so that a look-up walks only over ranges which may reach the key. */
type RangeIndex = { readonly rules: readonly CompiledRule[]; readonly furthest: readonly string[] }

const indexes = new WeakMap<CompiledScope, Index>()

function indexOf(scope: CompiledScope): Index {
  const known = indexes.get(scope)
  if (known !== undefined) return known
  const names = new Map<string, CompiledRule[]>()
  const suffixes = new Map<string, CompiledRule[]>()
  const anywhere: CompiledRule[] = []
  const ranges: CompiledRule[] = []
  const put = (map: Map<string, CompiledRule[]>, key: string, rule: CompiledRule): void => {
    const list = map.get(key)
    if (list === undefined) map.set(key, [rule])
    else list.push(rule)
  }
  for (const rule of scope.rules) {
    const { host } = rule
    if (host.kind === 'name') put(names, host.name, rule)
    else if (host.kind === 'below') put(suffixes, host.base, rule)
    else if (host.kind === 'range') ranges.push(rule)
    else {
      const tail = host.kind === 'glob' ? host.glob.slice(host.glob.lastIndexOf('*') + 1) : ''
      const dot = tail.indexOf('.')
      if (dot < 0) anywhere.push(rule)
      else put(suffixes, tail.slice(dot + 1), rule)
    }
  }
  const index: Index = { names, suffixes, anywhere, ranges: indexRanges(ranges) }
  indexes.set(scope, index)
  return index
}

const rangeKey = (rule: CompiledRule, end: 'from' | 'to'): string =>
  rule.host.kind === 'range' ? `${rule.host.family}${rule.host[end]}` : ''

function indexRanges(found: readonly CompiledRule[]): RangeIndex {
  const rules = found.toSorted((one, other) => (rangeKey(one, 'from') < rangeKey(other, 'from') ? -1 : 1))
  const furthest: string[] = []
  for (const [at, rule] of rules.entries()) {
    const to = rangeKey(rule, 'to')
    const before = furthest[at - 1] ?? ''
    furthest.push(to > before ? to : before)
  }
  return { rules, furthest }
}

function rangesOver({ rules, furthest }: RangeIndex, address: Address): CompiledRule[] {
  const key = `${address.family}${address.key}`
  let low = 0
  let high = rules.length
  while (low < high) {
    const middle = (low + high) >> 1
    const rule = rules[middle]
    if (rule !== undefined && rangeKey(rule, 'from') <= key) low = middle + 1
    else high = middle
  }
  const found: CompiledRule[] = []
  for (let at = low - 1; at >= 0 && (furthest[at] ?? '') >= key; at--) {
    const rule = rules[at]
    if (rule !== undefined && rangeKey(rule, 'to') >= key) found.push(rule)
  }
  return found
}

/** The rules whose host pattern covers a host, whatever their port and path. */
function rulesForHost(index: Index, host: string, address: Address | undefined): CompiledRule[] {
  if (address !== undefined) {
    const found = rangesOver(index.ranges, address)
    for (const rule of index.anywhere) if (rule.host.kind === 'any') found.push(rule)
    return found
  }
  const found = [...(index.names.get(host) ?? [])]
  const consider = (rules: readonly CompiledRule[] | undefined): void => {
    if (rules === undefined) return
    for (const rule of rules) if (hostMatches(rule.host, rule.effect, host, undefined)) found.push(rule)
  }
  for (let from = 0; from >= 0; ) {
    consider(index.suffixes.get(host.slice(from)))
    const dot = host.indexOf('.', from)
    from = dot < 0 ? -1 : dot + 1
  }
  consider(index.anywhere)
  return found
}

/**
 * Decides about a target. The most specific rule wins, and a tie is denied: it is in when some inclusion matches and each
 * matching exclusion is beaten (`patterns.ts`) by a matching inclusion. With several readings of the path the strictest
 * decides.
 */
export function decideScope(scope: CompiledScope, target: Target, reach: Reach = 'request'): ScopeDecision {
  const hosted = rulesForHost(indexOf(scope), target.host, target.address)
  const rules = hosted.filter((rule) => portMatches(rule.ports, rule.effect, target.port))
  if (!rules.some((rule) => rule.effect === 'in')) return withoutInclusion(scope, target, hosted, rules, reach)
  if (reach !== 'request' || target.path === undefined) {
    // Looked into later: path exclusions wait. Never looked into: path inclusions are not enough.
    const waits: CompiledRule['effect'] = reach === 'tunnel' ? 'in' : 'out'
    return decide(
      rules.filter((rule) => rule.path === null || rule.effect !== waits),
      rules,
    )
  }
  if (!rules.some((rule) => rule.path !== null)) return decide(rules, rules)
  let first: ScopeDecision | undefined
  for (const reading of readPath(pathOnly(target.path))) {
    const decision = decide(
      rules.filter((rule) => pathMatches(rule.path, rule.effect, reading)),
      rules,
    )
    if (!decision.in) return decision
    first ??= decision
  }
  const near = rules.find((rule) => rule.effect === 'in')
  return first ?? { in: false, why: 'unlisted', ...(near === undefined ? {} : { near, miss: 'length' }) }
}

/** Whether some inclusion covers a host, at whatever port and path. */
export const hostInScope = (scope: CompiledScope, host: string, address: Address | undefined): boolean =>
  rulesForHost(indexOf(scope), host, address).some((rule) => rule.effect === 'in')

/** What is done with the inside of a tunnel to this target; `intercept` unless the scope clearly says otherwise. */
export function handlingOf(scope: CompiledScope, target: Target): Handling {
  if (!decideScope(scope, target, 'tunnel').in) return 'intercept'
  const rules = rulesForHost(indexOf(scope), target.host, target.address)
  return agreedHandling(rules.filter((rule) => portMatches(rule.ports, rule.effect, target.port)))
}

/** @param near rules that match but for the path, to explain a refusal */
function decide(rules: readonly CompiledRule[], near: readonly CompiledRule[]): ScopeDecision {
  const inclusions = rules.filter((rule) => rule.effect === 'in')
  const held = rules.find((rule) => rule.effect === 'out' && !inclusions.some((one) => beats(one, rule)))
  const best = mostSpecific(inclusions)
  if (held !== undefined) {
    if (best === undefined || inclusions.every((one) => beats({ ...held }, one))) {
      return { in: false, why: 'excluded', rule: held, ...(best === undefined ? {} : { against: best }) }
    }
    return { in: false, why: 'tied', rule: held, against: inclusions.find((one) => !beats(held, one)) ?? best }
  }
  if (best !== undefined) return { in: true, rule: best }
  const missed = near.find((rule) => rule.effect === 'in')
  return { in: false, why: 'unlisted', ...(missed === undefined ? {} : { near: missed, miss: 'path' }) }
}

const mostSpecific = (rules: readonly CompiledRule[]): CompiledRule | undefined =>
  rules.find((rule) => !rules.some((other) => other !== rule && beats(other, rule))) ?? rules[0]

/** No inclusion at this port: say whether an exclusion speaks, or which row came nearest. */
function withoutInclusion(
  scope: CompiledScope,
  target: Target,
  hosted: readonly CompiledRule[],
  rules: readonly CompiledRule[],
  reach: Reach,
): ScopeDecision {
  const readings = (): readonly string[] => (reach === 'request' ? readPath(pathOnly(target.path ?? '/')) : ['/'])
  const excluded = rules.find(
    (rule) => rule.path === null || readings().some((reading) => pathMatches(rule.path, 'out', reading)),
  )
  if (excluded !== undefined) return { in: false, why: 'excluded', rule: excluded }
  const near = hosted.find((rule) => rule.effect === 'in')
  if (near !== undefined) return { in: false, why: 'unlisted', near, miss: 'port' }
  const above = indexOf(scope)
    .suffixes.get(target.host)
    ?.find((rule) => rule.effect === 'in' && rule.host.kind === 'below')
  return { in: false, why: 'unlisted', ...(above === undefined ? {} : { near: above, miss: 'apex' }) }
}

/**
 * What the address rules alone say of a resolved address: `excluded` when an exclusion without a path covers it and no
 * inclusion beats it, `named` when an inclusion names it at this port, else `silent`.
 */
export function decideAddress(
  scope: CompiledScope,
  address: Address,
  port: number,
): { readonly says: 'excluded' | 'named'; readonly rule: CompiledRule } | { readonly says: 'silent' } {
  const rules = rangesOver(indexOf(scope).ranges, address).filter((rule) => portMatches(rule.ports, rule.effect, port))
  const decision = decide(
    rules.filter((rule) => rule.path === null || rule.effect === 'in'),
    [],
  )
  if (decision.in) return { says: 'named', rule: decision.rule }
  return decision.why === 'unlisted' ? { says: 'silent' } : { says: 'excluded', rule: decision.rule }
}

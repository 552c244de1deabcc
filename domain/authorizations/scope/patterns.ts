import { type Address, contains } from '../ip.ts'
import type { AssetPattern, Effect, HostPattern, PortRange } from './rows.ts'

/**
 * How patterns match and which of two is more specific. One asymmetry runs through this file: where a pattern may be read
 * narrowly or widely, an inclusion is read narrowly and an exclusion widely, so that a doubt never lets traffic out.
 *
 * - `*.x` includes names at any depth below `x`, not `x` itself; as an exclusion it also covers `x`.
 * - `*` inside a name stands for characters of one label in an inclusion (a whole label: exactly one), for any characters
 *   and dots in an exclusion.
 * - A path covers itself and what lies below it; `*` in an inclusion stays within one segment; an exclusion's path is
 *   compared without regard to case, as many servers do.
 * - A row without a port includes 80 and 443 only, with `http://` or `https://` or neither; as an exclusion it covers
 *   every port. `host:*` means every port. The scheme never decides: owners write either by habit.
 */
export const webPorts: readonly PortRange[] = [
  { from: 80, to: 80 },
  { from: 443, to: 443 },
]

/** Glob match in linear memory and at worst quadratic time: never a regular expression over a tester's input. */
export function globMatches(glob: string, text: string): boolean {
  let at = 0
  let place = 0
  let star = -1
  let mark = 0
  while (at < text.length) {
    const want = glob.charAt(place)
    if (want === '*') {
      star = place++
      mark = at
    } else if (want !== '' && want === text.charAt(at)) {
      place++
      at++
    } else if (star >= 0) {
      place = star + 1
      at = ++mark
    } else return false
  }
  while (glob.charAt(place) === '*') place++
  return place === glob.length
}

export function hostMatches(host: HostPattern, effect: Effect, name: string, address: Address | undefined): boolean {
  if (host.kind === 'any') return true
  if (host.kind === 'range') return address !== undefined && contains(host, address)
  if (address !== undefined) return false
  if (host.kind === 'name') return host.name === name
  if (host.kind === 'below') return name.endsWith(`.${host.base}`) || (effect === 'out' && name === host.base)
  if (effect === 'out') {
    return globMatches(host.glob, name) || (host.glob.startsWith('*.') && globMatches(host.glob.slice(2), name))
  }
  // The wide reading first: it allocates nothing and turns most names away.
  if (!globMatches(host.glob, name)) return false
  const want = host.glob.split('.')
  const have = name.split('.')
  const extra = have.length - want.length
  if (extra < 0 || (extra > 0 && want[0] !== '*')) return false
  return want.every((label, place) => {
    if (place === 0 && label === '*') return true
    return label === '*' || globMatches(label, have[place + extra] ?? '')
  })
}

export function portMatches(ports: readonly PortRange[] | null, effect: Effect, port: number): boolean {
  const effective = ports ?? (effect === 'in' ? webPorts : null)
  return effective === null || effective.some((range) => range.from <= port && port <= range.to)
}

/** Whether one reading of a path falls under a path pattern. */
export function pathMatches(pattern: string | null, effect: Effect, path: string): boolean {
  if (pattern === null) return true
  if (effect === 'out') {
    const glob = pattern.toLowerCase()
    const text = path.toLowerCase()
    return globMatches(glob, text) || globMatches(`${glob}/*`, text)
  }
  if (!pattern.includes('*')) return path === pattern || path.startsWith(`${pattern}/`)
  const want = pattern.split('/')
  const have = path.split('/')
  return have.length >= want.length && want.every((segment, place) => globMatches(segment, have[place] ?? ''))
}

type Order = 'equal' | 'narrower' | 'other'
/** Stands for what a wildcard may hold: nothing but another wildcard matches it. */
const held = '\u0001'

/** How `inner` lies to `outer`, given that both match one target. `other` covers wider and crossing patterns. */
function hostOrder(inner: HostPattern, outer: HostPattern): Order {
  if (outer.kind === 'any') return inner.kind === 'any' ? 'equal' : 'narrower'
  if (inner.kind === 'any') return 'other'
  if (inner.kind === 'range' || outer.kind === 'range') {
    if (inner.kind !== 'range' || outer.kind !== 'range' || inner.family !== outer.family) return 'other'
    if (inner.from === outer.from && inner.to === outer.to) return 'equal'
    return inner.from >= outer.from && inner.to <= outer.to ? 'narrower' : 'other'
  }
  if (inner.kind === 'name') return outer.kind === 'name' ? 'equal' : 'narrower'
  if (outer.kind === 'name') return 'other'
  const innerText = inner.kind === 'below' ? `*.${inner.base}` : inner.glob
  const outerText = outer.kind === 'below' ? `*.${outer.base}` : outer.glob
  if (innerText === outerText) return 'equal'
  return globMatches(outerText, innerText.replaceAll('*', held)) ? 'narrower' : 'other'
}

function portOrder(inner: readonly PortRange[] | null, outer: readonly PortRange[] | null): Order {
  if (outer === null) return inner === null ? 'equal' : 'narrower'
  if (inner === null) return 'other'
  const within = (one: readonly PortRange[], other: readonly PortRange[]): boolean =>
    one.every((range) => other.some((wide) => wide.from <= range.from && range.to <= wide.to))
  if (!within(inner, outer)) return 'other'
  return within(outer, inner) ? 'equal' : 'narrower'
}

function pathOrder(inner: string | null, outer: string | null): Order {
  if (outer === null) return inner === null ? 'equal' : 'narrower'
  if (inner === null) return 'other'
  if (inner.toLowerCase() === outer.toLowerCase()) return 'equal'
  return pathMatches(outer, 'out', inner.replaceAll('*', held)) ? 'narrower' : 'other'
}

/**
 * Whether an inclusion beats an exclusion that matches the same target: it must be narrower in host, port or path and
 * wider in none. Equal and crossing patterns are a tie, and a tie is denied. Because an exclusion can only ever take away
 * from what is allowed, adding one never widens a scope.
 */
export function beats(inclusion: AssetPattern, exclusion: AssetPattern): boolean {
  const orders = [
    hostOrder(inclusion.host, exclusion.host),
    portOrder(inclusion.ports, exclusion.ports),
    pathOrder(inclusion.path, exclusion.path),
  ]
  return !orders.includes('other') && orders.includes('narrower')
}

/** One text per meaning; two rules with one key and different effects are listed both ways. */
export function patternKey(pattern: AssetPattern): string {
  const ports = pattern.ports?.map((range) => `${range.from}-${range.to}`).join(',') ?? ''
  return `${JSON.stringify(pattern.host)}|${ports}|${pattern.path?.toLowerCase() ?? ''}`
}

import { rangeIsNeverDialled } from '../addresses.ts'
import { type AddressRange, parseAddress, parseIPv4, rangeOfPrefix } from '../ip.ts'
import { canonicalPath } from '../path.ts'
import { toAscii } from '../target.ts'
import {
  fileEndings,
  isRegistrySuffix,
  looksLikeAppId,
  sharedSuffixes,
  sourceHosts,
  storeHosts,
} from './known-hosts.ts'
import type { AssetPattern, Effect, HostPattern, PortRange, QuestionKind } from './rows.ts'

/** A reason to ask. `suggest` are assets a person may accept instead. */
export type Doubt = { readonly kind: QuestionKind; readonly suggest?: readonly string[] }
export type AssetReading = { readonly patterns: readonly AssetPattern[]; readonly doubts: readonly Doubt[] }

export type ReadingContext = { readonly effect: Effect; readonly settled: ReadonlySet<QuestionKind> }

const maximumExpansion = 64
const notAnAsset: AssetReading = { patterns: [], doubts: [{ kind: 'prose' }] }
const doubt = (kind: QuestionKind, suggest?: readonly string[]): AssetReading => ({
  patterns: [],
  doubts: [{ kind, ...(suggest === undefined ? {} : { suggest }) }],
})
export const isProse = (reading: AssetReading): boolean => reading === notAnAsset

/**
 * Reads one asset: host, wildcard, URL, address, CIDR or dashed range, each with optional ports. Alternatives such as
 * `www.x.(fr|de)` are written out. What could be read in several ways becomes a doubt in an inclusion and the widest
 * reading in an exclusion. Text that is no asset at all answers the one reading for which `isProse` holds.
 */
export function readAsset(written: string, context: ReadingContext): AssetReading {
  const { text, ports } = cutPorts(written)
  if (text === '' || /\s/.test(text)) {
    const dashed = /^([0-9a-f.:]+)\s*[-–—]\s*([0-9a-f.:]+)$/i.exec(text)
    return dashed === null ? notAnAsset : readDashed(dashed[1] ?? '', dashed[2] ?? '', ports, context)
  }
  const forms = expandAlternatives(text)
  if (forms === undefined) return doubt('placeholder')
  const readings = forms.map((form) => readOne(form, ports, context))
  if (readings.some(isProse)) return notAnAsset
  return {
    patterns: readings.flatMap((one) => one.patterns),
    doubts: readings.flatMap((one) => one.doubts),
  }
}

/** Ports after a blank, as written by hand: `host 80,443`, `10.0.0.0/24 ports 8000-8100`. */
function cutPorts(written: string): { text: string; ports: readonly PortRange[] | null } {
  const found = /^(\S+)\s+(?:ports?|端口)?\s*[:：]?\s*(\d+(?:\s*-\s*\d+)?(?:\s*,\s*\d+(?:\s*-\s*\d+)?)*)$/i.exec(
    written,
  )
  const ports = found === null ? undefined : readPorts((found[2] ?? '').replace(/\s/g, ''))
  // `Tier 1` is no host with a port.
  const isAsset = /[.:]/.test(found?.[1] ?? '')
  return ports === undefined || !isAsset ? { text: written, ports: null } : { text: found?.[1] ?? '', ports }
}

/** `80,443,8000-8100` or `*`; undefined where a number is no port. */
function readPorts(text: string): readonly PortRange[] | undefined {
  if (text === '*') return [{ from: 1, to: 65535 }]
  const ranges: PortRange[] = []
  for (const part of text.split(',')) {
    const [, low = '', high = low] = /^([0-9]{1,5})(?:-([0-9]{1,5}))?$/.exec(part) ?? []
    const from = Number(low)
    const to = Number(high)
    if (low === '' || from < 1 || to > 65535 || from > to) return undefined
    ranges.push({ from, to })
  }
  return ranges.toSorted((one, other) => one.from - other.from || one.to - other.to)
}

/** Writes out `(a|b)` and `[.optional]`; a lone `(*)` is a star. Undefined where there are too many forms. */
function expandAlternatives(text: string): readonly string[] | undefined {
  let forms = [text.replaceAll('(*)', '*')]
  for (;;) {
    const next: string[] = []
    let changed = false
    for (const form of forms) {
      const group = /\(([^()|]*(?:\|[^()|]*)+)\)/.exec(form)
      const optional = /\[(\.[a-z0-9-]+|[a-z0-9-]+\.)\]/i.exec(form)
      const found = group ?? optional
      if (found === null) next.push(form)
      else {
        changed = true
        const before = form.slice(0, found.index)
        const after = form.slice(found.index + found[0].length)
        for (const choice of group === null ? [found[1] ?? '', ''] : (found[1] ?? '').split('|')) {
          next.push(`${before}${choice.trim()}${after}`)
        }
      }
    }
    if (next.length > maximumExpansion) return undefined
    // A bracket too many after the group is a common slip of the pen.
    if (!changed) return next.map((form) => (form.includes('(') ? form : form.replace(/\)+$/, '')))
    forms = next
  }
}

function readOne(text: string, portsBeside: readonly PortRange[] | null, context: ReadingContext): AssetReading {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase()
  const rest = scheme === undefined ? text.replace(/^\/\//, '') : text.slice(scheme.length + 3)
  if (scheme === 'mailto' || /^[^/?#]*@/.test(rest)) return notAnAsset
  const address = scheme === undefined ? readAddressForm(rest, portsBeside, context) : undefined
  if (address !== undefined) return address

  // A single `#` begins a fragment; several are a placeholder for digits.
  const [, authority = '', tail = ''] = /^((?:[^/?#]|#{2,})*)(.*)$/s.exec(rest) ?? []
  const colon = authority.startsWith('[')
    ? authority.indexOf(':', Math.max(0, authority.indexOf(']')))
    : authority.indexOf(':')
  const written = colon < 0 ? null : readPorts(authority.slice(colon + 1))
  if (written === undefined) return scheme === undefined ? notAnAsset : doubt('ports')
  const ports = written ?? portsBeside
  const hostText = colon < 0 ? authority : authority.slice(0, colon)
  const web = scheme === undefined || /^(?:https?|wss?)$/.test(scheme)

  const host = readHostPattern(hostText, context, scheme !== undefined || ports !== null)
  if (host === undefined) return notAnAsset
  if (!('pattern' in host)) {
    // A doubtful host keeps the rest of what was written in its suggestions.
    return {
      patterns: [],
      doubts: [{ ...host, suggest: (host.suggest ?? []).map((one) => one + authority.slice(hostText.length) + tail) }],
    }
  }
  if (!web) {
    return context.effect === 'out'
      ? { patterns: [{ host: host.pattern, ports, path: null }], doubts: [] }
      : doubt('scheme', hostText.includes('.') ? [authority] : [])
  }
  return readTail(host.pattern, ports, tail, authority, context)
}

/** Path, query and fragment of an asset. Only the path can be a rule: a query is easily varied, a fragment is never sent. */
function readTail(
  host: HostPattern,
  ports: readonly PortRange[] | null,
  tail: string,
  authority: string,
  context: ReadingContext,
): AssetReading {
  const path = readPathPattern(/^[^?#]*/.exec(tail)?.[0] ?? '', context.effect)
  const pattern: AssetPattern = { host, ports, path }
  const extra = tail.includes('#') ? 'fragment' : tail.includes('?') ? 'query' : undefined
  const shorter = `${authority}${/^[^?#]*/.exec(tail)?.[0] ?? ''}`
  if (path !== null && host.kind === 'name') {
    const shop = storeHosts.has(host.name) ? 'app' : sourceHosts.has(host.name) ? 'source' : undefined
    if (shop !== undefined) {
      const patterns = context.effect === 'out' && extra === undefined ? [pattern] : []
      return { patterns, doubts: [{ kind: shop }] }
    }
  }
  if (extra !== undefined && !context.settled.has(extra)) {
    // Without its query an exclusion denies more, which is safe, unless nothing but the bare host would be left.
    if (context.effect === 'out' && path !== null) return { patterns: [pattern], doubts: [] }
    return doubt(extra, [shorter])
  }
  if (host.kind === 'any' && context.effect === 'in') return doubt('too_wide')
  return { patterns: [pattern], doubts: [] }
}

/** `null` for the whole host. Placeholders of a path (`{id}`, `:id`, `<id>`) stand for one segment. */
function readPathPattern(text: string, effect: Effect): string | null {
  let path = text
    .replace(/\{[^/{}]*\}|<[^/<>]*>|(?<=\/):[a-z][a-z0-9_]*/gi, '*')
    .replace(/\*+/g, '*')
    .replace(/\/{2,}/g, '/')
  path = canonicalPath(path)
  path = path.replace(effect === 'out' ? /(?:\/\*?)+$/ : /\/\*?$/, '')
  return path === '' ? null : path
}

function addressPattern(
  range: AddressRange,
  ports: readonly PortRange[] | null,
  wide: boolean,
  context: ReadingContext,
): AssetReading {
  if (context.effect === 'in') {
    if (rangeIsNeverDialled(range) !== undefined) return doubt('never_dialled')
    if (wide && !context.settled.has('too_wide')) return doubt('too_wide')
  }
  return { patterns: [{ host: { kind: 'range', ...range }, ports, path: null }], doubts: [] }
}

const ipv4Form = /^([0-9]+(?:\.[0-9]+){3})(?:\/([0-9]{1,2}))?(?::([0-9,*-]+))?$/
const bareIPv6Form = /^([0-9a-f]*:[0-9a-f:.]*)(?:\/([0-9]{1,3}))?$/i
const bracketedIPv6Form = /^\[([0-9a-f:.]+)\](?:\/([0-9]{1,3}))?(?::([0-9,*-]+))?$/i
const dashedForm = /^([0-9]+(?:\.[0-9]+){3}|[0-9a-f:]*:[0-9a-f:]*)[-–—]([0-9a-f.:]+)$/i

function readAddressForm(
  text: string,
  portsBeside: readonly PortRange[] | null,
  context: ReadingContext,
): AssetReading | undefined {
  const parts = ipv4Form.exec(text) ?? bracketedIPv6Form.exec(text) ?? bareIPv6Form.exec(text)
  const address = parts === null ? undefined : parseAddress(parts[1] ?? '')
  if (parts === null || address === undefined) {
    const dashed = dashedForm.exec(text)
    return dashed === null ? undefined : readDashed(dashed[1] ?? '', dashed[2] ?? '', portsBeside, context)
  }
  const width = address.family === 4 ? 32 : 128
  const bits = parts[2] === undefined ? width : Number(parts[2])
  if (bits > width) return doubt('placeholder')
  const ports = parts[3] === undefined ? portsBeside : readPorts(parts[3])
  if (ports === undefined) return doubt('ports')
  return addressPattern(rangeOfPrefix(address, bits), ports, bits < (address.family === 4 ? 8 : 19), context)
}

/** `1.2.3.4-1.2.3.9`, `1.2.3.4-9`, and the same in IPv6 with both ends written out. */
function readDashed(
  low: string,
  high: string,
  ports: readonly PortRange[] | null,
  context: ReadingContext,
): AssetReading {
  const from = parseAddress(low)
  if (from === undefined) return notAnAsset
  const short = from.family === 4 && /^[0-9]{1,3}(?:\.[0-9]{1,3}){0,2}$/.test(high)
  const kept = low.split('.').slice(0, 4 - high.split('.').length)
  const to = short ? parseIPv4([...kept, high].join('.')) : parseAddress(high)
  if (to === undefined || to.family !== from.family || to.key < from.key) return doubt('placeholder')
  const wide = from.family === 4 && Number.parseInt(to.key, 16) - Number.parseInt(from.key, 16) >= 2 ** 24
  return addressPattern({ family: from.family, from: from.key, to: to.key }, ports, wide, context)
}

const placeholder = /<[^<>]*>|\{[^{}]*\}|\$\{?[a-z_]+\}?|%[a-z_]+%|\[[^[\]]*\]|\([^()]*\)|#+/gi

/** Undefined where the text is no host at all; a doubt where it is one that a person must make plain. */
function readHostPattern(
  written: string,
  context: ReadingContext,
  explicit: boolean,
): { pattern: HostPattern } | Doubt | undefined {
  const { effect, settled } = context
  const block = (kind: QuestionKind, suggest: readonly string[] = []): Doubt => ({ kind, suggest })
  const bracketed = /^\[([0-9a-f:.]+)\]$/i.exec(written)?.[1]
  const literal = parseAddress(bracketed ?? written)
  if (literal !== undefined) {
    const range = rangeOfPrefix(literal, 128)
    if (effect === 'in' && rangeIsNeverDialled(range) !== undefined) return block('never_dialled')
    return { pattern: { kind: 'range', ...range } }
  }
  let host = written.toLowerCase()
  if (host.search(placeholder) >= 0) {
    const starred = host.replace(placeholder, '*').replace(/\*+/g, '*')
    if (!hostShape.test(starred)) return undefined
    if (effect === 'in') return block('placeholder', [starred])
    host = starred
  }
  host = host.replace(/\*+/g, '*').replace(/\.$/, '').replace(/^\./, '*.')
  if (!/^[\u0000-\u007f]*$/.test(host)) {
    const ascii = host.startsWith('*.') ? toAscii(host.slice(2)) : toAscii(host)
    // `例え.テスト` with an ideographic stop, or letters that turn into others: what the owner means is not sure.
    if (ascii === undefined)
      return /^[\p{L}\p{N}\p{M}*.。．-]+\.[\p{L}*]{2,}$/u.test(host) ? block('placeholder') : undefined
    host = host.startsWith('*.') ? `*.${ascii}` : ascii
  }
  if (!hostShape.test(host)) return undefined
  if (/^[*.]+$/.test(host)) return effect === 'out' ? { pattern: { kind: 'any' } } : block('too_wide')
  const labels = host.split('.')
  const last = labels[labels.length - 1] ?? ''
  if (labels.length === 1) {
    if (host.includes('*')) return undefined
    if (!explicit || !/^[a-z]/.test(host)) return undefined
    if (host === 'localhost')
      return effect === 'in' ? block('never_dialled') : { pattern: { kind: 'name', name: host } }
    return { pattern: { kind: 'name', name: host } }
  }
  if (host.length > 253 || labels.some((label) => label.length > 63)) return undefined
  if (!host.includes('*')) return readPlainName(host, last, explicit, context)
  const slip = labels
    .map((label) => (/^-[^*]*[^*-]$/.test(label) ? `*${label}` : label))
    .join('.')
    .replace(/^\*\.(?=\*-)/, '')
  if (slip !== host) {
    if (effect === 'in') return block('placeholder', [slip])
    host = slip
  }
  if (effect === 'in') {
    const breadth = judgeBreadth(host)
    if (breadth !== undefined && !settled.has(breadth.kind)) return breadth
    if (breadth !== undefined && host.endsWith('*')) return breadth
  }
  const base = host.slice(2)
  return {
    pattern: host.startsWith('*.') && !base.includes('*') ? { kind: 'below', base } : { kind: 'glob', glob: host },
  }
}

const hostShape = /^(?:\*|[a-z0-9_*-]+)(?:\.[a-z0-9_*-]+)*$/

function readPlainName(
  host: string,
  last: string,
  explicit: boolean,
  { effect, settled }: ReadingContext,
): { pattern: HostPattern } | Doubt | undefined {
  if (!/^(?:[a-z]{2,63}|xn--[a-z0-9-]+)$/.test(last)) return undefined
  if (host.split('.').some((label) => label.startsWith('-') || label.endsWith('-'))) {
    return { kind: 'placeholder' }
  }
  if (fileEndings.has(last) && !explicit) return undefined
  // As an exclusion it may stand: no host has such a name, so the rule does no harm.
  if (effect === 'in' && looksLikeAppId(host) && !explicit && !settled.has('app_id')) {
    return { kind: 'app_id', suggest: [`https://${host}`] }
  }
  return { pattern: { kind: 'name', name: host } }
}

/**
 * An inclusion's star must stand left of a name somebody owns: `www.x.*`, `x-*.com` and `*x.com` also cover names that
 * anybody may buy, `*.dhl` a whole registry, `*.github.io` other people's sites.
 */
function judgeBreadth(glob: string): Doubt | undefined {
  const labels = glob.split('.')
  const fixed = labels.slice(labels.findLastIndex((label) => label.includes('*')) + 1)
  if (fixed.length === 0 || isRegistrySuffix(fixed)) {
    const plain = glob.replaceAll('*', '').replace(/^\./, '')
    const named = /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/.test(plain) && labels.at(-1) !== '*'
    const suggest = named && !isRegistrySuffix(plain.split('.')) ? [plain, `*.${plain}`] : []
    return { kind: 'too_wide', suggest }
  }
  const suffix = fixed.join('.')
  if (sharedSuffixes.has(suffix) || suffix.endsWith('.amazonaws.com')) return { kind: 'shared_suffix' }
  return undefined
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined }

/**
 * RFC 8785 canonical JSON: members sorted by UTF-16 code units, no blanks, ECMAScript numbers.
 * Members that are `undefined` are left out. Everything we hash or sign goes through here.
 * @throws TypeError for what JSON cannot hold (NaN, infinities, lone surrogates, functions, dates, maps, bytes)
 */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError('canonical JSON has no NaN and no infinity')
    return JSON.stringify(value)
  }
  if (typeof value === 'string') {
    if (plain.test(value)) return `"${value}"`
    if (!value.isWellFormed()) throw new TypeError('canonical JSON has no lone surrogate')
    return JSON.stringify(value)
  }
  if (isList(value)) return `[${value.map((item) => canonicalJson(item)).join(',')}]`
  if (typeof value !== 'object' || !isPlain(value)) throw new TypeError(`canonical JSON has no ${describe(value)}`)
  const keys = Object.keys(value)
  if (!ascend(keys)) keys.sort()
  let text = ''
  for (const key of keys) {
    const member = value[key]
    if (member !== undefined) text += `${text === '' ? '{' : ','}${quoted(key)}:${canonicalJson(member)}`
  }
  return text === '' ? '{}' : `${text}}`
}

/** Text that stands in JSON as it is: most of what we hash is ids, digests and times. */
const plain = /^[ !#-[\]-~]*$/

function ascend(keys: readonly string[]): boolean {
  for (let at = 1; at < keys.length; at++) if (!((keys[at - 1] ?? '') < (keys[at] ?? ''))) return false
  return true
}

/** Names of members as they are written: the same few come again with every entry and every exchange. */
const names = new Map<string, string>()
const mostNames = 1000

function quoted(name: string): string {
  const known = names.get(name)
  if (known !== undefined) return known
  const text = canonicalJson(name)
  if (names.size < mostNames) names.set(name, text)
  return text
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value)

// A Date or a Map has no members of its own and would quietly become `{}`, a digest of nothing.
function isPlain(value: object): boolean {
  const parent: unknown = Object.getPrototypeOf(value)
  return parent === Object.prototype || parent === null
}

const describe = (value: unknown): string =>
  typeof value === 'object' ? (value?.constructor.name ?? 'null') : typeof value

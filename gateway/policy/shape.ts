import { badField, say } from '@zhongheng/domain/shared/problem.ts'

/**
 * Readers for values that came over a wire. Each takes the value and its place (`engagements[0].title`) and returns it
 * typed, or throws a Problem that names the place, the limit and the fix.
 */
export type Read<T> = (value: unknown, at: string) => T

export function fail(at: string, zh: string, en: string): never {
  throw badField(at, say(zh, en), say('请由平台服务重新签发策略', 'have the platform issue the policy anew'))
}

type Shape = { readonly [name: string]: Read<unknown> }
type Typed<S extends Shape> = { -readonly [K in keyof S]: S[K] extends Read<infer T> ? T : never }

/** An object with exactly these members; an unknown or missing one is an error. */
export function record<S extends Shape>(shape: S): Read<Typed<S>> {
  return (value, at) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) fail(at, '必须是对象', 'must be an object')
    const given = value as { readonly [name: string]: unknown }
    for (const name of Object.keys(given)) {
      if (!Object.hasOwn(shape, name)) fail(`${at}.${name}`, '是未知字段', 'is an unknown field')
    }
    const typed: { [name: string]: unknown } = {}
    for (const [name, read] of Object.entries(shape)) {
      const member = read(Object.hasOwn(given, name) ? given[name] : undefined, at === '' ? name : `${at}.${name}`)
      if (member !== undefined) typed[name] = member
    }
    return typed as Typed<S>
  }
}

export const optional =
  <T>(read: Read<T>): Read<T | undefined> =>
  (value, at) =>
    value === undefined ? undefined : read(value, at)

export const nullable =
  <T>(read: Read<T>): Read<T | null> =>
  (value, at) =>
    value === null ? null : read(value, at)

/** @param limit most items */
export const list =
  <T>(read: Read<T>, limit: number): Read<readonly T[]> =>
  (value, at) => {
    if (!Array.isArray(value)) fail(at, '必须是数组', 'must be an array')
    if (value.length > limit) fail(at, `最多 ${limit} 项`, `has at most ${limit} items`)
    return value.map((item: unknown, place) => read(item, `${at}[${place}]`))
  }

/** An object used as a table from names to values. */
export const table =
  <T>(read: Read<T>, limit: number): Read<{ readonly [name: string]: T }> =>
  (value, at) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) fail(at, '必须是对象', 'must be an object')
    const entries = Object.entries(value)
    if (entries.length > limit) fail(at, `最多 ${limit} 项`, `has at most ${limit} members`)
    return Object.fromEntries(entries.map(([name, item]) => [name, read(item, `${at}.${name}`)]))
  }

/** @param most longest length in UTF-16 units */
export const text =
  (most: number, pattern?: RegExp): Read<string> =>
  (value, at) => {
    if (typeof value !== 'string') fail(at, '必须是字符串', 'must be a string')
    if (value.length > most) fail(at, `最长 ${most} 个字符`, `is at most ${most} characters long`)
    if (pattern !== undefined && !pattern.test(value))
      fail(at, `不符合 ${pattern.source}`, `does not match ${pattern.source}`)
    return value
  }

export const word =
  <const T extends string>(...words: readonly T[]): Read<T> =>
  (value, at) => {
    const found = words.find((one) => one === value)
    return found ?? fail(at, `必须是 ${words.join('、')} 之一`, `must be one of ${words.join(', ')}`)
  }

export const whole =
  (least: number, most: number): Read<number> =>
  (value, at) => {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least || value > most) {
      fail(at, `必须是 ${least} 到 ${most} 的整数`, `must be a whole number from ${least} to ${most}`)
    }
    return value
  }

export const flag: Read<boolean> = (value, at) =>
  typeof value === 'boolean' ? value : fail(at, '必须是布尔值', 'must be true or false')

/** ISO 8601 in UTC, e.g. `2026-11-21T08:00:00.000Z`. */
export const instant: Read<string> = (value, at) => {
  if (
    typeof value !== 'string' ||
    !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z$/.test(value) ||
    Number.isNaN(Date.parse(value))
  ) {
    fail(at, '必须是 UTC 时间，如 2026-11-21T08:00:00.000Z', 'must be a time in UTC such as 2026-11-21T08:00:00.000Z')
  }
  return value
}

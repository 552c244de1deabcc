import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type Json, canonicalJson } from './canonical-json.ts'

const shared = new URL('../../../shared/data/jcs/', import.meta.url)
const list = <T>(name: string): T[] =>
  existsSync(shared) ? (JSON.parse(readFileSync(new URL(name, shared), 'utf8')) as T[]) : []

describe.skipIf(!existsSync(shared))('published RFC 8785 vectors (skipped where ../shared/data/jcs is absent)', () => {
  const cases = list<{ name: string; input: string; canonical: string }>('cases.json')
  it.each(cases)('case $name', ({ input, canonical }) => {
    expect(canonicalJson(JSON.parse(input) as Json)).toBe(canonical)
  })

  const numbers = list<{ ieee754_hex: string; text: string }>('numbers.json')
  it.each(numbers)('number $ieee754_hex is $text', ({ ieee754_hex, text }) => {
    expect(canonicalJson(Buffer.from(ieee754_hex, 'hex').readDoubleBE())).toBe(text)
  })
})

describe('canonical JSON', () => {
  it('sorts members by UTF-16 code units, not by code points or letters', () => {
    const value = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\u{1f600}': 5, '\u0080': 6, '\u00f6': 7 }
    expect(canonicalJson(value)).toBe('{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\u{1f600}":5,"\ufb33":3}')
  })

  it.each([
    [0, '0'],
    [-0, '0'],
    [5e-324, '5e-324'],
    [-1.7976931348623157e308, '-1.7976931348623157e+308'],
    [1e21, '1e+21'],
    [999999999999999900000, '999999999999999900000'],
    [1e-7, '1e-7'],
    [0.000001, '0.000001'],
  ])('writes the number %d as ECMAScript does', (value, text) => {
    expect(canonicalJson(value)).toBe(text)
  })

  it('escapes only what JSON must escape, in the short form where there is one', () => {
    expect(canonicalJson('\b\t\n\f\r\u0000\u001f"\\/\u007f\u2028众')).toBe(
      '"\\b\\t\\n\\f\\r\\u0000\\u001f\\"\\\\/\u007f\u2028众"',
    )
  })

  it('leaves members without a value out and keeps those that are null', () => {
    expect(canonicalJson({ b: undefined, a: null })).toBe('{"a":null}')
  })

  it('keeps a member called __proto__', () => {
    expect(canonicalJson(JSON.parse('{"__proto__":1,"a":2}') as Json)).toBe('{"__proto__":1,"a":2}')
  })

  it.each([
    ['NaN', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['a lone surrogate', 'a\ud800'],
    ['a lone surrogate in a name', { '\udc00': 1 }],
    ['nothing inside a list', [undefined]],
    ['a function', () => 1],
    ['a big integer', 1n],
    ['a date, which would quietly become an empty object', new Date(0)],
    ['a map, which would too', new Map([['a', 1]])],
    ['bytes', new Uint8Array(2)],
  ])('refuses %s', (_, value) => {
    expect(() => canonicalJson(value as Json)).toThrow(TypeError)
  })
})

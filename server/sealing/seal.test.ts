import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { deriveKey, keyedDigest, open, openText, seal } from './seal.ts'

const key = randomBytes(32)
const place = { table: 'findings', column: 'sealed_body', row: 'fnd_1' }
const secret = '商品搜索存在 SQL 注入 \u0000 🙂'

describe('a sealed value', () => {
  it('opens with its key at its place, as text and as bytes, also when it is empty', () => {
    expect(openText(key, place, seal(key, place, secret))).toBe(secret)
    const bytes = randomBytes(70_000)
    expect(open(key, place, seal(key, place, bytes)).equals(bytes)).toBe(true)
    expect(openText(key, place, seal(key, place, ''))).toBe('')
  })
  it('looks different each time and shows nothing of what it holds', () => {
    const [one, other] = [seal(key, place, secret), seal(key, place, secret)]
    expect(one.equals(other)).toBe(false)
    expect(one.includes(Buffer.from('SQL'))).toBe(false)
  })
  it('does not open with another key', () => {
    expect(() => open(randomBytes(32), place, seal(key, place, secret))).toThrow()
  })
  it.each([
    ['table', { ...place, table: 'reports' }],
    ['column', { ...place, column: 'sealed_title' }],
    ['row', { ...place, row: 'fnd_2' }],
    ['split of the same letters', { table: 'findings', column: 'sealed_bodyf', row: 'nd_1' }],
  ])('does not open in another %s', (_what, elsewhere) => {
    expect(() => open(key, elsewhere, seal(key, place, secret))).toThrow()
  })
  it('keeps places apart whose names hold the separators', () => {
    const tricky = { table: 'a', column: 'b|1:c', row: 'd' }
    expect(() => open(key, { table: 'a', column: 'b', row: 'c|1:d' }, seal(key, tricky, secret))).toThrow()
  })
  it('does not open after any one bit changed, nor cut short', () => {
    const sealed = seal(key, place, 'Kurz')
    for (let at = 0; at < sealed.length * 8; at++) {
      const broken = Buffer.from(sealed)
      broken[at >> 3] = (broken[at >> 3] ?? 0) ^ (1 << (at & 7))
      expect(() => open(key, place, broken), `bit ${at}`).toThrow()
    }
    for (let length = 0; length < sealed.length; length++)
      expect(() => open(key, place, sealed.subarray(0, length)), `${length} bytes`).toThrow()
  })
})

describe('a derived key', () => {
  it('differs by purpose and by origin, and is the same every time', () => {
    const keys = [deriveKey(key, 'a'), deriveKey(key, 'b'), deriveKey(randomBytes(32), 'a'), key]
    expect(new Set(keys.map((one) => one.toString('hex'))).size).toBe(4)
    expect(deriveKey(key, 'a').equals(deriveKey(key, 'a'))).toBe(true)
    expect(deriveKey(key, 'a')).toHaveLength(32)
  })
  it('makes digests that somebody without the key cannot try out', () => {
    expect(keyedDigest(key, secret)).toMatch(/^[0-9a-f]{64}$/)
    expect(keyedDigest(key, secret)).toBe(keyedDigest(key, secret))
    expect(keyedDigest(key, secret)).not.toBe(keyedDigest(randomBytes(32), secret))
    expect(keyedDigest(key, secret)).not.toBe(keyedDigest(key, `${secret} `))
  })
})

import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { combine, inverse, multiply, split } from './shamir.ts'
import { readShare, shareText } from './share-text.ts'

describe('the field of 256 elements', () => {
  it.each([
    // FIPS 197, 4.2 and 4.2.1.
    [0x57, 0x83, 0xc1],
    [0x57, 0x13, 0xfe],
    [0x57, 0x02, 0xae],
    [0x57, 0x04, 0x47],
    [0x57, 0x08, 0x8e],
    [0x57, 0x10, 0x07],
  ])('multiplies %i by %i as AES does', (a, b, product) => {
    expect(multiply(a, b)).toBe(product)
    expect(multiply(b, a)).toBe(product)
  })
  it('has an inverse of everything but nothing', () => {
    for (let a = 1; a < 256; a++) expect(multiply(a, inverse(a)), String(a)).toBe(1)
    // FIPS 197, 5.1.1: the inverse of 53 is ca.
    expect(inverse(0x53)).toBe(0xca)
    expect(inverse(0)).toBe(0)
  })
})

describe('a secret in shares', () => {
  it('lies on the line through two known points', () => {
    // f(x) = 0x42 + 0x57·x: f(0x02) = 0x42 ^ 0xae, f(0x13) = 0x42 ^ 0xfe.
    const points = [
      { x: 0x02, y: Buffer.of(0x42 ^ 0xae) },
      { x: 0x13, y: Buffer.of(0x42 ^ 0xfe) },
    ]
    expect([...combine(points)]).toEqual([0x42])
  })
  it('comes back from every three of five, in any order, and from no two', () => {
    const secret = randomBytes(32)
    const shares = split(secret, 3, 5)
    for (const a of shares)
      for (const b of shares)
        for (const c of shares) {
          if (new Set([a, b, c]).size < 3) continue
          expect(combine([a, b, c]).equals(secret)).toBe(true)
          expect(combine([a, b]).equals(secret)).toBe(false)
        }
  })
  it('is not given back by a false share', () => {
    const secret = randomBytes(32)
    const [a, b, c] = split(secret, 3, 3)
    if (!a || !b || !c) throw new Error('three shares')
    expect(
      combine([a, b, { x: c.x, y: Buffer.from(c.y).fill(1, 0, 1) }])
        .subarray(1)
        .equals(secret.subarray(1)),
    ).toBe(true)
    expect(combine([a, b, { x: 9, y: c.y }]).equals(secret)).toBe(false)
    expect(() => combine([a, b, b])).toThrow(/once/)
  })
  it('goes to 255 holders at most, and one alone is never enough', () => {
    expect(combine(split(Buffer.of(7), 255, 255)).equals(Buffer.of(7))).toBe(true)
    expect(() => split(Buffer.of(7), 1, 3)).toThrow(RangeError)
    expect(() => split(Buffer.of(7), 4, 3)).toThrow(RangeError)
    expect(() => split(Buffer.of(7), 2, 256)).toThrow(RangeError)
  })
})

describe('a share on paper', () => {
  const [share] = split(Buffer.alloc(32, 5), 3, 5)
  if (!share) throw new Error('a share')
  const text = shareText({ set: '0a1b2c3d', needed: 3 }, share)
  it('is read again, with blanks and capitals too', () => {
    for (const written of [text, ` ${text.toUpperCase().replaceAll('-', ' - ')}\n`])
      expect(readShare(written)).toEqual({ set: '0a1b2c3d', needed: 3, share })
  })
  it('is refused after any one slip, in words that do not repeat it', () => {
    for (let at = 0; at < text.length; at++) {
      const slip = `${text.slice(0, at)}${text[at] === '0' ? '1' : '0'}${text.slice(at + 1)}`
      let said = ''
      try {
        readShare(slip)
      } catch (error) {
        said = (error as Error).message
      }
      expect(said, slip).toMatch(/no share/)
      expect(said).not.toContain(share.y.toString('hex').slice(0, 8))
    }
  })
})

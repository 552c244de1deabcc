import { randomBytes } from 'node:crypto'

/*
 * Shamir's sharing of a secret over GF(2^8) with the polynomial of AES (x^8 + x^4 + x^3 + x + 1). Each byte is shared by
 * itself. Multiplication goes through no table, so that no memory access depends on a secret.
 */

/** Product in GF(2^8) (FIPS 197, 4.2). */
export function multiply(a: number, b: number): number {
  let product = 0
  let factor = a
  for (let bit = 0; bit < 8; bit++) {
    product ^= factor & -((b >> bit) & 1)
    factor = (factor << 1) ^ (0x11b & -(factor >> 7))
  }
  return product & 0xff
}

/** a to the power of 254, which is 1/a; 0 for 0. */
export function inverse(a: number): number {
  let result = 1
  for (let bit = 0; bit < 8; bit++) {
    result = multiply(result, result)
    if (bit < 7) result = multiply(result, a)
  }
  return result
}

/** A point of each byte's polynomial: x from 1 to 255. */
export type Share = { readonly x: number; readonly y: Buffer }

/**
 * Shares a secret so that any `needed` of the shares give it back, and fewer say nothing of it.
 * @param of how many shares, 2 to 255; `needed` is 2 to `of`
 */
export function split(secret: Uint8Array, needed: number, of: number): Share[] {
  if (!Number.isInteger(needed) || !Number.isInteger(of) || needed < 2 || of < needed || of > 255)
    throw new RangeError('shares: at least 2 needed, at most 255 in all')
  const rows = [Buffer.from(secret), ...Array.from({ length: needed - 1 }, () => randomBytes(secret.length))]
  const shares = Array.from({ length: of }, (_, index) => {
    const x = index + 1
    const y = Buffer.alloc(secret.length)
    for (const row of [...rows].reverse())
      for (const [at, byte] of row.entries()) y[at] = multiply(y[at] ?? 0, x) ^ byte
    return { x, y }
  })
  for (const row of rows) row.fill(0)
  return shares
}

/** The value at 0 of the polynomial through these points. With too few points or a false one it is another value. */
export function combine(shares: readonly Share[]): Buffer {
  const [first] = shares
  if (!first || new Set(shares.map((one) => one.x)).size !== shares.length)
    throw new RangeError('shares: each may come once')
  const secret = Buffer.alloc(first.y.length)
  for (const one of shares) {
    let weight = 1
    for (const other of shares)
      if (other.x !== one.x) weight = multiply(weight, multiply(other.x, inverse(other.x ^ one.x)))
    for (const [at, byte] of one.y.entries()) secret[at] = (secret[at] ?? 0) ^ multiply(byte, weight)
  }
  return secret
}

import { describe, expect, it } from 'vitest'
import { hashPassword, verifyPassword } from './passwords.ts'

describe('a stored password', () => {
  it('is Argon2id with 19 MiB, two passes and a salt of its own', async () => {
    const [one, two] = [await hashPassword('Regen-4-Tropfen-Wald'), await hashPassword('Regen-4-Tropfen-Wald')]
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22,}\$[A-Za-z0-9+/]{43}$/)
    expect(one).not.toBe(two)
    expect(await verifyPassword(one, 'Regen-4-Tropfen-Wald')).toBe(true)
  })
  it('is compared to its last sign, and opens nothing where none is stored', async () => {
    const long = `Kd8-${'x'.repeat(123)}`
    const stored = await hashPassword(`${long}a`)
    expect(await verifyPassword(stored, `${long}b`)).toBe(false)
    expect(await verifyPassword(null, 'nobody signs in with this one')).toBe(false)
  })
})

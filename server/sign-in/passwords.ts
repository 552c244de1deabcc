import { hash, verify } from '@node-rs/argon2'
import { normalPassword } from '@zhongheng/domain/access/password-rules.ts'

// 2 is Argon2id; the package names it by a const enum, which erasable syntax cannot use.
const options = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** How often this process has compared a password with a hash. The throttle is judged by it, not by answers. */
let compared = 0
export const passwordsCompared = (): number => compared

export const hashPassword = (password: string): Promise<string> => hash(normalPassword(password), options)

/** A hash that no password has, so that an unknown login costs the same time as a wrong password. */
let nobody: Promise<string> | null = null
export async function verifyPassword(stored: string | null, password: string): Promise<boolean> {
  nobody ??= hashPassword('nobody signs in with this one')
  const against = stored ?? (await nobody)
  compared++
  const right = await verify(against, normalPassword(password))
  return stored !== null && right
}

import { createHash, timingSafeEqual } from 'node:crypto'
import { type HeldLease, leaseOf } from '@zhongheng/domain/authorizations/judge.ts'
import type { LeasePolicy, Policy } from '@zhongheng/domain/authorizations/policy.ts'

/** What was proved on a connection: the name, and against which secret, so that a changed secret ends it. */
export type Account = { readonly proxyName: string; readonly salt: string; readonly secretDigest: string }

export type SignIn =
  | { readonly ok: true; readonly account: Account }
  | { readonly ok: false; readonly held?: HeldLease; readonly given: boolean }

const dummy: Pick<LeasePolicy, 'salt' | 'secretDigest'> = { salt: 'none', secretDigest: '0'.repeat(64) }

/**
 * Checks `Basic base64(proxyName:secret)` against the leases of the snapshot. An unknown name costs the same as a wrong
 * secret, and the comparison takes constant time. Whether the lease may be used now is not asked here.
 */
export function signIn(policy: Policy, authorization: string | undefined): SignIn {
  const encoded = authorization === undefined ? undefined : /^basic +([A-Za-z0-9+/_=-]+)$/i.exec(authorization)?.[1]
  if (encoded === undefined) return { ok: false, given: authorization !== undefined }
  const pair = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = pair.indexOf(':')
  return colon < 0 ? signInWith(policy, pair, '') : signInWith(policy, pair.slice(0, colon), pair.slice(colon + 1))
}

/** The same with name and secret in hand, as SOCKS gives them. */
export function signInWith(policy: Policy, proxyName: string, secret: string): SignIn {
  const held = leaseOf(policy, proxyName)
  const { salt, secretDigest } = held?.lease ?? dummy
  const digest = createHash('sha256').update(`${salt}:${secret}`).digest()
  const same = timingSafeEqual(digest, Buffer.from(secretDigest, 'hex'))
  if (held === undefined) return { ok: false, given: true }
  return same ? { ok: true, account: { proxyName, salt, secretDigest } } : { ok: false, held, given: true }
}

/** The lease behind an account that was proved before, if its secret is still the same in this snapshot. */
export function stillHeld(policy: Policy, account: Account): HeldLease | undefined {
  const held = leaseOf(policy, account.proxyName)
  if (held === undefined) return undefined
  return held.lease.salt === account.salt && held.lease.secretDigest === account.secretDigest ? held : undefined
}

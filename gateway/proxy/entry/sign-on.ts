import type { HeldLease } from '@zhongheng/domain/authorizations/judge.ts'
import type { Policy } from '@zhongheng/domain/authorizations/policy.ts'
import { type Account, type SignIn, signIn, signInWith, stillHeld } from '../../policy/accounts.ts'
import { valueOf } from '../framing/fields.ts'
import type { RequestHead } from '../framing/request-head.ts'
import { Refused, refusalBy } from '../refusals.ts'

export type Proved = { readonly account: Account; readonly held: HeldLease }

/** Who speaks on one connection. What was proved once is remembered; the lease behind it is read anew every time. */
export class SignOn {
  #proved: { readonly shown: string; readonly account: Account } | null = null

  /** By the `Proxy-Authorization` of a request. @throws Refused AUTH-1, LEASE-1 */
  byHead(policy: Policy, head: RequestHead): Proved {
    const shown = valueOf(head.fields, 'proxy-authorization')
    const proved = this.#proved?.shown === shown ? this.#proved : null
    const known = proved === null ? undefined : stillHeld(policy, proved.account)
    if (proved !== null && known !== undefined) return { account: proved.account, held: known }
    const found = prove(policy, signIn(policy, shown))
    this.#proved = shown === undefined ? null : { shown, account: found.account }
    return found
  }

  /** By name and secret, as SOCKS gives them. @throws Refused LEASE-1 */
  bySecret(policy: Policy, given: { readonly proxyName: string; readonly secret: string }): Proved {
    return prove(policy, signInWith(policy, given.proxyName, given.secret))
  }

  /** By what the tunnel was opened with. @throws Refused LEASE-1 */
  byTunnel(policy: Policy, account: Account): Proved {
    const held = stillHeld(policy, account)
    if (held === undefined) throw new Refused({ ...refusalBy('LEASE-1'), status: 403 })
    return { account, held }
  }
}

function prove(policy: Policy, signed: SignIn): Proved {
  if (!signed.ok) {
    const engagementId = signed.held?.engagement.engagementId
    const leaseId = signed.held?.lease.leaseId
    const testerId = signed.held?.lease.testerId
    // The title is not told to somebody who has not proved anything; the ids go into the record only.
    throw new Refused({
      ...refusalBy(signed.given ? 'LEASE-1' : 'AUTH-1'),
      ...(engagementId === undefined ? {} : { engagementId }),
      ...(leaseId === undefined ? {} : { leaseId }),
      ...(testerId === undefined ? {} : { testerId }),
    })
  }
  const held = stillHeld(policy, signed.account)
  if (held === undefined) throw new Refused(refusalBy('LEASE-1'))
  return { account: signed.account, held }
}

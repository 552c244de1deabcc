import { judge, judgeAddress, type Outbound } from '@zhongheng/domain/authorizations/judge.ts'
import type { Target } from '@zhongheng/domain/authorizations/target.ts'
import { type Account, stillHeld } from '../policy/accounts.ts'
import type { Parts } from './parts.ts'
import { type Refusal, refusalBy, refusalOf, refusalOfStanding, type Whose } from './refusals.ts'

/** What was admitted and must stay admissible for as long as it is open. */
export type Granted = { readonly account: Account; readonly outbound: Outbound; readonly whose: Whose }

/**
 * Judges once more, by the policy of this moment, what is open: the policy itself, the lease and its secret, what was asked for, and
 * the address behind it, where one was dialled. Null when it may go on.
 */
export function objectionTo(
  { keeper, time, node }: Pick<Parts, 'keeper' | 'time' | 'node'>,
  { account, outbound, whose }: Granted,
  dialled: { readonly target: Target; readonly address: string } | null,
): Refusal | null {
  const standing = keeper.standing()
  if (!standing.ok) return { ...refusalOfStanding(standing), ...whose }
  const { policy } = standing.snapshot
  const held = stillHeld(policy, account)
  if (held === undefined) return { ...refusalBy('LEASE-1', whose), status: 403 }
  const verdict = judge(outbound, policy, time.now(), node)
  if (!verdict.pass) return refusalOf(verdict, whose)
  if (dialled === null || !outbound.target.ok) return null
  const address = judgeAddress(policy, held.engagement, dialled.target, dialled.address)
  return address.pass ? null : refusalOf(address, whose)
}

import type { Role } from '../access/actor.ts'
import { type EngagementState, beforeTesting } from '../engagements/states.ts'
import { Problem, badField, say } from '../shared/problem.ts'

/** The sides that agree on what is asked of witnesses. */
export const rulers = ['demand', 'organizer'] as const satisfies readonly Role[]

/**
 * Judges a proposed rule: `needed` of the witnesses named, each named once, settled before testing starts. Nothing of
 * nobody is a rule too: it lifts an earlier one.
 * @throws Problem wrong_state WITNESS-6; malformed WITNESS-7 in all but the field
 */
export function checkRule(state: EngagementState, needed: number, witnessIds: readonly string[]): void {
  if (!ruleIsOpen(state))
    throw new Problem(
      'wrong_state',
      say('见证人规则须在测试开始前商定', 'the rule about witnesses is settled before testing starts'),
      { rule: 'WITNESS-6' },
    )
  if (new Set(witnessIds).size !== witnessIds.length)
    throw badField(
      'body.witnessIds',
      say('每个见证人只能列一次', 'each witness once'),
      say('去掉重复的', 'leave the doubled one out'),
    )
  if (needed > witnessIds.length || (needed === 0 && witnessIds.length > 0))
    throw badField(
      'body.needed',
      say(`须为 1 至 ${witnessIds.length}`, `from 1 to ${witnessIds.length}, the number of witnesses named`),
      say('调整数量或见证人', 'change the number or the witnesses'),
    )
}

export const ruleIsOpen = (state: EngagementState): boolean => beforeTesting.includes(state)

/** A rule is in force once both sides have approved it. */
export const isAgreed = (approvals: readonly string[]): boolean => rulers.every((role) => approvals.includes(role))

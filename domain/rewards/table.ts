import { type FieldFault, Problem, type Text, say } from '../shared/problem.ts'
import type { FindingState } from '../findings/moves.ts'
import type { Severity } from '../findings/severity.ts'

/** Amounts are whole fen (1/100 yuan). */
export type RewardBand = { readonly severity: Severity; readonly minFen: number; readonly maxFen: number }
export const rewardStates = ['proposed', 'approved', 'refused', 'paid'] as const
export type RewardState = (typeof rewardStates)[number]

const rewarded: readonly FindingState[] = ['confirmed', 'remediation', 'retest', 'fixed', 'risk_accepted', 'closed']

/**
 * Checks a proposal against the engagement's own table and what is left of the budget (GBT43741-5.1-20, GBT43741-5.3-08).
 * @throws Problem wrong_state REWARD-1; malformed REWARD-2 outside the band, REWARD-3 over the budget
 */
export function checkReward(
  table: readonly RewardBand[],
  finding: { state: FindingState; severity: Severity },
  amountFen: number,
  budget: { totalFen: number; heldFen: number },
): void {
  if (!rewarded.includes(finding.state))
    throw new Problem('wrong_state', say('漏洞确认后才能提议奖励', 'a reward is proposed after confirmation'), {
      rule: 'REWARD-1',
    })
  const band = table.find((one) => one.severity === finding.severity) ?? { minFen: 0, maxFen: 0 }
  if (amountFen < band.minFen || amountFen > band.maxFen)
    throw faulty(
      'REWARD-2',
      say(
        `奖励表规定 ${yuan(band.minFen)} 至 ${yuan(band.maxFen)} 元`,
        `the table says ${yuan(band.minFen)} to ${yuan(band.maxFen)} yuan`,
      ),
      say('按奖励表填写', 'stay inside the table'),
    )
  const left = budget.totalFen - budget.heldFen
  if (amountFen > left)
    throw faulty(
      'REWARD-3',
      say(`预算剩余 ${yuan(left)} 元`, `${yuan(left)} yuan of the budget are left`),
      say('降低金额或增加预算', 'lower the amount or raise the budget'),
    )
}

const next: { readonly [S in RewardState]: readonly RewardState[] } = {
  proposed: ['approved', 'refused'],
  approved: ['paid'],
  refused: [],
  paid: [],
}

/** @throws Problem wrong_state REWARD-4 */
export function afterRewardMove(state: RewardState, to: RewardState): RewardState {
  if (!next[state].includes(to))
    throw new Problem(
      'wrong_state',
      say(`奖励当前为 ${state}，不能变为 ${to}`, `a reward that is ${state} cannot become ${to}`),
      { rule: 'REWARD-4' },
    )
  return to
}

const yuan = (fen: number): string => (fen / 100).toFixed(2)
const faulty = (rule: string, limit: Text, fix: Text): Problem => {
  const fields: FieldFault[] = [{ field: 'body.amountFen', limit, fix }]
  return new Problem('malformed', limit, { rule, fields })
}

import { type EngagementAction, may } from '../access/matrix.ts'
import type { Actor, Role } from '../access/actor.ts'
import type { FindingState } from '../findings/states.ts'
import { type Severity, severityNames } from '../findings/severity.ts'
import { Problem, type RuleId, type Text, badField, say } from '../shared/problem.ts'

/** One band of an engagement's reward table. Amounts are whole fen (1/100 yuan, CNY). */
export type RewardBand = { readonly severity: Severity; readonly minFen: number; readonly maxFen: number }
export const rewardCurrency = 'CNY'
export const rewardStates = ['proposed', 'approved', 'refused', 'paid'] as const
export type RewardState = (typeof rewardStates)[number]

/** `heldFen` is what proposed, approved and paid rewards take; refused ones give their amount back. */
export type Budget = { readonly totalFen: number; readonly heldFen: number }
export const leftOf = (budget: Budget): number => budget.totalFen - budget.heldFen

const rewarded: readonly FindingState[] = ['confirmed', 'remediation', 'retest', 'fixed', 'risk_accepted']

/**
 * Checks a reward table as it is written (GBT43741-5.1-20): each severity once, whole amounts, lowest first inside a band,
 * no band paying less than a milder one.
 * @throws Problem malformed naming the band
 */
export function checkRewardTable(table: readonly RewardBand[]): void {
  const bands = new Map<Severity, RewardBand>()
  table.forEach((band, at) => {
    const field = `body.rewardTable.${at}`
    if (bands.has(band.severity))
      throw badField(field, say('每个等级只出现一次', 'each severity stands once'), say('删去一行', 'remove one row'))
    if (![band.minFen, band.maxFen].every((fen) => Number.isSafeInteger(fen) && fen >= 0))
      throw badField(
        field,
        say('金额为不小于 0 的整数（分）', 'amounts are whole fen, 0 or more'),
        say('改正金额', 'correct it'),
      )
    if (band.minFen > band.maxFen)
      throw badField(
        field,
        say('下限不得高于上限', 'the minimum is not over the maximum'),
        say('交换两数', 'swap them'),
      )
    bands.set(band.severity, band)
  })
  const ordered = severityNames.flatMap((name) => bands.get(name) ?? [])
  ordered.forEach((band, at) => {
    const milder = ordered[at + 1]
    if (milder && milder.maxFen > band.maxFen)
      throw badField(
        `body.rewardTable.${table.indexOf(milder)}`,
        say(
          `不得高于更重等级的上限 ${yuan(band.maxFen)} 元`,
          `does not pay more than the graver band’s ${yuan(band.maxFen)} yuan`,
        ),
        say('调低上限', 'lower the maximum'),
      )
  })
}

/**
 * Checks a proposal against the engagement's own table and what is left of the budget (GBT43741-5.1-20, GBT43741-5.3-08).
 * `confirmed` says of a closed finding whether it was ever confirmed: invalid ones are closed too.
 * @throws Problem wrong_state REWARD-1; malformed REWARD-2 outside the band, REWARD-3 over the budget
 */
export function checkReward(
  table: readonly RewardBand[],
  finding: { state: FindingState; severity: Severity; confirmed?: boolean },
  amountFen: number,
  budget: Budget,
): void {
  if (!rewarded.includes(finding.state) && !(finding.state === 'closed' && finding.confirmed === true))
    throw new Problem('wrong_state', say('漏洞确认后才能提议奖励', 'a reward is proposed after confirmation'), {
      rule: 'REWARD-1',
    })
  const band = table.find((one) => one.severity === finding.severity) ?? { minFen: 0, maxFen: 0 }
  if (!Number.isSafeInteger(amountFen) || amountFen < band.minFen || amountFen > band.maxFen)
    throw faulty(
      'REWARD-2',
      say(
        `奖励表规定 ${yuan(band.minFen)} 至 ${yuan(band.maxFen)} 元`,
        `the table says ${yuan(band.minFen)} to ${yuan(band.maxFen)} yuan`,
      ),
      say('按奖励表填写', 'stay inside the table'),
    )
  const left = leftOf(budget)
  if (amountFen > left)
    throw faulty(
      'REWARD-3',
      say(`预算剩余 ${yuan(left)} 元`, `${yuan(left)} yuan of the budget are left`),
      say('降低金额或增加预算', 'lower the amount or raise the budget'),
    )
}

type Mover = { readonly actor: Actor; readonly role: Role | null }
type Rewarded = {
  readonly state: FindingState
  readonly severity: Severity
  readonly confirmed?: boolean
  readonly submitterId: string
  readonly submitterOrgId: string
}

/**
 * Decides a proposal as a whole: who proposes, whether the finding has a reward already, table and budget.
 * @returns the reward's first state and what is left of the budget with it
 * @throws Problem forbidden ROLE-1 or SOD-2, wrong_state REWARD-1 or REWARD-5, malformed REWARD-2 or REWARD-3
 */
export function rewardFor(
  table: readonly RewardBand[],
  finding: Rewarded,
  proposal: { readonly amountFen: number; readonly by: Mover; readonly hasReward: boolean },
  budget: Budget,
): { state: RewardState; amountFen: number; leftFen: number } {
  checkMover('reward.propose', proposal.by, finding)
  if (proposal.hasReward)
    throw new Problem('wrong_state', say('该漏洞已有奖励', 'this finding has a reward already'), { rule: 'REWARD-5' })
  checkReward(table, finding, proposal.amountFen, budget)
  return { state: 'proposed', amountFen: proposal.amountFen, leftFen: leftOf(budget) - proposal.amountFen }
}

/** What may follow what, and whose act it is: the demand side decides, the organizer records the payment. */
export const rewardMoves = {
  approved: { from: 'proposed', by: 'reward.approve', clauses: ['GBT43741-5.3-08'] },
  refused: { from: 'proposed', by: 'reward.approve', clauses: ['GBT43741-5.3-08'] },
  paid: { from: 'approved', by: 'reward.pay', clauses: ['GBT43741-5.3-08'] },
} as const satisfies Partial<
  Record<RewardState, { from: RewardState; by: EngagementAction; clauses: readonly RuleId[] }>
>

/** @throws Problem wrong_state REWARD-4 */
export function afterRewardMove(state: RewardState, to: RewardState): RewardState {
  if (to === 'proposed' || rewardMoves[to].from !== state)
    throw new Problem(
      'wrong_state',
      say(
        `奖励当前为“${stateWords[state].zh}”，不能变为“${stateWords[to].zh}”`,
        `a reward that is ${stateWords[state].en} cannot become ${stateWords[to].en}`,
      ),
      { rule: 'REWARD-4' },
    )
  return to
}

/**
 * Decides an approval, a refusal or a payment by this person.
 * @throws Problem forbidden ROLE-1 or SOD-2, wrong_state REWARD-4
 */
export function decideReward(
  reward: { readonly state: RewardState; readonly submitterId: string; readonly submitterOrgId: string },
  to: keyof typeof rewardMoves,
  by: Mover,
): RewardState {
  checkMover(rewardMoves[to].by, by, reward)
  return afterRewardMove(reward.state, to)
}

function checkMover(
  action: EngagementAction,
  { actor, role }: Mover,
  finding: { readonly submitterId: string; readonly submitterOrgId: string },
): void {
  if (!may(actor, action, role))
    throw new Problem('forbidden', say('您的角色或岗位不能执行此操作', 'your role or post may not do this'), {
      rule: 'ROLE-1',
    })
  if (finding.submitterId === actor.personId || finding.submitterOrgId === actor.orgId)
    throw new Problem(
      'forbidden',
      say('不得处理本人或本单位的奖励', 'nobody decides on a reward of their own or of their own organisation'),
      { rule: 'SOD-2' },
    )
}

const stateWords: Record<RewardState, Text> = {
  proposed: say('已提议', 'proposed'),
  approved: say('已批准', 'approved'),
  refused: say('未批准', 'refused'),
  paid: say('已支付', 'paid'),
}
const yuan = (fen: number): string => (fen / 100).toFixed(2)
const faulty = (rule: RuleId, limit: Text, fix: Text): Problem =>
  new Problem('malformed', limit, { rule, fields: [{ field: 'body.amountFen', limit, fix }] })

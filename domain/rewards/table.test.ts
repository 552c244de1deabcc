import { describe, expect, it } from 'vitest'
import type { Actor, Role } from '../access/actor.ts'
import { Problem } from '../shared/problem.ts'
import {
  type RewardBand,
  type RewardState,
  afterRewardMove,
  checkReward,
  checkRewardTable,
  decideReward,
  rewardFor,
  rewardStates,
} from './table.ts'

const table: readonly RewardBand[] = [
  { severity: 'critical', minFen: 800_000, maxFen: 2_000_000 },
  { severity: 'high', minFen: 200_000, maxFen: 800_000 },
  { severity: 'low', minFen: 0, maxFen: 30_000 },
]
const budget = { totalFen: 1_000_000, heldFen: 700_000 }
const by = (role: Role, name: string, orgId: string = role, signs = false): { actor: Actor; role: Role } => ({
  role,
  actor: { personId: name, orgId, orgKind: role, posts: signs ? ['signatory'] : ['member'], name },
})
const 周审 = by('organizer', '周审')
const 钱总 = by('demand', '钱总', 'demand', true)
const finding = { state: 'confirmed', severity: 'high', submitterId: '林小满', submitterOrgId: '青锋实验室' } as const
const propose = (amountFen: number, change: object = {}, who = 周审, hasReward = false) =>
  rewardFor(table, { ...finding, ...change }, { amountFen, by: who, hasReward }, budget)
function refusal(act: () => unknown): Problem {
  try {
    act()
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
  throw new Error('nothing was refused')
}

describe('proposing a reward', () => {
  it('inside the table and the budget says what is left', () => {
    expect(propose(250_000)).toEqual({ state: 'proposed', amountFen: 250_000, leftFen: 50_000 })
    expect(propose(300_000).leftFen).toBe(0)
  })
  it('over the budget is refused with how much is left', () => {
    const problem = refusal(() => propose(300_001))
    expect(problem).toMatchObject({ code: 'malformed', rule: 'REWARD-3', fields: [{ field: 'body.amountFen' }] })
    expect(problem.fields[0]?.limit.zh).toBe('预算剩余 3000.00 元')
  })
  it.each([199_999, 800_001, 250_000.5, -1, Number.NaN])(
    'of %d fen for a high finding is outside its band',
    (amount) => {
      expect(refusal(() => propose(amount))).toMatchObject({
        rule: 'REWARD-2',
        fields: [{ limit: { en: 'the table says 2000.00 to 8000.00 yuan' } }],
      })
    },
  )
  it('for a severity that the table does not name pays nothing', () => {
    expect(propose(0, { severity: 'medium' }).amountFen).toBe(0)
    expect(refusal(() => propose(1, { severity: 'medium' })).rule).toBe('REWARD-2')
  })
  it.each(['submitted', 'demand_review', 'disputed', 'invalid', 'duplicate', 'rejected_by_demand'] as const)(
    'for a finding that is %s is too early or in vain',
    (state) => {
      expect(refusal(() => propose(250_000, { state }))).toMatchObject({ code: 'wrong_state', rule: 'REWARD-1' })
    },
  )
  it('for a closed finding takes that it was confirmed once', () => {
    expect(refusal(() => propose(250_000, { state: 'closed' })).rule).toBe('REWARD-1')
    expect(propose(250_000, { state: 'closed', confirmed: true }).state).toBe('proposed')
  })
  it('is not done for one’s own organisation, nor by another role, nor twice', () => {
    expect(refusal(() => propose(250_000, {}, by('organizer', '同事', '青锋实验室')))).toMatchObject({
      code: 'forbidden',
      rule: 'SOD-2',
    })
    expect(refusal(() => propose(250_000, {}, 钱总)).rule).toBe('ROLE-1')
    expect(refusal(() => propose(250_000, {}, 周审, true)).rule).toBe('REWARD-5')
  })
  it('checks the amount the same way where only the amount is asked about', () => {
    expect(() => checkReward(table, { state: 'fixed', severity: 'low' }, 30_000, budget)).not.toThrow()
    expect(refusal(() => checkReward(table, { state: 'fixed', severity: 'low' }, 30_001, budget)).rule).toBe('REWARD-2')
  })
})

describe('a reward', () => {
  const reward = (state: RewardState) => ({ state, submitterId: '林小满', submitterOrgId: '青锋实验室' })
  it('is approved by a signatory of the demand side and then paid by the organizer', () => {
    expect(decideReward(reward('proposed'), 'approved', 钱总)).toBe('approved')
    expect(decideReward(reward('approved'), 'paid', 周审)).toBe('paid')
    expect(decideReward(reward('proposed'), 'refused', 钱总)).toBe('refused')
  })
  it('is not approved by the organizer, by a member without signature, or by the tester’s employer', () => {
    expect(refusal(() => decideReward(reward('proposed'), 'approved', 周审)).rule).toBe('ROLE-1')
    expect(refusal(() => decideReward(reward('proposed'), 'approved', by('demand', '赵需'))).rule).toBe('ROLE-1')
    const employer = by('demand', '东家', '青锋实验室', true)
    expect(refusal(() => decideReward(reward('proposed'), 'approved', employer)).rule).toBe('SOD-2')
  })
  it('goes proposed → approved or refused, approved → paid, and no other way', () => {
    const ways = rewardStates.flatMap((from) =>
      rewardStates
        .filter((to) => {
          try {
            return afterRewardMove(from, to) === to
          } catch (error) {
            expect(error).toMatchObject({ code: 'wrong_state', rule: 'REWARD-4' })
            return false
          }
        })
        .map((to) => `${from} → ${to}`),
    )
    expect(ways).toEqual(['proposed → approved', 'proposed → refused', 'approved → paid'])
  })
})

describe('writing a reward table', () => {
  it('takes bands in any order, some left out', () => {
    expect(() => checkRewardTable([...table].reverse())).not.toThrow()
    expect(() => checkRewardTable([])).not.toThrow()
  })
  it.each([
    ['a severity twice', [...table, { severity: 'low', minFen: 0, maxFen: 1 }], 'body.rewardTable.3'],
    ['a minimum over the maximum', [{ severity: 'low', minFen: 2, maxFen: 1 }], 'body.rewardTable.0'],
    ['half a fen', [{ severity: 'low', minFen: 0.5, maxFen: 1 }], 'body.rewardTable.0'],
    [
      'a milder band that pays more',
      [
        { severity: 'low', minFen: 0, maxFen: 9 },
        { severity: 'high', minFen: 0, maxFen: 8 },
      ],
      'body.rewardTable.0',
    ],
  ] as [string, RewardBand[], string][])('refuses %s, naming the row', (_what, bands, field) => {
    expect(refusal(() => checkRewardTable(bands)).fields).toMatchObject([{ field }])
  })
})

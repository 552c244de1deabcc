import type { EngagementPage } from '@zhongheng/contracts/http/engagements.ts'
import { fenOf } from '../../ui/money.ts'
import { severities } from '../../ui/severities.ts'
import type { Severity } from '../../ui/states.ts'

type RewardTable = EngagementPage['rewardTable']
/** What people type, in yuan. */
export type RewardDraft = { readonly from?: string; readonly to?: string }
export type MoneyDraft = { rewards: Partial<Record<Severity, RewardDraft>>; budget: string }

/** What is wrong with one line of the table; null when it is right or empty. */
export function faultOf({ from = '', to = '' }: RewardDraft): 'bothOrNone' | 'badMoney' | 'badRange' | null {
  if (from.trim() === '' && to.trim() === '') return null
  if (from.trim() === '' || to.trim() === '') return 'bothOrNone'
  const least = fenOf(from)
  const most = fenOf(to)
  if (least === null || most === null) return 'badMoney'
  return most < least ? 'badRange' : null
}

/** The table in fen, worst severity first; empty lines are left out. Call it only when no line has a fault. */
export function rewardTableOf(rewards: MoneyDraft['rewards']): RewardTable {
  return severities.flatMap((severity) => {
    const minFen = fenOf(rewards[severity]?.from ?? '')
    const maxFen = fenOf(rewards[severity]?.to ?? '')
    return minFen === null || maxFen === null ? [] : [{ severity, minFen, maxFen }]
  })
}

/** No budget typed is a budget of nothing. */
export const budgetOf = (typed: string): number => fenOf(typed) ?? 0

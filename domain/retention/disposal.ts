import type { EngagementState } from '../engagements/states.ts'
import { type RuleId, type Text, say } from '../shared/problem.ts'
import { keptUntil, mayBeDisposed } from './retention.ts'

/** `traffic`: the recorded exchanges. `file`: those and everything else that the engagement's keys seal. */
export const disposalKinds = ['traffic', 'file'] as const
export type DisposalKind = (typeof disposalKinds)[number]

export type DisposalFacts = {
  readonly state: EngagementState
  /** Holds that stand over the engagement. */
  readonly holds: number
  /** Why the written acts of disposal are not whole; null when they are, or when testing never began. */
  readonly actsMissing: { readonly rule: RuleId; readonly why: Text } | null
  /** What was ordered already. */
  readonly ordered: readonly DisposalKind[]
  /** When the newest segment was sealed; null without traffic. */
  readonly lastSealedAt: Date | null
  /** When the engagement last moved: the end of the service. */
  readonly endedAt: Date
}

const ended: readonly EngagementState[] = ['closed', 'cancelled', 'terminated']

/** Until when each kind is kept (YDT3744-5.5.4-02, CSL-21-3, GBT43741-5.3-10); null where there is nothing of it. */
export const disposableFrom = (
  facts: Pick<DisposalFacts, 'lastSealedAt' | 'endedAt'>,
  what: DisposalKind,
): Date | null =>
  what === 'file' ? keptUntil('events', facts.endedAt) : facts.lastSealedAt && keptUntil('traffic', facts.lastSealedAt)

/**
 * Why an engagement's data may not be destroyed now (GBT43741-5.3-06); null when it may. Holds come before everything:
 * whoever reads the refusal learns of the hold first.
 */
export function whyNotDisposed(
  facts: DisposalFacts,
  what: DisposalKind,
  now: Date,
): { readonly rule: RuleId; readonly why: Text } | null {
  if (facts.holds > 0) return heldBy(facts.holds)
  if (!ended.includes(facts.state))
    return {
      rule: 'DISPOSAL-1',
      why: say(
        '只有已关闭、取消或终止的项目可以销毁数据',
        'data is destroyed only once the engagement is closed, cancelled or terminated',
      ),
    }
  if (facts.ordered.includes(what) || facts.ordered.includes('file'))
    return { rule: 'DISPOSAL-2', why: say('销毁已下达', 'its destruction was ordered already') }
  if (facts.actsMissing) return facts.actsMissing
  for (const [kind, rule, madeAt] of [
    ['traffic', 'YDT3744-5.5.4-02', facts.lastSealedAt],
    ['events', 'GBT43741-5.3-10', what === 'file' ? facts.endedAt : null],
  ] as const) {
    if (madeAt === null || mayBeDisposed(kind, madeAt, now)) continue
    const until = keptUntil(kind, madeAt).toISOString().slice(0, 10)
    return {
      rule,
      why:
        kind === 'traffic'
          ? say(`流量记录须保存至 ${until}`, `recorded traffic is kept until ${until}`)
          : say(`服务档案须保存至 ${until}`, `the service file is kept until ${until}`),
    }
  }
  return null
}

/** What a hold says to everything that would destroy something. */
export const heldBy = (holds: number): { readonly rule: RuleId; readonly why: Text } => ({
  rule: 'HOLD-1',
  why: say(
    `有 ${holds} 项留存令在效，解除前不得处置或删除`,
    holds === 1
      ? 'a legal hold stands; nothing is disposed of or deleted before it is lifted'
      : `${holds} legal holds stand; nothing is disposed of or deleted before they are lifted`,
  ),
})

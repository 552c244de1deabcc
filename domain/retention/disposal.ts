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
  /** For how many days the engagement keeps its traffic. */
  readonly trafficDays: number
  /** When the engagement last moved: the end of the service. */
  readonly endedAt: Date
}

/** The row whose time of retention must be over before it is destroyed. */
export const disposalRules = { traffic: 'YDT3744-5.5.4-02', file: 'GBT43741-5.3-10' } as const satisfies {
  readonly [kind in DisposalKind]: RuleId
}

/** What everybody may know of a disposal that was carried out. */
export type Disposed = {
  readonly what: DisposalKind
  readonly at: Date
  /** Who ordered it; null where a backup of before was put back, and only the destroyed key tells of it. */
  readonly by: string | null
  /** Who let it pass as the second person. */
  readonly second: string | null
}

/** What is answered instead of what is no more: destroyed on which day, by whom and under which rule. */
export function disposedWords({ what, at, by, second }: Disposed): Text {
  const day = at.toISOString().slice(0, 10)
  const rule = disposalRules[what]
  const who =
    by === null
      ? say('下达记录见账本', 'the ledger says by whom')
      : second === null
        ? say(`下达：${by}`, `ordered by ${by}`)
        : say(`下达：${by}；批准：${second}`, `ordered by ${by}, approved by ${second}`)
  return what === 'traffic'
    ? say(
        `录制的流量已于 ${day} 按 ${rule} 销毁（${who.zh}）；摘要与账本条目仍可验证`,
        `the recorded traffic was destroyed on ${day} under ${rule} (${who.en}); digests and ledger entries can still be verified`,
      )
    : say(
        `此项目的数据已于 ${day} 按 ${rule} 销毁（${who.zh}）；时间线、账本条目和处置记录仍在`,
        `the data of this engagement was destroyed on ${day} under ${rule} (${who.en}); its timeline, ledger entries and disposal record stay`,
      )
}

const ended: readonly EngagementState[] = ['closed', 'cancelled', 'terminated']

/** Until when each kind is kept (YDT3744-5.5.4-02, CSL-21-3, GBT43741-5.3-10); null where there is nothing of it. */
export const disposableFrom = (
  facts: Pick<DisposalFacts, 'lastSealedAt' | 'trafficDays' | 'endedAt'>,
  what: DisposalKind,
): Date | null =>
  what === 'file'
    ? keptUntil('events', facts.endedAt)
    : facts.lastSealedAt && keptUntil('traffic', facts.lastSealedAt, facts.trafficDays)

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
  for (const [kind, of, madeAt, days] of [
    ['traffic', 'traffic', facts.lastSealedAt, facts.trafficDays],
    ['events', 'file', what === 'file' ? facts.endedAt : null, undefined],
  ] as const) {
    if (madeAt === null || mayBeDisposed(kind, madeAt, now, days)) continue
    const until = keptUntil(kind, madeAt, days).toISOString().slice(0, 10)
    return {
      rule: disposalRules[of],
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

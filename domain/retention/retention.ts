import { Problem, say } from '../shared/problem.ts'

/**
 * How long what is kept at least. Months are counted as 184 days and years with their leap day, so that no calendar makes
 * them shorter. The database refuses earlier deletion to every role (migration 0011); nothing in the platform asks for it.
 */
export const retention = {
  /** The log of events: reception of findings and network logs six months, the service file five years; the longest counts. */
  events: { days: 1827, rows: ['GBT43741-5.3-10', 'RMSV-5-2', 'CSL-21-3'] },
  /** Recorded traffic: 180 days and six months are both met. */
  traffic: { days: 184, rows: ['YDT3744-5.5.4-02', 'CSL-21-3'] },
} as const

export type RetentionClass = keyof typeof retention

/**
 * For how many days an engagement may keep its recorded traffic: what the rules ask for, up to as long as the service file
 * is kept, because nobody needs recordings of something of which nothing else is left.
 */
export const recordingDays = { least: retention.traffic.days, most: retention.events.days } as const

const dayMs = 86_400_000

/** Until when something of this class must be kept that was made then. @param days of the engagement's own rule */
export const keptUntil = (of: RetentionClass, madeAt: Date, days: number = retention[of].days): Date =>
  new Date(madeAt.getTime() + Math.max(days, retention[of].days) * dayMs)

/** Whether its time is over; at the very moment it still is kept. */
export const mayBeDisposed = (of: RetentionClass, madeAt: Date, now: Date, days?: number): boolean =>
  now.getTime() > keptUntil(of, madeAt, days).getTime()

/** What a change of the engagement's rule depends on. */
export type TermFacts = {
  /** Today's rule. */
  readonly days: number
  /** Whether traffic was recorded under it already. */
  readonly recorded: boolean
  /** Whether the destruction of the traffic was ordered. */
  readonly ordered: boolean
}

/**
 * Checks another number of days for recorded traffic (YDT3744-5.5.4-02). Longer is possible until it is destroyed, shorter
 * only before there is any: nobody shortens how long what speaks of them is kept.
 * @throws Problem refused TERM-1 outside of the limits; wrong_state TERM-2 shorter, TERM-3 too late
 */
export function checkTerm(facts: TermFacts, days: number): void {
  const { least, most } = recordingDays
  if (!Number.isInteger(days) || days < least || days > most)
    throw new Problem('refused', say(`须为 ${least} 至 ${most} 天`, `${least} to ${most} days`), {
      rule: 'TERM-1',
      fields: [
        {
          field: 'trafficDays',
          limit: say(`${least} 至 ${most} 天`, `${least} to ${most} days`),
          fix: say('填写此范围内的整天数', 'give a whole number of days within this'),
        },
      ],
    })
  if (facts.ordered)
    throw new Problem('wrong_state', say('流量的销毁已下达', 'the destruction of the traffic was ordered already'), {
      rule: 'TERM-3',
    })
  if (facts.recorded && days < facts.days)
    throw new Problem(
      'wrong_state',
      say(
        `已有流量按 ${facts.days} 天保存，此后只能延长`,
        `traffic was recorded to be kept for ${facts.days} days; from then on it is only lengthened`,
      ),
      { rule: 'TERM-2' },
    )
}

import type { SignalKind } from './signals.ts'

/** What is told: the alert as it is after what happened to it, or that a way works. */
export type AlertNewsKind = 'raised' | 'acknowledged' | 'settled' | 'test'

/**
 * One message about an alert to a system outside. It has no place for text that somebody wrote, a name, an address, a host or
 * what was seen: ids, counts, times and keyed digests only, and the page where those who may read the rest find it.
 */
export type AlertNews = {
  /** The message's own id: the same in every try, so that a receiver can drop repetitions. */
  readonly id: string
  readonly what: AlertNewsKind
  readonly at: Date
  /** Public address of this installation's page of alerts. */
  readonly page: string
  readonly engagementId: string
  /** Absent in a test. */
  readonly alert?: {
    readonly id: string
    readonly kind: SignalKind
    readonly severity: 'low' | 'medium' | 'high'
    /** What followed at once. */
    readonly response: 'alarm' | 'slow' | 'stop'
    readonly outcome: 'violation' | 'permitted' | 'false_alarm' | null
    readonly testerId: string
    readonly leaseId: string
    /** Keyed by the engagement, as every digest of it. */
    readonly hostDigest: string
    readonly exchanges: number
    /** The most different values in one exchange. */
    readonly most: number
    readonly firstAt: Date
    readonly lastAt: Date
    /** The newest exchanges in which it was seen. */
    readonly seen: readonly { readonly exchangeId: string; readonly count: number; readonly digest: string }[]
  }
}

export const newsForms = ['ocsf', 'gbt44886'] as const
export type NewsForm = (typeof newsForms)[number]

/** JSON without a byte above 126, so that no reader has to guess how a line is encoded. */
export const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)

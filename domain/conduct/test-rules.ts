import type { PayloadClass, SignalKind } from './signals.ts'
import { type QuietHours, quietMinutes } from './quiet-hours.ts'

/** What one lease, the engagement as a whole or one target may take; what is absent is not limited. Bytes are per minute. */
export type Limits = {
  readonly requestsPerSecond?: number | undefined
  readonly concurrency?: number | undefined
  /** From the testers to targets. */
  readonly sentPerMinute?: number | undefined
  /** From targets to the testers. */
  readonly receivedPerMinute?: number | undefined
}

/** What follows when a signal of conduct is seen: tell only, hold the tester to one request a second, suspend the lease. */
export const responses = ['alarm', 'slow', 'stop'] as const
export type Response = (typeof responses)[number]

/**
 * The rules of one engagement's test beyond its scope (GBT43741-5.1-04, GBT43741-4.3-05): what both sides agreed on about
 * rates, hours, methods and conduct. The gateway judges by them; they travel in the signed policy.
 */
export type TestRules = {
  /** IANA name of the zone in which the quiet hours are meant. */
  readonly zone: string
  readonly quietHours: readonly QuietHours[]
  readonly lease: Limits
  readonly engagement: Limits
  /** For each host and port that has no line of its own. */
  readonly target: Limits
  readonly targets: readonly { readonly host: string; readonly limits: Limits }[]
  /** In capitals. */
  readonly forbiddenMethods: readonly string[]
  /** Requests that carry such a payload are refused before they leave, or cut where it is seen. */
  readonly forbiddenPayloads: readonly PayloadClass[]
  /** What follows a signal; one that is not named only raises an alert. */
  readonly responses: { readonly [kind in SignalKind]?: Response | undefined }
}

export const noRules: TestRules = {
  zone: 'Asia/Shanghai',
  quietHours: [],
  lease: {},
  engagement: {},
  target: {},
  targets: [],
  forbiddenMethods: [],
  forbiddenPayloads: [],
  responses: {},
}

export const responseTo = (rules: TestRules, kind: SignalKind): Response => rules.responses[kind] ?? 'alarm'

/** The limits of one target: its own line where there is one, field by field, else those of all targets. */
export function targetLimits(rules: TestRules, host: string): Limits {
  const own = rules.targets.find((one) => one.host === host)
  return own === undefined ? rules.target : { ...rules.target, ...own.limits }
}

const limitNames = ['requestsPerSecond', 'concurrency', 'sentPerMinute', 'receivedPerMinute'] as const

const noHigher = (after: Limits, before: Limits): boolean =>
  limitNames.every((name) => (after[name] ?? Number.POSITIVE_INFINITY) <= (before[name] ?? Number.POSITIVE_INFINITY))

const covers = <T>(after: readonly T[], before: readonly T[]): boolean => before.every((one) => after.includes(one))

/**
 * Whether the later rules allow nothing that the earlier ones did not: then one side may put them into force alone, as one
 * side alone may stop the test. Quiet hours of two zones cannot be compared, because zones change.
 */
export function isNoLooser(after: TestRules, before: TestRules): boolean {
  const hosts = [...before.targets, ...after.targets].map((one) => one.host)
  return (
    noHigher(after.lease, before.lease) &&
    noHigher(after.engagement, before.engagement) &&
    noHigher(after.target, before.target) &&
    hosts.every((host) => noHigher(targetLimits(after, host), targetLimits(before, host))) &&
    covers(after.forbiddenMethods, before.forbiddenMethods) &&
    covers(after.forbiddenPayloads, before.forbiddenPayloads) &&
    (before.quietHours.length === 0 ||
      (after.zone === before.zone &&
        covers([...quietMinutes(after.quietHours)], [...quietMinutes(before.quietHours)]))) &&
    Object.keys(before.responses).every((kind) => {
      const name = kind as SignalKind
      return responses.indexOf(responseTo(after, name)) >= responses.indexOf(responseTo(before, name))
    })
  )
}

import { hours, minutes, seconds } from '../shared/clock.ts'

/** Spans in milliseconds. */
export const mailRules = {
  /** A code can be given back for so long, and so often wrongly. */
  codeLife: minutes(30),
  codeTries: 5,
  /** What is urgent waits so long after the last mail to this person. */
  urgentEvery: minutes(5),
  /** What is not urgent waits so long for company, and `digestMinutes` after the last mail. */
  gatherFor: minutes(2),
  /** Mails to one address in an hour, whoever gave it. */
  perAddressHour: 12,
  keptFor: hours(30 * 24),
} as const

const waits = [seconds(30), minutes(2), minutes(10), minutes(30), hours(1), hours(2), hours(4), hours(8)]
/** Milliseconds until a mail that failed is tried again; null when it is given up. @param tries made so far, at least 1 */
export const nextMailAfter = (tries: number): number | null => waits[tries - 1] ?? null

/** When a mail of notices leaves. @param digestMinutes between two mails of what is not urgent */
export function leavesAt(now: Date, urgent: boolean, lastSent: Date | null, digestMinutes: number): Date {
  const last = lastSent?.getTime() ?? 0
  return new Date(
    urgent
      ? Math.max(now.getTime(), last + mailRules.urgentEvery)
      : Math.max(now.getTime() + mailRules.gatherFor, last + minutes(digestMinutes)),
  )
}

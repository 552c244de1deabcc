import type { Limits } from './test-rules.ts'

/**
 * What somebody or something has used: requests in a bucket that holds one second's worth, bytes in buckets that hold one
 * minute's worth. A bucket may be overdrawn by what was under way; it must be full again before anything new is let through.
 */
export type Load = {
  /** Requests that may begin now. */
  readonly requests: number
  readonly sent: number
  readonly received: number
  readonly open: number
  /** Monotonic milliseconds of the last change. */
  readonly at: number
}

export type Exceeded = { readonly what: 'requests' | 'concurrency' | 'sent' | 'received'; readonly waitMs: number }

/** A bucket that was never used. @param now monotonic milliseconds */
export const freshLoad = (limits: Limits, now: number): Load => ({
  requests: limits.requestsPerSecond ?? 0,
  sent: limits.sentPerMinute ?? 0,
  received: limits.receivedPerMinute ?? 0,
  open: 0,
  at: now,
})

const risen = (level: number, most: number | undefined, perMs: number, elapsed: number): number =>
  most === undefined ? 0 : Math.min(most, level + elapsed * perMs)

/** The load as it stands now, by limits that may have changed since. */
export function flowed(load: Load, limits: Limits, now: number): Load {
  const elapsed = Math.max(0, now - load.at)
  const { requestsPerSecond: rate, sentPerMinute: sent, receivedPerMinute: received } = limits
  return {
    requests: risen(load.requests, rate, (rate ?? 0) / 1000, elapsed),
    sent: risen(load.sent, sent, (sent ?? 0) / 60_000, elapsed),
    received: risen(load.received, received, (received ?? 0) / 60_000, elapsed),
    open: load.open,
    at: now,
  }
}

/** Milliseconds until a bucket holds `least`; 0 when it does. What fractions lose in adding up is not waited for. */
const waitFor = (level: number, least: number, perMs: number): number =>
  Math.max(0, Math.ceil((least - level) / perMs - 1e-6))

/** Why one more request may not begin now; null when it may. `load` as `flowed` gives it. */
export function exceeded(load: Load, limits: Limits): Exceeded | null {
  const { requestsPerSecond, concurrency, sentPerMinute, receivedPerMinute } = limits
  if (concurrency !== undefined && load.open >= concurrency) return { what: 'concurrency', waitMs: 1000 }
  if (requestsPerSecond !== undefined && load.requests < 1 - 1e-9)
    return { what: 'requests', waitMs: waitFor(load.requests, 1, requestsPerSecond / 1000) }
  if (sentPerMinute !== undefined && load.sent < 0)
    return { what: 'sent', waitMs: waitFor(load.sent, 0, sentPerMinute / 60_000) }
  if (receivedPerMinute !== undefined && load.received < 0)
    return { what: 'received', waitMs: waitFor(load.received, 0, receivedPerMinute / 60_000) }
  return null
}

/** After something was used. */
export const spent = (
  load: Load,
  used: { requests?: number; sent?: number; received?: number; open?: number },
): Load => ({
  requests: load.requests - (used.requests ?? 0),
  sent: load.sent - (used.sent ?? 0),
  received: load.received - (used.received ?? 0),
  open: load.open + (used.open ?? 0),
  at: load.at,
})

/** How long what is under way must pause so that its pace is the rate, milliseconds. */
export function pauseOf(load: Load, limits: Limits): number {
  const { requestsPerSecond, sentPerMinute, receivedPerMinute } = limits
  return Math.max(
    requestsPerSecond === undefined ? 0 : waitFor(load.requests, 0, requestsPerSecond / 1000),
    sentPerMinute === undefined ? 0 : waitFor(load.sent, 0, sentPerMinute / 60_000),
    receivedPerMinute === undefined ? 0 : waitFor(load.received, 0, receivedPerMinute / 60_000),
  )
}

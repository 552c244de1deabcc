import type { LeasePolicy } from '@zhongheng/domain/authorizations/policy.ts'

export type LimitVerdict =
  | { readonly ok: true; readonly release: () => void }
  | { readonly ok: false; readonly rule: 'LIMIT-1' | 'LIMIT-2'; readonly waitMs: number }

type Count = { tokens: number; at: number; open: number }

/** Requests per second (a bucket that holds one second's worth) and requests at a time, per lease. */
export class LeaseLimits {
  readonly #counts = new Map<string, Count>()

  /** Admits one request or says how long to wait. `release` must be called once when it has ended. @param now monotonic ms */
  admit(lease: LeasePolicy, now: number): LimitVerdict {
    const { requestsPerSecond, concurrency } = lease.limits
    let count = this.#counts.get(lease.leaseId)
    if (count === undefined) {
      count = { tokens: requestsPerSecond, at: now, open: 0 }
      this.#counts.set(lease.leaseId, count)
    }
    count.tokens = Math.min(requestsPerSecond, count.tokens + ((now - count.at) / 1000) * requestsPerSecond)
    count.at = now
    if (count.open >= concurrency) return { ok: false, rule: 'LIMIT-2', waitMs: 1000 }
    if (count.tokens < 1) {
      return { ok: false, rule: 'LIMIT-1', waitMs: Math.ceil(((1 - count.tokens) / requestsPerSecond) * 1000) }
    }
    count.tokens -= 1
    count.open += 1
    const counted = count
    let released = false
    return {
      ok: true,
      release: () => {
        if (!released) counted.open -= 1
        released = true
      },
    }
  }

  /** Forgets leases with nothing open and a full bucket, so that the table does not grow for ever. @param now monotonic ms */
  prune(now: number): void {
    for (const [leaseId, count] of this.#counts) {
      if (count.open === 0 && now - count.at > 60_000) this.#counts.delete(leaseId)
    }
  }
}

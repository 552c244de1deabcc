import type { HeldLease } from '@zhongheng/domain/authorizations/judge.ts'
import type { Target } from '@zhongheng/domain/authorizations/target.ts'
import {
  exceeded,
  type Exceeded,
  flowed,
  freshLoad,
  type Load,
  pauseOf,
  spent,
} from '@zhongheng/domain/conduct/load.ts'
import { type Limits, targetLimits } from '@zhongheng/domain/conduct/test-rules.ts'

export type LimitRule = `LIMIT-${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9}`

export type LimitVerdict =
  | { readonly ok: true; readonly share: Share }
  | { readonly ok: false; readonly rule: LimitRule; readonly waitMs: number }

/** A load under its limits. */
type Account = { readonly whose: Whose; limits: Limits; load: Load; held: number }
type Whose = 'lease' | 'engagement' | 'target'

const ruleOf = (whose: Whose, what: Exceeded['what']): LimitRule => {
  if (what === 'sent') return 'LIMIT-7'
  if (what === 'received') return 'LIMIT-8'
  const rate = what === 'requests'
  if (whose === 'lease') return rate ? 'LIMIT-1' : 'LIMIT-2'
  if (whose === 'engagement') return rate ? 'LIMIT-3' : 'LIMIT-4'
  return rate ? 'LIMIT-5' : 'LIMIT-6'
}

/** What one admitted request, or tunnel, takes of the limits over it. */
export class Share {
  readonly #accounts: readonly Account[]
  readonly #now: () => number
  readonly #measured: boolean
  #released = false

  constructor(accounts: readonly Account[], now: () => number) {
    this.#accounts = accounts
    this.#now = now
    this.#measured = accounts.some(
      ({ limits }) => limits.sentPerMinute !== undefined || limits.receivedPerMinute !== undefined,
    )
    for (const account of accounts) account.held += 1
  }

  /** Gives its place among the requests at a time back; once. */
  release(): void {
    if (this.#released) return
    this.#released = true
    for (const account of this.#accounts) {
      account.held -= 1
      account.load = spent(account.load, { open: -1 })
    }
  }

  /** Counts bytes that are about to pass, and gives how long to pause before, milliseconds. */
  sent(bytes: number): number {
    return this.#measured ? this.#spend({ sent: bytes }) : 0
  }

  received(bytes: number): number {
    return this.#measured ? this.#spend({ received: bytes }) : 0
  }

  /** Counts messages of an upgraded connection as requests: they cannot be answered 429, so they are paced. */
  messages(count: number): number {
    return count === 0 ? 0 : this.#spend({ requests: count })
  }

  #spend(used: Parameters<typeof spent>[1]): number {
    const now = this.#now()
    let pause = 0
    for (const account of this.#accounts) {
      account.load = spent(flowed(account.load, account.limits, now), used)
      pause = Math.max(pause, pauseOf(account.load, account.limits))
    }
    return pause
  }
}

/** Requests, requests at a time and bytes, per lease, engagement and target: the state to which the rule of `load.ts` is put. */
export class LoadBook {
  readonly #accounts = new Map<string, Account>()
  readonly #now: () => number

  /** @param now monotonic ms */
  constructor(now: () => number) {
    this.#now = now
  }

  /** Admits one request, or says which limit is in the way and how long to wait. `release` must be called when it has ended. */
  admit({ lease, engagement }: HeldLease, target: Pick<Target, 'host' | 'port'>): LimitVerdict {
    const now = this.#now()
    const { rules } = engagement
    const slowed = lease.slowedTo
    const ofLease: Limits =
      rules === undefined && slowed === undefined
        ? lease.limits
        : {
            ...rules?.lease,
            requestsPerSecond: least(lease.limits.requestsPerSecond, rules?.lease.requestsPerSecond, slowed),
            concurrency: least(lease.limits.concurrency, rules?.lease.concurrency),
          }
    const accounts = [this.#account(lease.leaseId, 'lease', ofLease, now)]
    if (rules !== undefined) {
      const id = engagement.engagementId
      accounts.push(
        this.#account(id, 'engagement', rules.engagement, now),
        this.#account(`${id} ${target.host}:${target.port}`, 'target', targetLimits(rules, target.host), now),
      )
    }
    for (const { whose, load, limits } of accounts) {
      const over = exceeded(load, limits)
      if (over === null) continue
      const rule = ruleOf(whose, over.what)
      return {
        ok: false,
        rule: rule === 'LIMIT-1' && slowed !== undefined ? 'LIMIT-9' : rule,
        waitMs: over.waitMs,
      }
    }
    for (const account of accounts) account.load = spent(account.load, { requests: 1, open: 1 })
    return { ok: true, share: new Share(accounts, this.#now) }
  }

  #account(key: string, whose: Whose, limits: Limits, now: number): Account {
    let account = this.#accounts.get(key)
    if (account === undefined) {
      account = { whose, limits, load: freshLoad(limits, now), held: 0 }
      this.#accounts.set(key, account)
      return account
    }
    // What had no limit until now begins with a full bucket.
    if (limits !== account.limits) account.load = begun(account.load, account.limits, limits)
    account.limits = limits
    account.load = flowed(account.load, limits, now)
    return account
  }

  /** Forgets accounts that nothing holds and whose buckets have long been full, so that the book does not grow for ever. */
  prune(): void {
    const now = this.#now()
    for (const [key, { held, load }] of this.#accounts) {
      if (held === 0 && now - load.at > 60_000) this.#accounts.delete(key)
    }
  }
}

const least = (...given: readonly (number | undefined)[]): number =>
  Math.min(...given.map((one) => one ?? Number.POSITIVE_INFINITY))

function begun(load: Load, before: Limits, after: Limits): Load {
  const started = (level: number, was: number | undefined, is: number | undefined): number =>
    was === undefined && is !== undefined ? is : level
  return {
    ...load,
    requests: started(load.requests, before.requestsPerSecond, after.requestsPerSecond),
    sent: started(load.sent, before.sentPerMinute, after.sentPerMinute),
    received: started(load.received, before.receivedPerMinute, after.receivedPerMinute),
  }
}

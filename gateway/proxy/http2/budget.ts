/** What one side may cost the other without getting anywhere; whoever spends more is told to be calm and cut. */
export type Spending = 'resets' | 'pings' | 'settings' | 'idle' | 'excess'

/** Most at once, and how many come back in a second. */
const purses: { readonly [spending in Spending]: readonly [number, number] } = {
  // Rapid reset: a browser cancels at most what it has open when somebody leaves a page.
  resets: [300, 50],
  // gRPC measures its round trips by pings.
  pings: [200, 50],
  settings: [20, 2],
  // Priorities, window updates, continuations, empty data, frames nobody knows: `earn` brings them back.
  idle: [5000, 500],
  // Streams over the limit: a client may not have read the limit yet.
  excess: [1000, 100],
}

export class Budget {
  readonly #left = new Map<Spending, { tokens: number; at: number }>()
  readonly #now: () => number

  /** @param now monotonic ms */
  constructor(now: () => number) {
    this.#now = now
  }

  /** False when it is used up. */
  spend(spending: Spending, cost = 1): boolean {
    const [most, perSecond] = purses[spending]
    const now = this.#now()
    const purse = this.#left.get(spending) ?? { tokens: most, at: now }
    purse.tokens = Math.min(most, purse.tokens + ((now - purse.at) / 1000) * perSecond) - cost
    purse.at = now
    this.#left.set(spending, purse)
    return purse.tokens >= 0
  }

  /** Something useful happened: frames that belong to it are not idle. */
  earn(): void {
    const purse = this.#left.get('idle')
    if (purse !== undefined) purse.tokens = Math.min(purses.idle[0], purse.tokens + 2)
  }
}

import { minutes } from '../shared/clock.ts'

/** Waiting for a time-stamping authority: tried again after 1, 2, 4 … minutes, an hour at most, then given up. */
export const stampLimits = {
  /** Tries of one request; about two hours in all. */
  tries: 8,
  longestWaitMs: minutes(60),
} as const

/** Milliseconds until a request that failed is tried again; null when it is given up. @param tries made so far, at least 1 */
export const nextTryAfter = (tries: number): number | null =>
  tries >= stampLimits.tries ? null : Math.min(stampLimits.longestWaitMs, minutes(2 ** (tries - 1)))

/** Entries that a stamp adds by itself: news of nothing else is none, or an idle ledger would be stamped for ever. */
const ownEntries = 1

/**
 * Whether the newest head is to be stamped now.
 * @param last the newest head that a stamp was asked for, whatever became of it @param everyMs between two requests
 */
export const stampDue = (state: {
  readonly size: number
  readonly last: { readonly size: number; readonly askedAt: Date } | null
  readonly now: Date
  readonly everyMs: number
}): boolean =>
  state.size > 0 &&
  (state.last === null ||
    (state.now.getTime() - state.last.askedAt.getTime() >= state.everyMs && state.size > state.last.size + ownEntries))

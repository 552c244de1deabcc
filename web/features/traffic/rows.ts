import type { ExchangeRowView } from '@zhongheng/contracts/http/traffic.ts'
import type { Reply } from '@zhongheng/contracts/http/index.ts'

export type ExchangesReply = Reply<'GET /api/engagements/:engagementId/exchanges'>

/** What the list holds: newest first, no exchange twice. */
export type Feed = {
  readonly rows: readonly ExchangeRowView[]
  /** Cursor of the rows before the oldest one held; null at the beginning of time. */
  readonly next: string | null
  readonly lagSeconds: number
  /** Of a search: candidates opened so far, and whether something may be missing. */
  readonly searched: ExchangesReply['searched']
  readonly gateway: ExchangesReply['gateway']
  /** Said where the recorded traffic was destroyed. */
  readonly disposed: ExchangesReply['disposed']
}

/** News lets the list grow to so many rows; beyond, as many of the oldest go as came. Who scrolled further keeps what they loaded. */
export const heldRows = 10_000

export const firstFeed = (reply: ExchangesReply): Feed => ({
  rows: reply.exchanges,
  next: reply.next,
  searched: reply.searched,
  lagSeconds: reply.lagSeconds,
  gateway: reply.gateway,
  disposed: reply.disposed,
})

/** The sequence after which something is new; undefined while nothing is held. */
export const newestOf = (feed: Feed): number | undefined => feed.rows[0]?.sequence

/**
 * Puts what came since `newestOf` on top. When more came than one answer holds, the answer replaces the list: a list
 * with a silent hole would be worse than one that begins anew.
 */
export function withNewer(feed: Feed, reply: ExchangesReply): Feed {
  if (reply.next !== null) return firstFeed(reply)
  // Not by number: those of another node are no higher for being newer.
  const held = new Set(feed.rows.map((row) => row.sequence))
  const fresh = reply.exchanges.filter((row) => !held.has(row.sequence))
  const whole = fresh.length === 0 ? feed.rows : [...fresh, ...feed.rows]
  const most = Math.max(heldRows, feed.rows.length)
  const kept = whole.length > most ? whole.slice(0, most) : whole
  return {
    rows: kept,
    next: kept.length < whole.length ? String(kept.at(-1)?.sequence) : feed.next,
    searched: reply.searched,
    lagSeconds: reply.lagSeconds,
    gateway: reply.gateway,
    disposed: reply.disposed,
  }
}

/** Puts a page of older rows below. */
export function withOlder(feed: Feed, reply: ExchangesReply): Feed {
  const held = new Set(feed.rows.map((row) => row.sequence))
  const searched = reply.searched && {
    ...reply.searched,
    opened: reply.searched.opened + (feed.searched?.opened ?? 0),
  }
  return {
    ...feed,
    rows: [...feed.rows, ...reply.exchanges.filter((row) => !held.has(row.sequence))],
    next: reply.next,
    searched,
  }
}

/** Which rows a window of `height` shows at `top`, with some spare on both sides. `end` is exclusive. */
export function windowOf(
  top: number,
  height: number,
  rowHeight: number,
  count: number,
): { start: number; end: number } {
  const spare = 8
  const start = Math.max(0, Math.min(count, Math.floor(top / rowHeight)) - spare)
  return { start, end: Math.min(count, Math.ceil((top + height) / rowHeight) + spare) }
}

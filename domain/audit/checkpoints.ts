/**
 * When the ledger publishes a new head. Entries are durable and have their place before; a checkpoint is what outsiders
 * can hold us to. At most a minute may pass while there is news, and nothing may be shown, stopped or published for which
 * no outsider could demand the entry at once.
 */
export const checkpointLimits = {
  /** Milliseconds between two checkpoints while there is news. */
  everyMs: 10_000,
  /** The limit that `everyMs` must never pass. */
  atMostMs: 60_000,
  /** While nothing happens the head is signed anew, with a new time, after this long: who watches sees that it is no frozen copy. */
  restateMs: 600_000,
} as const

/** Why an event's entry is published at once. */
export type Urgency = 'reveal' | 'stop_order' | 'publication'

type Facts = { readonly [name: string]: unknown }

/** The one list of urgent kinds; a function where only some events of a kind are. */
const urgent: { readonly [kind: string]: Urgency | ((facts: Facts) => Urgency | null) } = {
  'finding.read': 'reveal',
  'findings.searched': 'reveal',
  'findings.exported': 'reveal',
  'traffic.read': 'reveal',
  'letter.read': 'reveal',
  'document.read': 'reveal',
  'pack.read': 'reveal',
  'break_glass.opened': 'reveal',
  'decoy.opened': 'reveal',
  'attachment.read': 'reveal',
  'personal_data.exported': 'reveal',
  'correction.opened': 'reveal',
  'engagement.moved': ({ move }) =>
    move === 'stop' || move === 'end_early' || move === 'cancel'
      ? 'stop_order'
      : move === 'deliver'
        ? 'publication'
        : null,
  'lease.suspended': 'stop_order',
  'lease.revoked': 'stop_order',
  'letter.issued': 'publication',
  'document.signed': 'publication',
  'document.issued': 'publication',
  'scope.in_force': 'publication',
  'hold.placed': 'publication',
  'disposal.ordered': 'publication',
  'disposal.done': 'publication',
  'ledger.key_introduced': 'publication',
  'ledger.key_begun': 'publication',
  'ledger.key_ended': 'publication',
  'ledger.key_revoked': 'publication',
  'ledger.restored': 'publication',
  'house.restored': 'publication',
}

/** Kinds for which the facts decide, so that a caller need not read the facts of all others. */
export const urgentByFacts = (kind: string): boolean => typeof urgent[kind] === 'function'

/** Why this event's entry must be published at once, or null. */
export function urgencyOf(kind: string, facts: Facts): Urgency | null {
  const found = Object.hasOwn(urgent, kind) ? urgent[kind] : undefined
  return typeof found === 'function' ? found(facts) : (found ?? null)
}

/** Whether an unchanged head is to be signed anew. @param sinceMs since it was signed last */
export const restatementDue = (state: {
  readonly size: number
  readonly news: number
  readonly sinceMs: number
}): boolean => state.size > 0 && state.news === 0 && state.sinceMs >= checkpointLimits.restateMs

/** Whether a checkpoint is due. @param news entries that the last one does not cover @param sinceMs since the last one */
export const checkpointDue = (state: {
  readonly news: number
  readonly sinceMs: number
  readonly urgent: boolean
}): boolean => state.news > 0 && (state.urgent || state.sinceMs >= checkpointLimits.everyMs)

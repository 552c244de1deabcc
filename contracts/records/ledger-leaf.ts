import type { Json } from './canonical-json.ts'

/**
 * One entry of the ledger: canonical JSON of this shape is the leaf's bytes. It holds ids, times and digests, never
 * text. `facts` may hold numbers, state names, ids, rule ids and hex digests only; keyed digests are
 * HMAC-SHA-256 under the engagement's commitment key.
 */
export type LedgerLeaf = {
  readonly v: 1
  /** Event id; unique, so that nothing can be entered twice. */
  readonly id: string
  /** ISO 8601 UTC with milliseconds: database time of the commit's transaction. */
  readonly at: string
  /** What happened, as `subject.verb_in_past`, e.g. `engagement.moved`, `finding.submitted`, `lease.revoked`. */
  readonly kind: string
  readonly engagementId: string | null
  /** The object acted on, e.g. a finding's id. */
  readonly subject: string | null
  /** Person id (a pseudonym), or `system`. */
  readonly actor: string
  readonly role: string
  readonly facts: { readonly [name: string]: Json }
}

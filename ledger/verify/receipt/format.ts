import type { Bilingual } from '../bilingual.ts'

/**
 * Receipt, version 1: a JSON file that lets somebody who acted prove the act's entry in the ledger, without the platform.
 * `docs/formats/receipt-v1.md` describes it.
 */
export const receiptFormat = 'zhongheng-receipt/1'
/** A newer head of the log and the proof that it goes on from an older one. */
export const consistencyFormat = 'zhongheng-consistency/1'

export type Receipt = {
  readonly format: typeof receiptFormat
  /** `leaf` is text whose UTF-8 bytes are the leaf. */
  readonly entry: { readonly index: number; readonly leaf: string }
  /** Hex audit path from the leaf to the root of `checkpoint`. */
  readonly proof: readonly string[]
  /** The signed note with every signature line that it had. */
  readonly checkpoint: string
  /** The log's verifier key line; who reads the receipt compares its fingerprint with one from elsewhere. */
  readonly key: string
  /** The log's `keys.json`, where its keys have changed: an older fingerprint leads to the key above by it. */
  readonly keys?: string
  /** What the ids in the leaf are called. For people: nothing here is proved. */
  readonly names: ReceiptNames
  /** ISO 8601 UTC. */
  readonly madeAt: string
}
export type ReceiptNames = {
  readonly act: Bilingual
  readonly actor: string
  /** Number of the engagement, and of the finding or other object acted on; null where there is none. */
  readonly engagement: string | null
  readonly subject: string | null
}

export type Consistency = {
  readonly format: typeof consistencyFormat
  /** Number of entries under the older checkpoint. */
  readonly from: number
  /** Hex hashes, RFC 9162 section 2.1.4. */
  readonly proof: readonly string[]
  readonly checkpoint: string
  /** The log's `keys.json`, where its keys have changed. */
  readonly keys?: string
}

/** Caps, so that a hostile file costs bounded memory and time. */
export const receiptLimits = { bytes: 1 << 20, hashes: 128 }

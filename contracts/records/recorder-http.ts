import type { ExchangeRow, SegmentSeal } from './capture.ts'

/** Bodies of the recorder's HTTP over `recorder.sock`. Every refusal is a `RecorderFault`. */
export type RecorderFault = { readonly code: RecorderFaultCode; readonly message: string }
export type RecorderFaultCode =
  | 'malformed'
  | 'not_found'
  | 'no_key'
  | 'wrong_key'
  | 'disposed'
  | 'damaged'
  | 'unavailable'
  | 'store_away'
  | 'fault'

/** The HTTP status of each refusal. */
export const recorderFaultStatus = {
  malformed: 400,
  not_found: 404,
  no_key: 409,
  wrong_key: 409,
  disposed: 410,
  damaged: 500,
  unavailable: 503,
  store_away: 503,
  fault: 500,
} as const satisfies Record<RecorderFaultCode, number>

/** `PUT /engagements/:id/key`: base64 of 32 bytes. Kept in the recorder's memory only. */
export type PutKey = { readonly dataKey: string }

/** `GET /feed?after=SEQ&limit=N&wait=MS`: rows of all engagements with sequences over `after`, in order. */
export type FeedPage = {
  readonly rows: readonly ExchangeRow[]
  /** The `after` of the next question: every sequence up to it is in `rows`, in an earlier page or in `gaps`. */
  readonly next: number
  /** Sequences that can no longer be shown, and why. Counted in `next`. */
  readonly gaps: readonly FeedGap[]
  /** The feed stands still before `next + 1` until this engagement's key is handed over or it is disposed of. */
  readonly waitingForKey: string | null
}
export type FeedGap = { readonly first: number; readonly last: number; readonly reason: 'disposed' | 'damaged' }

/** `GET /seals?after=N&limit=N`: seals in the order in which they were made; `position` grows by one without gaps. */
export type SealsPage = {
  readonly seals: readonly { readonly position: number; readonly seal: SegmentSeal }[]
  readonly next: number
}

/** `GET /status`. */
export type RecorderStatus = {
  /** Its number among the installation's recorders; absent from an older one. */
  readonly node?: number
  /** `recording`; `full` no room, resumes by itself; `failed` the disk refuses; `stopping`. */
  /** When this recorder process began (ISO 8601); another value than before means that it has forgotten all keys. */
  readonly startedAt: string
  readonly state: 'recording' | 'full' | 'failed' | 'stopping'
  readonly why: string | null
  readonly disk: { readonly freeBytes: number; readonly reserveBytes: number }
  readonly gateways: readonly string[]
  readonly openSegments: number
  readonly openExchanges: number
  /** Engagements that have records or were offered some, and whose key the recorder does not hold. */
  readonly engagementsWithoutKey: readonly string[]
  readonly lastSequence: number
  readonly sealCount: number
  /** Files whose bytes are not as they were written; kept beside the record, never repaired silently. */
  readonly damaged: readonly string[]
  /** Where finished segments go to rest; null where they stay with the recorder. */
  readonly store: StoreStatus | null
  /** The bus that rows are put on; null where readers ask for them. */
  readonly bus: BusStatus | null
}

/** The bus, as the recorder that puts its rows there sees it. */
export type BusStatus = {
  /** Addresses without credentials. */
  readonly place: string
  /** The highest sequence of which the bus gave a receipt. */
  readonly published: number
  readonly failing: { readonly since: string; readonly why: string } | null
}

/** The store of finished segments, as the recorder that brings them there sees it. */
export type StoreStatus = {
  readonly kind: 'folder' | 's3'
  /** A path, or an address without credentials. */
  readonly place: string
  /** Sealed segments that are not there yet, and when the oldest of them was sealed. */
  readonly waiting: number
  readonly waitingSince: string | null
  /** Segments that stay here because what lies here, or there under their name, is not what was sealed. */
  readonly stuck: number
  /** Why the last try failed, in words or a code; null after one that went well. */
  readonly failing: { readonly since: string; readonly why: string } | null
}

/** `GET /engagements/:id/check`: every sealed segment read again in full, against its seal. */
export type CheckResult = {
  readonly segments: number
  readonly faults: readonly { readonly segmentId: string; readonly fault: string }[]
}

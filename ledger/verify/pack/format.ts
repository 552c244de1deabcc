import type { ExchangeProof } from '@zhongheng/contracts/records/capture.ts'
import type { LedgerLeaf } from '@zhongheng/contracts/records/ledger-leaf.ts'
import type { Bilingual } from '../bilingual.ts'
import type { PartKind } from './parts.ts'

/**
 * Evidence pack, version 1: a canonical zip (see container.ts) of
 *
 * - `manifest.json`, canonical JSON of a `Manifest`; `manifest.sig`, the installation's 64-byte Ed25519 signature of it
 * - `checkpoint`, a signed note of the log
 * - `documents/NAME`, reports and letters, byte for byte
 * - `entries.jsonl`, one `EntryLine` a line, canonical JSON, ascending by index
 * - `exchanges/ID/proof.json`, an `ExchangeProof`; `request.bin` and `response.bin`, the bytes as recorded; for a side of
 *   which parts are withheld instead `request.parts.json`, a `PartsFile`, and `request.shown.bin`, the parts that are
 *   shown with `withheldMark` for each other
 * - `keys/ROLE.pem`, public keys; `keys/keys.json`, their history
 * - `timestamps/SIZE.checkpoint`, a head of the log; `timestamps/SIZE.tsr`, an RFC 3161 answer over its bytes;
 *   `timestamps/SIZE.json`, a `StampProof`
 * - `withheld.json`, canonical JSON of `{items: Withheld[]}`
 *
 * in this order: manifest and signature first, then by name. docs/formats/evidence-pack-v1.md says it in full.
 */
export const packFormat = 'zhongheng-evidence-pack/1'

/** What a pack was asked to be about. Null: any, or without that limit. */
export type PackSubject = {
  readonly kind: 'engagement' | 'finding' | 'period'
  readonly engagementId: string | null
  /** The one finding of a pack of kind `finding`. */
  readonly findingId: string | null
  /** Of a pack of kind `period`: entries from this time on and before that one, ISO 8601 UTC with milliseconds. */
  readonly from: string | null
  readonly to: string | null
}
/** Entries that a pack of a finding or of a period may hold besides, because what it shows hangs on them. */
export const supportingKinds: ReadonlySet<string> = new Set(['segment.sealed', 'exchange.committed', 'key.announced'])

export type ManifestFile = { readonly name: string; readonly size: number; readonly sha256: string }
export type ManifestKey = {
  /** `log` signs checkpoints, `installation` the manifest; others are the signers of documents. */
  readonly role: string
  readonly name: string
  readonly fingerprint: string
}
export type Manifest = {
  readonly format: typeof packFormat
  /** ISO 8601 UTC with milliseconds. */
  readonly madeAt: string
  readonly about: PackSubject
  readonly log: { readonly origin: string; readonly size: number; readonly root: string }
  readonly keys: readonly ManifestKey[]
  readonly files: readonly ManifestFile[]
}

/** One line of `entries.jsonl`; `leaf` in canonical JSON is the leaf's bytes, `proof` its audit path in hex. */
export type EntryLine = { readonly index: number; readonly leaf: LedgerLeaf; readonly proof: readonly string[] }

/** One part of a side; `salt` is blank and `bytes` null for a part that is withheld. */
export type PartLine = {
  readonly what: PartKind
  readonly commitment: string
  readonly salt: string
  readonly bytes: number | null
}
export type PartsFile = { readonly parts: readonly PartLine[] }
/** Stands in `*.shown.bin` for each withheld part, however long that is. */
export const withheldMark = '*****'

/** Hex proof (RFC 9162 section 2.1.4) that the pack's log goes on from the time-stamped head. */
export type StampProof = { readonly proof: readonly string[] }

/**
 * Something that belongs to the pack and is not in it. `exchange`: a cited exchange; `exchange.request` and
 * `exchange.response`: one side of it, whose salt is then blank in the proof so that nobody can try guesses against its
 * digest; `exchange.request.parts` and `exchange.response.parts`: parts of a side; `document`: a document that an entry binds. `id` is the exchange's id or the document's name. Other values of
 * `what` are told to the reader and bind nothing.
 */
export type Withheld = { readonly what: string; readonly id: string; readonly reason: Bilingual }

export type { ExchangeProof }

/** Caps, so that a hostile pack costs bounded memory and time. */
export const packLimits = {
  /** The whole pack: what a machine hashes in a minute or two. */
  bytes: 64 * 2 ** 30,
  manifestBytes: 16 << 20,
  files: 100_000,
  /** A leaf is at most 65,535 bytes; the line adds its proof. */
  lineBytes: 128 << 10,
  entries: 1_000_000,
  /** checkpoint, keys, proofs: each is read whole. */
  smallBytes: 256 << 10,
  withheldBytes: 8 << 20,
  timeStamps: 64,
}

const shapes = [
  /^checkpoint$/,
  /^documents\/[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/,
  /^entries\.jsonl$/,
  /^exchanges\/[a-z0-9_]{1,64}\/(?:proof\.json|(?:request|response)\.(?:bin|parts\.json|shown\.bin))$/,
  /^keys\/[a-z][a-z0-9-]{0,31}\.pem$/,
  /^keys\/keys\.json$/,
  /^timestamps\/(?:0|[1-9][0-9]{0,15})\.(?:checkpoint|json|tsr)$/,
  /^withheld\.json$/,
]

/** The only names a pack may hold beside manifest and signature: nothing that walks, nothing that hides. */
export const isPackName = (name: string): boolean => shapes.some((shape) => shape.test(name)) && !name.includes('..')

export const keyHistoryName = 'keys/keys.json'
export const manifestName = 'manifest.json'
export const signatureName = 'manifest.sig'
export const keyFile = (role: string): string => `keys/${role}.pem`
export const documentFile = (name: string): string => `documents/${name}`
export type ExchangeSide = 'request' | 'response'
export const exchangeFile = (
  id: string,
  part: 'proof.json' | `${ExchangeSide}.${'bin' | 'parts.json' | 'shown.bin'}`,
): string => `exchanges/${id}/${part}`

/** By UTF-16 code units, as canonical JSON sorts: for the names a pack allows also by bytes. */
export const byName = (a: { name: string }, b: { name: string }): number =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : 0

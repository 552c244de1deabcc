import type { ExchangeProof } from '@zhongheng/contracts/records/capture.ts'
import type { LedgerLeaf } from '@zhongheng/contracts/records/ledger-leaf.ts'
import type { Bilingual } from '../bilingual.ts'

/**
 * Evidence pack, version 1: a canonical zip (see container.ts) of
 *
 * - `manifest.json`, canonical JSON of a `Manifest`; `manifest.sig`, the installation's 64-byte Ed25519 signature of it
 * - `checkpoint`, a signed note of the log
 * - `documents/NAME`, reports and letters, byte for byte
 * - `entries.jsonl`, one `EntryLine` a line, canonical JSON, ascending by index
 * - `exchanges/ID/proof.json`, an `ExchangeProof`; `request.bin` and `response.bin`, the bytes as recorded
 * - `keys/ROLE.pem`, public keys
 * - `withheld.json`, canonical JSON of `{items: Withheld[]}`
 *
 * in this order: manifest and signature first, then by name.
 */
export const packFormat = 'zhongheng-evidence-pack/1'

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
  /** The one engagement that the pack is about, or null. */
  readonly engagementId: string | null
  readonly log: { readonly origin: string; readonly size: number; readonly root: string }
  readonly keys: readonly ManifestKey[]
  readonly files: readonly ManifestFile[]
}

/** One line of `entries.jsonl`; `leaf` in canonical JSON is the leaf's bytes, `proof` its audit path in hex. */
export type EntryLine = { readonly index: number; readonly leaf: LedgerLeaf; readonly proof: readonly string[] }

/**
 * Something that belongs to the pack and is not in it. `exchange`: a cited exchange; `exchange.request` and
 * `exchange.response`: one side of it, whose salt is then blank in the proof so that nobody can try guesses against its
 * digest; `document`: a document that an entry binds. `id` is the exchange's id or the document's name. Other values of
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
}

const shapes = [
  /^checkpoint$/,
  /^documents\/[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/,
  /^entries\.jsonl$/,
  /^exchanges\/[a-z0-9_]{1,64}\/(?:proof\.json|request\.bin|response\.bin)$/,
  /^keys\/[a-z][a-z0-9-]{0,31}\.pem$/,
  /^withheld\.json$/,
]

/** The only names a pack may hold beside manifest and signature: nothing that walks, nothing that hides. */
export const isPackName = (name: string): boolean => shapes.some((shape) => shape.test(name)) && !name.includes('..')

export const manifestName = 'manifest.json'
export const signatureName = 'manifest.sig'
export const keyFile = (role: string): string => `keys/${role}.pem`
export const documentFile = (name: string): string => `documents/${name}`
export const exchangeFile = (id: string, part: 'proof.json' | 'request.bin' | 'response.bin'): string =>
  `exchanges/${id}/${part}`

/** By UTF-16 code units, as canonical JSON sorts: for the names a pack allows also by bytes. */
export const byName = (a: { name: string }, b: { name: string }): number =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : 0

import { fromBase64, toBase64 } from './bytes.ts'
import type { VerifyCrypto } from './crypto.ts'
import { type NoteAlgorithm, noteAlgorithms } from './keys.ts'
import { parseNote, verifyNote } from './note.ts'

/** A log's head: how many entries it has and the root over them. */
export type Checkpoint = {
  readonly origin: string
  readonly size: number
  /** 32 bytes. */
  readonly root: Uint8Array
  readonly extensions: readonly string[]
}

/** The text of a C2SP checkpoint, which a signed note then carries. */
export const formatCheckpoint = (head: { origin: string; size: number; root: Uint8Array }): string =>
  `${head.origin}\n${head.size}\n${toBase64(head.root)}\n`

/** Reads a checkpoint's text; undefined for a broken line or a size beyond 2^53. */
export function parseCheckpoint(text: string): Checkpoint | undefined {
  if (!text.endsWith('\n')) return undefined
  const [origin, sizeText, rootText, ...extensions] = text.slice(0, -1).split('\n')
  if (origin === undefined || origin === '' || sizeText === undefined || rootText === undefined) return undefined
  const size = Number(sizeText)
  const root = fromBase64(rootText)
  if (!/^(0|[1-9][0-9]{0,15})$/.test(sizeText) || !Number.isSafeInteger(size)) return undefined
  if (root?.length !== 32 || extensions.includes('')) return undefined
  return { origin, size, root, extensions }
}

export type OpenedCheckpoint = Checkpoint & {
  /** The time the log itself signed for (its cosignature line), where it wrote one. */
  readonly signedAt: Date | undefined
}

/** A key of a log: Ed25519 always, and SM2 beside it where the installation chose so. */
export type LogKey = {
  /** 32 raw bytes. */
  readonly publicKey: Uint8Array
  /** 65 bytes, the uncompressed point. */
  readonly sm2?: Uint8Array | undefined
}

/**
 * Opens a signed checkpoint with the log's key, whose name is the checkpoint's origin. Undefined when the note is
 * malformed, not signed by this key, or carries a time line of this key that is wrong.
 */
export function openCheckpoint(
  crypto: VerifyCrypto,
  bytes: Uint8Array,
  publicKey: Uint8Array,
): OpenedCheckpoint | undefined {
  return openCheckpointByAll(crypto, bytes, [{ publicKey }])
}

/**
 * Opens a checkpoint that every one of `keys` has to have signed, as the keys of an overlap do. Lines of other keys are
 * passed over. Undefined for a broken note, no keys, a missing Ed25519 line, or any wrong line of these keys.
 * `sm2` counts the keys whose SM2 line is there and right; `signedAt` is the first key's.
 */
export function openCheckpointByAll(
  crypto: VerifyCrypto,
  bytes: Uint8Array,
  keys: readonly LogKey[],
): (OpenedCheckpoint & { readonly sm2: number }) | undefined {
  const note = parseNote(bytes)
  const head = note === undefined ? undefined : parseCheckpoint(note.text)
  if (note === undefined || head === undefined || keys.length === 0) return undefined
  const { ed25519, cosignature, sm2 } = noteAlgorithms
  let withSm2 = 0
  let signedAt: Date | undefined
  for (const [at, key] of keys.entries()) {
    const named = (algorithm: NoteAlgorithm, publicKey = key.publicKey) => ({ name: head.origin, algorithm, publicKey })
    if (verifyNote(crypto, note, named(ed25519)).line !== 'good') return undefined
    const timed = verifyNote(crypto, note, named(cosignature))
    if (timed.line === 'wrong') return undefined
    if (at === 0 && timed.line === 'good') signedAt = timed.at
    const chinese = key.sm2 === undefined ? undefined : verifyNote(crypto, note, named(sm2, key.sm2))
    if (chinese?.line === 'wrong') return undefined
    if (chinese?.line === 'good') withSm2++
  }
  return { ...head, signedAt, sm2: withSm2 }
}

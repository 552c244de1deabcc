import { fromBase64, toBase64 } from './bytes.ts'
import type { VerifyCrypto } from './crypto.ts'
import { noteAlgorithms } from './keys.ts'
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

/**
 * Opens a signed checkpoint with the log's key, whose name is the checkpoint's origin. Undefined when the note is
 * malformed, not signed by this key, or carries a time line of this key that is wrong.
 */
export function openCheckpoint(
  crypto: VerifyCrypto,
  bytes: Uint8Array,
  publicKey: Uint8Array,
): OpenedCheckpoint | undefined {
  const note = parseNote(bytes)
  const head = note === undefined ? undefined : parseCheckpoint(note.text)
  if (note === undefined || head === undefined) return undefined
  const named = (algorithm: 1 | 4) => ({ name: head.origin, algorithm, publicKey })
  const timed = verifyNote(crypto, note, named(noteAlgorithms.cosignature))
  if (verifyNote(crypto, note, named(noteAlgorithms.ed25519)).line !== 'good' || timed.line === 'wrong')
    return undefined
  return { ...head, signedAt: timed.line === 'good' ? timed.at : undefined }
}

import { joinBytes, sameBytes, toBase64, utf8 } from '../verify/bytes.ts'
import { type OpenedCheckpoint, openCheckpoint, parseCheckpoint } from '../verify/checkpoint.ts'
import { type Contradiction, contradictionFormat } from '../verify/fork.ts'
import { keysAt } from '../verify/key-history.ts'
import { formatVerifierKey, noteAlgorithms, type VerifierKey } from '../verify/keys.ts'
import { type LearnedKeys, openShownHead } from '../verify/keys-file.ts'
import { emptyRoot } from '../verify/merkle.ts'
import { nodeCrypto } from '../verify/node-crypto.ts'
import { type Note, parseNote } from '../verify/note.ts'
import { verifyConsistency } from '../verify/proofs.ts'

const { sha256 } = nodeCrypto

/** Believed keys that the log's owner pinned, and what was learned of those that followed. */
export type Believed = { readonly pinned: readonly VerifierKey[]; readonly learned: LearnedKeys | undefined }

/** The tree that a witness vouched for last: nothing smaller and nothing else is cosigned ever after. */
export type Promised = { readonly size: number; readonly root: Uint8Array; readonly note: string | null }

export type Judgement =
  /** A larger tree that begins with the promised one, or the first one seen. */
  | { readonly verdict: 'cosign'; readonly head: OpenedCheckpoint; readonly note: string }
  /** The promised tree again. */
  | { readonly verdict: 'same'; readonly head: OpenedCheckpoint; readonly note: string }
  | { readonly verdict: 'fork' | 'rollback'; readonly head: OpenedCheckpoint; readonly evidence: Contradiction }
  | { readonly verdict: 'wrong_key' | 'malformed' }
  /** Signed, but what the log serves does not prove that it begins with the promised tree. */
  | { readonly verdict: 'unproven'; readonly head: OpenedCheckpoint }

/** A consistency proof, and the root of the smaller tree that it really starts from where that is known. */
export type Proof = { readonly path: readonly Uint8Array[]; readonly from: Uint8Array | undefined }

/**
 * Opens what the log shows with the keys that this witness trusts: those that were pinned, or, once the history of the
 * log's keys is known, all that it says are in force. Another origin and a foreign signature are both `wrong_key`.
 */
export function openShown(
  bytes: Uint8Array,
  { pinned, learned }: Believed,
): { head: OpenedCheckpoint; key: VerifierKey; note: string } | 'malformed' | 'wrong_key' {
  const note = parseNote(bytes)
  const head = note === undefined ? undefined : parseCheckpoint(note.text)
  if (note === undefined || head === undefined) return 'malformed'
  if (learned !== undefined) {
    const opened = openShownHead(nodeCrypto, bytes, learned.history)
    const [newest] = keysAt(learned.history, Math.min(head.size, learned.history.size))
    if (opened === undefined || newest === undefined) return 'wrong_key'
    const key = { name: head.origin, algorithm: noteAlgorithms.ed25519, publicKey: newest.publicKey }
    return { head: opened, key, note: ownLinesOf(note, head.origin) }
  }
  for (const key of pinned) {
    if (key.name !== head.origin) continue
    const opened = openCheckpoint(nodeCrypto, bytes, key.publicKey)
    if (opened !== undefined) return { head: opened, key, note: ownLinesOf(note, key.name) }
  }
  return 'wrong_key'
}

/**
 * Decides about one checkpoint. `prove` is asked only when the shown tree is larger than a promised one.
 * A tree without entries promises nothing and is not cosigned. @param learned the log's key history, where it is known
 */
export async function judgeCheckpoint(
  bytes: Uint8Array,
  keys: readonly VerifierKey[],
  promised: Promised,
  prove: (from: number, to: number) => Promise<Proof | undefined>,
  now: Date,
  learned?: LearnedKeys,
): Promise<Judgement> {
  const shown = openShown(bytes, { pinned: keys, learned })
  if (typeof shown === 'string') return { verdict: shown }
  const { head, note } = shown
  if (head.size === 0 && !sameBytes(head.root, emptyRoot(sha256))) return { verdict: 'malformed' }
  const against = (kind: 'fork' | 'rollback', other: Contradiction['other']): Judgement => ({
    verdict: kind,
    head,
    evidence: {
      format: contradictionFormat,
      kind,
      logKey: formatVerifierKey(sha256, { ...shown.key, algorithm: noteAlgorithms.ed25519 }),
      kept: promised.note ?? '',
      shown: note,
      other,
      foundAt: now.toISOString(),
      ...(learned === undefined ? {} : { keyHistory: learned.text }),
    },
  })
  if (head.size < promised.size) return against('rollback', null)
  if (head.size === promised.size)
    return head.size === 0 || sameBytes(head.root, promised.root)
      ? { verdict: 'same', head, note }
      : against('fork', null)
  if (promised.size === 0) return { verdict: 'cosign', head, note }
  const proof = await prove(promised.size, head.size)
  if (proof === undefined) return { verdict: 'unproven', head }
  const holds = (root1: Uint8Array): boolean =>
    verifyConsistency(sha256, {
      size1: promised.size,
      size2: head.size,
      root1,
      root2: head.root,
      path: proof.path,
    })
  if (holds(promised.root)) return { verdict: 'cosign', head, note }
  // The log proved that its first entries are others than those it had signed before.
  if (proof.from !== undefined && !sameBytes(proof.from, promised.root) && holds(proof.from))
    return against('fork', { root: toBase64(proof.from), path: proof.path.map(toBase64) })
  return { verdict: 'unproven', head }
}

/** The note with the log's own lines alone: whatever others wrote under it is not this witness's to keep. */
const ownLinesOf = (note: Note, origin: string): string =>
  `${note.text}\n${note.signatures
    .filter((line) => line.name === origin)
    .map((line) => `\u2014 ${line.name} ${toBase64(joinBytes(line.keyId, line.bytes))}\n`)
    .join('')}`

/** The text that a note signs, with the empty line after it cut off. */
export const bodyOf = (note: string): string => parseNote(utf8(note))?.text ?? ''

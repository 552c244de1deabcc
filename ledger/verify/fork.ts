import { fromBase64, sameBytes, utf8 } from './bytes.ts'
import { type OpenedCheckpoint, openCheckpoint } from './checkpoint.ts'
import type { VerifyCrypto } from './crypto.ts'
import { type KeyHistory, keysAt, trustedFrom } from './key-history.ts'
import { fingerprint, noteAlgorithms, parseVerifierKey } from './keys.ts'
import { openKeysFile, openShownHead } from './keys-file.ts'
import { verifyConsistency } from './proofs.ts'

export const contradictionFormat = 'zhongheng-contradiction/v1'

/**
 * Two checkpoints of one log that cannot both be true, as a witness keeps them. Everything to judge it by is inside,
 * except whose key it is.
 */
export type Contradiction = {
  readonly format: typeof contradictionFormat
  readonly kind: 'fork' | 'rollback'
  /** The log's verifier key line. */
  readonly logKey: string
  /** Signed notes: what was promised first, and what was shown afterwards. */
  readonly kept: string
  readonly shown: string
  /**
   * For a fork over different sizes: base-64 root that the first `kept.size` entries of the shown tree really have, and
   * the consistency proof from that root to the shown one.
   */
  readonly other: { readonly root: string; readonly path: readonly string[] } | null
  /** ISO 8601; the witness's own clock. */
  readonly foundAt: string
  /** The log's `keys.json` as the witness knows it: the two notes may be of before and after a change of keys. */
  readonly keyHistory?: string
}

export type ContradictionVerdict =
  | { readonly proved: 'nothing'; readonly why: 'form' | 'signature' | 'origin' | 'no_contradiction' }
  | {
      readonly proved: 'fork' | 'rollback'
      readonly kept: OpenedCheckpoint
      readonly shown: OpenedCheckpoint
      readonly logKey: Uint8Array
      /** Of the log's keys, where they changed; `isOfNamedKey` tells whose the log is. */
      readonly history: KeyHistory | undefined
    }

/** Longest evidence file that is read, in bytes: a key history, quoted, and the rest. */
export const maxContradiction = 9 << 20

/**
 * Judges a contradiction by nothing but what it holds. A fork is proved by two roots that the log signed for the same
 * first entries. A rollback is proved when the log signed, at a later time of its own, a tree with fewer entries.
 */
export function judgeContradiction(crypto: VerifyCrypto, value: unknown): ContradictionVerdict {
  const given = readContradiction(value)
  const key = given === undefined ? undefined : parseVerifierKey(crypto.sha256, given.logKey)
  if (given === undefined || key?.algorithm !== noteAlgorithms.ed25519) return { proved: 'nothing', why: 'form' }
  const history = given.keyHistory === undefined ? undefined : openKeysFile(crypto, utf8(given.keyHistory))
  if (history !== undefined && !('keys' in history)) return { proved: 'nothing', why: 'form' }
  const open = (note: string): OpenedCheckpoint | undefined =>
    history === undefined
      ? openCheckpoint(crypto, utf8(note), key.publicKey)
      : openShownHead(crypto, utf8(note), history)
  const kept = open(given.kept)
  const shown = open(given.shown)
  if (kept === undefined || shown === undefined) return { proved: 'nothing', why: 'signature' }
  if (kept.origin !== key.name || shown.origin !== key.name) return { proved: 'nothing', why: 'origin' }
  const proved = { kept, shown, logKey: key.publicKey, history }
  if (kept.size === shown.size && !sameBytes(kept.root, shown.root)) return { proved: 'fork', ...proved }
  if (given.other !== null && showsOther(crypto, kept, shown, given.other)) return { proved: 'fork', ...proved }
  const later =
    kept.signedAt !== undefined && shown.signedAt !== undefined && shown.signedAt.getTime() > kept.signedAt.getTime()
  if (shown.size < kept.size && later) return { proved: 'rollback', ...proved }
  return { proved: 'nothing', why: 'no_contradiction' }
}

/** Is the contradiction one of the log whose key a reader named? @param named fingerprints */
export function isOfNamedKey(
  crypto: VerifyCrypto,
  verdict: Extract<ContradictionVerdict, { kept: OpenedCheckpoint }>,
  named: readonly string[],
): boolean {
  const { kept, shown, logKey, history } = verdict
  if (history === undefined) return named.includes(fingerprint(crypto.sha256, logKey))
  const trusted = trustedFrom(history, named)
  return [kept, shown].every(({ size }) =>
    keysAt(history, Math.min(size, history.size)).some((key) => trusted.has(key.fingerprint)),
  )
}

function showsOther(
  crypto: VerifyCrypto,
  kept: OpenedCheckpoint,
  shown: OpenedCheckpoint,
  other: { root: string; path: readonly string[] },
): boolean {
  const root1 = fromBase64(other.root)
  const path = other.path.map(fromBase64)
  if (root1?.length !== 32 || sameBytes(root1, kept.root)) return false
  if (path.some((hash) => hash === undefined)) return false
  return verifyConsistency(crypto.sha256, {
    size1: kept.size,
    size2: shown.size,
    root1,
    root2: shown.root,
    path: path as Uint8Array[],
  })
}

/** The shape of an evidence file, or undefined. */
export function readContradiction(value: unknown): Contradiction | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { format, kind, logKey, kept, shown, other, foundAt, keyHistory } = value as Record<string, unknown>
  if (format !== contradictionFormat || (kind !== 'fork' && kind !== 'rollback')) return undefined
  if (typeof logKey !== 'string' || typeof kept !== 'string' || typeof shown !== 'string') return undefined
  if (typeof foundAt !== 'string' || (keyHistory !== undefined && typeof keyHistory !== 'string')) return undefined
  const more = keyHistory === undefined ? {} : { keyHistory }
  if (other === null) return { format, kind, logKey, kept, shown, other, foundAt, ...more }
  if (typeof other !== 'object') return undefined
  const { root, path } = other as Record<string, unknown>
  if (typeof root !== 'string' || !Array.isArray(path) || path.length > 63) return undefined
  if (!path.every((one): one is string => typeof one === 'string')) return undefined
  return { format, kind, logKey, kept, shown, other: { root, path }, foundAt, ...more }
}

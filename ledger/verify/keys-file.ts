import { canonicalJson, type Json } from '@zhongheng/contracts/records/canonical-json.ts'
import type { Bilingual } from './bilingual.ts'
import { fromUtf8, toHex, utf8 } from './bytes.ts'
import { openCheckpoint, openCheckpointByAll, type OpenedCheckpoint, parseCheckpoint } from './checkpoint.ts'
import type { VerifyCrypto } from './crypto.ts'
import {
  isKeyHistory,
  type KeyAct,
  type KeyHistory,
  keyHistoryOf,
  keysAt,
  type KnownKey,
  trustedFrom,
} from './key-history.ts'
import { noteAlgorithms, type VerifierKey } from './keys.ts'
import { parseNote, verifyNote } from './note.ts'
import { readKeysForm } from './pack/shapes.ts'

/** The file `keys.json`: every entry about keys, signed as a whole by all keys in force (docs/formats/ledger-keys.md). */
export const keysFormat = 'zhongheng-ledger-keys/1'

/** A history has a few acts a year; the cap is against hostile files. */
export const keysFileLimits = { bytes: 4 << 20, acts: 2_000 }

/** `malformed`: the file is none of ours at all, rather than one that does not hold. */
export type KeysFileFault = { readonly what: Bilingual; readonly malformed?: true }

const historyJson = (origin: string, size: number, acts: readonly KeyAct[]): Json => ({
  acts: acts.map(({ index, leaf }) => ({ index, leaf: leaf as unknown as Json })),
  origin,
  size,
})

/** What the keys in force sign, as the text of a signed note: short, because tokens sign no long messages. */
export function keysFileText(
  crypto: Pick<VerifyCrypto, 'sha256'>,
  origin: string,
  size: number,
  acts: readonly KeyAct[],
): string {
  const digest = toHex(crypto.sha256(utf8(canonicalJson(historyJson(origin, size, acts)))))
  return `${keysFormat}\n${origin}\n${size}\n${digest}\n`
}

/** The file's bytes. @param signatures the signature lines of a note over `keysFileText` */
export const formatKeysFile = (origin: string, size: number, acts: readonly KeyAct[], signatures: string): Uint8Array =>
  utf8(canonicalJson({ format: keysFormat, history: historyJson(origin, size, acts), signatures }))

/** A key history with the acts it was made of, as somebody keeps it who goes on with it later. */
export type LearnedKeys = {
  readonly history: KeyHistory
  readonly acts: readonly KeyAct[]
  /** The file. */
  readonly text: string
}

/**
 * Reads a key history and checks it in itself: its form, that each act follows from the ones before, and that every key
 * which it says is in force has signed it. Whose keys they are, `trustedFrom` tells. Never throws for bad input.
 */
export function openKeysFile(crypto: VerifyCrypto, bytes: Uint8Array): KeyHistory | KeysFileFault {
  const learned = learnKeysFile(crypto, bytes)
  return 'history' in learned ? learned.history : learned
}

/** The same, with the acts. */
export function learnKeysFile(crypto: VerifyCrypto, bytes: Uint8Array): LearnedKeys | KeysFileFault {
  const malformed: KeysFileFault = {
    malformed: true,
    what: { zh: '密钥历史文件的格式不正确', en: 'the key history is malformed' },
  }
  if (bytes.length > keysFileLimits.bytes) return malformed
  // An editor or `curl -o` may have left a line feed at the end.
  const file = readKeysForm(bytes.at(-1) === 10 ? bytes.subarray(0, -1) : bytes)
  if (file?.format !== keysFormat || file.history.acts.length > keysFileLimits.acts) return malformed
  const { origin, size, acts } = file.history
  const found = keyHistoryOf(crypto, origin, size, acts)
  if (!isKeyHistory(found)) {
    const place = { zh: `第 ${found.index} 条：`, en: `entry ${found.index}: ` }
    return { what: { zh: `密钥历史：${place.zh}${found.what.zh}`, en: `key history, ${place.en}${found.what.en}` } }
  }
  const note = parseNote(utf8(`${keysFileText(crypto, origin, size, acts)}\n${file.signatures}`))
  const inForce = keysAt(found, size)
  if (note === undefined || inForce.length === 0 || !inForce.every((key) => signedBy(crypto, note, origin, key))) {
    return {
      what: {
        zh: '密钥历史未由其所述的全部生效密钥签名',
        en: 'the key history is not signed by every key it says is in force',
      },
    }
  }
  return { history: found, acts, text: fromUtf8(bytes) ?? '' }
}

/**
 * Does a newer key history go on from one that was believed before? `older`: it ends earlier and says the same so far.
 * `forks`: it says something else of entries that both know; one of the two was never the log's.
 */
export function keysGoOn(known: LearnedKeys, shown: LearnedKeys): 'goes_on' | 'older' | 'forks' {
  const common = Math.min(known.history.size, shown.history.size)
  const upTo = ({ acts }: LearnedKeys): string =>
    canonicalJson(
      acts.filter(({ index }) => index < common).map(({ index, leaf }) => ({ index, leaf: leaf as unknown as Json })),
    )
  if (known.history.origin !== shown.history.origin || upTo(known) !== upTo(shown)) return 'forks'
  return shown.history.size < known.history.size ? 'older' : 'goes_on'
}

/** Do the fingerprints that a reader noted lead to the keys that sign now? */
export function leadsToPresent(history: KeyHistory, pinned: readonly string[]): boolean {
  const trusted = trustedFrom(history, pinned)
  return keysAt(history, history.size).some((key) => trusted.has(key.fingerprint))
}

function signedBy(
  crypto: VerifyCrypto,
  note: NonNullable<ReturnType<typeof parseNote>>,
  origin: string,
  key: KnownKey,
): boolean {
  const line = (algorithm: VerifierKey['algorithm'], publicKey: Uint8Array) =>
    verifyNote(crypto, note, { name: origin, algorithm, publicKey }).line
  if (line(noteAlgorithms.ed25519, key.publicKey) !== 'good') return false
  return key.sm2 === undefined || line(noteAlgorithms.sm2, key.sm2) !== 'wrong'
}

/**
 * Opens an older head of the log: by the keys that were in force at its size where the history is known, else by `key`.
 * @returns undefined when it is not signed by them, or none counts at its size
 */
export function openHead(
  crypto: VerifyCrypto,
  bytes: Uint8Array,
  key: Uint8Array,
  history: KeyHistory | undefined,
): OpenedCheckpoint | undefined {
  if (history === undefined) return openCheckpoint(crypto, bytes, key)
  const text = parseNote(bytes)?.text
  const size = text === undefined ? undefined : parseCheckpoint(text)?.size
  if (size === undefined || size > history.size) return undefined
  const opened = openCheckpointByAll(crypto, bytes, keysAt(history, size))
  return opened?.origin === history.origin ? opened : undefined
}

/**
 * Opens a head that may be newer than the history: then by the keys in force at the history's end, all of which must have
 * signed it. That nothing happened to them meanwhile, only a newer history can tell.
 */
export function openShownHead(
  crypto: VerifyCrypto,
  bytes: Uint8Array,
  history: KeyHistory,
): OpenedCheckpoint | undefined {
  const text = parseNote(bytes)?.text
  const size = text === undefined ? undefined : parseCheckpoint(text)?.size
  if (size === undefined) return undefined
  const opened = openCheckpointByAll(crypto, bytes, keysAt(history, Math.min(size, history.size)))
  return opened?.origin === history.origin ? opened : undefined
}

/** A checkpoint held against the history of the log's keys. */
export type JudgedCheckpoint =
  | {
      readonly ok: true
      /** Fingerprints of the keys in force at this size, all of which have signed; the newest first. */
      readonly signedBy: readonly string[]
      /** Keys among them whose SM2 line is there and right. */
      readonly sm2: number
      readonly signedAt: Date | undefined
      /** Whether the reader's own fingerprints lead to this history; undefined where there are none. */
      readonly trusted: boolean | undefined
    }
  | { readonly ok: false; readonly what: Bilingual }

/**
 * Was the checkpoint signed by the keys that were in force at its size? `pinned` are fingerprints that the reader got
 * elsewhere: the first key's, the present one's or any between. A history that ends before the checkpoint is refused,
 * because what happened to the keys meanwhile is not in it.
 */
export function judgeCheckpoint(
  crypto: VerifyCrypto,
  history: KeyHistory,
  checkpoint: Uint8Array,
  pinned: readonly string[] = [],
): JudgedCheckpoint {
  const bad = (zh: string, en: string): JudgedCheckpoint => ({ ok: false, what: { zh, en } })
  const text = parseNote(checkpoint)?.text
  const head = text === undefined ? undefined : parseCheckpoint(text)
  if (head === undefined) return bad('检查点格式不正确', 'the checkpoint is malformed')
  if (head.origin !== history.origin)
    return bad(`密钥历史属于另一账本 ${history.origin}`, `the key history is of another log, ${history.origin}`)
  if (head.size > history.size) {
    return bad(
      `密钥历史止于 ${history.size} 条，检查点为 ${head.size} 条：请取得较新的历史`,
      `the key history ends at ${history.size} entries and the checkpoint has ${head.size}: get a newer history`,
    )
  }
  const inForce = keysAt(history, head.size)
  if (inForce.length === 0) {
    return bad(
      `${head.size} 条时没有生效的密钥：当时的密钥已被吊销`,
      `no key counts at ${head.size} entries: the one of that time was revoked`,
    )
  }
  const opened = openCheckpointByAll(crypto, checkpoint, inForce)
  if (opened === undefined) {
    const names = inForce.map((key) => key.fingerprint).join(' + ')
    return bad(
      `检查点未由当时生效的密钥签名：${names}`,
      `the checkpoint is not signed by every key in force at its size: ${names}`,
    )
  }
  const signers = keysAt(history, history.size)
  const trust = trustedFrom(history, pinned)
  if (pinned.length > 0 && !signers.some((key) => trust.has(key.fingerprint))) {
    return bad(
      `您指定的密钥不能引出现行密钥 ${signers.map((key) => key.fingerprint).join(' + ')}：请从其他途径取得现行指纹`,
      `the key you named does not lead to the present one, ${signers.map((key) => key.fingerprint).join(' + ')}: get the present fingerprint another way`,
    )
  }
  return {
    ok: true,
    signedBy: inForce.map((key) => key.fingerprint),
    sm2: opened.sm2,
    signedAt: opened.signedAt,
    trusted: pinned.length > 0 ? true : undefined,
  }
}

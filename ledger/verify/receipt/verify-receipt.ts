import type { LedgerLeaf } from '@zhongheng/contracts/records/ledger-leaf.ts'
import type { Bilingual } from '../bilingual.ts'
import { fromHex, toHex, utf8 } from '../bytes.ts'
import type { OpenedCheckpoint } from '../checkpoint.ts'
import type { VerifyCrypto } from '../crypto.ts'
import { type KeyHistory, keysAt } from '../key-history.ts'
import { fingerprint, parseVerifierKey } from '../keys.ts'
import { keysGoOn, leadsToPresent, learnKeysFile, type LearnedKeys, openHead } from '../keys-file.ts'
import { leafHash } from '../merkle.ts'
import { parseNote } from '../note.ts'
import { readLeaf } from '../pack/shapes.ts'
import { verifyConsistency, verifyInclusion } from '../proofs.ts'
import type { Consistency, ReceiptNames } from './format.ts'
import { readConsistency, readReceipt } from './read-receipt.ts'

/** A head of the log as a verdict tells it. */
export type Head = {
  readonly origin: string
  readonly size: number
  readonly root: string
  /** When the log signed it, by its own clock. */
  readonly signedAt: string | null
}

export type ReceiptVerdict =
  | {
      readonly ok: true
      readonly index: number
      readonly leaf: LedgerLeaf
      /** The tree that the receipt was made in. */
      readonly head: Head
      /** Hex SHA-256 of the log's key. */
      readonly fingerprint: string
      /** True when the caller said beforehand which key to trust. */
      readonly pinned: boolean
      /** The newer head that the receipt was held against. */
      readonly newer: Head | null
      /** For people; not proved. */
      readonly names: ReceiptNames
    }
  | {
      readonly ok: false
      /** True when a file could not be judged at all; false when it was judged and is wrong. */
      readonly malformed: boolean
      readonly what: Bilingual
    }

const malformed = (zh: string, en: string): ReceiptVerdict => ({ ok: false, malformed: true, what: { zh, en } })
const wrong = (zh: string, en: string): ReceiptVerdict => ({ ok: false, malformed: false, what: { zh, en } })

/**
 * Is the receipt's entry in the log that its key signed, and does a newer head still hold it?
 * @param options `pinned`: fingerprints that the caller got from somewhere else than the receipt; none means that the
 * receipt's own key is believed. Where the log's keys have changed, any of them leads to the others by the key history in
 * the files. `against`: bytes of a newer checkpoint with its consistency proof (or of the same
 * checkpoint with further signatures).
 */
export function verifyReceipt(
  crypto: VerifyCrypto,
  bytes: Uint8Array,
  options: { readonly pinned?: readonly string[]; readonly against?: Uint8Array } = {},
): ReceiptVerdict {
  const receipt = readReceipt(bytes)
  if (receipt === undefined) return malformed('不是回执文件，或格式不正确', 'not a receipt, or malformed')
  const key = parseVerifierKey(crypto.sha256, receipt.key)
  const leaf = readLeaf(utf8(receipt.entry.leaf))
  if (key === undefined) return malformed('回执中的密钥格式不正确', "the receipt's key is malformed")
  if (leaf === undefined) return malformed('条目不是规范的格式', 'the entry is not a canonical one')
  const mine = fingerprint(crypto.sha256, key.publicKey)
  const pinned = options.pinned ?? []
  const proof = options.against === undefined ? undefined : readConsistency(options.against)
  if (options.against !== undefined && proof === undefined)
    return malformed('不是新检查点文件，或格式不正确', 'not a newer checkpoint with its proof, or malformed')
  const learned = learnedFrom(crypto, receipt.keys, proof?.keys)
  if (learned !== undefined && 'ok' in learned) return learned
  const history = learned?.history
  const believed =
    history === undefined
      ? pinned.length === 0 || pinned.includes(mine)
      : leadsToPresent(history, pinned.length === 0 ? [mine] : pinned)
  if (!believed)
    return history === undefined
      ? wrong(`账本密钥 ${mine} 不是指定的密钥`, `the log's key ${mine} is not the one you named`)
      : wrong(
          '指定的密钥（或回执的密钥）不能引出账本的现行密钥',
          'the key you named, or that of the receipt, does not lead to the present key of the log',
        )
  const signed: Signed = { publicKey: key.publicKey, history }
  const head = opened(crypto, receipt.checkpoint, signed)
  if ('ok' in head) return head
  if (history !== undefined && !keysAt(history, head.size).some((one) => one.fingerprint === mine))
    return wrong(
      `密钥 ${mine} 在 ${head.size} 条时并未生效`,
      `the key ${mine} was not in force at ${head.size} entries`,
    )
  if (head.origin !== key.name) return wrong('检查点属于另一本账', 'the checkpoint is that of another log')
  const { index } = receipt.entry
  const holds = verifyInclusion(crypto.sha256, {
    index,
    size: head.size,
    leafHash: leafHash(crypto.sha256, utf8(receipt.entry.leaf)),
    path: hashesOf(receipt.proof),
    root: head.root,
  })
  if (!holds)
    return wrong(
      `第 ${index} 条的证明不能导出检查点的根：条目、证明或检查点被改动过`,
      `the proof of entry ${index} does not lead to the root of the checkpoint: one of them was changed`,
    )
  const newer = proof === undefined ? null : goesOn(crypto, head, signed, proof)
  if (newer !== null && 'ok' in newer) return newer
  return {
    ok: true,
    index,
    leaf,
    head: told(head),
    fingerprint: mine,
    pinned: pinned.length > 0,
    newer: newer === null ? null : told(newer),
    names: receipt.names,
  }
}

/** What checkpoints are opened by: the receipt's key, or the history of the log's keys. */
type Signed = { readonly publicKey: Uint8Array; readonly history: KeyHistory | undefined }

/** The newer of the two key histories; they must not contradict each other. */
function learnedFrom(
  crypto: VerifyCrypto,
  own: string | undefined,
  newer: string | undefined,
): LearnedKeys | ReceiptVerdict | undefined {
  const files = [own, newer].flatMap((text) => (text === undefined ? [] : [learnKeysFile(crypto, utf8(text))]))
  const learned: LearnedKeys[] = []
  for (const file of files) {
    if ('history' in file) learned.push(file)
    else return { ok: false, malformed: file.malformed === true, what: file.what }
  }
  const [first, second] = learned
  if (first === undefined || second === undefined) return first
  const order = keysGoOn(first, second)
  if (order === 'forks')
    return wrong('两份密钥历史相互矛盾', 'the two key histories contradict each other: one is not the log’s')
  return order === 'older' ? first : second
}

function opened(crypto: VerifyCrypto, note: string, { publicKey, history }: Signed): OpenedCheckpoint | ReceiptVerdict {
  if (parseNote(utf8(note)) === undefined) return malformed('检查点有不规范的行', 'the checkpoint has a broken line')
  return (
    openHead(crypto, utf8(note), publicKey, history) ??
    (history === undefined
      ? wrong('检查点不是此密钥签名的', 'the checkpoint is not signed by this key')
      : wrong(
          '检查点未由当时生效的全部密钥签名，或该密钥已被吊销',
          'the checkpoint is not signed by every key in force at its size, or that key was revoked',
        ))
  )
}

function goesOn(
  crypto: VerifyCrypto,
  head: OpenedCheckpoint,
  signed: Signed,
  proof: Consistency,
): OpenedCheckpoint | ReceiptVerdict {
  const newer = opened(crypto, proof.checkpoint, signed)
  if ('ok' in newer) return newer
  if (newer.origin !== head.origin) return wrong('新检查点属于另一本账', 'the newer checkpoint is that of another log')
  if (proof.from !== head.size)
    return malformed(
      `一致性证明从 ${proof.from} 条开始，回执需要从 ${head.size} 条开始`,
      `the consistency proof begins at ${proof.from} entries; this receipt needs one from ${head.size}`,
    )
  const holds = verifyConsistency(crypto.sha256, {
    size1: head.size,
    size2: newer.size,
    root1: head.root,
    root2: newer.root,
    path: hashesOf(proof.proof),
  })
  return holds
    ? newer
    : wrong(
        `${newer.size} 条的账本不是回执中 ${head.size} 条账本的延续：账本被改写或分叉`,
        `the log of ${newer.size} entries does not go on from the receipt's log of ${head.size}: it was rewritten or forked`,
      )
}

const hashesOf = (path: readonly string[]): Uint8Array[] => path.map((hash) => fromHex(hash, 32) ?? new Uint8Array(0))

const told = (head: OpenedCheckpoint): Head => ({
  origin: head.origin,
  size: head.size,
  root: toHex(head.root),
  signedAt: head.signedAt?.toISOString() ?? null,
})

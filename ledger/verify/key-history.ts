import type { LedgerLeaf } from '@zhongheng/contracts/records/ledger-leaf.ts'
import type { Bilingual } from './bilingual.ts'
import { fromHex, utf8 } from './bytes.ts'
import type { VerifyCrypto } from './crypto.ts'
import { fingerprint, formatVerifierKey, noteAlgorithms } from './keys.ts'

/** The four kinds of entries by which the keys of a log begin and end. */
export const keyActKinds = [
  'ledger.key_introduced',
  'ledger.key_begun',
  'ledger.key_ended',
  'ledger.key_revoked',
] as const
export type KeyActKind = (typeof keyActKinds)[number]

/** An entry about a key, at its place in the log. */
export type KeyAct = { readonly index: number; readonly leaf: LedgerLeaf }

/** One key of a log and what the log says about it. Places are indexes of entries. */
export type KnownKey = {
  /** Hex SHA-256 of the Ed25519 key's SubjectPublicKeyInfo. */
  readonly fingerprint: string
  /** 32 raw bytes. */
  readonly publicKey: Uint8Array
  /** 65 bytes, where the key has an SM2 half. */
  readonly sm2: Uint8Array | undefined
  readonly introducedAt: number
  /** Fingerprint of the key that vouched for it; null for the first key, and where the key before was lost. */
  readonly introducedBy: string | null
  /** The first key counts from the beginning of the log, later ones from the entry on that begins them. */
  readonly begunAt: number | null
  readonly endedAt: number | null
  readonly revoked: {
    readonly at: number
    /** Trees of up to this many entries stay accepted. */
    readonly upTo: number
    readonly reason: 'stolen' | 'lost'
  } | null
}

/** Every key of a log as the entries of its first `size` entries tell, in the order of their introduction. */
export type KeyHistory = { readonly origin: string; readonly size: number; readonly keys: readonly KnownKey[] }

export type KeyHistoryFault = { readonly index: number | null; readonly what: Bilingual }

/** What a key signs about its successor, and the successor about itself. @param sm2 65 bytes of the SM2 half */
export function introductionMessage(
  crypto: Pick<VerifyCrypto, 'sha256'>,
  origin: string,
  publicKey: Uint8Array,
  sm2: Uint8Array | undefined,
): Uint8Array {
  const line = (algorithm: 1 | 255, key: Uint8Array): string =>
    formatVerifierKey(crypto.sha256, { name: origin, algorithm, publicKey: key })
  const second = sm2 === undefined ? '-' : line(noteAlgorithms.sm2, sm2)
  return utf8(
    `zhongheng-ledger-key-introduction/v1\n${origin}\n${line(noteAlgorithms.ed25519, publicKey)}\n${second}\n`,
  )
}

/**
 * The keys of a log out of its entries about keys, checked: each act follows from the ones before it, each introduction
 * is signed by the key it names and by the new key itself, and one key at least stays in force.
 * @param acts in ascending order, all below `size`
 */
export function keyHistoryOf(
  crypto: VerifyCrypto,
  origin: string,
  size: number,
  acts: readonly KeyAct[],
): KeyHistory | KeyHistoryFault {
  const keys: KnownKey[] = []
  let before = -1
  for (const act of acts) {
    const inOrder = Number.isSafeInteger(act.index) && act.index > before && act.index < size
    const what = inOrder ? take(crypto, origin, keys, act) : notInOrder
    if (what !== undefined) return { index: act.index, what }
    before = act.index
  }
  return { origin, size, keys }
}

export const isKeyHistory = (found: KeyHistory | KeyHistoryFault): found is KeyHistory => 'keys' in found

/**
 * The keys that must sign a checkpoint over `size` entries: one, or both of an overlap; the newest first. None where a
 * key was revoked before the next one began: such a checkpoint counts for nothing.
 */
export const keysAt = (history: Pick<KeyHistory, 'keys'>, size: number): readonly KnownKey[] =>
  history.keys.filter((key) => isInForce(key, size, key === history.keys[0])).toReversed()

function isInForce(key: KnownKey, size: number, first: boolean): boolean {
  if (key.begunAt === null || !(first || key.begunAt < size)) return false
  if (key.endedAt !== null && key.endedAt < size) return false
  return key.revoked === null || size <= key.revoked.upTo
}

/**
 * Which keys of the history a reader may believe who knows only `pinned` (fingerprints): those, and whatever they
 * introduced, and so on. A key that was stolen or lost introduces nobody after the last tree it may have signed.
 */
export function trustedFrom(history: KeyHistory, pinned: readonly string[]): ReadonlySet<string> {
  const trusted = new Set(history.keys.map((key) => key.fingerprint).filter((one) => pinned.includes(one)))
  for (const key of history.keys) {
    if (key.introducedBy === null || !trusted.has(key.introducedBy)) continue
    const by = history.keys.find((one) => one.fingerprint === key.introducedBy)
    if (by !== undefined && (by.revoked === null || key.introducedAt < by.revoked.upTo)) trusted.add(key.fingerprint)
  }
  return trusted
}

/** @returns what is wrong with the act; undefined when it was taken into `keys` */
function take(crypto: VerifyCrypto, origin: string, keys: KnownKey[], { index, leaf }: KeyAct): Bilingual | undefined {
  const { facts } = leaf
  const at = keys.findIndex((key) => key.fingerprint === facts['key'])
  const key = keys[at]
  if (leaf.kind === 'ledger.key_introduced') {
    const made = introduced(crypto, origin, keys, index, facts)
    if ('zh' in made) return made
    keys.push(made)
    return undefined
  }
  if (key === undefined) return say('所述密钥未曾引入', 'it speaks of a key that was never introduced')
  const inForceBesides = keys.some((one) => one !== key && isActive(one))
  switch (leaf.kind) {
    case 'ledger.key_begun':
      if (key.begunAt !== null || key.revoked !== null)
        return say('密钥已启用过或已吊销', 'the key had begun before, or was revoked')
      if (keys.every((one) => one.begunAt === null) && at !== 0)
        return say('首个密钥之外的密钥先启用', 'another key than the first one begins the log')
      keys[at] = { ...key, begunAt: index }
      return undefined
    case 'ledger.key_ended':
      if (!isActive(key)) return say('密钥并未生效', 'the key was not in force')
      if (!inForceBesides) return say('唯一生效的密钥不能停用', 'the only key in force cannot end')
      keys[at] = { ...key, endedAt: index }
      return undefined
    case 'ledger.key_revoked': {
      const { upTo, reason } = facts
      if (key.revoked !== null) return say('密钥已吊销过', 'the key was revoked before')
      if (!isCount(upTo) || upTo > index || (reason !== 'stolen' && reason !== 'lost'))
        return say('吊销的内容不完整', 'the revocation is malformed')
      if (!inForceBesides)
        return say('吊销之前须先启用另一把密钥', 'another key must begin before the only one is revoked')
      keys[at] = { ...key, revoked: { at: index, upTo, reason } }
      return undefined
    }
    default:
      return say('不是有关密钥的条目', 'not an entry about keys')
  }
}

const isActive = (key: KnownKey): boolean => key.begunAt !== null && key.endedAt === null && key.revoked === null

function introduced(
  crypto: VerifyCrypto,
  origin: string,
  keys: readonly KnownKey[],
  index: number,
  facts: LedgerLeaf['facts'],
): KnownKey | Bilingual {
  const publicKey = fromHex(facts['publicKey'], 32)
  const sm2 = facts['sm2'] === null ? undefined : fromHex(facts['sm2'], 65)
  const introducedBy = facts['introducedBy'] ?? null
  if (publicKey === undefined || (sm2 === undefined && facts['sm2'] !== null)) return malformed
  const name = fingerprint(crypto.sha256, publicKey)
  if (facts['key'] !== name || (introducedBy !== null && typeof introducedBy !== 'string')) return malformed
  if (keys.some((one) => one.fingerprint === name)) return say('密钥已引入过', 'the key was introduced before')
  const message = introductionMessage(crypto, origin, publicKey, sm2)
  const signed = (key: Uint8Array, signature: unknown): boolean =>
    crypto.verifyEd25519(key, message, fromHex(signature, 64) ?? new Uint8Array(0))
  const owns =
    signed(publicKey, facts['possession']) &&
    (sm2 === undefined || crypto.verifySm2(sm2, message, fromHex(facts['sm2Possession'], 64) ?? new Uint8Array(0)))
  if (!owns) return say('新密钥没有以自身签名', 'the new key has not signed its introduction itself')
  if (introducedBy !== null) {
    const by = keys.find((one) => one.fingerprint === introducedBy)
    if (by === undefined || !isActive(by)) return say('引入者并未生效', 'the introducing key was not in force')
    if (!signed(by.publicKey, facts['introduction']))
      return say('引入者的签名不正确', 'the signature of the introducing key is wrong')
  }
  return {
    fingerprint: name,
    publicKey,
    sm2,
    introducedAt: index,
    introducedBy,
    begunAt: null,
    endedAt: null,
    revoked: null,
  }
}

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0

const say = (zh: string, en: string): Bilingual => ({ zh, en })
const malformed = say('引入的内容不完整', 'the introduction is malformed')
const notInOrder = say('序号未递增或超出账本', 'its place is not after the one before, or beyond the log')

import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { parseCheckpoint } from '@zhongheng/ledger/verify/checkpoint.ts'
import type { KeyHistory, KnownKey } from '@zhongheng/ledger/verify/key-history.ts'
import { parseNote } from '@zhongheng/ledger/verify/note.ts'
import type { OpenDatabase } from '../database/open.ts'
import { type BareWork, inOperatorWork } from '../work/work.ts'
import { type CheckpointSigner, KeyError } from './checkpoint-signer.ts'
import { beginKeyHistory, isSigning, keysSoFar, type PlannedAct, keyEntriesIn, recordKeyActs } from './key-acts.ts'
import { fileOfKey, keepKey, type Keeping, keyFileName, keyFingerprint, makeKey, openSigner } from './key-files.ts'
import { openLedgerKeys } from './ledger-keys.ts'
import type { KeySecrets } from './secrets.ts'

/** Where an operator changes the keys of the ledger: beside a running server, or while there is none. */
export type KeyOffice = {
  readonly database: OpenDatabase
  /** `<data>/keys` and `<data>/ledger`. */
  readonly keysFolder: string
  readonly ledgerFolder: string
  readonly secrets: KeySecrets
  readonly sm2: boolean
}

/** Where a new key comes from: made now, or a reserve key out of its file. */
export type NewKey = { readonly keeping: Keeping } | { readonly reserve: string }

export type KeyState = {
  readonly origin: string
  readonly history: KeyHistory
  /** Entries under the published checkpoint; entries about keys beyond it are committed and not yet in force. */
  readonly size: number
  /** The file of each key that is here, by fingerprint. */
  readonly files: ReadonlyMap<string, string>
}

/** What is said about the keys so far, committed acts without a place in the ledger included. */
export async function keyState(office: KeyOffice): Promise<KeyState> {
  const { history, origin } = await inOffice(office, async (work, at) => ({
    history: await keysSoFar(work, at),
    origin: at,
  }))
  const files = new Map<string, string>()
  for (const { fingerprint } of history.keys) {
    const path = await fileOfKey(office.keysFolder, fingerprint).catch((error: unknown) => {
      if (error instanceof KeyError) return undefined
      throw error
    })
    if (path !== undefined) files.set(fingerprint, path)
  }
  return { origin, history, size: await publishedSize(office.ledgerFolder), files }
}

/** Makes a reserve key into a file outside of the installation; the key in force introduces it. @returns fingerprint */
export async function reserveKey(office: KeyOffice, keeping: Keeping, file: string): Promise<string> {
  const content = await makeKey(keeping, office.secrets)
  await keepKey(file, content)
  const key = await openSigner(file, office.secrets)
  try {
    await inOffice(office, async (work, origin) => {
      const [by] = await signing(work, origin)
      await recordKeyActs(work, origin, [{ act: 'introduce', key, by: await signerFor(office, only(by)) }])
    })
  } catch (error) {
    await rm(file, { force: true })
    throw error
  }
  return keyFingerprint(key.publicKey)
}

/** Begins the overlap: the new key, introduced by the present one, signs beside it from now on. @returns its fingerprint */
export async function rotateKey(office: KeyOffice, source: NewKey): Promise<string> {
  return withNewKey(office, source, (key) =>
    inOffice(office, async (work, origin) => {
      const inForce = await signing(work, origin)
      const [present, ...more] = inForce
      if (more.length > 0) {
        throw refused('一次轮换正在进行：请先结束旧密钥（end）', 'a rotation is under way: end the old key first (end)')
      }
      const by = await signerFor(office, only(present))
      await recordKeyActs(work, origin, [...(await introduced(work, origin, key, by)), begin(key)])
    }),
  )
}

/** Ends the overlap: the older key, or the one named, signs no more. @returns its fingerprint */
export async function endKey(office: KeyOffice, named: string | undefined): Promise<string> {
  return inOffice(office, async (work, origin) => {
    const inForce = await signing(work, origin)
    const key = named === undefined ? only(inForce[0]) : keyNamed(inForce, named)
    await recordKeyActs(work, origin, [{ act: 'end', key: key.fingerprint }])
    return key.fingerprint
  })
}

/**
 * Revokes a key that was stolen or lost. Where no other key is in force a new one begins in the same commit; nobody
 * introduces it, unless it was a reserve key, because a stolen signature proves nothing and a lost key gives none.
 * @returns fingerprints of the revoked key, and of the new one where there is one
 */
export async function revokeKey(
  office: KeyOffice,
  what: { readonly key: string | undefined; readonly reason: 'stolen' | 'lost'; readonly upTo: number | undefined },
  source: NewKey,
): Promise<{ revoked: string; begun: string | undefined; upTo: number }> {
  const upTo = what.upTo ?? (await publishedSize(office.ledgerFolder))
  const revoke = (key: KnownKey): PlannedAct => ({ act: 'revoke', key: key.fingerprint, upTo, reason: what.reason })
  const plan = async (work: KeyWork, origin: string) => {
    const { keys } = await keysSoFar(work, origin)
    const key = what.key === undefined ? only(keys.findLast(isSigning)) : keyNamed(keys, what.key)
    return { key, alone: keys.every((one) => one === key || !isSigning(one)) }
  }
  const { key, alone } = await inOffice(office, plan)
  if (!alone && !('reserve' in source)) {
    await inOffice(office, (work, origin) => recordKeyActs(work, origin, [revoke(key)]))
    return { revoked: key.fingerprint, begun: undefined, upTo }
  }
  const begun = await withNewKey(office, source, (next) =>
    inOffice(office, async (work, origin) => {
      await recordKeyActs(work, origin, [...(await introduced(work, origin, next, null)), begin(next), revoke(key)])
    }),
  )
  return { revoked: key.fingerprint, begun, upTo }
}

type KeyWork = Pick<BareWork, 'db' | 'record'>

/** One commit on the keys of this ledger, whose history is begun where that has not been done yet. */
async function inOffice<T>(office: KeyOffice, task: (work: KeyWork, origin: string) => Promise<T>): Promise<T> {
  const { keysFolder: folder, secrets, sm2, database } = office
  const keys = await openLedgerKeys({ folder, secrets, sm2, entries: keyEntriesIn(database) })
  await inOperatorWork(database, (work) => beginKeyHistory(work, keys))
  return inOperatorWork(database, (work) => task(work, keys.origin))
}

const signing = async (work: KeyWork, origin: string): Promise<KnownKey[]> =>
  (await keysSoFar(work, origin)).keys.filter(isSigning)

async function signerFor(office: KeyOffice, key: KnownKey): Promise<CheckpointSigner> {
  const path = await fileOfKey(office.keysFolder, key.fingerprint)
  if (path !== undefined) return openSigner(path, office.secrets)
  throw new KeyError(
    'missing',
    `${office.keysFolder} 中没有现行密钥 ${key.fingerprint}，无法由它引入新密钥：若已遗失，请用 revoke --reason lost`,
    `${office.keysFolder} does not hold the present key ${key.fingerprint}, which has to introduce the new one: if it is lost, use revoke --reason lost`,
  )
}

/** The new key's introduction, unless it was introduced before and waited in reserve. */
async function introduced(
  work: KeyWork,
  origin: string,
  key: CheckpointSigner,
  by: CheckpointSigner | null,
): Promise<PlannedAct[]> {
  const { keys } = await keysSoFar(work, origin)
  const name = keyFingerprint(key.publicKey)
  return keys.some((one) => one.fingerprint === name) ? [] : [{ act: 'introduce', key, by }]
}

const begin = (key: CheckpointSigner): PlannedAct => ({ act: 'begin', key: keyFingerprint(key.publicKey) })

/** Puts the new key where the server finds it before anything is committed; takes it away when that failed. */
async function withNewKey(
  office: KeyOffice,
  source: NewKey,
  task: (key: CheckpointSigner) => Promise<void>,
): Promise<string> {
  const content = 'reserve' in source ? await reserveIn(source.reserve) : await makeKey(source.keeping, office.secrets)
  const under = join(office.keysFolder, '.ledger-new.key')
  let path: string | undefined
  try {
    await keepKey(under, content)
    const key = await openSigner(under, office.secrets)
    // It has to sign once before the ledger depends on it.
    await key.sign(Buffer.from('zhongheng'))
    path = join(office.keysFolder, keyFileName(key.publicKey))
    await keepKey(path, content)
    await task(key)
    return keyFingerprint(key.publicKey)
  } catch (error) {
    if (path !== undefined) await rm(path, { force: true })
    throw error
  } finally {
    await rm(under, { force: true })
  }
}

const reserveIn = (path: string): Promise<string> =>
  readFile(path, 'utf8').catch((error: unknown) => {
    throw new KeyError(
      'missing',
      `无法读取备用密钥 ${path}`,
      `the reserve key ${path} cannot be read: ${String(error)}`,
    )
  })

/** Entries under the published checkpoint; 0 where there is none. */
async function publishedSize(folder: string): Promise<number> {
  const bytes = await readFile(join(folder, 'checkpoint')).catch(() => undefined)
  const text = bytes === undefined ? undefined : parseNote(bytes)?.text
  return (text === undefined ? undefined : parseCheckpoint(text))?.size ?? 0
}

function keyNamed(keys: readonly KnownKey[], named: string): KnownKey {
  const found = keys.filter(({ fingerprint }) => fingerprint.startsWith(named.toLowerCase()))
  const [key, ...more] = found
  if (key !== undefined && more.length === 0 && named.length >= 8) return key
  throw refused(`没有以 ${named} 开头的唯一密钥（至少 8 位）`, `no one key begins with ${named} (8 digits at least)`)
}

function only(key: KnownKey | undefined): KnownKey {
  if (key !== undefined) return key
  throw refused('没有生效的密钥', 'no key is in force')
}

const refused = (zh: string, en: string): KeyError => new KeyError('malformed', zh, en)

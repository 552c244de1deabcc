import { createPublicKey } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Text, say } from '@zhongheng/domain/shared/problem.ts'
import { signKeysFile } from '@zhongheng/ledger/log/key-acts.ts'
import type { LogKeys } from '@zhongheng/ledger/log/log-keys.ts'
import {
  isKeyHistory,
  type KeyAct,
  type KeyHistory,
  keyHistoryOf,
  keysAt,
} from '@zhongheng/ledger/verify/key-history.ts'
import { nodeCrypto } from '@zhongheng/ledger/verify/node-crypto.ts'
import type { OpenDatabase } from '../database/open.ts'
import type { LedgerKeySettings } from '../main/settings.ts'
import { type CheckpointSigner, KeyError } from './checkpoint-signer.ts'
import { keyEntriesIn } from './key-acts.ts'
import {
  fileOfKey,
  firstKeyFile,
  installationKeyFile,
  installationPublicFile,
  keepKey,
  keyFingerprint,
  makeKey,
  openSigner,
} from './key-files.ts'
import { type KeySecrets, secretsFrom } from './secrets.ts'
import { readIfThere } from '../sealing/write-key-file.ts'

/** The keys that sign the ledger, as the ledger's own entries say. The same in every server of an installation. */
export type LedgerKeys = Omit<LogKeys, 'signersAt'> & {
  /** The log's name for ever: made from its first key, so that no two installations share one. */
  readonly origin: string
  /** What the first `size` entries say about keys. @throws KeyError malformed where they contradict each other */
  historyAt(size: number): Promise<KeyHistory>
  /** Who signs the head over `size` entries; the newest first. @throws KeyError */
  signersAt(size: number): Promise<readonly CheckpointSigner[]>
  /**
   * Signs what is too long for tokens: manifests of evidence packs. The ledger announces it; `announcedAt` is the entry.
   */
  installation(): Promise<{ readonly signer: CheckpointSigner; readonly announcedAt: number | null }>
  /** Where a key is kept here, and why it could not sign the last time it had to. */
  keptHere(fingerprint: string): { readonly kind: CheckpointSigner['kind'] | null; readonly fault: Text | null }
  /** Index of the last entry about keys among the first `size`; -1 where there is none. */
  lastActAt(size: number): Promise<number>
  /** `keys.json` over the first `size` entries, signed now. @throws KeyError */
  keysFileAt(size: number): Promise<Uint8Array>
}

/** What is read from the ledger's entries. */
export type KeyEntries = {
  /** Entries about keys with `from` <= index < `to`, in order. */
  acts(from: number, to: number): Promise<readonly KeyAct[]>
  /** Index of the entry `key.announced` of a key; null where there is none yet. */
  announcementOf(fingerprint: string): Promise<number | null>
}

export type LedgerKeysOptions = {
  /** Where key files are: `<data>/keys`. */
  readonly folder: string
  readonly secrets: KeySecrets
  readonly entries: KeyEntries
  /** Whether the first key, if it has to be made now, gets an SM2 half. */
  readonly sm2: boolean
  /** The key for manifests, out of the key ring; without one it is a file in the clear, until a server seals it. */
  readonly installation?: CheckpointSigner | undefined
}

/**
 * Opens the keys of the ledger and makes the first one at the first start. Private keys are opened when they have to
 * sign, so a server whose key is locked or lost still shows the ledger.
 */
export async function openLedgerKeys({
  folder,
  secrets,
  entries,
  sm2,
  installation,
}: LedgerKeysOptions): Promise<LedgerKeys> {
  const all = new Acts(entries)
  const [introduction] = await all.below(Number.MAX_SAFE_INTEGER)
  // An introduction stands first, or the history would not hold.
  const announced = introduction?.leaf.facts as unknown as { readonly publicKey: string } | undefined
  const firstPublic =
    announced === undefined
      ? (await openOrMake(join(folder, firstKeyFile), secrets, sm2)).publicKey
      : Buffer.from(announced.publicKey, 'hex')
  const firstName = keyFingerprint(firstPublic)
  const origin = `zhongheng.local/${firstName.slice(0, 16)}`
  const open = new Map<string, CheckpointSigner>()

  const historyAt = async (size: number): Promise<KeyHistory> => {
    const found = keyHistoryOf(nodeCrypto, origin, size, await all.below(size))
    if (isKeyHistory(found)) return found
    throw new KeyError(
      'malformed',
      `账本第 ${found.index} 条关于密钥的记录不成立：${found.what.zh}`,
      `entry ${found.index} of the ledger, about its keys, does not hold: ${found.what.en}`,
    )
  }
  /** Before its entries are in the log the first key signs alone. */
  const namesAt = async (
    size: number,
  ): Promise<{ name: string; publicKey: Uint8Array; sm2?: Uint8Array | undefined }[]> => {
    const inForce = keysAt(await historyAt(size), size)
    if (inForce.length === 0) return [{ name: firstName, publicKey: firstPublic }]
    return inForce.map((key) => ({ name: key.fingerprint, publicKey: key.publicKey, sm2: key.sm2 }))
  }
  const faults = new Map<string, Text>()
  const noted = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    try {
      const done = await work()
      faults.delete(name)
      return done
    } catch (error) {
      if (error instanceof KeyError) faults.set(name, error.text)
      throw error
    }
  }
  const signerOf = async (name: string): Promise<CheckpointSigner> => {
    const known = open.get(name)
    if (known !== undefined) return known
    const opened = await noted(name, () => opening(name))
    const signer = { ...opened, sign: (message: Uint8Array) => noted(name, () => opened.sign(message)) }
    open.set(name, signer)
    return signer
  }
  const opening = async (name: string): Promise<CheckpointSigner> => {
    const path = await fileOfKey(folder, name)
    if (path === undefined) {
      throw new KeyError(
        'missing',
        `${folder} 中没有账本密钥 ${name}：请放回其文件，或按指南吊销它（docs/guides/ledger-keys.md）`,
        `${folder} does not hold the ledger's key ${name}: put its file back, or revoke it (docs/guides/ledger-keys.md)`,
      )
    }
    return openSigner(path, secrets)
  }
  const signersAt = async (size: number): Promise<readonly CheckpointSigner[]> => {
    const signers: CheckpointSigner[] = []
    for (const { name } of await namesAt(size)) signers.push(await signerOf(name))
    return signers
  }
  return {
    origin,
    historyAt,
    keysAt: namesAt,
    signersAt,
    async installation() {
      const signer =
        installation ??
        (await sealedElsewhere(folder)) ??
        (await openOrMake(join(folder, installationKeyFile), secrets, false))
      return { signer, announcedAt: await entries.announcementOf(keyFingerprint(signer.publicKey)) }
    },
    keptHere: (name) => ({ kind: open.get(name)?.kind ?? null, fault: faults.get(name) ?? null }),
    lastActAt: async (size) => (await all.below(size)).at(-1)?.index ?? -1,
    keysFileAt: async (size) => signKeysFile(await signersAt(size), origin, size, await all.below(size)),
  }
}

/** The same out of an installation's settings and database. @param folder `<data>/keys` */
export const openLedgerKeysIn = (
  folder: string,
  database: OpenDatabase,
  settings: LedgerKeySettings,
  installation?: CheckpointSigner,
): Promise<LedgerKeys> =>
  openLedgerKeys({
    folder,
    secrets: secretsFrom(settings),
    entries: keyEntriesIn(database),
    sm2: settings.sm2,
    installation,
  })

/**
 * Entries never change, so each is read once. What has no place yet is not seen, and places are given in order: after the
 * last act that is known there may always be another.
 */
class Acts {
  readonly #entries: KeyEntries
  readonly #known: KeyAct[] = []

  constructor(entries: KeyEntries) {
    this.#entries = entries
  }

  async below(size: number): Promise<readonly KeyAct[]> {
    const last = (): number => this.#known.at(-1)?.index ?? -1
    if (size > last() + 1) {
      const news = await this.#entries.acts(last() + 1, size)
      // Two callers may have asked at once.
      for (const act of news) if (act.index > last()) this.#known.push(act)
    }
    return this.#known.filter(({ index }) => index < size)
  }
}

/** The key for manifests as whoever has no key ring knows it: what it is, without its use. */
async function sealedElsewhere(folder: string): Promise<CheckpointSigner | undefined> {
  const pem = await readIfThere(join(folder, installationPublicFile))
  if (pem === undefined) return undefined
  const der = createPublicKey(pem).export({ type: 'spki', format: 'der' })
  const locked = say('此密钥由服务器封存', 'the server keeps this key sealed')
  return {
    kind: 'sealed',
    publicKey: new Uint8Array(der.subarray(-32)),
    sign: () => Promise.reject(new KeyError('locked', locked.zh, locked.en)),
  }
}

/** The installation's first key, in the open, and the one for manifests are made where they are not there. */
async function openOrMake(path: string, secrets: KeySecrets, sm2: boolean): Promise<CheckpointSigner> {
  try {
    return await openSigner(path, secrets)
  } catch (error) {
    if (!(error instanceof KeyError) || error.code !== 'missing') throw error
  }
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await keepKey(path, await makeKey({ kind: 'file', sm2 }, secrets))
  return openSigner(path, secrets)
}

import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { highestToken } from '@zhongheng/ledger/log/claim.ts'
import { readIfThere, replaceFile } from '@zhongheng/ledger/log/files.ts'
import { openOwnCheckpoint } from '@zhongheng/ledger/log/log-keys.ts'
import { type Log, openLog } from '@zhongheng/ledger/log/open-log.ts'
import { openLogReader } from '@zhongheng/ledger/log/read-log.ts'
import type { LogKey } from '@zhongheng/ledger/verify/checkpoint.ts'
import { formatVerifierKey, noteAlgorithms } from '@zhongheng/ledger/verify/keys.ts'
import { nodeCrypto } from '@zhongheng/ledger/verify/node-crypto.ts'
import { KeyError } from '../signing/checkpoint-signer.ts'
import type { LedgerKeys } from '../signing/ledger-keys.ts'
import type { LedgerPort } from './ledger.ts'

/** How long somebody who needs a checkpoint waits for another server to publish it. */
const patience = { steps: 40, stepMs: 50 }

const keysName = 'keys.json'
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/**
 * The ledger in a folder that all servers of an installation share. Opening only reads; see `LedgerWriting` for the one
 * that writes. @param markFile where the newest head is noted besides, best on another disk and in no backup
 * @throws LedgerError rollback when the folder's checkpoint is another key's
 */
export async function openLedger(
  folder: string,
  keys: LedgerKeys,
  now: () => Date,
  markFile = `${folder}-mark`,
): Promise<LedgerPort> {
  const { origin } = keys
  const reader = await openLogReader({ folder, origin, signer: keys, now })
  let log: Log | null = null
  /** Whether the writer has caught up with the database; before that nobody but it may ask for a head. */
  let ready = false
  let ask: () => void = () => undefined
  const newestKey = async (): Promise<LogKey> => {
    const [newest] = await keys.keysAt(reader.head.size)
    if (newest === undefined) throw new Error('no key is in force')
    return newest
  }
  let shown = await newestKey()
  let keysShown = -1
  const refresh = async (): Promise<void> => {
    const before = reader.head.size
    await reader.refresh()
    if (reader.head.size !== before) shown = await newestKey()
  }
  /** Signed once for each head, however often it is asked for. */
  let file: { readonly size: number; readonly bytes: Promise<Uint8Array> } | undefined
  const keysFile = async (): Promise<Uint8Array | undefined> => {
    const { size } = reader.head
    if ((await keys.lastActAt(size)) < 0) return undefined
    if (file?.size !== size) file = { size, bytes: keys.keysFileAt(size) }
    const mine = file
    return mine.bytes.catch((error: unknown) => {
      if (file === mine) file = undefined
      if (error instanceof KeyError) return readIfThere(join(folder, keysName))
      throw error
    })
  }
  /** It lies beside the log for whoever serves the folder, and is signed anew when an act about keys came. */
  const publishKeys = async (): Promise<void> => {
    const last = await keys.lastActAt(reader.head.size)
    if (last === keysShown) return
    await replaceFile(join(folder, keysName), await keys.keysFileAt(reader.head.size))
    keysShown = last
  }
  const publish = async (anew?: 'anew'): Promise<void> => {
    if (log === null) return
    await log.checkpoint(anew)
    ready = true
    await refresh()
    await replaceFile(markFile, Buffer.from(reader.head.note))
    await publishKeys()
  }
  const giveBack = async (): Promise<void> => {
    const mine = log
    log = null
    ready = false
    await mine?.close()
  }
  return {
    origin,
    keys,
    get verifierKey() {
      const key = { name: origin, algorithm: noteAlgorithms.ed25519, publicKey: shown.publicKey }
      return formatVerifierKey(nodeCrypto.sha256, key)
    },
    size: () => reader.head.size,
    root: () => hex(reader.head.root),
    checkpoint: () => reader.head.note,
    checkpointAt: () => reader.head.signedAt,
    inclusionProof: async (index, size) => (await reader.inclusionProof(index, size)).map(hex),
    consistencyProof: async (size1, size2) => (await reader.consistencyProof(size1, size2)).map(hex),
    keysFile,
    get forPacks() {
      const { size } = reader.head
      const { publicKey } = shown
      const sign = async (message: Uint8Array): Promise<Uint8Array> => {
        const [signer] = await keys.signersAt(size)
        if (signer === undefined) throw new Error('no key is in force')
        return signer.sign(message)
      }
      return { log: reader, logKey: publicKey, signer: { publicKey, sign } }
    },
    async forPackAt(size) {
      const [key] = await keys.keysAt(size)
      if (key === undefined) throw new Error('no key is in force')
      const keyHistory = await keysFile()
      const common = { log: reader, logKey: key.publicKey, ...(keyHistory === undefined ? {} : { keyHistory }) }
      const [present] = await keys.signersAt(reader.head.size)
      // A manifest is too long for a token, and a head of before a rotation bears no line of the present key.
      if (present !== undefined && present.kind !== 'token' && hex(present.publicKey) === hex(key.publicKey))
        return { ...common, signer: present, entries: [] }
      const { signer, announcedAt } = await keys.installation()
      return { ...common, signer, entries: announcedAt === null || announcedAt >= size ? [] : [announcedAt] }
    },
    async cover(index) {
      if (index < reader.head.size) return
      if (ready && log !== null && index < log.size) return publish()
      ask()
      for (let step = 0; step < patience.steps && index >= reader.head.size; step++) {
        await wait(patience.stepMs)
        await refresh()
      }
    },
    writing: {
      folder,
      lastToken: () => highestToken(join(folder, '.state')),
      async take(token) {
        await giveBack()
        log = await openLog({ folder, origin, signer: keys, now, token })
        return log
      },
      publish,
      async mark() {
        const bytes = await readIfThere(markFile)
        if (bytes === undefined) return null
        const { size, root } = await openOwnCheckpoint(keys, origin, bytes)
        return { size, root: hex(root) }
      },
      refresh,
      giveBack,
      onWanted: (then) => {
        ask = then
      },
    },
    close: giveBack,
  }
}

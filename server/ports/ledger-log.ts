import { createHash, createPublicKey } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { highestToken } from '@zhongheng/ledger/log/claim.ts'
import { type Log, openLog } from '@zhongheng/ledger/log/open-log.ts'
import { openLogReader } from '@zhongheng/ledger/log/read-log.ts'
import { ed25519Signer } from '@zhongheng/ledger/log/signer.ts'
import { formatVerifierKey, noteAlgorithms } from '@zhongheng/ledger/verify/keys.ts'
import { nodeCrypto } from '@zhongheng/ledger/verify/node-crypto.ts'
import type { KeyRing } from '../sealing/keys.ts'
import type { LedgerPort } from './ledger.ts'

/** How long somebody who needs a checkpoint waits for another server to publish it. */
const patience = { steps: 40, stepMs: 50 }

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** The log's name for ever: made from its key, so that no two installations share one. */
export function originOf(keys: KeyRing): string {
  const der = createPublicKey(keys.ledger.publicPem).export({ type: 'spki', format: 'der' })
  return `zhongheng.local/${createHash('sha256').update(der).digest('hex').slice(0, 16)}`
}

/**
 * The ledger in a folder that all servers of an installation share. Opening only reads; see `LedgerWriting` for the one
 * that writes. @throws LedgerError rollback when the folder's checkpoint is another key's
 */
export async function openLedger(folder: string, keys: KeyRing, now: () => Date): Promise<LedgerPort> {
  const signer = ed25519Signer(keys.ledger.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
  const origin = originOf(keys)
  const reader = await openLogReader({ folder, origin, signer, now })
  let log: Log | null = null
  let ask: () => void = () => undefined
  const publish = async (): Promise<void> => {
    await log?.checkpoint()
    await reader.refresh()
  }
  return {
    origin,
    verifierKey: formatVerifierKey(nodeCrypto.sha256, {
      name: origin,
      algorithm: noteAlgorithms.ed25519,
      publicKey: signer.publicKey,
    }),
    size: () => reader.head.size,
    root: () => hex(reader.head.root),
    checkpoint: () => reader.head.note,
    inclusionProof: async (index, size) => (await reader.inclusionProof(index, size)).map(hex),
    consistencyProof: async (size1, size2) => (await reader.consistencyProof(size1, size2)).map(hex),
    forPacks: { log: reader, logKey: signer.publicKey, signer },
    async cover(index) {
      if (index < reader.head.size) return
      if (log !== null && index < log.size) return publish()
      ask()
      for (let step = 0; step < patience.steps && index >= reader.head.size; step++) {
        await wait(patience.stepMs)
        await reader.refresh()
      }
    },
    writing: {
      folder,
      lastToken: () => highestToken(join(folder, '.state')),
      async take(token) {
        await log?.close()
        log = null
        log = await openLog({ folder, origin, signer, now, token })
        await publish()
        return log
      },
      publish,
      refresh: async () => void (await reader.refresh()),
      async giveBack() {
        const mine = log
        log = null
        await mine?.close()
      },
      onWanted: (then) => {
        ask = then
      },
    },
    async close() {
      const mine = log
      log = null
      await mine?.close()
    },
  }
}

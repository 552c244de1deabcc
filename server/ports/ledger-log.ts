import { createHash, createPublicKey } from 'node:crypto'
import { openLog } from '@zhongheng/ledger/log/open-log.ts'
import { ed25519Signer } from '@zhongheng/ledger/log/signer.ts'
import type { KeyRing } from '../sealing/keys.ts'
import type { LedgerPort } from './ledger.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** The log's name for ever: made from its key, so that no two installations share one. */
export function originOf(keys: KeyRing): string {
  const der = createPublicKey(keys.ledger.publicPem).export({ type: 'spki', format: 'der' })
  return `zhongheng.local/${createHash('sha256').update(der).digest('hex').slice(0, 16)}`
}

/** The ledger in a folder of this machine. Only one process may hold it; a second one gets LedgerError locked. */
export async function openLedger(folder: string, keys: KeyRing, now: () => Date): Promise<LedgerPort> {
  const pem = keys.ledger.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const signer = ed25519Signer(pem)
  const log = await openLog({ folder, origin: originOf(keys), signer, now })
  let head = { size: log.size, root: hex(log.root()), note: await log.checkpoint() }
  return {
    origin: log.origin,
    verifierKey: log.verifierKey,
    size: () => head.size,
    root: () => head.root,
    checkpoint: () => head.note,
    async inclusionProof(index, size) {
      return (await log.inclusionProof(index, size)).map(hex)
    },
    async consistencyProof(size1, size2) {
      return (await log.consistencyProof(size1, size2)).map(hex)
    },
    forPacks: { log, logKey: signer.publicKey, signer },
    async append(leaves) {
      const { size } = await log.append(leaves)
      const root = hex(log.root())
      head = { size, root, note: await log.checkpoint() }
      return size
    },
    close: () => log.close(),
  }
}

import { type LogKey, type OpenedCheckpoint, openCheckpointByAll, parseCheckpoint } from '../verify/checkpoint.ts'
import { nodeCrypto } from '../verify/node-crypto.ts'
import { parseNote } from '../verify/note.ts'
import { LedgerError } from './ledger-error.ts'
import type { Signer } from './signer.ts'

/** The keys of a log that may change while it grows. What holds at a size never changes afterwards. */
export type LogKeys = {
  /** Public halves of the keys that had to sign the head over `size` entries when it was made; the newest first. */
  keysAt(size: number): Promise<readonly LogKey[]>
  /** The same keys, to sign with. */
  signersAt(size: number): Promise<readonly Signer[]>
}

/** One key for ever, or keys that change. */
export type LogSigning = Signer | LogKeys

/** @returns always keys that may change */
export function keysOf(signing: LogSigning): LogKeys {
  if ('signersAt' in signing) return signing
  return { keysAt: () => publicKeysAt(signing, 0), signersAt: () => Promise.resolve([signing]) }
}

const publicKeysAt = async (signing: Signer | Pick<LogKeys, 'keysAt'>, size: number): Promise<readonly LogKey[]> =>
  'keysAt' in signing ? signing.keysAt(size) : [{ publicKey: signing.publicKey, sm2: signing.sm2?.publicKey }]

/**
 * Opens a checkpoint of one's own log.
 * @throws LedgerError rollback when it was not signed, under this origin, by the keys in force at its size
 */
export async function openOwnCheckpoint(
  signing: Signer | Pick<LogKeys, 'keysAt'>,
  origin: string,
  bytes: Uint8Array,
): Promise<OpenedCheckpoint> {
  const text = parseNote(bytes)?.text
  const size = text === undefined ? undefined : parseCheckpoint(text)?.size
  const head =
    size === undefined ? undefined : openCheckpointByAll(nodeCrypto, bytes, await publicKeysAt(signing, size))
  if (head?.origin === origin) return head
  throw new LedgerError(
    'rollback',
    `账本的检查点不是由此密钥以 ${origin} 的名义签名的`,
    `the log's checkpoint was not signed by this key for ${origin}`,
  )
}

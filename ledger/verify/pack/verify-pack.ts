import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import type { VerifierKey } from '../keys.ts'
import { nodeCrypto } from '../node-crypto.ts'
import { certificatesIn, checkSignature } from '../time-stamp-signature.ts'
import type { TimeStamp } from '../time-stamp.ts'
import { checkPack, type PackVerdict } from './check-pack.ts'
import type { PackReader } from './pack-reader.ts'

export type { PackVerdict } from './check-pack.ts'

export type VerifyOptions = {
  /** Fingerprints that the caller got from somewhere else than the pack. */
  readonly pinned?: readonly string[]
  /** Keys of witnesses, got the same way. */
  readonly witnesses?: readonly VerifierKey[]
  /** PEM of the certificate authorities to trust for time stamps; without it their signatures are not checked. */
  readonly authorities?: string
}

/**
 * Checks an evidence pack, byte for byte, without server, network or database. Memory does not grow with the size of
 * exchanges and documents. @throws the file system's errors when a path cannot be read (EISDIR for a folder); whatever the bytes are, the answer
 * is a verdict
 */
export function verifyPack(
  pack: string | PackReader,
  { pinned = [], witnesses = [], authorities }: VerifyOptions = {},
): Promise<PackVerdict> {
  const trusted = authorities === undefined ? undefined : certificatesIn(authorities)
  const checkSigner = trusted === undefined ? undefined : (stamp: TimeStamp) => checkSignature(stamp, trusted)
  const options = { pinned, witnesses, checkSigner }
  if (typeof pack !== 'string') return checkPack(nodeCrypto, pack, options)
  return withFile(pack, (reader) => checkPack(nodeCrypto, reader, options))
}

/** Opens a file for reading and closes it after the task. @throws the file system's errors, EISDIR for a folder */
async function withFile<T>(path: string, task: (reader: PackReader) => Promise<T>): Promise<T> {
  // Not blocking, so that a pipe nobody writes to is refused instead of waited for.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const stat = await file.stat()
    if (!stat.isFile()) throw Object.assign(new Error(`${path} is not a file`), { code: 'EISDIR' })
    return await task({
      size: stat.size,
      read: async (offset, length) => {
        const bytes = Buffer.alloc(length)
        let filled = 0
        while (filled < length) {
          const { bytesRead } = await file.read(bytes, filled, length - filled, offset + filled)
          if (bytesRead === 0) throw new Error(`${path} became shorter while it was read`)
          filled += bytesRead
        }
        return bytes
      },
    })
  } finally {
    await file.close()
  }
}

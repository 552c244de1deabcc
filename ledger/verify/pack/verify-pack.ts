import { open } from 'node:fs/promises'
import { nodeCrypto } from '../node-crypto.ts'
import { checkPack, type PackVerdict } from './check-pack.ts'
import type { PackReader } from './pack-reader.ts'

export type { PackVerdict } from './check-pack.ts'

/**
 * Checks an evidence pack, byte for byte, without server, network or database. Memory does not grow with the size of
 * exchanges and documents. @param options `pinned`: fingerprints that the caller got from somewhere else than the pack
 * @throws the file system's errors when a path cannot be read (EISDIR for a folder); whatever the bytes are, the answer
 * is a verdict
 */
export function verifyPack(
  pack: string | PackReader,
  options: { readonly pinned?: readonly string[] } = {},
): Promise<PackVerdict> {
  if (typeof pack !== 'string') return checkPack(nodeCrypto, pack, options.pinned)
  return withFile(pack, (reader) => checkPack(nodeCrypto, reader, options.pinned))
}

/** Opens a file for reading and closes it after the task. @throws the file system's errors, EISDIR for a folder */
async function withFile<T>(path: string, task: (reader: PackReader) => Promise<T>): Promise<T> {
  const file = await open(path, 'r')
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

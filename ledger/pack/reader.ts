import { open } from 'node:fs/promises'

/** Random access to a pack: a file here, a `Blob` in a browser. */
export type PackReader = {
  /** Bytes. */
  readonly size: number
  /** Exactly `length` bytes from `offset`; the caller stays within `size`. */
  read(offset: number, length: number): Promise<Uint8Array>
}

/** Opens a file for reading and closes it after the task. @throws the file system's errors, EISDIR for a folder */
export async function withFile<T>(path: string, task: (reader: PackReader) => Promise<T>): Promise<T> {
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

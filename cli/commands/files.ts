import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { unreadable, UsageError } from './command.ts'

/** At most the first `most` bytes of a regular file. @throws UsageError for a path that cannot be read */
export async function beginningOf(path: string, most: number): Promise<Uint8Array> {
  try {
    // Not blocking, so that a pipe nobody writes to is refused instead of waited for.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const stat = await file.stat()
      if (!stat.isFile()) throw new UsageError(`${path} 不是普通文件`, `${path} is not a regular file`)
      const bytes = Buffer.alloc(Math.min(most, stat.size))
      const { bytesRead } = await file.read(bytes, 0, bytes.length, 0)
      return bytes.subarray(0, bytesRead)
    } finally {
      await file.close()
    }
  } catch (error) {
    throw unreadable(path, error) ?? error
  }
}

/** A small file whole. @throws UsageError for a path that cannot be read, or one with more than `most` bytes */
export async function smallFile(path: string, most: number): Promise<Buffer> {
  const bytes = await beginningOf(path, most + 1)
  if (bytes.length > most) throw new UsageError(`${path} 过大`, `${path} is too large`)
  return Buffer.from(bytes)
}

import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { errorCode } from './ledger-error.ts'

/** The file's bytes, or undefined where there is none. */
export async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** The same without waiting, for small files in the system's cache. */
export function readAtOnce(path: string): Buffer | undefined {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
  try {
    const bytes = Buffer.allocUnsafeSlow(fstatSync(file).size)
    let filled = 0
    for (let more = -1; more !== 0 && filled < bytes.length; filled += more)
      more = readSync(file, bytes, filled, bytes.length - filled, filled)
    return bytes.subarray(0, filled)
  } finally {
    closeSync(file)
  }
}

/**
 * Replaces a file whole: a reader sees the old bytes or the new ones, and the new ones survive a power cut.
 * @param mayStill is asked last before the new bytes take the old ones' place; throwing leaves the old ones
 */
export async function replaceFile(
  path: string,
  bytes: Uint8Array,
  temporary = `${path}.tmp`,
  mayStill: () => void = () => undefined,
): Promise<void> {
  const file = await open(temporary, 'w')
  try {
    await file.writeFile(bytes)
    await file.datasync()
  } finally {
    await file.close()
  }
  mayStill()
  await rename(temporary, path)
  await syncPath(dirname(path))
}

/** Waits until a file's bytes, or a folder's names, are on the disk. */
export async function syncPath(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

export const makeFolder = async (path: string): Promise<void> => {
  await mkdir(path, { recursive: true })
}

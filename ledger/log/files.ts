import { renameSync, writeFileSync } from 'node:fs'
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

/** Replaces a file whole: a reader sees the old bytes or the new ones, and the new ones survive a power cut. */
export async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.tmp`
  const file = await open(temporary, 'w')
  try {
    await file.writeFile(bytes)
    await file.datasync()
  } finally {
    await file.close()
  }
  await rename(temporary, path)
  await syncPath(dirname(path))
}

/**
 * Replaces a file whole, in the system's cache only. Synchronous, because four short calls into the cache cost less than
 * sending them to another thread and back.
 */
export function replaceSoon(path: string, bytes: Uint8Array): void {
  const temporary = `${path}.tmp`
  writeFileSync(temporary, bytes)
  renameSync(temporary, path)
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

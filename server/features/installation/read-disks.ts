import { access, constants, realpath, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DiskFacts, Place } from '@zhongheng/domain/installation/facts.ts'

/** Room and state of every folder that the platform writes to; those that are not there (yet, or here) are left out. */
export async function readDisks(dataFolder: string): Promise<DiskFacts[]> {
  const folders: readonly (readonly [Place, string])[] = [
    ['data', dataFolder],
    ['database', join(dataFolder, 'postgres', 'data')],
    ['recordings', join(dataFolder, 'recorder')],
    ['ledger', join(dataFolder, 'ledger')],
    ['logs', join(dataFolder, 'logs')],
    ['temporary', tmpdir()],
  ]
  const found = await Promise.all(folders.map(([place, path]) => readDisk(place, path)))
  return found.filter((disk) => disk !== null)
}

async function readDisk(place: Place, folder: string): Promise<DiskFacts | null> {
  try {
    const path = await realpath(folder)
    const { bavail, blocks, bsize } = await statfs(path)
    return { place, path, freeBytes: bavail * bsize, totalBytes: blocks * bsize, writable: await mayWrite(place, path) }
  } catch {
    return null
  }
}

/** On a disk that was mounted read-only root may not write either. The database's folder belongs to an account of its own. */
const mayWrite = (place: Place, path: string): Promise<boolean> =>
  access(path, constants.W_OK).then(
    () => true,
    (error: unknown) => place === 'database' && (error as NodeJS.ErrnoException).code === 'EACCES',
  )

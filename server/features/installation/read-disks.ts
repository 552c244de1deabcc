import { access, constants, realpath, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DiskFacts, type Place, places } from '@zhongheng/domain/installation/facts.ts'

/**
 * Room and state of every folder that the platform writes to. Those that are not there (yet, or here) are left out; one
 * that is there and cannot be read is told with `room` null.
 */
export async function readDisks(dataFolder: string): Promise<DiskFacts[]> {
  const folders: { readonly [place in Place]: string } = {
    data: dataFolder,
    database: join(dataFolder, 'postgres', 'data'),
    recordings: join(dataFolder, 'recorder'),
    ledger: join(dataFolder, 'ledger'),
    attachments: join(dataFolder, 'attachments'),
    packs: join(dataFolder, 'packs'),
    logs: join(dataFolder, 'logs'),
    temporary: tmpdir(),
  }
  const found = await Promise.all(places.map((place) => readDisk(place, folders[place])))
  return found.filter((disk) => disk !== null)
}

async function readDisk(place: Place, folder: string): Promise<DiskFacts | null> {
  let path = folder
  try {
    path = await realpath(folder)
    const { bavail, blocks, bsize } = await statfs(path)
    return {
      place,
      path,
      room: { freeBytes: bavail * bsize, totalBytes: blocks * bsize, writable: await mayWrite(place, path) },
    }
  } catch (error) {
    return code(error) === 'ENOENT' ? null : { place, path, room: null }
  }
}

/** On a disk that was mounted read-only root may not write either. The database's folder belongs to an account of its own. */
const mayWrite = (place: Place, path: string): Promise<boolean> =>
  access(path, constants.W_OK).then(
    () => true,
    (error: unknown) => place === 'database' && code(error) === 'EACCES',
  )

const code = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code

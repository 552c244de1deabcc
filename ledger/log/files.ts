import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs'
import { mkdir, open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { errorCode } from './ledger-error.ts'

/** Something else than a regular file, or one far beyond what can be meant: refused before a byte of it is read. */
export class StrangeFile extends Error {
  override readonly name = 'StrangeFile'
  readonly path: string
  readonly code: 'EFTYPE' | 'EFBIG'
  constructor(path: string, code: 'EFTYPE' | 'EFBIG') {
    super(`${path}: ${code === 'EFBIG' ? 'far too large' : 'not a regular file'}`)
    this.path = path
    this.code = code
  }
}

/** The longest entry bundle has 256 entries of 65,535 bytes and their lengths; no tile and no note is longer. */
const longestAtOnce = 256 * (2 + 65_535)
/** What is read whole by our own programs stays far below. */
const longestWhole = 512 << 20
// A pipe that nobody writes to is refused instead of waited for.
const reading = constants.O_RDONLY | constants.O_NONBLOCK

function mustBeFile(path: string, stat: Stats, most: number): number {
  if (!stat.isFile()) throw new StrangeFile(path, 'EFTYPE')
  if (stat.size > most) throw new StrangeFile(path, 'EFBIG')
  return stat.size
}

/** The file's bytes, or undefined where there is none. @throws StrangeFile */
export async function readIfThere(path: string, most = longestWhole): Promise<Uint8Array | undefined> {
  try {
    const file = await open(path, reading)
    try {
      mustBeFile(path, await file.stat(), most)
      return await file.readFile()
    } finally {
      await file.close()
    }
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** The same without waiting, for tiles and bundles in the system's cache. @throws StrangeFile */
export function readAtOnce(path: string): Buffer | undefined {
  let file: number
  try {
    file = openSync(path, reading)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
  try {
    const bytes = Buffer.allocUnsafeSlow(mustBeFile(path, fstatSync(file), longestAtOnce))
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

import { randomBytes } from 'node:crypto'
import { constants, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { copyFile, link, mkdir, open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { syncFolder } from '../segments/disk.ts'
import { type SegmentName, type SegmentStore, type StoredSegment, StoreFault, storeFault } from './segment-store.ts'

const markFile = 'zhongheng-segments'
const begun = 'begun '

/**
 * Segments in a folder, another disk or a network file system as a rule: `<engagement>/<segment>.zhs`. The folder
 * carries a mark that the recorder knows, so that an empty mount point is never taken for it.
 */
export class FolderStore implements SegmentStore {
  readonly kind = 'folder'
  readonly place: string
  readonly #known: string

  /** @param known file of the recorder's own in which it keeps the mark of the folder that it uses */
  constructor(place: string, known: string) {
    this.place = place
    this.#known = known
  }

  async put({ engagementId, segmentId }: StoredSegment, path: string): Promise<void> {
    await this.#checked(async () => {
      const folder = join(this.place, engagementId)
      const made = await mkdir(folder, { recursive: true, mode: 0o700 })
      if (made !== undefined) syncFolder(this.place)
      // A kill may have left one; only this recorder writes here.
      const part = join(folder, `.${segmentId}.part`)
      await rm(part, { force: true })
      try {
        await copyDurably(path, part)
        // A link appears whole or not at all, and fails where the name is taken: nothing is ever written over.
        await link(part, pathOf(this.place, { engagementId, segmentId })).catch((fault: unknown) => {
          if (codeOf(fault) !== 'EEXIST') throw fault
        })
      } finally {
        await rm(part, { force: true })
      }
      syncFolder(folder)
    })
  }

  async get(name: SegmentName): Promise<Readable | null> {
    return this.#checked(async () => {
      const file = await open(pathOf(this.place, name), 'r').catch(nullWhereMissing)
      return file === null ? null : file.createReadStream({ highWaterMark: 1 << 20 })
    })
  }

  async size(name: SegmentName): Promise<number | null> {
    return this.#checked(async () => {
      const found = await stat(pathOf(this.place, name)).catch(nullWhereMissing)
      return found === null ? null : found.size
    })
  }

  async remove(name: SegmentName): Promise<void> {
    await this.#checked(async () => {
      await rm(pathOf(this.place, name), { force: true })
      await rm(join(this.place, name.engagementId, `.${name.segmentId}.part`), { force: true })
      const left = await readdir(join(this.place, name.engagementId)).catch(nullWhereMissing)
      if (left === null) return
      if (left.length === 0) {
        await rm(join(this.place, name.engagementId), { recursive: true, force: true })
        syncFolder(this.place)
      } else syncFolder(join(this.place, name.engagementId))
    })
  }

  close(): void {}

  async #checked<T>(task: () => Promise<T>): Promise<T> {
    try {
      this.#checkMark()
      return await task()
    } catch (fault) {
      throw storeFault(fault)
    }
  }

  #checkMark(): void {
    const known = readOrNull(this.#known)
    const found = readOrNull(join(this.place, markFile))
    if (known === null) {
      if (found !== null) throw new StoreFault('the folder is another recorder’s')
      this.#mark(randomBytes(16).toString('hex'), false)
    } else if (known.startsWith(begun)) {
      const mark = known.slice(begun.length)
      if (found !== null && found !== mark) throw new StoreFault('the folder is another recorder’s')
      this.#mark(mark, found !== null)
    } else if (found !== known)
      throw new StoreFault(found === null ? 'the folder is not mounted, or empty' : 'the folder is another recorder’s')
  }

  /** First what is begun, then the mark, then that it is there: a kill in between is gone on from. */
  #mark(mark: string, there: boolean): void {
    writeFileSync(this.#known, `${begun}${mark}`, { mode: 0o600, flush: true })
    // The folder itself is the operator's to make: one that is not there is a mistake in the setting.
    if (!there) writeFileSync(join(this.place, markFile), mark, { mode: 0o600, flush: true })
    syncFolder(this.place)
    writeFileSync(`${this.#known}.new`, mark, { mode: 0o600, flush: true })
    renameSync(`${this.#known}.new`, this.#known)
  }
}

const pathOf = (root: string, { engagementId, segmentId }: SegmentName): string =>
  join(root, engagementId, `${segmentId}.zhs`)

async function copyDurably(from: string, to: string): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_EXCL)
  const copy = await open(to, 'r+')
  try {
    await copy.sync()
  } finally {
    await copy.close()
  }
}

const codeOf = (fault: unknown): string => (fault instanceof Error && 'code' in fault ? String(fault.code) : '')

function nullWhereMissing(fault: unknown): null {
  if (codeOf(fault) === 'ENOENT') return null
  throw fault
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (fault) {
    return nullWhereMissing(fault)
  }
}

import { renameSync, rmSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { RowSource } from '../feed/feed.ts'
import { type RestNote, restEnding } from '../rest/rest-note.ts'
import { syncFolder } from '../segments/disk.ts'
import type { SegmentEnd, SegmentHead } from '../segments/format.ts'
import type { OpenSegment } from '../segments/open-segment.ts'
import { Damaged, openForReading, readIndex } from '../segments/read-segment.ts'
import { segmentKey } from '../segments/sealing.ts'
import { decodePrints, printOf, type SegmentIndex } from '../segments/segment-index.ts'

export const openEnding = '.open'
export const sealedEnding = '.zhs'

/** Opens a copy of a segment that lies in the store only. */
export type Fetch = (file: SegmentFile) => Promise<FileHandle>

type ReadRows = (file: SegmentFile, first: number, count: number) => Promise<(string | null)[]>

/** One file of an engagement's record, open or sealed, as readers know it. */
export class SegmentFile implements RowSource {
  readonly head: SegmentHead
  path: string
  /** While it is being written, and until its seal is durable. */
  open: OpenSegment | null = null
  /** Where it rests besides, once it was read back there; null while it lies here only. */
  rest: RestNote | null = null
  /** Whether its bytes lie at `path`. */
  local = true
  readonly #fetch: Fetch
  #prints: Float64Array | null = null
  #readRows: ReadRows | null = null

  constructor(head: SegmentHead, path: string, fetch: Fetch) {
    this.head = head
    this.path = path
    this.#fetch = fetch
  }

  get id(): string {
    return this.head.segmentId
  }

  get engagementId(): string {
    return this.head.engagementId
  }

  get readable(): boolean {
    return this.#readRows !== null
  }

  /** From now on, rows are read so: the engagement's key is there. */
  readBy(rows: ReadRows): void {
    this.#readRows = rows
  }

  rows(first: number, count: number): Promise<(string | null)[]> {
    if (!this.#readRows) throw new Error('rows asked for without a key')
    return this.#readRows(this, first, count)
  }

  /** Opens it for reading, here or as a copy from where it rests; whoever opens it closes it. @throws Damaged · ReadRefusal */
  async bytes(): Promise<FileHandle> {
    if (this.local) {
      try {
        return await openForReading(this.path)
      } catch (fault) {
        // It may have been removed here in this very moment, because it rests elsewhere.
        if (this.local || !(fault instanceof Damaged)) throw fault
      }
    }
    return this.#fetch(this)
  }

  get notePath(): string {
    return join(dirname(this.path), `${this.id}${restEnding}`)
  }

  /** Removes its file here, durably; from then on it is read from where it rests. */
  removeHere(): void {
    this.local = false
    rmSync(this.path, { force: true })
    syncFolder(dirname(this.path))
  }

  /** The file has its end: exchanges are found in it by their prints. */
  ended(end: SegmentEnd): void {
    this.#prints = decodePrints(end.prints)
  }

  /** Places in leaf order at which an exchange of this id may stand. */
  mayHold(exchangeId: string): number[] {
    const print = printOf(exchangeId)
    const places: number[] = []
    if (this.#prints) {
      for (let at = this.#prints.indexOf(print); at >= 0; at = this.#prints.indexOf(print, at + 1)) places.push(at)
    }
    return places
  }

  /** Gives the file its sealed name, durably. */
  rename(): void {
    const sealed = join(dirname(this.path), `${this.id}${sealedEnding}`)
    if (this.path !== sealed) renameSync(this.path, sealed)
    this.path = sealed
    syncFolder(dirname(sealed))
  }
}

/** Runs a task with a segment open for reading, wherever it lies. @throws Damaged · ReadRefusal */
export async function withSegment<T>(file: SegmentFile, task: (handle: FileHandle) => Promise<T>): Promise<T> {
  const handle = await file.bytes()
  try {
    return await task(handle)
  } finally {
    await handle.close()
  }
}

/** Indexes of sealed segments, the last few used kept. */
export class IndexCache {
  readonly #held = new Map<string, Promise<SegmentIndex>>()
  readonly #most: number

  constructor(most = 8) {
    this.#most = most
  }

  /** @throws Damaged */
  of(file: SegmentFile, dataKey: Uint8Array): Promise<SegmentIndex> {
    if (file.open) {
      const { open } = file
      return Promise.resolve({ finished: open.finished, unfinished: open.unfinished() })
    }
    let index = this.#held.get(file.id)
    if (index) this.#held.delete(file.id)
    else {
      index = withSegment(file, (handle) =>
        readIndex(handle, file.head, segmentKey(dataKey, file.head.engagementId, file.id)),
      )
      index.catch(() => this.#held.delete(file.id))
    }
    this.#held.set(file.id, index)
    for (const oldest of this.#held.keys()) {
      if (this.#held.size <= this.#most) break
      this.#held.delete(oldest)
    }
    return index
  }

  forget(segmentId: string): void {
    this.#held.delete(segmentId)
  }
}

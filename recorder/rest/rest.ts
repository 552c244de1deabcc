import { createHash } from 'node:crypto'
import { createWriteStream, mkdirSync, rmSync } from 'node:fs'
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { SegmentSeal } from '@zhongheng/contracts/records/capture.ts'
import type { StoreStatus } from '@zhongheng/contracts/records/recorder-http.ts'
import { ReadRefusal } from '../engagements/refusal.ts'
import type { SegmentFile } from '../engagements/segment-file.ts'
import type { SegmentEnd } from '../segments/format.ts'
import { Damaged, piecesOf, readEnd, withFile } from '../segments/read-segment.ts'
import type { Seals } from '../feed/seals.ts'
import { type RestNote, writeRestNote } from './rest-note.ts'
import { type SegmentName, type SegmentStore, StoreFault } from './segment-store.ts'

export type RestOptions = {
  readonly store: SegmentStore
  /** How long a segment stays here besides, counted from its seal (ms). */
  readonly keepMs: number
  /** Room for copies that are fetched to be read again (bytes). */
  readonly cacheBytes: number
  /** Folder of those copies; it is emptied at the start. */
  readonly cacheFolder: string
}

/** What moving asks of the record. */
export type RestHost = {
  readonly seals: Seals
  /** The file of a sealed segment; undefined when it is not known, or its engagement was disposed of. */
  sealedFile(seal: SegmentSeal): SegmentFile | undefined
  now(): Date
  /** Bytes that may be used without going into the reserve. */
  spareBytes(): number
  onFault(what: string, fault: unknown): void
}

/** After a failure the store is asked again after this time, twice as long after each further one (ms). */
const retry = { first: 1000, longest: 60_000 } as const

/**
 * Brings finished segments to the store, in the order of their seals: put, read back whole and compared with the seal,
 * noted durably, and only then, when its days here are over, removed here. While the store is away nothing is lost and
 * nothing stops: segments stay here, and it catches up in order. Fetches segments back for reading, compared again.
 */
export class Rest {
  readonly #options: RestOptions
  readonly #host: RestHost
  /** Seals before these positions are done: brought to the store, and removed here. */
  #brought = 0
  #removed = 0
  /** What lies here, or there under its name, is not what was sealed: it stays as it is, and a person has to look. */
  readonly #stuck = new Set<string>()
  #failing: { since: string; why: string; times: number; againAt: number } | null = null
  #round: Promise<void> | null = null
  #bringing: Promise<void> | null = null
  #closed = false
  readonly #cache: Cache

  constructor(options: RestOptions, host: RestHost) {
    this.#options = options
    this.#host = host
    this.#cache = new Cache(options, () => host.spareBytes())
  }

  /** Looks whether something is to be done, and does it beside everything else. */
  tick(): void {
    if (this.#closed || this.#round !== null) return
    if (this.#failing !== null && this.#host.now().getTime() < this.#failing.againAt) return
    this.#round = this.#work().finally(() => {
      this.#round = null
    })
  }

  /** Resolves when the round under way has ended. */
  async settled(): Promise<void> {
    await this.#round
  }

  status(): StoreStatus {
    const { kind, place } = this.#options.store
    const waiting = this.#waiting()
    return {
      kind,
      place,
      waiting: waiting.length,
      waitingSince: waiting[0]?.sealedAt ?? null,
      stuck: this.#stuck.size,
      failing: this.#failing === null ? null : { since: this.#failing.since, why: this.#failing.why },
    }
  }

  /** Opens a copy of a segment that is not here. @throws ReadRefusal store_away · Damaged when it is not what was sealed */
  fetch(file: SegmentFile): Promise<FileHandle> {
    const seal = this.#host.seals.of(file.id)
    if (!seal) throw new Damaged('a segment rests elsewhere and has no seal')
    return this.#cache.opened(seal)
  }

  /** Removes segments from the store, however often it is asked to. @throws ReadRefusal store_away, to be asked again */
  async forget(names: readonly SegmentName[]): Promise<void> {
    // What is on its way sees by itself, once it is there, that its engagement is no more.
    await this.#bringing?.catch(() => undefined)
    for (const name of names) {
      this.#cache.drop(name.segmentId)
      await this.#options.store.remove(name).catch((fault: unknown) => {
        throw storeAway(fault)
      })
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#round
    this.#options.store.close()
  }

  #waiting(): SegmentSeal[] {
    return this.#host.seals.all.slice(this.#brought).filter((seal) => {
      const file = this.#host.sealedFile(seal)
      return file !== undefined && file.rest === null && !file.open
    })
  }

  async #work(): Promise<void> {
    try {
      while (!this.#closed) {
        const seal = this.#host.seals.all[this.#brought]
        if (seal === undefined) break
        const file = this.#host.sealedFile(seal)
        // Sealed, and its name not given yet: it is a moment away from being brought.
        if (file?.open) break
        if (file !== undefined && file.rest === null) {
          this.#bringing = this.#bring(seal, file)
          await this.#bringing
        }
        this.#brought += 1
      }
      await this.#removeOld()
      this.#failing = null
    } catch (fault) {
      this.#failed(fault)
    }
  }

  #failed(fault: unknown): void {
    const now = this.#host.now()
    const times = (this.#failing?.times ?? 0) + 1
    this.#failing = {
      since: this.#failing?.since ?? now.toISOString(),
      why: fault instanceof StoreFault ? fault.message : 'a fault of the recorder’s own disk',
      times,
      againAt: now.getTime() + Math.min(retry.longest, retry.first * 2 ** Math.min(times - 1, 10)),
    }
    if (times === 1 || !(fault instanceof StoreFault)) this.#host.onFault('segment store', fault)
  }

  async #bring(seal: SegmentSeal, file: SegmentFile): Promise<void> {
    const { store } = this.#options
    const end = await endOfWhole(file.path, seal)
    if (end === null) {
      this.#isStuck(seal, 'a segment here is not what was sealed')
      return
    }
    await store.put(seal, file.path)
    if (!(await this.#isThere(seal))) {
      this.#isStuck(seal, 'other bytes in the segment store')
      return
    }
    // Disposed of while it was on its way: what was brought goes too, and nothing is noted.
    if (this.#host.sealedFile(seal) !== file) {
      await store.remove(seal)
      return
    }
    const note: RestNote = {
      v: 1,
      head: file.head,
      end,
      bytes: seal.bytes,
      sha256: seal.sha256,
      place: store.place,
      verifiedAt: this.#host.now().toISOString(),
    }
    writeRestNote(file.notePath, note)
    file.rest = note
    this.#stuck.delete(seal.segmentId)
  }

  #isStuck({ segmentId }: SegmentSeal, what: string): void {
    this.#stuck.add(segmentId)
    this.#host.onFault(what, new StoreFault(segmentId))
  }

  /** Reads a segment back from the store, all of it. */
  async #isThere(seal: SegmentSeal): Promise<boolean> {
    const source = await this.#options.store.get(seal)
    if (source === null) throw new StoreFault('what was put there is not there')
    try {
      return await isWhole(source, seal)
    } catch (cause) {
      throw new StoreFault('reading back broke off', { cause })
    }
  }

  async #removeOld(): Promise<void> {
    const before = this.#host.now().getTime() - this.#options.keepMs
    while (this.#removed < this.#brought && !this.#closed) {
      const seal = this.#host.seals.all[this.#removed]
      if (seal === undefined || Date.parse(seal.sealedAt) > before) return
      const file = this.#host.sealedFile(seal)
      if (file?.rest && file.local) {
        // It was whole there; that it still is there is asked before the last copy here goes.
        if ((await this.#options.store.size(seal)) !== seal.bytes) {
          file.rest = null
          rmSync(file.notePath, { force: true })
          this.#brought = this.#removed
          throw new StoreFault('a segment that had been brought there is not there')
        }
        file.removeHere()
      }
      this.#removed += 1
    }
  }
}

async function isWhole(source: AsyncIterable<unknown>, seal: SegmentSeal): Promise<boolean> {
  const digest = createHash('sha256')
  let bytes = 0
  for await (const part of source) {
    digest.update(part as Buffer)
    bytes += (part as Buffer).length
    if (bytes > seal.bytes) return false
  }
  return bytes === seal.bytes && digest.digest('hex') === seal.sha256
}

/** The end of a segment's file here; null where the file is gone or no more what was sealed. @throws what the disk throws */
async function endOfWhole(path: string, seal: SegmentSeal): Promise<SegmentEnd | null> {
  try {
    return await withFile(path, async (file) => {
      const whole = await isWhole(piecesOf(file), seal)
      return whole ? ((await readEnd(file))?.end ?? null) : null
    })
  } catch (fault) {
    if (fault instanceof Damaged) return null
    throw fault
  }
}

/** Copies of segments that are read again, the last used kept, as many as there is room for. */
class Cache {
  readonly #options: RestOptions
  readonly #spare: () => number
  /** Sizes by segment id, the longest unused first. */
  readonly #held = new Map<string, number>()
  readonly #coming = new Map<string, Promise<void>>()
  #parts = 0

  constructor(options: RestOptions, spare: () => number) {
    this.#options = options
    this.#spare = spare
    rmSync(options.cacheFolder, { recursive: true, force: true })
    mkdirSync(options.cacheFolder, { recursive: true, mode: 0o700 })
  }

  async opened(seal: SegmentSeal): Promise<FileHandle> {
    for (let attempt = 0; attempt < 3; attempt++) {
      if (!this.#held.has(seal.segmentId)) {
        let coming = this.#coming.get(seal.segmentId)
        if (coming === undefined) {
          coming = this.#fetch(seal).finally(() => this.#coming.delete(seal.segmentId))
          this.#coming.set(seal.segmentId, coming)
        }
        await coming
      }
      const file = await open(this.#path(seal.segmentId), 'r').catch(() => null)
      if (file !== null) {
        this.#held.delete(seal.segmentId)
        this.#held.set(seal.segmentId, seal.bytes)
        return file
      }
      // It had to make room for another one between being fetched and being opened.
      this.#held.delete(seal.segmentId)
    }
    throw new ReadRefusal('store_away', 'too many segments are read at once')
  }

  drop(segmentId: string): void {
    if (!this.#held.delete(segmentId)) return
    rmSync(this.#path(segmentId), { force: true })
  }

  #path(segmentId: string): string {
    return join(this.#options.cacheFolder, `${segmentId}.zhs`)
  }

  async #fetch(seal: SegmentSeal): Promise<void> {
    this.#makeRoom(seal.bytes)
    const part = join(this.#options.cacheFolder, `${seal.segmentId}.${++this.#parts}.part`)
    try {
      const source = await this.#options.store.get(seal)
      if (source === null) throw new StoreFault('the segment is not there')
      const digest = createHash('sha256')
      let bytes = 0
      await pipeline(
        source,
        async function* (pieces: AsyncIterable<Buffer>) {
          for await (const piece of pieces) {
            bytes += piece.length
            // More than was sealed is not written: a store that lies may not fill the recorder's disk.
            if (bytes > seal.bytes) throw new Damaged('the copy in the store is not what was sealed')
            digest.update(piece)
            yield piece
          }
        },
        createWriteStream(part, { mode: 0o600, flags: 'wx' }),
      )
      if ((await stat(part)).size !== seal.bytes || digest.digest('hex') !== seal.sha256)
        throw new Damaged('the copy in the store is not what was sealed')
      await rename(part, this.#path(seal.segmentId))
      this.#held.set(seal.segmentId, seal.bytes)
    } catch (fault) {
      throw fault instanceof Damaged ? fault : storeAway(fault)
    } finally {
      await rm(part, { force: true })
    }
  }

  #makeRoom(bytes: number): void {
    let held = [...this.#held.values()].reduce((sum, size) => sum + size, 0)
    for (const [segmentId, size] of this.#held) {
      if (held + bytes <= this.#options.cacheBytes && this.#spare() >= bytes) break
      this.drop(segmentId)
      held -= size
    }
    // Reading must never take the room that recording needs.
    if (this.#spare() < bytes)
      throw new ReadRefusal('store_away', 'there is no room to fetch the segment from the store')
  }
}

function storeAway(fault: unknown): ReadRefusal {
  if (fault instanceof ReadRefusal) return fault
  return new ReadRefusal(
    'store_away',
    `the segment store: ${fault instanceof StoreFault ? fault.message : 'reading broke off'}`,
  )
}

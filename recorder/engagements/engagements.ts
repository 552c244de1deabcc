import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { type FileHandle, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { SegmentSeal } from '@zhongheng/contracts/records/capture.ts'
import type { CheckResult } from '@zhongheng/contracts/records/recorder-http.ts'
import { readRestNote, restEnding } from '../rest/rest-note.ts'
import { checkSegment } from '../segments/check-segment.ts'
import { syncFolder } from '../segments/disk.ts'
import { Damaged, readEnd, readHead, withFile } from '../segments/read-segment.ts'
import { scanSegment } from '../segments/scan-segment.ts'
import { dataKeyBytes, keyCheck } from '../segments/sealing.ts'
import { EngagementRecord, type Shared } from './engagement-record.ts'
import { damagedEnding, recoverRecord } from './recover.ts'
import { IntakeRefusal, ReadRefusal } from './refusal.ts'
import { openEnding, SegmentFile, sealedEnding, withSegment } from './segment-file.ts'

/** Ids become folder names: nothing else may. */
export const engagementIdShape = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/

/** `engagement.json` in each engagement's folder. */
type Marker = {
  readonly engagementId: string
  readonly keyCheck: string
  readonly disposedAt?: string
  /** The feed's highest sequence at disposal, so that none is given out twice though the files are gone. */
  readonly lastSequence?: number
  /** Disposed of here, and not yet where segments rest besides. */
  readonly leftInStore?: boolean
}

type Known = {
  readonly folder: string
  readonly files: SegmentFile[]
  marker: Marker | null
  record: EngagementRecord | null
  unlocking: Promise<void> | null
  disposing: Promise<void> | null
}

type Loaded = {
  readonly file: SegmentFile | null
  readonly runs: readonly (readonly [number, number])[]
  readonly highest: number
}

/** All engagements with a record, or that were offered one. */
export class Engagements {
  readonly damaged: string[] = []
  readonly #root: string
  readonly #shared: Shared
  readonly #known = new Map<string, Known>()
  /** Refused for want of a key; nothing of them lies on the disk. */
  readonly #asked = new Set<string>()
  /** Files by segment id, as far as they were asked for. */
  readonly #byId = new Map<string, SegmentFile>()

  constructor(root: string, shared: Shared) {
    this.#root = root
    this.#shared = shared
  }

  /** At start: reads every folder and tells the feed which sequences lie where. */
  async load(): Promise<void> {
    mkdirSync(this.#root, { recursive: true, mode: 0o700 })
    const runs: { first: number; count: number; source: SegmentFile }[] = []
    let highest = 0
    for (const id of readdirSync(this.#root).filter((name) => engagementIdShape.test(name))) {
      const known = this.#add(id)
      highest = Math.max(highest, known.marker?.lastSequence ?? 0)
      if (known.marker?.disposedAt !== undefined) {
        this.#removeFiles(known)
        continue
      }
      const names = readdirSync(known.folder)
      for (const name of names) {
        const path = join(known.folder, name)
        if (name.endsWith(restEnding) && !names.includes(name.replace(restEnding, sealedEnding))) {
          const found = this.#loadNote(path, known)
          highest = Math.max(highest, found.highest)
          for (const [first, count] of found.runs) if (found.file) runs.push({ first, count, source: found.file })
        }
        if (name.endsWith(damagedEnding)) {
          this.damaged.push(path)
          highest = Math.max(highest, await highestIn(path))
        }
        if (!name.endsWith(openEnding) && !name.endsWith(sealedEnding)) continue
        const found = await this.#loadFile(path, known)
        highest = Math.max(highest, found.highest)
        for (const [first, count] of found.runs) if (found.file) runs.push({ first, count, source: found.file })
      }
      known.files.sort((a, b) => a.head.number - b.head.number)
    }
    for (const seal of this.#shared.seals.all) {
      highest = Math.max(highest, seal.lastSequence)
      const known = this.#known.get(seal.engagementId)
      if (known?.marker?.disposedAt === undefined && !known?.files.some((file) => file.id === seal.segmentId)) {
        this.damaged.push(`${seal.segmentId} (missing)`)
      }
    }
    this.#shared.feed.load(runs, highest)
  }

  /** A segment that lies in the store only. */
  #loadNote(path: string, known: Known): Loaded {
    try {
      const note = readRestNote(path)
      if (!note) return { file: null, runs: [], highest: 0 }
      const file = new SegmentFile(note.head, path.replace(restEnding, sealedEnding), this.#shared.fetch)
      file.local = false
      file.rest = note
      file.ended(note.end)
      known.files.push(file)
      return { file, runs: note.end.runs, highest: note.end.lastSequence }
    } catch (fault) {
      if (!(fault instanceof Damaged)) throw fault
      this.damaged.push(path)
      return { file: null, runs: [], highest: 0 }
    }
  }

  async #loadFile(path: string, known: Known): Promise<Loaded> {
    try {
      return await withFile(path, async (handle) => {
        const file = new SegmentFile((await readHead(handle)).head, path, this.#shared.fetch)
        file.rest = readRestNote(file.notePath)
        const found = await readEnd(handle)
        if (found) file.ended(found.end)
        else if (path.endsWith(sealedEnding)) throw new Damaged('a sealed file without its end')
        const { runs, highest } = found
          ? { runs: found.end.runs, highest: found.end.lastSequence }
          : await scanSegment(handle, path)
        known.files.push(file)
        return { file, runs, highest }
      })
    } catch (fault) {
      if (!(fault instanceof Damaged)) throw fault
      // Killed between making the file and its first write: nothing was in it yet.
      if (path.endsWith(openEnding) && (await stat(path)).size < 64) rmSync(path)
      else this.damaged.push(path)
      return { file: null, runs: [], highest: 0 }
    }
  }

  /** Every record whose key is there. */
  *records(): Generator<EngagementRecord> {
    for (const { record } of this.#known.values()) if (record) yield record
  }

  /** Engagements with files but no key, and those that were offered exchanges without one. */
  withoutKey(): string[] {
    const ids = [...this.#known]
      .filter(([, known]) => !known.record && known.marker?.disposedAt === undefined)
      .map(([id]) => id)
    return [...new Set([...ids, ...this.#asked])].sort()
  }

  isDisposed(engagementId: string): boolean {
    return this.#known.get(engagementId)?.marker?.disposedAt !== undefined
  }

  /** @throws IntakeRefusal no_key, disposed */
  forIntake(id: string): EngagementRecord {
    const known = this.#known.get(id)
    if (known?.record && !known.disposing) return known.record
    if (known?.disposing || this.isDisposed(id))
      throw new IntakeRefusal('disposed', 'this engagement’s record was disposed of')
    // Bounded, because anybody who reaches the intake could name engagements without end.
    if (this.#asked.size < 1000) this.#asked.add(id)
    throw new IntakeRefusal('no_key', 'the recorder does not hold this engagement’s key')
  }

  /** @throws ReadRefusal not_found, no_key, disposed */
  forReading(id: string): EngagementRecord {
    const known = this.#known.get(id)
    if (this.isDisposed(id)) throw new ReadRefusal('disposed', 'this engagement’s record was disposed of')
    if (!known) throw new ReadRefusal('not_found', 'no such engagement')
    if (!known.record) throw new ReadRefusal('no_key', 'the recorder does not hold this engagement’s key')
    return known.record
  }

  /** Opens a sealed file for copying as it lies; no key is needed. @throws ReadRefusal not_found, disposed, store_away */
  openSealed(id: string, segmentId: string): Promise<FileHandle> {
    if (this.isDisposed(id)) throw new ReadRefusal('disposed', 'this engagement’s record was disposed of')
    const file = this.#known.get(id)?.files.find((one) => one.id === segmentId && one.path.endsWith(sealedEnding))
    if (!file) throw new ReadRefusal('not_found', 'no such sealed segment')
    return file.bytes()
  }

  /** The file of a sealed segment; undefined when none is known, or its engagement was disposed of. */
  sealedFile({ engagementId, segmentId }: SegmentSeal): SegmentFile | undefined {
    const known = this.#known.get(engagementId)
    if (!known || known.disposing || known.marker?.disposedAt !== undefined) return undefined
    let file = this.#byId.get(segmentId)
    if (!file) {
      for (const one of known.files) this.#byId.set(one.id, one)
      file = this.#byId.get(segmentId)
    }
    return file
  }

  /**
   * Takes an engagement's key, and takes up what an earlier run left unfinished. The same key again changes nothing.
   * @throws ReadRefusal malformed, wrong_key, disposed · what the disk throws, then the engagement stays without key
   */
  async setKey(id: string, dataKey: Uint8Array): Promise<void> {
    if (dataKey.length !== dataKeyBytes) throw new ReadRefusal('malformed', `dataKey: ${dataKeyBytes} bytes in base64`)
    const check = keyCheck(dataKey, id)
    const known = this.#known.get(id) ?? this.#add(id)
    if (known.disposing || this.isDisposed(id))
      throw new ReadRefusal('disposed', 'this engagement’s record was disposed of')
    const begun = known.marker?.keyCheck ?? known.files[0]?.head.keyCheck ?? check
    if (begun !== check) throw new ReadRefusal('wrong_key', 'the record was begun under another key')
    if (known.record) return
    known.unlocking ??= this.#unlock(id, known, Buffer.from(dataKey)).finally(() => {
      known.unlocking = null
    })
    await known.unlocking
  }

  async #unlock(id: string, known: Known, dataKey: Buffer): Promise<void> {
    if (!known.marker) this.#mark(known, { engagementId: id, keyCheck: keyCheck(dataKey, id) })
    const record = new EngagementRecord(id, known.folder, dataKey, known.files, this.#shared)
    try {
      this.damaged.push(...(await recoverRecord(record, this.#shared.disk, this.#shared.seals)))
    } catch (fault) {
      await record.abandon()
      throw fault
    }
    record.takenUp()
    known.record = record
    this.#asked.delete(id)
    this.#shared.feed.wake()
  }

  /**
   * Destroys an engagement's key and files; its seals stay. What is open is sealed first, so that the seals tell of
   * everything there was. May be repeated.
   */
  async dispose(id: string): Promise<void> {
    const known = this.#known.get(id) ?? this.#add(id)
    known.disposing ??= this.#dispose(id, known).finally(() => {
      known.disposing = null
    })
    await known.disposing
  }

  async #dispose(id: string, known: Known): Promise<void> {
    if (known.marker?.disposedAt !== undefined) {
      await this.#forgetInStore(id, known)
      return
    }
    await known.unlocking?.catch(() => undefined)
    const { record } = known
    if (record) {
      record.endAll({ code: 'disposed', message: 'this engagement’s record was disposed of' })
      await record.seal()
      await record.abandon()
    }
    this.#mark(known, {
      engagementId: id,
      keyCheck: known.marker?.keyCheck ?? '',
      disposedAt: this.#shared.now().toISOString(),
      lastSequence: this.#shared.feed.last,
      ...(this.#shared.hasStore || known.files.some(({ rest }) => rest !== null) ? { leftInStore: true } : {}),
    })
    known.record = null
    record?.dataKey.fill(0)
    this.#removeFiles(known)
    this.#asked.delete(id)
    this.#shared.feed.forget(id)
    await this.#forgetInStore(id, known)
  }

  /** The seals outlive the files and name every segment that can have been brought to the store. */
  async #forgetInStore(id: string, known: Known): Promise<void> {
    if (known.marker?.leftInStore !== true) return
    await this.#shared.forget(this.#shared.seals.all.filter((seal) => seal.engagementId === id))
    const { leftInStore: _, ...marker } = known.marker
    this.#mark(known, marker)
  }

  /** Reads all sealed segments of an engagement again, against their seals and their chain. */
  async check(id: string): Promise<CheckResult> {
    const record = this.forReading(id)
    await record.settled()
    const faults: { segmentId: string; fault: string }[] = []
    const seals = this.#shared.seals.all.filter((seal) => seal.engagementId === id)
    for (const [index, seal] of seals.entries()) {
      const file = record.files.find((one) => one.id === seal.segmentId)
      const before = seals[index - 1]
      const { previous } = file?.head ?? { previous: null }
      let fault = file ? await checked(file, seal, record.dataKey) : 'the segment file is missing'
      if (!fault && (previous?.sha256 ?? null) !== (before?.sha256 ?? null))
        fault = 'does not follow the segment before'
      if (fault) faults.push({ segmentId: seal.segmentId, fault })
    }
    return { segments: seals.length, faults }
  }

  #add(id: string): Known {
    const folder = join(this.#root, id)
    const path = join(folder, 'engagement.json')
    const marker = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Marker) : null
    const known: Known = { folder, files: [], marker, record: null, unlocking: null, disposing: null }
    this.#known.set(id, known)
    return known
  }

  #mark(known: Known, marker: Marker): void {
    if (!existsSync(known.folder)) {
      mkdirSync(known.folder, { mode: 0o700 })
      syncFolder(this.#root)
    }
    const path = join(known.folder, 'engagement.json')
    writeFileSync(`${path}.new`, JSON.stringify(marker), { mode: 0o600, flush: true })
    renameSync(`${path}.new`, path)
    syncFolder(known.folder)
    known.marker = marker
  }

  #removeFiles(known: Known): void {
    for (const name of readdirSync(known.folder)) {
      if (name !== 'engagement.json') rmSync(join(known.folder, name), { force: true })
    }
    syncFolder(known.folder)
    for (const { id } of known.files) this.#byId.delete(id)
    known.files.length = 0
  }
}

/** What is wrong with a segment; one that cannot be reached at the moment is no damage and ends the whole check. */
const checked = (file: SegmentFile, seal: SegmentSeal, dataKey: Uint8Array): Promise<string | null> =>
  withSegment(file, (handle) => checkSegment(handle, seal, dataKey)).catch((fault: unknown) => {
    if (fault instanceof Damaged) return fault.message
    throw fault
  })

/** The highest feed sequence in a file that was put aside. */
const highestIn = (path: string): Promise<number> =>
  withFile(path, async (handle) => (await scanSegment(handle, path)).highest).catch((fault: unknown) => {
    if (fault instanceof Damaged) return 0
    throw fault
  })

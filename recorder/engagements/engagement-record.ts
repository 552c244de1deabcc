import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { ExchangeHead, SegmentSeal } from '@zhongheng/contracts/records/capture.ts'
import type { Rejection } from '@zhongheng/contracts/records/intake.ts'
import { makeSegmentId } from '@zhongheng/contracts/records/segment-id.ts'
import type { Feed } from '../feed/feed.ts'
import type { Seals } from '../feed/seals.ts'
import type { SegmentName } from '../rest/segment-store.ts'
import type { Disk } from '../segments/disk.ts'
import { type EntryKind, entryKinds } from '../segments/entries.ts'
import type { SegmentHead } from '../segments/format.ts'
import { leafHash, leafOf } from '../segments/merkle.ts'
import { OpenSegment } from '../segments/open-segment.ts'
import { keyCheck } from '../segments/sealing.ts'
import type { IndexedExchange } from '../segments/segment-index.ts'
import { type DeclaredEnd, type Direction, OpenExchange, type Recovered } from './open-exchange.ts'
import { findExchange, readBytes, readRows } from './read-exchange.ts'
import { IntakeRefusal, writeRefusal } from './refusal.ts'
import { type Fetch, IndexCache, openEnding, SegmentFile } from './segment-file.ts'

/** When an open segment is sealed by itself; bytes are counted before compression. */
export type SealLimits = { readonly bytes: number; readonly ageMs: number }

/** What all engagements' records share. */
export type Shared = {
  readonly disk: Disk
  readonly feed: Feed
  readonly seals: Seals
  readonly limits: SealLimits
  readonly now: () => Date
  /** Told when something was written that is not durable yet (bytes). */
  readonly onWritten: (bytes: number) => void
  /** Told when the disk refused. */
  readonly onFault: (fault: unknown) => void
  /** Whether segments are brought to a store. */
  readonly hasStore: boolean
  readonly fetch: Fetch
  /** Removes segments from where they rest. @throws ReadRefusal store_away, to be asked again */
  readonly forget: (names: readonly SegmentName[]) => Promise<void>
}

type Pending =
  | { readonly exchange: OpenExchange; readonly kind: EntryKind; readonly bytes: Uint8Array }
  | { readonly exchange: OpenExchange; readonly end: DeclaredEnd }

type Closing = { readonly file: SegmentFile; readonly segment: OpenSegment; readonly seal: SegmentSeal }

/**
 * The record of one engagement whose key is there: takes exchanges, writes one segment after the other, seals them.
 * Everything that decides is synchronous; only making durable waits.
 */
export class EngagementRecord {
  readonly id: string
  readonly folder: string
  readonly dataKey: Uint8Array
  readonly indexes = new IndexCache()
  /** All segment files, oldest first. */
  readonly files: SegmentFile[]
  /** Exchanges that have not ended, by id. */
  readonly exchanges = new Map<string, OpenExchange>()
  readonly #shared: Shared
  #pending: Pending[] = []
  #current: SegmentFile | null = null
  /** When content first went into the current segment. */
  #contentSince: number | null = null
  /** Sealed, waiting for the next segment to carry on what had not ended. */
  #awaitingSuccessor: Closing[] = []
  /** Complete files whose seal could not be made durable. */
  #unsettled: Closing[] = []
  #settling: Promise<void> = Promise.resolve()
  #previous: SegmentHead['previous'] = null
  #refusing: Rejection | null = null

  constructor(id: string, folder: string, dataKey: Uint8Array, files: SegmentFile[], shared: Shared) {
    this.id = id
    this.folder = folder
    this.dataKey = dataKey
    this.files = files
    this.#shared = shared
    // What a kill left unfinished has no index yet: until it was taken up, its rows would look damaged to the feed.
    for (const file of files) if (!file.path.endsWith(openEnding)) this.#readable(file)
    const seal = files.map((file) => shared.seals.of(file.id)).findLast((one) => one !== undefined)
    if (seal) this.follows(seal)
  }

  /** What an earlier run left was taken up: from now on the feed reads all of it. */
  takenUp(): void {
    for (const file of this.files) this.#readable(file)
  }

  /** The next segment begun follows this one. */
  follows(seal: SegmentSeal): void {
    this.#previous = { segmentId: seal.segmentId, sha256: seal.sha256 }
  }

  get current(): OpenSegment | null {
    return this.#current?.open ?? null
  }

  /** Begins an exchange. @param told the head as it was told, in JSON @throws IntakeRefusal duplicate, or that of `endAll` */
  open(head: ExchangeHead, told: Uint8Array = Buffer.from(JSON.stringify(head))): OpenExchange {
    if (this.#refusing) throw new IntakeRefusal(this.#refusing.code, this.#refusing.message)
    if (this.exchanges.has(head.exchangeId) || this.current?.exchanges.has(head.exchangeId)) {
      throw new IntakeRefusal('duplicate', 'an exchange of this id is in the record')
    }
    const exchange = new OpenExchange(head)
    this.exchanges.set(head.exchangeId, exchange)
    this.#pending.push({ exchange, kind: entryKinds.open, bytes: told })
    return exchange
  }

  bytes(exchange: OpenExchange, direction: Direction, chunk: Uint8Array): void {
    if (!this.#takes(exchange) || chunk.length === 0) return
    exchange.take(direction, chunk)
    this.#pending.push({ exchange, kind: entryKinds[direction], bytes: chunk })
  }

  end(exchange: OpenExchange, end: DeclaredEnd): void {
    if (!this.#takes(exchange)) return
    exchange.ended = true
    this.#pending.push({ exchange, end })
  }

  /** Ends every open exchange and declares it; from now on nothing is taken, and the gateway is told so. */
  endAll(rejection: Rejection): void {
    const finishedAt = this.#shared.now().toISOString()
    const open = [...this.exchanges.values()]
    for (const exchange of open) {
      this.end(exchange, exchange.untold(finishedAt, 'recorder_stopped'))
    }
    this.flush()
    for (const exchange of open) exchange.fault ??= rejection
    this.#refusing = rejection
  }

  #takes(exchange: OpenExchange): boolean {
    if (this.#refusing) exchange.fault ??= this.#refusing
    return !exchange.fault && !exchange.ended
  }

  /**
   * Writes what has arrived, with one write. When the disk refuses, every exchange of the turn carries the fault
   * afterwards, and those of which nothing was written are forgotten.
   */
  flush(): void {
    const items = this.#pending
    if (items.length === 0) return
    this.#pending = []
    try {
      if (this.current && this.current.fullness >= this.#shared.limits.bytes) this.#roll()
      this.#write(items, this.#ready())
    } catch (fault) {
      const rejection = writeRefusal(fault)
      for (const { exchange } of items) {
        exchange.fault = rejection
        if (exchange.segmentId === null) this.exchanges.delete(exchange.head.exchangeId)
      }
      this.#shared.onFault(fault)
    }
  }

  /** Seals the open segment when it is old enough. */
  tick(): void {
    if (this.#contentSince === null || this.#shared.now().getTime() - this.#contentSince < this.#shared.limits.ageMs)
      return
    this.flush()
    try {
      this.#roll()
    } catch (fault) {
      this.#shared.onFault(fault)
    }
  }

  /** Seals what is open now; resolves with the new seal when it is durable, or null when there was nothing to seal. */
  async seal(): Promise<SegmentSeal | null> {
    this.flush()
    const seal = this.current?.content ? this.#roll() : null
    await this.#settling
    return seal
  }

  /** Resolves when every seal made so far is durable. */
  settled(): Promise<void> {
    return this.#settling
  }

  /** Puts the record at the end of a file found at start, and goes on writing there. */
  resume(file: SegmentFile, segment: OpenSegment): void {
    file.open = segment
    this.#current = file
    this.#contentSince = Date.parse(file.head.openedAt)
  }

  /** Closes all files without sealing; nothing may be written afterwards. */
  async abandon(): Promise<void> {
    await this.#settling
    this.#current = null
    for (const file of this.files) {
      await file.open?.close()
      file.open = null
    }
  }

  #readable(file: SegmentFile): void {
    file.readBy((from, first, count) => readRows(this, from, first, count))
  }

  #ready(): SegmentFile {
    return this.#current ?? this.#begin()
  }

  /** Opens the next segment and carries over what has not ended, so that the newest file always knows every open exchange. */
  #begin(): SegmentFile {
    const now = this.#shared.now()
    const segmentId = makeSegmentId(now, randomBytes(10))
    const head: SegmentHead = {
      segmentId,
      engagementId: this.id,
      number: (this.files.at(-1)?.head.number ?? 0) + 1,
      openedAt: now.toISOString(),
      keyCheck: keyCheck(this.dataKey, this.id),
      previous: this.#previous,
    }
    const path = join(this.folder, `${segmentId}${openEnding}`)
    const out = this.#shared.disk.create(path)
    let segment: OpenSegment
    try {
      segment = OpenSegment.begin(head, path, this.dataKey, out)
      this.#carryOver(segment, now)
    } catch (fault) {
      out.close()
      rmSync(path, { force: true })
      throw fault
    }
    const file = new SegmentFile(head, path, this.#shared.fetch)
    file.open = segment
    this.#readable(file)
    this.files.push(file)
    this.#current = file
    this.#shared.onWritten(segment.size)
    for (const closing of this.#awaitingSuccessor.splice(0)) this.#settle(closing)
    return file
  }

  #carryOver(segment: OpenSegment, now: Date): void {
    const carried = [...this.exchanges.values()].filter(({ segmentId }) => segmentId !== null)
    if (carried.length === 0) return
    const batch = segment.batch(now.getTime())
    for (const { head, segmentId } of carried) {
      const { exchangeId } = head
      const stream = segment.nextStream()
      const offset = batch.add(entryKinds.carried, stream, Buffer.from(JSON.stringify({ head, from: segmentId })))
      const records = [offset]
      segment.exchanges.set(exchangeId, { exchangeId, stream, from: segmentId, records, sequence: null, leaf: null })
    }
    batch.write()
    for (const exchange of carried) exchange.segmentId = segment.id
  }

  #write(items: readonly Pending[], file: SegmentFile): void {
    const segment = file.open
    if (!segment) throw new Error('no open segment')
    const now = this.#shared.now().getTime()
    const before = segment.size
    const batch = segment.batch(now)
    const touched = new Map<IndexedExchange, number>()
    const created: OpenExchange[] = []
    const rows: string[] = []
    const ended: { exchange: OpenExchange; indexed: IndexedExchange; leaf: string }[] = []
    const add = (exchange: OpenExchange, kind: EntryKind, bytes: Uint8Array, sequence?: number): IndexedExchange => {
      const { exchangeId } = exchange.head
      let indexed = segment.exchanges.get(exchangeId)
      if (!indexed) {
        indexed = { exchangeId, stream: segment.nextStream(), from: null, records: [], sequence: null, leaf: null }
        segment.exchanges.set(exchangeId, indexed)
        created.push(exchange)
      }
      if (!touched.has(indexed)) touched.set(indexed, indexed.records.length)
      const offset = batch.add(kind, indexed.stream, bytes, sequence)
      if (indexed.records.at(-1) !== offset) indexed.records.push(offset)
      return indexed
    }
    try {
      for (const item of items) {
        const { exchange } = item
        if (exchange.fault) continue
        if ('kind' in item) {
          add(exchange, item.kind, item.bytes)
          continue
        }
        const sequence = this.#shared.feed.last + rows.length + 1
        const row = exchange.row(item.end, sequence, file.id)
        const text = JSON.stringify(row)
        const salts = `"requestSalt":"${exchange.request.salt.toString('hex')}","responseSalt":"${exchange.response.salt.toString('hex')}"`
        const indexed = add(exchange, entryKinds.end, Buffer.from(`{"row":${text},${salts}}`), sequence)
        ended.push({ exchange, indexed, leaf: leafHash(leafOf(row)) })
        rows.push(text)
      }
      batch.write()
    } catch (fault) {
      for (const [indexed, length] of touched) indexed.records.length = length
      for (const exchange of created) segment.exchanges.delete(exchange.head.exchangeId)
      throw fault
    }
    for (const exchange of created) exchange.segmentId = file.id
    for (const [index, { exchange, indexed, leaf }] of ended.entries()) {
      indexed.sequence = this.#shared.feed.last + index + 1
      indexed.leaf = leaf
      segment.ended(indexed)
      this.exchanges.delete(exchange.head.exchangeId)
    }
    segment.content = true
    this.#contentSince ??= now
    this.#shared.feed.wrote(rows, file, segment)
    this.#shared.onWritten(segment.size - before)
  }

  /** Completes the open segment's file and lets the seal follow. @throws what the disk throws; the segment stays open then */
  #roll(): SegmentSeal | null {
    const file = this.#current
    const segment = file?.open
    if (!file || !segment) return null
    const { seal, end } = segment.finish(this.#shared.now(), this.#shared.feed.base)
    file.ended(end)
    this.#previous = { segmentId: file.id, sha256: seal.sha256 }
    this.#current = null
    this.#contentSince = null
    const closing: Closing = { file, segment, seal }
    const carries = [...this.exchanges.values()].some((exchange) => exchange.segmentId !== null)
    if (!carries) {
      this.#settle(closing)
      return seal
    }
    this.#awaitingSuccessor.push(closing)
    this.#begin()
    return seal
  }

  /** File durable, then the successor, then the seal, then the name: at a kill in between, the next start knows what to do. */
  #settle(closing: Closing): void {
    const { file, segment, seal } = closing
    const successor = this.current
    this.#settling = this.#settling
      .then(async () => {
        // Seals keep the order of the segments: behind one that failed, all wait.
        if (this.#unsettled.length > 0) throw new Error('an earlier seal is not durable yet')
        await segment.sync()
        await successor?.sync()
        await this.#shared.seals.add(seal)
        file.rename()
        file.open = null
        await segment.close()
        this.#shared.feed.advance()
      })
      .catch((fault: unknown) => {
        this.#unsettled.push(closing)
        this.#shared.onFault(fault)
      })
  }

  /**
   * When the disk takes writes again: what failed is done now. Exchanges that a failed write broke are closed with what
   * had been written of them. @throws what the disk throws, if it still does
   */
  async mend(): Promise<void> {
    if (this.#awaitingSuccessor.length > 0) this.#ready()
    for (const closing of this.#unsettled.splice(0)) this.#settle(closing)
    await this.#settling
    for (const { head, fault } of this.exchanges.values()) {
      if (fault) await this.endUntold(head.exchangeId, this.#shared.now().toISOString(), 'recorder_lost')
    }
    this.flush()
  }

  /**
   * Ends an exchange whose end nobody told, with the bytes that are in the record: they are read again for their digests.
   * @throws Damaged when they cannot be
   */
  async endUntold(exchangeId: string, finishedAt: string, recovered: Recovered): Promise<void> {
    const old = this.exchanges.get(exchangeId)
    if (!old) return
    const again = new OpenExchange(old.head)
    const place = await findExchange(this, exchangeId)
    for (const direction of ['request', 'response'] as const) {
      for await (const chunk of readBytes(this, place, direction)) again.take(direction, chunk)
    }
    // Read last: the segment may have been sealed and the exchange carried on in the meantime.
    again.segmentId = old.segmentId
    this.exchanges.set(exchangeId, again)
    this.end(again, again.untold(finishedAt, recovered))
  }
}

import { createHash, type Hash, type KeyObject } from 'node:crypto'
import type { SegmentSeal } from '@zhongheng/contracts/records/capture.ts'
import { codecs, compressed } from './compression.ts'
import type { AppendFile } from './disk.ts'
import { type EntryKind, entryHead, entryHeadBytes } from './entries.ts'
import {
  boundData,
  encodeFileHead,
  encodeRecordHead,
  encodeTail,
  recordCrc,
  recordHeadBytes,
  type RecordKind,
  recordKinds,
  type SegmentEnd,
  type SegmentHead,
} from './format.ts'
import { GrowingIndex } from './growing-index.ts'
import { nonceBytes, randomPortion, sealParts, segmentKey, tagBytes } from './sealing.ts'
import type { IndexedExchange } from './segment-index.ts'

/** Entries of one record, before sealing, come to about this many bytes at most. */
const batchBytes = 1024 * 1024

/** What is known of a segment file that is taken up again after a restart. */
export type Resumed = {
  readonly records: number
  readonly hash: Hash
  readonly exchanges: readonly IndexedExchange[]
  readonly finished: readonly IndexedExchange[]
}

/** A segment being written. It knows nothing of exchanges' meaning; it keeps bytes, their places and the file's digest. */
export class OpenSegment {
  readonly head: SegmentHead
  readonly path: string
  readonly key: KeyObject
  /** Exchanges with entries here, by id, ended or not. */
  readonly exchanges = new Map<string, IndexedExchange>()
  /** Whether anything but carried heads was written. */
  content = false
  /** Bytes known to survive a power cut. */
  syncedSize = 0
  readonly #file: AppendFile
  /** Bytes of entries before compression. */
  #contentBytes = 0
  readonly #index = new GrowingIndex()
  #hash: Hash
  #records = 0
  #streams = 0
  #syncs: Promise<void> = Promise.resolve()

  private constructor(head: SegmentHead, path: string, dataKey: Uint8Array, file: AppendFile, hash: Hash) {
    this.head = head
    this.path = path
    this.key = segmentKey(dataKey, head.engagementId, head.segmentId)
    this.#file = file
    this.#hash = hash
  }

  /** Begins a new file. @throws what the disk throws; then nothing but perhaps an empty file is left */
  static begin(head: SegmentHead, path: string, dataKey: Uint8Array, file: AppendFile): OpenSegment {
    const bytes = encodeFileHead(head)
    file.append([bytes])
    return new OpenSegment(head, path, dataKey, file, createHash('sha256').update(bytes))
  }

  /** Takes up a file whose torn tail was cut. */
  static resume(head: SegmentHead, path: string, dataKey: Uint8Array, file: AppendFile, known: Resumed): OpenSegment {
    const segment = new OpenSegment(head, path, dataKey, file, known.hash)
    segment.#records = known.records
    for (const one of known.exchanges) {
      segment.exchanges.set(one.exchangeId, one)
      segment.#streams = Math.max(segment.#streams, one.stream)
    }
    for (const one of known.finished) segment.#index.add(one)
    segment.content = true
    return segment
  }

  get id(): string {
    return this.head.segmentId
  }

  get size(): number {
    return this.#file.size
  }

  /** Bytes by which it is decided to seal: of the file or of its entries unpacked, so that an index never grows with what compresses well. */
  get fullness(): number {
    return Math.max(this.size, this.#contentBytes)
  }

  nextStream(): number {
    this.#streams += 1
    return this.#streams
  }

  /** Exchanges that ended here, in leaf order. */
  get finished(): readonly IndexedExchange[] {
    return this.#index.finished
  }

  /** Exchanges that have entries here and whose end is not among them. */
  unfinished(): IndexedExchange[] {
    return [...this.exchanges.values()].filter((one) => one.sequence === null)
  }

  /** An exchange whose end was written: it has its sequence and its leaf. */
  ended(one: IndexedExchange): void {
    this.#index.add(one)
  }

  /** Begins the one write of a turn. */
  batch(time: number): Batch {
    return new Batch(this, this.#records, time)
  }

  /** For `Batch` only: one write, after which digest and count move on; on a throw nothing has changed. */
  keep(buffers: readonly Uint8Array[], records: number, contentBytes: number): void {
    this.#file.append(buffers)
    for (const buffer of buffers) this.#hash.update(buffer)
    this.#records = records
    this.#contentBytes += contentBytes
  }

  /** Makes everything written so far durable. One after the other, so that closing never pulls the file from under one. */
  sync(): Promise<void> {
    const size = this.size
    const run = this.#syncs.then(async () => {
      if (this.syncedSize >= size) return
      const now = this.size
      await this.#file.sync()
      this.syncedSize = now
    })
    this.#syncs = run.catch(() => undefined)
    return run
  }

  /**
   * Writes index, end and tail. The file is complete afterwards but neither durable nor renamed.
   * @param base stands for first and last sequence where nothing ended, so that they still tell the node
   * @throws what the disk throws; the segment then stays open as it was
   */
  finish(now: Date, base: number): { readonly seal: SegmentSeal; readonly end: SegmentEnd } {
    const end: SegmentEnd = { ...this.#index.summary(base), sealedAt: now.toISOString() }
    const indexOffset = this.size
    const text = this.#index.text(this.unfinished())
    const index = sealRecord(this, recordKinds.index, this.#records, now.getTime(), 0, 0, text)
    const last = clearRecord(recordKinds.end, this.#records + 1, now.getTime(), Buffer.from(JSON.stringify(end)))
    this.keep([...index, ...last, encodeTail(indexOffset)], this.#records + 2, 0)
    const seal: SegmentSeal = {
      segmentId: this.id,
      engagementId: this.head.engagementId,
      exchanges: end.exchanges,
      firstSequence: end.firstSequence,
      lastSequence: end.lastSequence,
      bytes: this.size,
      sha256: this.#hash.copy().digest('hex'),
      root: end.root,
      sealedAt: end.sealedAt,
    }
    return { seal, end }
  }

  /** Resolves when the file is closed; syncs that run are waited for. */
  async close(): Promise<void> {
    this.syncedSize = Number.POSITIVE_INFINITY
    await this.#syncs
    this.#file.close()
  }
}

/** Collects a turn's entries into records and writes them at once. */
export class Batch {
  readonly #segment: OpenSegment
  readonly #time: number
  readonly #buffers: Uint8Array[] = []
  #record: number
  #offset: number
  #parts: Uint8Array[] = []
  #bytes = 0
  /** Bytes of all entries of the turn. */
  #content = 0
  #first = 0
  #count = 0

  constructor(segment: OpenSegment, record: number, time: number) {
    this.#segment = segment
    this.#record = record
    this.#offset = segment.size
    this.#time = time
  }

  /** @returns the offset of the record the entry will lie in. @param sequence feed sequence, for an end entry */
  add(kind: EntryKind, stream: number, bytes: Uint8Array, sequence?: number): number {
    if (this.#bytes > 0 && this.#bytes + bytes.length > batchBytes) this.#cut()
    this.#parts.push(entryHead(kind, stream, bytes.length), bytes)
    this.#bytes += entryHeadBytes + bytes.length
    if (sequence !== undefined) {
      if (this.#count === 0) this.#first = sequence
      this.#count += 1
    }
    return this.#offset
  }

  /** One write to the file. @throws what the disk throws; the segment is then as before the batch */
  write(): void {
    if (this.#bytes > 0) this.#cut()
    this.#segment.keep(this.#buffers, this.#record, this.#content)
  }

  #cut(): void {
    const sealed = sealRecord(
      this.#segment,
      recordKinds.batch,
      this.#record,
      this.#time,
      this.#first,
      this.#count,
      this.#parts,
    )
    for (const buffer of sealed) {
      this.#buffers.push(buffer)
      this.#offset += buffer.length
    }
    this.#content += this.#bytes
    this.#record += 1
    this.#parts = []
    this.#bytes = 0
    this.#first = 0
    this.#count = 0
  }
}

function sealRecord(
  segment: OpenSegment,
  kind: RecordKind,
  number: number,
  time: number,
  first: number,
  count: number,
  parts: readonly Uint8Array[],
): Buffer[] {
  const content = compressed(parts, lengthOf(parts))
  const length = lengthOf(content.parts) + tagBytes
  const head = encodeRecordHead({ kind, codec: content.codec, length, number, time, first, count })
  const nonce = randomPortion(nonceBytes)
  const sealed = sealParts(segment.key, nonce, boundData(segment.head.engagementId, segment.id, head), content.parts)
  return framed(head, nonce, sealed)
}

const lengthOf = (parts: readonly Uint8Array[]): number => parts.reduce((sum, part) => sum + part.length, 0)

const clearRecord = (kind: RecordKind, number: number, time: number, bytes: Buffer): Buffer[] =>
  framed(
    encodeRecordHead({ kind, codec: codecs.plain, length: bytes.length, number, time, first: 0, count: 0 }),
    Buffer.alloc(12),
    [bytes],
  )

function framed(head: Buffer, nonce: Buffer, payload: Buffer[]): Buffer[] {
  const front = Buffer.allocUnsafe(recordHeadBytes)
  head.copy(front)
  nonce.copy(front, 32)
  front.writeUInt32BE(recordCrc(front.subarray(0, 44), payload), 44)
  return [front, ...payload]
}

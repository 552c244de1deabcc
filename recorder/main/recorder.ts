import { createServer as createHttpServer, type Server as HttpServer } from 'node:http'
import { createServer, type Server, type Socket } from 'node:net'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { BusSettings } from '@zhongheng/contracts/records/bus-settings.ts'
import type { SegmentSeal } from '@zhongheng/contracts/records/capture.ts'
import type { IntakeState } from '@zhongheng/contracts/records/intake.ts'
import { ReadMemory } from '../intake/read-memory.ts'
import { baseOf } from '@zhongheng/contracts/records/nodes.ts'
import type { RecorderStatus } from '@zhongheng/contracts/records/recorder-http.ts'
import { controlHandler } from '../control/handler.ts'
import type { EngagementRecord, SealLimits, Shared } from '../engagements/engagement-record.ts'
import { Engagements } from '../engagements/engagements.ts'
import { IntakeRefusal, ReadRefusal, writeRefusal } from '../engagements/refusal.ts'
import { Feed } from '../feed/feed.ts'
import { Seals } from '../feed/seals.ts'
import { IntakeConnection, type IntakeHost } from '../intake/connection.ts'
import { Rest, type RestOptions } from '../rest/rest.ts'
import type { Disk } from '../segments/disk.ts'
import { RowPublisher } from '../bus/publisher.ts'
import { listenPrivately, unlinkSocket } from './sockets.ts'

export type RecorderOptions = {
  /** Folder of the record; the recorder's alone. */
  readonly folder: string
  /** Its number among the installation's recorders; 0 without. */
  readonly node?: number
  readonly intakeSocket: string
  readonly controlSocket: string
  readonly disk: Disk
  readonly now: () => Date
  readonly limits: SealLimits
  /** Below this many free bytes nothing new is begun: room for what has been begun to end. */
  readonly reserveBytes: number
  /** Told of faults worth a line in the log; never with content. */
  readonly onFault: (what: string, fault: unknown) => void
  /** A sync failed: this run records nothing any more, and the next one finds out what lies on the disk. */
  readonly onSyncFailed?: () => void
  /** Where finished segments go to rest; without it they stay in the folder. */
  readonly rest?: Omit<RestOptions, 'cacheFolder'> | undefined
  /** The bus that rows are put on; without it readers ask for them. */
  readonly bus?: BusSettings | null | undefined
}

/** What is written is durable at most this much later (milliseconds), or once this many bytes wait. */
const syncEvery = { ms: 20, bytes: 1024 * 1024 } as const
const tickMs = 1000

/** The running recorder: sockets, the write at the end of each turn, syncs in groups, and the watch over the disk. */
export class Recorder implements IntakeHost {
  readonly engagements: Engagements
  readonly feed: Feed
  readonly seals: Seals
  readonly memory = new ReadMemory()
  readonly #rest: Rest | null
  #publisher: RowPublisher | null = null
  readonly #options: RecorderOptions
  readonly #startedAt: string
  readonly #connections = new Set<IntakeConnection>()
  readonly #dirtyConnections = new Set<IntakeConnection>()
  readonly #dirtyRecords = new Set<EngagementRecord>()
  #turn: NodeJS.Immediate | null = null
  #syncTimer: NodeJS.Timeout | null = null
  #unsyncedBytes = 0
  #syncing: Promise<void> | null = null
  #state: RecorderStatus['state'] = 'recording'
  #why: string | null = null
  /** A sync failed: the kernel may have dropped what it held, so nothing written in this run can be relied on. */
  #syncFailed = false
  #mending: Promise<void> | null = null
  #ticker: NodeJS.Timeout | null = null
  readonly #servers: (Server | HttpServer)[] = []

  private constructor(options: RecorderOptions) {
    this.#options = options
    this.#startedAt = options.now().toISOString()
    mkdirSync(options.folder, { recursive: true, mode: 0o700 })
    this.seals = new Seals(join(options.folder, 'seals.ndjson'), options.disk)
    const disposed = (sequence: number): boolean =>
      this.seals.all.some(
        (seal) =>
          seal.firstSequence <= sequence &&
          sequence <= seal.lastSequence &&
          this.engagements.isDisposed(seal.engagementId),
      )
    this.feed = new Feed(disposed, baseOf(options.node ?? 0))
    const shared: Shared = {
      disk: options.disk,
      feed: this.feed,
      seals: this.seals,
      limits: options.limits,
      now: options.now,
      onWritten: (bytes) => this.#written(bytes),
      onFault: (fault) => this.#refused(fault),
      hasStore: options.rest !== undefined,
      fetch: async (file) => this.#stored().fetch(file),
      forget: async (names) => this.#stored().forget(names),
    }
    this.engagements = new Engagements(join(options.folder, 'engagements'), shared)
    const host = {
      seals: this.seals,
      sealedFile: (seal: SegmentSeal) => this.engagements.sealedFile(seal),
      now: options.now,
      spareBytes: () => this.#freeBytes() - 2 * options.reserveBytes,
      onFault: options.onFault,
    }
    this.#rest =
      options.rest === undefined
        ? null
        : new Rest({ ...options.rest, cacheFolder: join(options.folder, 'fetched') }, host)
  }

  /** Reads what is on the disk and listens. Stale socket files are replaced. */
  static async start(options: RecorderOptions): Promise<Recorder> {
    const recorder = new Recorder(options)
    await recorder.engagements.load()
    recorder.#watchDisk()
    if (options.bus)
      recorder.#publisher = new RowPublisher(options.bus, options.node ?? 0, recorder.feed, options.onFault)
    const intake = createServer((socket: Socket) => {
      recorder.#connections.add(new IntakeConnection(socket, recorder))
    })
    const control = createHttpServer(controlHandler(recorder, options.onFault))
    // A body of the control socket is a key; anything slower than this is no body.
    control.requestTimeout = 10_000
    await listenPrivately(intake, options.intakeSocket)
    await listenPrivately(control, options.controlSocket)
    recorder.#servers.push(intake, control)
    recorder.#ticker = setInterval(() => recorder.#tick(), tickMs)
    return recorder
  }

  get state(): IntakeState {
    return { writing: this.#state === 'recording', why: this.#why }
  }

  now(): Date {
    return this.#options.now()
  }

  /** @throws IntakeRefusal */
  recordFor(engagementId: string): EngagementRecord {
    if (this.#state === 'stopping') throw new IntakeRefusal('stopping', 'the recorder is stopping')
    return this.engagements.forIntake(engagementId)
  }

  dirty(connection: IntakeConnection, record: EngagementRecord | null): void {
    this.#dirtyConnections.add(connection)
    if (record) this.#dirtyRecords.add(record)
    // setImmediate runs after all sockets of this turn were read: one write for all of them, and no timer's wait.
    this.#turn ??= setImmediate(() => this.#endTurn())
  }

  gone(connection: IntakeConnection): void {
    this.#connections.delete(connection)
  }

  status(): RecorderStatus {
    const records = [...this.engagements.records()]
    return {
      startedAt: this.#startedAt,
      node: this.#options.node ?? 0,
      state: this.#state,
      why: this.#why,
      disk: { freeBytes: this.#freeBytes(), reserveBytes: this.#options.reserveBytes },
      gateways: [...this.#connections].flatMap(({ gatewayId }) => (gatewayId === null ? [] : [gatewayId])),
      openSegments: records.filter(({ current }) => current !== null).length,
      openExchanges: records.reduce((sum, { exchanges }) => sum + exchanges.size, 0),
      engagementsWithoutKey: this.engagements.withoutKey(),
      lastSequence: this.feed.last,
      sealCount: this.seals.count,
      damaged: this.engagements.damaged,
      store: this.#rest?.status() ?? null,
      bus: this.#publisher?.status() ?? null,
    }
  }

  /** @throws ReadRefusal store_away */
  #stored(): Rest {
    if (this.#rest === null)
      throw new ReadRefusal('store_away', 'the segment rests in a store, and none is set (ZH_SEGMENTS_…)')
    return this.#rest
  }

  /** Takes nothing more, ends what is open and declares it, seals, and closes. Resolves when everything is durable. */
  async stop(): Promise<void> {
    if (this.#ticker) clearInterval(this.#ticker)
    this.#endTurn()
    this.#setState('stopping', 'the recorder is stopping')
    for (const server of this.#servers) server.close()
    for (const record of this.engagements.records()) {
      record.endAll({ code: 'stopping', message: 'the recorder is stopping' })
    }
    for (const connection of this.#connections) connection.end()
    await this.#mending
    for (const record of this.engagements.records()) {
      await record.seal().catch((fault: unknown) => this.#options.onFault('seal at stop', fault))
      await record.abandon()
    }
    await this.#syncing
    if (this.#syncTimer) clearTimeout(this.#syncTimer)
    this.feed.wake()
    await this.#publisher?.close()
    await this.#rest?.close()
    await this.seals.close()
    for (const server of this.#servers) if ('closeAllConnections' in server) server.closeAllConnections()
    unlinkSocket(this.#options.intakeSocket)
    unlinkSocket(this.#options.controlSocket)
  }

  #endTurn(): void {
    if (this.#turn) clearImmediate(this.#turn)
    this.#turn = null
    const records = [...this.#dirtyRecords]
    const connections = [...this.#dirtyConnections]
    this.#dirtyRecords.clear()
    this.#dirtyConnections.clear()
    for (const record of records) record.flush()
    for (const connection of connections) connection.settle()
  }

  #written(bytes: number): void {
    this.#unsyncedBytes += bytes
    if (this.#unsyncedBytes >= syncEvery.bytes) this.#sync()
    else this.#syncTimer ??= setTimeout(() => this.#sync(), syncEvery.ms)
  }

  #sync(): void {
    if (this.#syncTimer) clearTimeout(this.#syncTimer)
    this.#syncTimer = null
    // One group at a time; what is written meanwhile makes the next.
    if (this.#syncing) return
    this.#unsyncedBytes = 0
    const segments = [...this.engagements.records()].flatMap(({ current }) => (current ? [current] : []))
    this.#syncing = Promise.all(segments.map((segment) => segment.sync()))
      .then(() => this.feed.advance())
      .catch((fault: unknown) => {
        this.#syncFailed = true
        this.#refused(fault)
        this.#options.onSyncFailed?.()
      })
      .finally(() => {
        this.#syncing = null
        if (this.#unsyncedBytes > 0) this.#written(0)
      })
  }

  #tick(): void {
    for (const record of this.engagements.records()) record.tick()
    this.#watchDisk()
    this.#rest?.tick()
  }

  /** Full and failed disks are tried again each second: recording resumes by itself, and before it does nothing passes. */
  #watchDisk(): void {
    if (this.#state === 'stopping' || this.#syncFailed || this.#mending) return
    const free = this.#freeBytes()
    if (free < this.#options.reserveBytes) {
      this.#setState('full', `${free} bytes free, ${this.#options.reserveBytes} are kept in reserve`)
      return
    }
    if (this.#state === 'recording') return
    this.#mending = this.#mend().finally(() => {
      this.#mending = null
    })
  }

  async #mend(): Promise<void> {
    const before = this.#faults
    for (const record of this.engagements.records()) {
      await record.mend().catch((fault: unknown) => this.#refused(fault))
    }
    if (this.#faults === before && this.#state !== 'stopping') this.#setState('recording', null)
  }

  #faults = 0
  #refused(fault: unknown): void {
    this.#faults += 1
    const { code, message } = writeRefusal(fault)
    this.#options.onFault(code, fault)
    if (this.#state !== 'stopping') this.#setState(code === 'disk_full' ? 'full' : 'failed', message)
  }

  #setState(state: RecorderStatus['state'], why: string | null): void {
    if (state === this.#state && why === this.#why) return
    const changed = state !== this.#state
    this.#state = state
    this.#why = why
    if (changed) for (const connection of this.#connections) connection.tell(this.state)
  }

  #freeBytes(): number {
    try {
      return this.#options.disk.freeBytes(this.#options.folder)
    } catch (fault) {
      this.#options.onFault('free space', fault)
      return 0
    }
  }
}

import { setTimeout as wait } from 'node:timers/promises'
import { jetstream, jetstreamManager, type JetStreamManager } from '@nats-io/jetstream'
import { connect, type NatsConnection } from '@nats-io/transport-node'
import { busNames, ensureRowStream, openBatch, recorderOn, sealBatch } from '@zhongheng/contracts/records/bus.ts'
import { type BusSettings, busOptions } from '@zhongheng/contracts/records/bus-settings.ts'
import type { BusStatus } from '@zhongheng/contracts/records/recorder-http.ts'
import type { Feed } from '../feed/feed.ts'

/** Rows of one message at most, and their bytes in JSON; a bus takes a megabyte unless it was told otherwise. */
const batchRows = 250
const batchBytes = 512 * 1024
/** How long rows gather before they go, so that a busy second is not a message for each row (ms). */
const gatherMs = 25
const retryMs = 1000
/** Without the bus's receipt for so long, the message is sent again; it has the same id (ms). */
const receiptMs = 5000

/**
 * Puts the rows of the feed on the bus, in order and sealed, for whoever keeps the index. It goes on after the last
 * message of its own that the bus has. What the bus lost, or never got, is asked for over the recorder's socket, so the
 * bus may be away, empty or new: recording never waits for it.
 */
export class RowPublisher {
  readonly #settings: BusSettings
  readonly #node: string
  readonly #feed: Feed
  readonly #onFault: (what: string, fault: unknown) => void
  readonly #leaving = new AbortController()
  readonly #running: Promise<void>
  #connection: NatsConnection | null = null
  #position: number | null = null
  #failing: BusStatus['failing'] = null

  constructor(settings: BusSettings, node: number, feed: Feed, onFault: (what: string, fault: unknown) => void) {
    this.#settings = settings
    this.#node = recorderOn(node)
    this.#feed = feed
    this.#onFault = onFault
    this.#running = this.#run()
  }

  status(): BusStatus {
    return {
      place: this.#settings.servers.join(', '),
      published: this.#position ?? 0,
      failing: this.#failing,
    }
  }

  async close(): Promise<void> {
    this.#leaving.abort()
    await this.#connection?.close()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#leaving
    while (!signal.aborted) {
      try {
        await this.#publish()
      } catch (fault) {
        if (signal.aborted) return
        this.#failed(fault)
        await wait(retryMs, undefined, { signal }).catch(() => undefined)
      }
    }
  }

  #failed(fault: unknown): void {
    if (this.#failing === null) this.#onFault('bus', fault)
    this.#failing ??= { since: new Date().toISOString(), why: whyOf(fault) }
  }

  async #connected(): Promise<NatsConnection> {
    if (this.#connection !== null && !this.#connection.isClosed()) return this.#connection
    const connection = await connect(busOptions(this.#settings, this.#node))
    this.#connection = connection
    if (this.#leaving.signal.aborted) await connection.close()
    return connection
  }

  async #publish(): Promise<void> {
    const { name, replicas, key } = this.#settings
    const connection = await this.#connected()
    const manager = await jetstreamManager(connection, { timeout: receiptMs })
    await ensureRowStream(manager.streams, name, replicas)
    const stream = jetstream(connection, { timeout: receiptMs })
    const subject = busNames(name).subjectOf(this.#node)
    const limit = Math.min(batchBytes, (connection.info?.max_payload ?? 2 * batchBytes) - 1024)
    let position = await this.#lastOnBus(manager)
    this.#position = position
    this.#failing = null
    const { signal } = this.#leaving
    while (!signal.aborted && !connection.isClosed()) {
      const { rows, gaps, next, waitingForKey } = await this.#page(position, limit)
      if (next === position) {
        if (waitingForKey === null) await this.#feed.wait(position, 1000, signal)
        await wait(waitingForKey === null ? gatherMs : retryMs, undefined, { signal }).catch(() => undefined)
        continue
      }
      const message = sealBatch(key, { node: this.#node, after: position, next, rows, gaps })
      // Whether a message without a receipt is there is asked before anything else is put behind it.
      await stream.publish(subject, message, { msgID: `${this.#node}:${position + 1}`, timeout: receiptMs })
      position = next
      this.#position = position
    }
    if (!signal.aborted) throw new Error('the connection ended')
  }

  /** A page that fits into one message. */
  async #page(after: number, limit: number): ReturnType<Feed['page']> {
    let count = batchRows
    for (;;) {
      const page = await this.#feed.page(after, count)
      const bytes = page.rows.reduce((sum, row) => sum + Buffer.byteLength(row), 0)
      if (bytes <= limit || page.rows.length <= 1) return page
      count = Math.max(1, page.rows.length >> 1)
    }
  }

  /**
   * Where to go on: behind the newest message of ours. A bus without one begins with what comes now. One that is ahead
   * of the record knew another record, an older one was put back since: its messages are taken from it.
   */
  async #lastOnBus(manager: JetStreamManager): Promise<number> {
    const { stream, subjectOf } = busNames(this.#settings.name)
    const subject = subjectOf(this.#node)
    const last = await manager.streams.getMessage(stream, { last_by_subj: subject })
    const batch = last === null ? null : openBatch(this.#settings.key, this.#node, last.data)
    if (batch === null) return this.#feed.shown
    if (batch.next <= this.#feed.last) return batch.next
    await manager.streams.purge(stream, { filter: subject })
    return this.#feed.shown
  }
}

/** Name and code; a message of the client's may hold an address, and a server's may hold anything. */
function whyOf(fault: unknown): string {
  if (!(fault instanceof Error)) return 'no answer'
  const code =
    'code' in fault && typeof fault.code === 'string' && /^[A-Z0-9_]{2,40}$/.test(fault.code) ? fault.code : ''
  return [fault.name, code].filter(Boolean).join(' ').slice(0, 80)
}

import { setTimeout as wait } from 'node:timers/promises'
import { DeliverPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream'
import { connect, type NatsConnection } from '@nats-io/transport-node'
import { busNames, ensureRowStream, openBatch, recorderOn, type RowBatch } from '@zhongheng/contracts/records/bus.ts'
import { type BusSettings, busOptions } from '@zhongheng/contracts/records/bus-settings.ts'
import type { FeedPage } from '@zhongheng/contracts/records/recorder-http.ts'
import type { RecorderPort } from './recorder.ts'

/** Where the index takes the rows of finished exchanges from. */
export type RowFeed = {
  /**
   * Rows after a sequence, oldest first; waits up to `waitMs` while there are none. Every sequence up to `next` is in the
   * page or was in one before, whatever was lost, doubled or forged on the way. @throws Problem while they cannot be had
   */
  next(after: number, options: { readonly limit: number; readonly waitMs: number }): Promise<FeedPage>
  /** How the bus stands; null without one. */
  bus(): BusView | null
  close(): Promise<void>
}

export type BusView = {
  /** Addresses without credentials. */
  readonly place: string
  /** Rows that came over the bus, and that had to be asked for, since this server began. */
  readonly fromBus: number
  readonly asked: number
  /** Messages that no recorder of ours made. */
  readonly refused: number
  readonly failing: { readonly since: string; readonly why: string } | null
}

/** Without a bus: the recorder is asked over its socket. */
export const rowsFromRecorder = (recorder: RecorderPort): RowFeed => ({
  next: (after, { limit, waitMs }) => recorder.feed(after, { limit, waitMs }),
  bus: () => null,
  close: () => Promise.resolve(),
})

/** Messages held at once; the bus keeps the others until there is room. */
const mostHeld = 16
/** Without a word from the bus for so long, the recorder itself is asked: the bus may be what is silent (ms). */
const quietMs = 1000
const retryMs = 1000
/** Begin with messages that are so much older than the index's position: what is doubled is passed over (ms). */
const overlapMs = 60_000

/**
 * Rows over the bus. The bus is the quick way and not the truth: its messages are opened with the installation's key and
 * joined by their sequences, and what is missing between two of them, or does not come, is asked of the recorder, whose
 * segments are the truth.
 */
export function rowsFromBus(settings: BusSettings, recorder: RecorderPort, node = 0): RowFeed {
  const name = recorderOn(node)
  const { stream, subjectOf } = busNames(settings.name)
  const subject = subjectOf(name)
  const leaving = new AbortController()
  const held: RowBatch[] = []
  const counted = { fromBus: 0, asked: 0, refused: 0 }
  let failing: BusView['failing'] = null
  let connection: NatsConnection | null = null as NatsConnection | null
  let arrived = Promise.withResolvers<void>()
  let taken = Promise.withResolvers<void>()
  let heardAt = performance.now()

  /** From the beginning of what the bus keeps, once: where rows are missing and the recorder, who has them, is away. */
  let fromTheBeginning = false

  const follow = async (): Promise<void> => {
    connection = await connect(busOptions(settings, 'server'))
    if (leaving.signal.aborted) return
    const manager = await jetstreamManager(connection)
    await ensureRowStream(manager.streams, settings.name, settings.replicas)
    const consumer = await jetstream(connection).consumers.get(stream, {
      filter_subjects: subject,
      ...(fromTheBeginning
        ? { deliver_policy: DeliverPolicy.All }
        : {
            deliver_policy: DeliverPolicy.StartTime,
            opt_start_time: new Date(Date.now() - overlapMs).toISOString(),
          }),
    })
    held.length = 0
    const messages = await consumer.consume({ max_messages: mostHeld, idle_heartbeat: 2000 })
    void connection.closed().then(() => messages.stop())
    failing = null
    for await (const message of messages) {
      const batch = openBatch(settings.key, name, message.data)
      if (batch === null) counted.refused += 1
      else held.push(batch)
      heardAt = performance.now()
      arrived.resolve()
      while (held.length >= mostHeld && !leaving.signal.aborted && connection?.isClosed() === false) {
        taken = Promise.withResolvers()
        await Promise.race([taken.promise, connection.closed()])
      }
    }
    throw new Error('the connection ended')
  }
  const running = (async () => {
    while (!leaving.signal.aborted) {
      await follow().catch((fault: unknown) => {
        failing ??= { since: new Date().toISOString(), why: whyOf(fault) }
      })
      await connection?.close().catch(() => undefined)
      if (!fromTheBeginning) await wait(retryMs, undefined, { signal: leaving.signal }).catch(() => undefined)
    }
  })()

  /** What of the messages held follows on a position; those behind it are passed over, one beyond it stays. */
  const joined = (after: number, limit: number): FeedPage | null => {
    const page = { rows: [] as FeedPage['rows'][number][], gaps: [] as FeedPage['gaps'][number][], next: after }
    while (page.rows.length < limit) {
      const batch = held[0]
      if (batch === undefined || batch.after > page.next) break
      if (batch.next > page.next) {
        const from = page.next
        const rows = batch.rows.filter(({ sequence }) => sequence > from)
        if (page.rows.length > 0 && page.rows.length + rows.length > limit) break
        page.rows.push(...rows)
        page.gaps.push(
          ...batch.gaps
            .filter(({ last }) => last > from)
            .map((gap) => ({ ...gap, first: Math.max(gap.first, from + 1) })),
        )
        page.next = batch.next
      }
      held.shift()
    }
    taken.resolve()
    if (page.next === after) return null
    counted.fromBus += page.rows.length
    return { ...page, waitingForKey: null }
  }

  const ask = async (after: number, limit: number): Promise<FeedPage> => {
    try {
      const page = await recorder.feed(after, { limit, waitMs: 0 })
      counted.asked += page.rows.length
      fromTheBeginning = false
      return page
    } catch (fault) {
      if (!fromTheBeginning) {
        fromTheBeginning = true
        // The delivery is begun anew, from the oldest message there is.
        await connection?.close().catch(() => undefined)
      }
      throw fault
    }
  }

  return {
    async next(after, { limit, waitMs }) {
      const until = performance.now() + waitMs
      for (;;) {
        arrived = Promise.withResolvers()
        const page = joined(after, limit)
        if (page !== null) return page
        const isMissing = held.length > 0
        if (isMissing || performance.now() - heardAt >= quietMs) {
          heardAt = performance.now()
          // Nothing is passed over: either the one who has what is missing gives it, or it is waited for.
          const asked = await ask(after, limit).catch((fault: unknown) => {
            if (performance.now() < until) return null
            throw fault
          })
          if (asked !== null && (asked.next > after || asked.waitingForKey !== null)) return asked
        }
        const left = until - performance.now()
        if (left <= 0) return { rows: [], gaps: [], next: after, waitingForKey: null }
        await Promise.race([arrived.promise, wait(Math.min(left, quietMs), undefined, { ref: false })])
      }
    },
    bus: () => ({ place: settings.servers.join(', '), ...counted, failing }),
    async close() {
      leaving.abort()
      taken.resolve()
      await connection?.close().catch(() => undefined)
      await running
    },
  }
}

/** Name and code; a message of the client's may hold an address, and a server's may hold anything. */
function whyOf(fault: unknown): string {
  if (!(fault instanceof Error)) return 'no answer'
  const code =
    'code' in fault && typeof fault.code === 'string' && /^[A-Z0-9_]{2,40}$/.test(fault.code) ? fault.code : ''
  return [fault.name, code].filter(Boolean).join(' ').slice(0, 80)
}

import type { Socket } from 'node:net'
import {
  type Frame,
  FrameFault,
  FrameReader,
  frameHeader,
  frameTypes,
  type IntakeState,
  jsonFrame,
  type Rejection,
} from '@zhongheng/contracts/records/intake.ts'
import type { EngagementRecord } from '../engagements/engagement-record.ts'
import type { OpenExchange } from '../engagements/open-exchange.ts'
import { IntakeRefusal } from '../engagements/refusal.ts'
import { parseEnd, parseHead, parseHello, parseRefusal } from './parse.ts'
import type { ReadMemory } from './read-memory.ts'

/** What a connection asks of the recorder. */
export interface IntakeHost {
  readonly state: IntakeState
  readonly memory: ReadMemory
  now(): Date
  /** The record of an engagement. @throws IntakeRefusal */
  recordFor(engagementId: string): EngagementRecord
  /** Something was handed to the record: write it at the end of the turn and then call `settle`. */
  dirty(connection: IntakeConnection, record: EngagementRecord | null): void
  gone(connection: IntakeConnection): void
}

type Stream = { readonly record: EngagementRecord; readonly exchange: OpenExchange }

/** One gateway's connection. */
export class IntakeConnection {
  /** Null until it said hello. */
  gatewayId: string | null = null
  readonly #socket: Socket
  readonly #host: IntakeHost
  readonly #reader = new FrameReader()
  readonly #streams = new Map<number, Stream>()
  /** Streams that were refused and whose end has not come: their frames may still be on the way. */
  readonly #refused = new Set<number>()
  #sequence = 0
  #highestStream = 0
  #answers: Buffer[] = []
  #touched = new Set<number>()
  /** Streams whose end came in this turn; kept until the write shows whether it was kept. */
  #ended: number[] = []

  constructor(socket: Socket, host: IntakeHost) {
    this.#socket = socket
    this.#host = host
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    socket.on('drain', () => socket.resume())
    // 'close' follows and does what there is to do.
    socket.on('error', () => undefined)
    socket.on('close', () => this.#lost())
  }

  /** After the turn's write: says what was refused and how far everything is written. */
  settle(): void {
    for (const stream of this.#touched) {
      const fault = this.#streams.get(stream)?.exchange.fault
      if (!fault) continue
      this.#reject(stream, fault)
      this.#streams.delete(stream)
      if (!this.#ended.includes(stream)) this.#refused.add(stream)
    }
    for (const stream of this.#ended) this.#streams.delete(stream)
    this.#ended = []
    this.#touched.clear()
    this.#answers.push(frameHeader(frameTypes.ack, this.#sequence, 0, 0))
    this.#send(Buffer.concat(this.#answers.splice(0)))
  }

  tell(state: IntakeState): void {
    if (this.gatewayId !== null) this.#send(jsonFrame(frameTypes.state, this.#sequence, 0, state))
  }

  /** Ends the connection after what was said has gone out. */
  end(): void {
    this.#socket.end()
    setTimeout(() => this.#socket.destroy(), 500).unref()
  }

  #send(bytes: Buffer): void {
    // A gateway that does not read its acks is not listened to either: nothing piles up here.
    if (!this.#socket.destroyed && !this.#socket.write(bytes)) this.#socket.pause()
  }

  #take(chunk: Buffer): void {
    this.#host.memory.took(chunk.length)
    try {
      for (const frame of this.#reader.push(chunk)) {
        if (frame.sequence !== this.#sequence + 1)
          throw new FrameFault(`sequence ${frame.sequence} after ${this.#sequence}`)
        // A frame in pieces is acknowledged with its last one.
        if (frame.whole) this.#sequence = frame.sequence
        this.#handle(frame)
      }
    } catch (fault) {
      if (!(fault instanceof FrameFault || fault instanceof IntakeRefusal)) throw fault
      this.#socket.destroy()
    }
  }

  #handle(frame: Frame): void {
    if (this.gatewayId === null) {
      if (frame.type !== frameTypes.hello) throw new FrameFault('no hello')
      this.gatewayId = parseHello(frame.payload).gatewayId
      this.#send(jsonFrame(frameTypes.welcome, frame.sequence, 0, this.#host.state))
      return
    }
    try {
      this.#record(frame)
    } catch (refusal) {
      if (!(refusal instanceof IntakeRefusal)) throw refusal
      this.#reject(frame.stream, refusal.rejection)
      this.#abandon(frame.stream)
      if (frame.type !== frameTypes.refusal && frame.type !== frameTypes.end) this.#refused.add(frame.stream)
      this.#host.dirty(this, null)
    }
  }

  /** @throws IntakeRefusal · FrameFault */
  #record(frame: Frame): void {
    const { type, stream, payload } = frame
    if (type === frameTypes.open || type === frameTypes.refusal) {
      if (stream <= this.#highestStream) throw new FrameFault(`stream ${stream} again`)
      this.#highestStream = stream
      this.#begin(frame)
      return
    }
    if (type !== frameTypes.request && type !== frameTypes.response && type !== frameTypes.end) {
      throw new FrameFault(`frame of type ${type}`)
    }
    const found = this.#streams.get(stream)
    if (!found) {
      if (!this.#refused.has(stream)) throw new FrameFault(`stream ${stream} is not open`)
      if (type === frameTypes.end) this.#refused.delete(stream)
      this.#host.dirty(this, null)
      return
    }
    const { record, exchange } = found
    if (this.#ended.includes(stream)) throw new FrameFault(`stream ${stream} has ended`)
    if (type === frameTypes.request) record.bytes(exchange, 'request', payload)
    else if (type === frameTypes.response) record.bytes(exchange, 'response', payload)
    else record.end(exchange, parseEnd(payload))
    this.#touch(stream, record)
    if (type === frameTypes.end) this.#ended.push(stream)
  }

  #begin({ type, stream, payload }: Frame): void {
    const { state } = this.#host
    if (!state.writing) throw new IntakeRefusal('disk_full', state.why ?? 'the recorder does not write')
    const told = type === frameTypes.refusal ? parseRefusal(payload) : { head: parseHead(payload), end: null }
    const record = this.#host.recordFor(told.head.engagementId)
    const exchange = type === frameTypes.open ? record.open(told.head, payload) : record.open(told.head)
    this.#streams.set(stream, { record, exchange })
    if (told.end) {
      record.end(exchange, told.end)
      this.#ended.push(stream)
    }
    this.#touch(stream, record)
  }

  #touch(stream: number, record: EngagementRecord): void {
    this.#touched.add(stream)
    this.#host.dirty(this, record)
  }

  #reject(stream: number, rejection: Rejection): void {
    this.#answers.push(jsonFrame(frameTypes.reject, this.#sequence, stream, rejection))
  }

  /** The gateway will not end this exchange any more: what came of it is closed and declared. */
  #abandon(stream: number): void {
    const found = this.#streams.get(stream)
    this.#streams.delete(stream)
    if (!found || found.exchange.fault) return
    found.record.end(found.exchange, found.exchange.untold(this.#host.now().toISOString(), 'gateway_lost'))
    this.#host.dirty(this, found.record)
  }

  #lost(): void {
    for (const stream of this.#ended) this.#streams.delete(stream)
    for (const stream of this.#streams.keys()) this.#abandon(stream)
    this.#host.gone(this)
  }
}

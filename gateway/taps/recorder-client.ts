import { connect, type Socket } from 'node:net'
import type { ExchangeEnd, ExchangeHead } from '@zhongheng/contracts/records/capture.ts'
import {
  type Frame,
  FrameReader,
  type FrameType,
  frameHeader,
  frameTypes,
  type Hello,
  type IntakeState,
  jsonFrame,
  maxFramePayload,
  type Rejection,
} from '@zhongheng/contracts/records/intake.ts'
import type { Recorder, Tap } from './tap.ts'

/** The recorder went away, or never was there: what was given and not acknowledged may be unrecorded. */
export class RecorderLost extends Error {
  override readonly name = 'RecorderLost'
}

/** The recorder is there and does not take this exchange. `code` says why, e.g. `no_key`, `disk_full`, `disposed`. */
export class RecorderRefused extends Error {
  override readonly name = 'RecorderRefused'
  readonly code: Rejection['code']
  constructor({ code, message }: Rejection) {
    super(message)
    this.code = code
  }
}

export type RecorderOptions = {
  readonly socketPath: string
  /** Names this gateway in the recorder's status: printable ASCII. */
  readonly gatewayId: string
  /** A recorder that leaves a frame unacknowledged for so long (milliseconds) is lost. */
  readonly ackWithinMs?: number
}

/** Unacknowledged bytes from which a tap is pressed: of one exchange, and of all. */
const highWater = { tap: 1024 * 1024, all: 16 * 1024 * 1024 } as const
/** A gateway that goes on regardless of `pressed` loses the recorder rather than its memory. */
const hardLimit = 64 * 1024 * 1024
/** So many bytes of a turn are written to the recorder as one piece. */
const gathered = 128 * 1024
const reconnectMs = { first: 50, most: 1000 } as const

/**
 * Connects to the recorder and stays connected: tries again for ever, until closed. An exchange belongs to the
 * connection in which it was opened and is lost with it.
 */
export function connectRecorder(options: RecorderOptions): Recorder {
  return new RecorderClient(options)
}

class RecorderClient implements Recorder {
  readonly #options: RecorderOptions
  readonly #ackWithinMs: number
  /** The connection that is there or being made. */
  #dialled: Link | null = null
  /** The connection over which the recorder has answered. */
  #link: Link | null = null
  #state: IntakeState = { writing: false, why: 'the recorder is not connected yet' }
  readonly #listeners: (() => void)[] = []
  #wait: number = reconnectMs.first
  #retry: NodeJS.Timeout | null = null
  #closed = false

  constructor(options: RecorderOptions) {
    this.#options = options
    this.#ackWithinMs = options.ackWithinMs ?? 5000
    this.#connect()
  }

  get ready(): boolean {
    return this.#state.writing
  }

  get why(): string | null {
    return this.#state.why
  }

  open(head: ExchangeHead): Tap {
    const tap = new LinkedTap(this.#link)
    tap.send(frameTypes.open, head)
    return tap
  }

  async refuse(head: ExchangeHead, end: ExchangeEnd): Promise<void> {
    const tap = new LinkedTap(this.#link)
    tap.send(frameTypes.refusal, { head, end })
    await tap.written()
  }

  /** Told each time `ready` falls: connection lost, or recording stopped. */
  onLost(listener: () => void): void {
    this.#listeners.push(listener)
  }

  async close(): Promise<void> {
    this.#closed = true
    if (this.#retry) clearTimeout(this.#retry)
    await this.#dialled?.finish()
    this.#link = null
    this.#change({ writing: false, why: 'closed' })
  }

  #connect(): void {
    const link: Link = new Link(this.#options, this.#ackWithinMs, {
      state: (state) => {
        this.#link = link
        this.#wait = reconnectMs.first
        this.#change(state)
      },
      lost: (why) => {
        this.#link = null
        this.#change({ writing: false, why })
        if (this.#closed) return
        this.#retry = setTimeout(() => this.#connect(), this.#wait).unref()
        this.#wait = Math.min(this.#wait * 2, reconnectMs.most)
      },
    })
    this.#dialled = link
  }

  #change(state: IntakeState): void {
    const fell = this.#state.writing && !state.writing
    this.#state = state
    if (fell) for (const listener of this.#listeners) listener()
  }
}

class LinkedTap implements Tap {
  readonly #link: Link | null
  readonly #stream: number
  /** The latest frame of this exchange. */
  sequence = 0
  unacknowledged = 0
  fault: Error | null = null
  /** Whether the recorder was told of the exchange; if not, it must not hear of its end either. */
  #opened = false

  constructor(link: Link | null) {
    this.#link = link
    this.#stream = link?.newStream(this) ?? 0
    if (!link) this.fault = new RecorderLost('the recorder is not connected')
  }

  get pressed(): boolean {
    return this.unacknowledged > highWater.tap || (this.#link?.unacknowledged ?? 0) > highWater.all
  }

  requestBytes(chunk: Uint8Array): void {
    this.#bytes(frameTypes.request, chunk)
  }

  responseBytes(chunk: Uint8Array): void {
    this.#bytes(frameTypes.response, chunk)
  }

  async written(): Promise<void> {
    if (this.fault) throw this.fault
    await this.#link?.acknowledged(this)
  }

  async end(end: ExchangeEnd): Promise<void> {
    this.send(frameTypes.end, end)
    await this.written()
  }

  /** A frame with a JSON payload; one too large is a fault of this exchange, not of the connection. */
  send(type: FrameType, value: object): void {
    const link = this.#link
    // A refused exchange is ended too: then the recorder forgets it.
    if (!link || (type === frameTypes.end ? !this.#opened : this.fault)) return
    try {
      link.json(type, this.#stream, value, this)
      this.#opened = true
    } catch (fault) {
      this.fault ??= fault instanceof Error ? fault : new Error(String(fault))
    }
    if (type !== frameTypes.open) link.forgetStream(this.#stream)
  }

  #bytes(type: FrameType, chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length && !this.fault; at += maxFramePayload) {
      this.#link?.bytes(type, this.#stream, chunk.subarray(at, at + maxFramePayload), this)
    }
  }
}

type Waiter = {
  readonly sequence: number
  readonly tap: LinkedTap
  readonly resolve: () => void
  readonly reject: (fault: Error) => void
}

/** One connection, from dialling to its loss. */
class Link {
  readonly #socket: Socket
  readonly #reader = new FrameReader()
  readonly #tell: { state(state: IntakeState): void; lost(why: string): void }
  readonly #ackWithinMs: number
  readonly #taps = new Map<number, LinkedTap>()
  readonly #sent: Queue<{ readonly sequence: number; readonly bytes: number; readonly tap: LinkedTap | null }> =
    new Queue()
  readonly #waiters: Queue<Waiter> = new Queue()
  readonly #ending: Queue<{ readonly stream: number; readonly sequence: number }> = new Queue()
  readonly #idle: (() => void)[] = []
  #out: Uint8Array[] = []
  #outBytes = 0
  #flush: NodeJS.Immediate | null = null
  #sequence = 0
  #acknowledged = 0
  #streams = 0
  #progressAt = performance.now()
  readonly #watch: NodeJS.Timeout
  #gone = false
  #why = 'the recorder cannot be reached'
  unacknowledged = 0

  constructor(
    options: RecorderOptions,
    ackWithinMs: number,
    tell: { state(state: IntakeState): void; lost(why: string): void },
  ) {
    this.#tell = tell
    this.#ackWithinMs = ackWithinMs
    this.#socket = connect(options.socketPath)
    this.#json(frameTypes.hello, 0, { gatewayId: options.gatewayId } satisfies Hello, null)
    this.#socket.on('data', (chunk: Buffer) => this.#take(chunk))
    this.#socket.on('connect', () => {
      this.#why = 'the connection to the recorder was lost'
    })
    // 'close' follows.
    this.#socket.on('error', () => undefined)
    this.#socket.on('close', () => this.#lost())
    this.#watch = setInterval(() => this.#checkProgress(), Math.min(1000, ackWithinMs / 2)).unref()
  }

  newStream(tap: LinkedTap): number {
    this.#streams += 1
    this.#taps.set(this.#streams, tap)
    return this.#streams
  }

  /** No frame of this stream follows: it is forgotten when the last one is acknowledged. */
  forgetStream(stream: number): void {
    this.#ending.push({ stream, sequence: this.#sequence })
  }

  /** @throws RangeError when the JSON is longer than a frame may be */
  json(type: FrameType, stream: number, value: object, tap: LinkedTap): void {
    this.#json(type, stream, value, tap)
  }

  bytes(type: FrameType, stream: number, chunk: Uint8Array, tap: LinkedTap): void {
    if (this.#gone) return
    this.#queue([frameHeader(type, this.#sequence + 1, stream, chunk.length), chunk], chunk.length, tap)
  }

  acknowledged(tap: LinkedTap): Promise<void> {
    if (this.#gone) return Promise.reject(new RecorderLost(this.#why))
    if (tap.sequence <= this.#acknowledged) return Promise.resolve()
    return new Promise((resolve, reject) => {
      // Waiters stand in the order of their sequences only if this one is the latest of all; else it waits for that.
      const last = this.#waiters.last?.sequence ?? 0
      this.#waiters.push({ sequence: Math.max(tap.sequence, last), tap, resolve, reject })
    })
  }

  /** Resolves when everything sent was acknowledged, or shortly; then the connection ends. */
  async finish(): Promise<void> {
    if (!this.#gone && this.#acknowledged < this.#sequence && this.#socket.readyState === 'open') {
      await new Promise<void>((resolve) => {
        this.#idle.push(resolve)
        setTimeout(resolve, 1000).unref()
      })
    }
    this.#why = 'closed'
    this.#socket.destroy()
    if (!this.#gone) await new Promise<void>((resolve) => this.#socket.once('close', () => resolve()))
  }

  #json(type: FrameType, stream: number, value: object, tap: LinkedTap | null): void {
    if (this.#gone) return
    const frame = jsonFrame(type, this.#sequence + 1, stream, value)
    this.#queue([frame], frame.length, tap)
  }

  #queue(parts: readonly Uint8Array[], bytes: number, tap: LinkedTap | null): void {
    this.#sequence += 1
    if (this.#acknowledged === this.#sequence - 1) this.#progressAt = performance.now()
    for (const part of parts) {
      this.#out.push(part)
      this.#outBytes += part.length
    }
    this.#sent.push({ sequence: this.#sequence, bytes, tap })
    this.unacknowledged += bytes
    if (tap) {
      tap.sequence = this.#sequence
      tap.unacknowledged += bytes
    }
    if (this.unacknowledged > hardLimit) {
      this.#why = 'too much waits for the recorder'
      this.#socket.destroy()
    }
    // After all sockets of this turn were read: one write for what they brought.
    this.#flush ??= setImmediate(() => this.#write())
  }

  #write(): void {
    this.#flush = null
    if (this.#gone) return
    const parts = this.#out
    const bytes = this.#outBytes
    this.#out = []
    this.#outBytes = 0
    // Copying what is small costs less than handing it over piece by piece.
    if (bytes <= gathered) return void this.#socket.write(Buffer.concat(parts, bytes))
    this.#socket.cork()
    for (const part of parts) this.#socket.write(part)
    this.#socket.uncork()
  }

  #take(chunk: Buffer): void {
    try {
      for (const frame of this.#reader.push(chunk)) this.#handle(frame)
    } catch {
      this.#why = 'the recorder does not speak our protocol'
      this.#socket.destroy()
    }
  }

  #handle({ type, sequence, stream, payload }: Frame): void {
    if (type === frameTypes.ack) this.#acknowledge(sequence)
    else if (type === frameTypes.reject) {
      const tap = this.#taps.get(stream)
      if (tap) tap.fault ??= new RecorderRefused(JSON.parse(payload.toString('utf8')) as Rejection)
    } else if (type === frameTypes.welcome) {
      this.#acknowledge(sequence)
      this.#tell.state(JSON.parse(payload.toString('utf8')) as IntakeState)
    } else if (type === frameTypes.state) {
      this.#tell.state(JSON.parse(payload.toString('utf8')) as IntakeState)
    }
  }

  #acknowledge(sequence: number): void {
    this.#acknowledged = sequence
    this.#progressAt = performance.now()
    for (let one = this.#sent.first; one && one.sequence <= sequence; one = this.#sent.first) {
      this.#sent.shift()
      this.unacknowledged -= one.bytes
      if (one.tap) one.tap.unacknowledged -= one.bytes
    }
    for (let one = this.#waiters.first; one && one.sequence <= sequence; one = this.#waiters.first) {
      this.#waiters.shift()
      if (one.tap.fault) one.reject(one.tap.fault)
      else one.resolve()
    }
    for (let one = this.#ending.first; one && one.sequence <= sequence; one = this.#ending.first) {
      this.#ending.shift()
      this.#taps.delete(one.stream)
    }
    if (this.#acknowledged === this.#sequence) for (const idle of this.#idle.splice(0)) idle()
  }

  #checkProgress(): void {
    if (this.#acknowledged === this.#sequence || performance.now() - this.#progressAt < this.#ackWithinMs) return
    this.#why = `the recorder has not answered for ${this.#ackWithinMs} ms`
    this.#socket.destroy()
  }

  #lost(): void {
    this.#gone = true
    clearInterval(this.#watch)
    if (this.#flush) clearImmediate(this.#flush)
    this.#out = []
    this.#outBytes = 0
    const fault = new RecorderLost(this.#why)
    for (const tap of this.#taps.values()) tap.fault ??= fault
    for (let one = this.#waiters.shift(); one; one = this.#waiters.shift()) {
      one.tap.fault ??= fault
      one.reject(one.tap.fault)
    }
    for (const idle of this.#idle.splice(0)) idle()
    this.unacknowledged = 0
    this.#tell.lost(this.#why)
  }
}

/** First in, first out, without moving the whole list each time. */
class Queue<T> {
  #items: T[] = []
  #head = 0

  get first(): T | undefined {
    return this.#items[this.#head]
  }

  get last(): T | undefined {
    return this.#head < this.#items.length ? this.#items.at(-1) : undefined
  }

  push(item: T): void {
    this.#items.push(item)
  }

  shift(): T | undefined {
    const item = this.#items[this.#head]
    if (this.#head < this.#items.length) this.#head += 1
    if (this.#head === this.#items.length) {
      this.#items = []
      this.#head = 0
    }
    // Half of it is spent: worth one copy.
    if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return item
  }
}

import type { ExchangeEnd, ExchangeHead } from '@zhongheng/contracts/records/capture.ts'
import type { Share } from '../policy/load-book.ts'
import type { Tap } from '../taps/tap.ts'
import type { RequestHead } from './framing/request-head.ts'
import { ResponseReader } from './framing/response-reader.ts'
import { valuesOf } from './framing/fields.ts'
import { outgoingHead } from './outgoing-head.ts'
import { WebSocketCounter } from './websocket-counter.ts'
import { pace } from './pace.ts'
import type { PayloadGuard } from './payload-guard.ts'
import type { Link, Parts } from './parts.ts'
import { type OwnRule, Refused, refusalBy, refusalOfFault, type Whose } from './refusals.ts'
import { gather, writeTo } from './streams.ts'
import type { Upstream } from './upstream.ts'

/** What becomes of the tester's connection after an exchange. */
export type After = 'keep' | 'close' | 'reset'

/**
 * One admitted request, its answer, and the record of both.
 *
 * The promise: the head (with the body bytes in hand) is acknowledged by the recorder before its first byte goes to
 * the target; every later byte is given to the recorder before it goes on; everything is acknowledged before the last byte of
 * the answer is released. What is recorded is what the target saw and sent. Without the recorder the exchange ends.
 */
export class Exchange {
  readonly #parts: Parts
  readonly #link: Link
  readonly #head: RequestHead
  readonly #upstream: Upstream
  readonly #whose: Whose
  readonly #share: Share
  readonly #guard: PayloadGuard | null
  /** Why the rest of the request does not leave. */
  #withheld: Refused | null = null
  readonly #tap: Tap
  readonly #response: ResponseReader
  #sentAll = false

  constructor(
    parts: Parts,
    link: Link,
    head: RequestHead,
    upstream: Upstream,
    record: ExchangeHead,
    whose: Whose,
    share: Share,
    guard: PayloadGuard | null,
  ) {
    this.#parts = parts
    this.#link = link
    this.#head = head
    this.#upstream = upstream
    this.#whose = whose
    this.#share = share
    this.#guard = guard
    this.#tap = parts.recorder.open(record)
    this.#response = new ResponseReader(head.method)
  }

  /** @throws Refused while nothing was answered yet; the record is then ended with that status */
  async run(): Promise<After> {
    let status = 0
    let outcome: ExchangeEnd['outcome'] = 'complete'
    try {
      const reused = this.#upstream.used
      this.#upstream.used = true
      const after = await this.#relay()
      status = this.#response.status
      if (after === 'broken') {
        outcome = this.#howItBroke()
        this.#upstream.socket.destroy()
        // A kept connection that the target had closed meanwhile: the tester's tool sees the same and tries again.
        if (!this.#link.answering && !reused && outcome === 'target_gone') throw this.#refused('DIAL-4')
        return 'reset'
      }
      return after
    } catch (error) {
      this.#upstream.socket.destroy()
      outcome = this.#howItBroke()
      if (!(error instanceof Refused)) throw error
      if (this.#link.answering) return 'reset'
      status = error.refusal.status
      throw error
    } finally {
      const contentType = this.#response.contentType?.slice(0, 200)
      this.#tap
        .end({
          finishedAt: this.#parts.time.now().toISOString(),
          status,
          outcome,
          ...(contentType === undefined ? {} : { contentType }),
        })
        .catch(() => undefined) // A lost recorder tells everybody through onLost.
    }
  }

  #howItBroke(): ExchangeEnd['outcome'] {
    const { cutBy, stream } = this.#link
    if (this.#withheld !== null) return 'stopped'
    if (cutBy !== null) return cutBy.status === 504 ? 'target_gone' : 'stopped'
    return stream.socket.destroyed ? 'client_gone' : 'target_gone'
  }

  async #relay(): Promise<After | 'broken'> {
    const { socket, inflow } = this.#upstream
    await this.#sendHead()
    const sending = this.#sentAll ? null : this.#sendBody()
    // Its failures show as a closed upstream; what it throws is looked at below.
    sending?.catch(() => socket.destroy())
    while (!this.#response.done) {
      const chunk = await inflow.next()
      this.#check()
      if (this.#withheld !== null) throw this.#withheld
      if (chunk === null) {
        if (sending !== null) await this.#lookAtFailure(sending)
        return this.#targetClosed()
      }
      this.#tap.responseBytes(chunk)
      const pass = this.#response.feed(chunk)
      // Asked for and chosen: a target that switches to something else speaks what nobody here judges.
      if (this.#response.upgraded && !(this.#head.upgrade === 'websocket' && this.#response.upgradesTo === 'websocket'))
        throw this.#refused('UPGRADE-1')
      if (this.#response.done || this.#response.untilClose || this.#tap.pressed) await this.#recorded()
      if (!(await this.#release(pass))) return 'broken'
    }
    if (this.#response.upgraded) return this.#relayRaw()
    const { closes, surplus } = this.#response
    if (closes || surplus.length > 0 || !this.#sentAll) socket.destroy()
    return this.#head.keepAlive && !closes && this.#sentAll ? 'keep' : 'close'
  }

  /** The head leaves together with the body bytes in hand; a chunked one waits for its first chunk line to be judged. */
  async #sendHead(): Promise<void> {
    const { stream } = this.#link
    const first: Buffer[] = [outgoingHead(this.#head)]
    this.#guard?.head(first[0]?.toString('latin1') ?? '', valuesOf(this.#head.fields, 'content-encoding'))
    this.#sentAll = this.#head.body.kind === 'none'
    while (!this.#sentAll) {
      const hold = this.#head.body.kind === 'chunked' && !this.#head.expects && first.length === 1
      const piece = hold ? await stream.nextBody() : stream.bodyInHand()
      this.#check()
      if (stream.reader.fault !== null) throw new Refused(refusalOfFault(stream.reader.fault, this.#whose))
      if (piece === undefined) break
      if (piece === null) throw this.#refused('TIME-2')
      this.#guard?.piece(piece.bytes, piece.last)
      first.push(piece.bytes)
      this.#sentAll = piece.last
    }
    const bytes = first.length === 1 && first[0] !== undefined ? first[0] : Buffer.concat(first)
    this.#tap.requestBytes(bytes)
    await this.#recorded()
    this.#parts.counters.passed++
    const pause = this.#share.sent(bytes.length)
    if (pause > 0) await this.#pace(pause)
    await writeTo(this.#upstream.socket, bytes)
  }

  async #sendBody(): Promise<void> {
    const { stream } = this.#link
    while (!this.#sentAll) {
      const piece = await stream.nextBody()
      this.#check()
      if (piece === null) {
        // The target must not take half a body for a whole one.
        this.#upstream.socket.destroy()
        if (stream.reader.fault !== null) throw new Refused(refusalOfFault(stream.reader.fault, this.#whose))
        stream.socket.destroy()
        return
      }
      try {
        this.#guard?.piece(piece.bytes, piece.last)
      } catch (error) {
        if (error instanceof Refused) this.#withheld = error
        throw error
      }
      this.#tap.requestBytes(piece.bytes)
      if (this.#tap.pressed) await this.#recorded()
      const pause = this.#share.sent(piece.bytes.length)
      if (pause > 0) await this.#pace(pause)
      if (!(await writeTo(this.#upstream.socket, piece.bytes))) return
      this.#sentAll = piece.last
    }
  }

  async #lookAtFailure(sending: Promise<void>): Promise<void> {
    const { reader } = this.#link.stream
    if (reader.fault !== null) await sending
  }

  async #targetClosed(): Promise<After | 'broken'> {
    const rest = this.#response.finish()
    if (rest.length > 0) {
      await this.#recorded()
      if (!(await this.#release(rest))) return 'broken'
    }
    return this.#response.done ? 'close' : 'broken'
  }

  async #release(bytes: Buffer): Promise<boolean> {
    if (bytes.length === 0) return true
    const pause = this.#share.received(bytes.length)
    if (pause > 0) await this.#pace(pause)
    this.#link.answering = true
    const { socket } = this.#link.stream
    if (!this.#response.done) gather(socket)
    return writeTo(socket, bytes)
  }

  /** WebSocket: bytes both ways, each acknowledged by the recorder before it goes on. */
  async #relayRaw(): Promise<After> {
    const { stream } = this.#link
    const { socket, inflow } = this.#upstream
    this.#link.raw = true
    stream.goRaw()
    const onward = async (): Promise<void> => {
      const counter = new WebSocketCounter()
      for (let chunk = await stream.nextRaw(); chunk !== null; chunk = await stream.nextRaw()) {
        this.#tap.requestBytes(chunk)
        await this.#recorded()
        const messages = this.#share.messages(counter.feed(chunk))
        const pause = Math.max(messages, this.#share.sent(chunk.length))
        if (pause > 0) await this.#pace(pause)
        if (!(await writeTo(socket, chunk))) break
      }
      socket.end()
    }
    const back = async (): Promise<void> => {
      const { surplus } = this.#response
      if (surplus.length > 0) await this.#release(surplus)
      for (let chunk = await inflow.next(); chunk !== null; chunk = await inflow.next()) {
        this.#tap.responseBytes(chunk)
        await this.#recorded()
        if (!(await this.#release(chunk))) break
      }
      stream.socket.end()
    }
    const destroyBoth = (error: unknown): never => {
      socket.destroy()
      stream.socket.destroy()
      throw error
    }
    await Promise.all([onward().catch(destroyBoth), back().catch(destroyBoth)])
    return 'close'
  }

  /** @throws Refused when the connection was cut meanwhile */
  async #pace(ms: number): Promise<void> {
    const { stream } = this.#link
    await pace(ms, this.#link, this.#parts.time, () => stream.socket.destroyed || this.#upstream.socket.destroyed)
    this.#check()
  }

  /** Waits until the recorder has everything given so far. @throws Refused when it is lost or the connection was cut meanwhile */
  async #recorded(): Promise<void> {
    try {
      await this.#tap.written()
    } catch (error) {
      throw new Refused(refusalBy('RECORDER-1', this.#whose, error instanceof Error ? error.message : undefined))
    }
    this.#check()
  }

  #check(): void {
    if (this.#link.cutBy !== null) throw new Refused(this.#link.cutBy)
  }

  #refused(rule: OwnRule): Refused {
    return new Refused(refusalBy(rule, this.#whose))
  }
}

import type { ExchangeEnd, ExchangeHead, ExchangeNote } from '@zhongheng/contracts/records/capture.ts'
import { recordBegins } from '@zhongheng/contracts/records/http2-side.ts'
import type { Share } from '../../policy/load-book.ts'
import type { Tap } from '../../taps/tap.ts'
import { pace } from '../pace.ts'
import type { PayloadGuard } from '../payload-guard.ts'
import type { Parts } from '../parts.ts'
import { type Refusal, Refused, refusalBy, type Whose } from '../refusals.ts'
import { WebSocketCounter } from '../websocket-counter.ts'
import type { Http2Rule } from './faults.ts'
import { codes, dataHead, headerFrames, resetFrame } from './frames.ts'
import { encodeBlock } from './hpack/encoder.ts'
import { faultOfTrailers, type Http2Request, readStatus, valueIn, valuesIn, wellMade } from './messages.ts'
import type { Piece, Stream } from './stream.ts'
import type { TargetSide } from './target-side.ts'

/** A side is recorded as if its connection had carried nothing else. */
const recordedStream = 1
/** Bytes up to which a frame's head and content are told to the recorder as one. */
const smallFrame = 2048

/** The right of one exchange to go on, taken away at most once. */
export type Leave = {
  cutBy: Refusal | null
  /** Called when it is cut, or by the tester's own reset. */
  onCut: (() => void) | null
  /** A byte of the answer was released: no page can be shown any more. */
  answering: boolean
  /** Monotonic ms of the last frame either way. */
  touched: number
  raw: boolean
}

/**
 * One admitted request over HTTP/2, its answer, and the record of both.
 *
 * The promise is that of HTTP/1.1: the head is acknowledged by the recorder before its first byte goes to the target;
 * everything later is given to the recorder before it goes on; everything is acknowledged before the last frame of the answer
 * is released, and on an upgraded stream before each frame.
 */
export class Http2Exchange {
  readonly #parts: Parts
  readonly #tester: Stream
  readonly #request: Http2Request
  readonly #side: TargetSide
  readonly #whose: Whose
  readonly #share: Share
  readonly #guard: PayloadGuard | null
  readonly #leave: Leave
  readonly #tap: Tap
  #target: Stream | null = null
  #status = 0
  #contentType: string | undefined
  #answered = false
  /** Something of the answer is in the record. */
  #began = false
  #sentAll: boolean
  #sent = 0
  #testerGone = false
  /** Why the request could not be sent to its end. */
  #failure: Refused | null = null
  readonly #frames = new WebSocketCounter()
  readonly #notes = new Set<ExchangeNote>()

  constructor(
    parts: Parts,
    tester: Stream,
    request: Http2Request,
    side: TargetSide,
    record: ExchangeHead,
    whose: Whose,
    leave: Leave,
    bodyless: boolean,
    share: Share,
    guard: PayloadGuard | null,
  ) {
    this.#parts = parts
    this.#tester = tester
    this.#request = request
    this.#side = side
    this.#whose = whose
    this.#share = share
    this.#guard = guard
    this.#leave = leave
    this.#sentAll = bodyless
    this.#tap = parts.recorder.open(record)
  }

  /** @throws Refused while nothing was answered yet; the record is then ended with that status */
  async run(): Promise<void> {
    let outcome: ExchangeEnd['outcome'] = 'complete'
    let status: number | null = null
    this.#leave.onCut = () => {
      this.#target?.sendReset(codes.cancel)
      if (this.#leave.answering) this.#tester.sendReset(codes.cancel)
    }
    this.#tester.onReset = (code) => this.#testerReset(code)
    try {
      await this.#relay()
      if (!this.#answered) outcome = this.#howItBroke()
    } catch (error) {
      outcome = this.#howItBroke()
      if (!(error instanceof Refused)) throw error
      if (this.#leave.answering || this.#testerGone) this.#tester.sendReset(codes.cancel)
      else {
        status = error.refusal.status
        throw error
      }
    } finally {
      this.#leave.onCut = null
      this.#tester.onReset = null
      this.#target?.discard()
      for (const note of this.#side.notes) this.#notes.add(note)
      this.#side.notes.clear()
      this.#tap
        .end({
          finishedAt: this.#parts.time.now().toISOString(),
          status: status ?? this.#status,
          outcome,
          ...(this.#contentType === undefined ? {} : { contentType: this.#contentType.slice(0, 200) }),
          ...(this.#notes.size === 0 ? {} : { notes: [...this.#notes] }),
        })
        .catch(() => undefined) // A lost recorder tells everybody through onLost.
    }
  }

  #howItBroke(): ExchangeEnd['outcome'] {
    const { cutBy } = this.#leave
    if (cutBy !== null) return cutBy.status === 504 ? 'target_gone' : 'stopped'
    return this.#testerGone ? 'client_gone' : 'target_gone'
  }

  async #relay(): Promise<void> {
    const { fields, method, path } = this.#request
    if (this.#guard !== null) {
      const lines = fields.map(({ name, value }) => `${name}: ${value}`)
      this.#guard.head([`${method} ${path}`, ...lines].join('\n'), valuesIn(fields, 'content-encoding'))
    }
    const block = encodeBlock(fields)
    this.#tap.requestBytes(Buffer.concat([recordBegins.request, headerFrames(recordedStream, block, this.#sentAll)]))
    await this.#recorded()
    if (this.#tester.reset) this.#testerGone = true
    if (this.#testerGone) return
    // Nothing has left yet, so the tester's tool may try again.
    if (!this.#side.session.usable) return this.#passReset(codes.refusedStream)
    this.#parts.counters.passed++
    const target = this.#side.session.request(block, this.#sentAll)
    this.#target = target
    this.#leave.raw = this.#request.protocol !== undefined
    const sending = this.#sendRequest(target)
    // What it throws is looked at when the answer ends.
    sending.catch(() => target.sendReset(codes.protocol))
    await this.#passAnswer(target)
    if (this.#answered && !this.#sentAll && !this.#testerGone) await this.#awaitRest(target, sending)
  }

  /** Body and trailers toward the target. That the tester has reset or is gone, `onReset` tells. */
  async #sendRequest(target: Stream): Promise<void> {
    while (!this.#sentAll) {
      const piece = await this.#tester.next()
      if (piece === null) return
      this.#touch()
      if (this.#leave.cutBy !== null) return target.sendReset(codes.cancel)
      try {
        if (piece.kind === 'data') await this.#sendData(target, piece)
        else if (piece.kind === 'head') await this.#sendTrailers(target, piece)
      } catch (error) {
        if (error instanceof Refused) this.#failure = error
        throw error
      }
    }
  }

  async #sendData(target: Stream, { bytes, end }: Piece & { kind: 'data' }): Promise<void> {
    const { contentLength } = this.#request
    this.#sent += bytes.length
    // The target must not take half a body for a whole one, nor what is beyond it for another request.
    if (contentLength !== undefined && (this.#sent > contentLength || (end && this.#sent < contentLength)))
      throw this.#refusedBy('H2-5')
    this.#guard?.piece(bytes, end)
    this.#record('request', bytes, end)
    if (this.#leave.raw || this.#tap.pressed) await this.#recorded()
    const messages = this.#leave.raw ? this.#share.messages(this.#frames.feed(bytes)) : 0
    const pause = Math.max(messages, this.#share.sent(bytes.length))
    if (pause > 0) await this.#pace(pause)
    await target.sendData(bytes, end)
    this.#tester.consumed(bytes.length)
    this.#sentAll = end
  }

  async #sendTrailers(target: Stream, { fields, over, end }: Piece & { kind: 'head' }): Promise<void> {
    const { contentLength } = this.#request
    const fault = over || !end ? 'H2-7' : faultOfTrailers(fields)
    if (fault !== null) throw this.#refusedBy(fault)
    if (contentLength !== undefined && this.#sent !== contentLength) throw this.#refusedBy('H2-5')
    const block = encodeBlock(fields)
    this.#tap.requestBytes(headerFrames(recordedStream, block, true))
    await this.#recorded()
    target.sendHead(block, true)
    this.#sentAll = true
  }

  async #passAnswer(target: Stream): Promise<void> {
    let begun = false
    while (!this.#answered) {
      const piece = await target.next()
      if (this.#testerGone) return
      this.#check()
      if (piece === null) return this.#targetGone()
      this.#touch()
      if (piece.kind === 'data') {
        if (!begun) throw this.#malformed()
        await this.#passData(target, piece)
      } else if (piece.kind === 'reset') {
        if (this.#failure !== null) throw this.#failure
        this.#recordReset(piece.code)
        return this.#passReset(piece.code)
      } else if (begun) await this.#passTrailers(piece)
      else begun = await this.#passHead(piece)
    }
  }

  /** @returns whether the answer proper has begun, and not an informational one */
  async #passHead({ fields, over, end }: Piece & { kind: 'head' }): Promise<boolean> {
    const block = encodeBlock(fields)
    const frames = headerFrames(recordedStream, block, end)
    const status = over ? undefined : readStatus(fields)
    // What it was stays in the record also when it cannot be passed on.
    this.#tap.responseBytes(this.#began ? frames : Buffer.concat([recordBegins.response, frames]))
    this.#began = true
    if (status === undefined || (status < 200 && end)) throw this.#malformed()
    if (status >= 200) {
      this.#status = status
      this.#contentType = valueIn(fields, 'content-type')
      if (valueIn(fields, 'alt-svc') !== undefined) this.#notes.add('alt_svc_header')
    }
    if (end || this.#leave.raw || this.#tap.pressed) await this.#recorded()
    if (status >= 200) this.#leave.answering = true
    this.#tester.sendHead(block, end)
    this.#answered = end
    return status >= 200
  }

  async #passData(target: Stream, { bytes, end }: Piece & { kind: 'data' }): Promise<void> {
    this.#record('response', bytes, end)
    if (end || this.#leave.raw || this.#tap.pressed) await this.#recorded()
    const pause = this.#share.received(bytes.length)
    if (pause > 0) await this.#pace(pause)
    const passed = await this.#tester.sendData(bytes, end)
    target.consumed(bytes.length)
    this.#check()
    if (passed) this.#answered = end
    else this.#testerGone = true
  }

  async #passTrailers({ fields, over, end }: Piece & { kind: 'head' }): Promise<void> {
    const block = encodeBlock(fields)
    this.#tap.responseBytes(headerFrames(recordedStream, block, end))
    if (over || !end || !wellMade(fields)) throw this.#malformed()
    await this.#recorded()
    this.#tester.sendHead(block, true)
    this.#answered = true
  }

  /** The answer is whole and the request is not: the target may take the rest, or say that it needs none. */
  async #awaitRest(target: Stream, sending: Promise<void>): Promise<void> {
    const piece = await Promise.race([sending.then(() => null), target.next()])
    if (piece?.kind !== 'reset') return
    this.#recordReset(piece.code)
    this.#tester.sendReset(piece.code)
  }

  /** The target's reset; without an answer before it the side begins here. */
  #recordReset(code: number): void {
    const frame = resetFrame(recordedStream, code)
    this.#tap.responseBytes(this.#began ? frame : Buffer.concat([recordBegins.response, frame]))
    this.#began = true
  }

  #passReset(code: number): void {
    this.#leave.answering = true
    this.#tester.sendReset(code)
  }

  #testerReset(code: number | null): void {
    this.#testerGone = true
    if (code !== null) this.#tap.requestBytes(resetFrame(recordedStream, code))
    this.#target?.sendReset(code ?? codes.cancel)
  }

  #targetGone(): void {
    if (this.#failure !== null) throw this.#failure
    const { broken } = this.#side
    throw broken === null
      ? new Refused(refusalBy('DIAL-4', this.#whose))
      : new Refused(refusalBy('H2-11', this.#whose, broken.what))
  }

  #record(direction: 'request' | 'response', bytes: Buffer, end: boolean): void {
    const head = dataHead(recordedStream, bytes.length, end)
    const give = (part: Buffer): void =>
      direction === 'request' ? this.#tap.requestBytes(part) : this.#tap.responseBytes(part)
    if (bytes.length <= smallFrame) return give(Buffer.concat([head, bytes]))
    give(head)
    give(bytes)
  }

  /** Waits until the recorder has everything given so far. @throws Refused when it is lost or the exchange was cut meanwhile */
  async #recorded(): Promise<void> {
    try {
      await this.#tap.written()
    } catch (error) {
      throw new Refused(refusalBy('RECORDER-1', this.#whose, error instanceof Error ? error.message : undefined))
    }
    this.#check()
  }

  /** @throws Refused when it was cut meanwhile */
  async #pace(ms: number): Promise<void> {
    await pace(ms, this.#leave, this.#parts.time, () => this.#testerGone)
    this.#check()
  }

  #check(): void {
    if (this.#leave.cutBy !== null) throw new Refused(this.#leave.cutBy)
  }

  #touch(): void {
    this.#leave.touched = this.#parts.time.monotonic()
  }

  #malformed(): Refused {
    return this.#refusedBy('H2-10')
  }

  #refusedBy(rule: Http2Rule): Refused {
    return new Refused(refusalBy(rule, this.#whose))
  }
}

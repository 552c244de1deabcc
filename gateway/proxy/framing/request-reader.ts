import { type BodyWalker, ChunkWalker, LengthWalker } from './body-walkers.ts'
import { Carry } from './carry.ts'
import type { FrameRule } from './faults.ts'
import { type Field, readField } from './fields.ts'
import { faultOfFields, frameRequest, type RequestHead, type RequestLine, readRequestLine } from './request-head.ts'

/** What comes out: a head, or raw bytes of the body of the head before it. `last` marks the end of the message. */
export type RequestPiece =
  | { readonly kind: 'head'; readonly head: RequestHead; readonly last: boolean }
  | { readonly kind: 'body'; readonly bytes: Buffer; readonly last: boolean }

/** Bytes a head may have, and lines in it. */
export type HeadLimits = { readonly headBytes: number; readonly headLines: number }
export const usualHeadLimits: HeadLimits = { headBytes: 128 * 1024, headLines: 5000 }

const framing = new Set(['content-length', 'transfer-encoding', 'host'])
/** A request line as far as it came: a method, then a blank, then anything. */
const beginsLine = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}(?: |$)/

/**
 * Reads requests from one connection, strictly and without input or output of its own. All bytes in hand are read at
 * once, so a malformed message is known before any request of the same batch is begun: the owner looks at `fault` first.
 * After CONNECT and after a request that asks for an upgrade it stands still until `goOn` or `takeRest`.
 */
export class RequestReader {
  fault: FrameRule | null = null
  readonly #limits: HeadLimits
  readonly #carry = new Carry()
  readonly #pieces: RequestPiece[] = []
  #queued = 0
  #state: 'between' | 'head' | 'body' | 'paused' | 'over' = 'between'
  #lineAt = 0
  /** Bytes of the present chunk: what lies before them was searched already. */
  #fresh = 0
  #blankLines = 0
  #line: RequestLine | null = null
  #fields: Field[] = []
  #head: RequestHead | null = null
  #walker: BodyWalker | null = null

  constructor(limits: HeadLimits = usualHeadLimits) {
    this.#limits = limits
  }

  /** Bytes held here: body pieces not yet taken and unfinished lines. */
  get backlog(): number {
    return this.#queued + this.#carry.length
  }

  /** True when a head has begun and is not complete. */
  get inHead(): boolean {
    return this.#state === 'head' || (this.#state === 'between' && this.#carry.length > 0)
  }

  push(chunk: Buffer): void {
    if (this.fault !== null) return
    this.#fresh = chunk.length
    const work = this.#carry.join(chunk)
    const end = this.#read(work)
    if (this.fault === null) this.#carry.keep(work, end)
    else this.#carry.take()
  }

  /** Takes the next piece; undefined when more bytes are needed. */
  take(): RequestPiece | undefined {
    const piece = this.#pieces.shift()
    if (piece?.kind === 'body') this.#queued -= piece.bytes.length
    return piece
  }

  /** Goes on reading requests after a pause that came to nothing (upgrade refused). */
  goOn(): void {
    if (this.#state !== 'paused') return
    this.#state = this.#head?.keepAlive === false ? 'over' : 'between'
    const rest = this.#carry.take()
    if (rest.length > 0) this.push(rest)
  }

  /** Gives away the bytes behind the pause: they belong to another protocol now. */
  takeRest(): Buffer {
    return this.#carry.take()
  }

  #read(work: Buffer): number {
    let at = 0
    while (at < work.length && this.fault === null) {
      const before = at
      switch (this.#state) {
        case 'between':
        case 'over':
          at = this.#skipBlankLine(work, at)
          break
        case 'head':
          at = this.#readHead(work, at)
          break
        case 'body':
          at = this.#readBody(work, at)
          break
        case 'paused':
          return at
      }
      if (at === before) break
    }
    return at
  }

  /** RFC 9112 2.2: empty lines before a request line are ignored; a few, not endlessly. */
  #skipBlankLine(work: Buffer, at: number): number {
    const byte = work[at]
    if (byte === 13) {
      if (at + 1 === work.length) return at
      if (work[at + 1] !== 10 || ++this.#blankLines > 8) return this.#fail('FRAME-1', at)
      return at + 2
    }
    if (byte === 10) return this.#fail('FRAME-1', at)
    if (this.#state === 'over') return this.#fail('FRAME-10', at)
    this.#state = 'head'
    this.#blankLines = 0
    this.#lineAt = 0
    this.#line = null
    this.#fields = []
    return this.#readHead(work, at)
  }

  /** Returns `start` until the head is complete; lines already judged are remembered in `#lineAt`. */
  #readHead(work: Buffer, start: number): number {
    for (;;) {
      const from = start + this.#lineAt
      const unseen = Math.max(from, work.length - this.#fresh)
      const end = work.indexOf(10, unseen) + 1
      if ((end === 0 ? work.length : end) - start > this.#limits.headBytes) return this.#fail('FRAME-4', start)
      if (end === 0) {
        this.#judgeUnfinished(work, from, unseen)
        return start
      }
      if (work[end - 2] !== 13 || end - 2 < from) return this.#fail('FRAME-1', start)
      const line = work.toString('latin1', from, end)
      const offset = this.#lineAt
      this.#lineAt += line.length
      if (line.length === 2 && this.#line !== null) return this.#endHead(work.subarray(start, end), end)
      this.#readLine(line, offset)
      if (this.fault !== null) return start
    }
  }

  #readLine(line: string, offset: number): void {
    // A CR inside a line is a line end to some readers.
    if (line.indexOf('\r') < line.length - 2) {
      this.fault = 'FRAME-1'
    } else if (this.#line === null) {
      this.#line = readRequestLine(line) ?? null
      if (this.#line === null) this.fault = 'FRAME-2'
    } else {
      const field = readField(line, offset)
      if (field === undefined) this.fault = 'FRAME-3'
      else this.#fields.push(field)
      if (this.#fields.length > this.#limits.headLines) this.fault = 'FRAME-4'
      // What cannot become good any more is refused at once, not when the head is complete.
      else if (field !== undefined && framing.has(field.name)) this.fault = faultOfFields(this.#line, this.#fields)
    }
  }

  #judgeUnfinished(work: Buffer, from: number, unseen: number): void {
    const first = work[from]
    // The byte before may be the CR whose LF is missing.
    const cr = work.indexOf(13, Math.max(from, unseen - 1))
    if (cr >= 0 && cr < work.length - 1) this.fault = 'FRAME-1'
    else if (this.#line === null) {
      if (!beginsLine.test(work.toString('latin1', from, Math.min(work.length, from + 66)))) this.fault = 'FRAME-2'
    } else if (first === 32 || first === 9 || work.indexOf(0, unseen) >= 0) this.fault = 'FRAME-3'
  }

  #endHead(bytes: Buffer, end: number): number {
    if (this.#line === null) return this.#fail('FRAME-2', end)
    const head = frameRequest(this.#line, this.#fields, bytes)
    if (typeof head === 'string') return this.#fail(head, end)
    this.#head = head
    const last = head.body.kind === 'none'
    this.#pieces.push({ kind: 'head', head, last })
    if (last) this.#endMessage()
    else {
      this.#walker = head.body.kind === 'length' ? new LengthWalker(head.body.length) : new ChunkWalker()
      this.#state = 'body'
    }
    return end
  }

  #readBody(work: Buffer, at: number): number {
    const walker = this.#walker
    if (walker === null) return at
    const end = walker.walk(work, at)
    if (walker.fault !== null) return this.#fail(walker.fault, at)
    if (end > at) {
      this.#queued += end - at
      this.#pieces.push({ kind: 'body', bytes: work.subarray(at, end), last: walker.done })
    }
    if (walker.done) this.#endMessage()
    return end
  }

  #endMessage(): void {
    this.#walker = null
    const head = this.#head
    if (head?.method === 'CONNECT' || (head !== null && head.upgrade !== null)) this.#state = 'paused'
    else this.#state = head?.keepAlive === false ? 'over' : 'between'
  }

  #fail(rule: FrameRule, at: number): number {
    this.fault = rule
    return at
  }
}

import { type BodyWalker, ChunkWalker, CloseWalker, LengthWalker } from './body-walkers.ts'
import { Carry } from './carry.ts'
import { type Field, listHas, readField, valueOf, valuesOf } from './fields.ts'

const statusLine = /^HTTP\/1\.([01]) ([1-9][0-9]{2})(?: [\t\u0020-\u007e\u0080-\u00ff]*)?\r\n$/
const maxHead = 256 * 1024
const nothing = Buffer.alloc(0)

/**
 * Finds the end of one answer in the target's raw bytes. Answers are passed on byte for byte whatever they are: one
 * whose framing has no single reading is passed until its connection ends, and then the tester's connection ends too, so
 * that nothing of it can be taken for the next answer.
 */
export class ResponseReader {
  /** Status of the final head; 0 until it came. */
  status = 0
  fields: readonly Field[] = []
  /** The whole answer was read. */
  done = false
  /** 101: from here on the connection speaks another protocol. */
  upgraded = false
  /** The answer ends only with its connection. */
  untilClose = false
  /** Neither side may use its connection again after this answer. */
  closes = false
  /** True when bytes came behind the end of the answer: nobody asked for them. */
  surplus: Buffer = nothing
  readonly #method: string
  readonly #carry = new Carry()
  #state: 'head' | 'body' = 'head'
  #walker: BodyWalker | null = null

  constructor(method: string) {
    this.#method = method
  }

  /** Takes bytes as received; returns those that may go on now, in order, unchanged. */
  feed(chunk: Buffer): Buffer {
    const work = this.#carry.join(chunk)
    let at = 0
    while (at < work.length && !this.done) {
      const before = at
      at = this.#state === 'head' ? this.#readHead(work, at) : this.#readBody(work, at)
      if (at === before) break
    }
    if (this.done) {
      this.surplus = work.subarray(at)
      this.#carry.take()
    } else this.#carry.keep(work, at)
    return work.subarray(0, at)
  }

  /** The target closed: gives out what was held back of an unfinished head or line. */
  finish(): Buffer {
    const rest = this.#carry.take()
    if (this.untilClose) this.done = true
    return rest
  }

  #readHead(work: Buffer, start: number): number {
    const end = work.indexOf('\r\n\r\n', start, 'latin1')
    if (end < 0) {
      if (work.length - start <= maxHead && plausible(work, start)) return start
      return this.#giveUp(work)
    }
    const lines = work.toString('latin1', start, end + 2).match(/[^\n]*\n/g) ?? []
    const parts = statusLine.exec(lines[0] ?? '')
    const fields: Field[] = []
    let offset = lines[0]?.length ?? 0
    for (const line of lines.slice(1)) {
      const field = readField(line, offset)
      if (field === undefined) return this.#giveUp(work)
      fields.push(field)
      offset += line.length
    }
    if (parts === null) return this.#giveUp(work)
    const status = Number(parts[2])
    // 1xx are passed on; the answer proper is still to come.
    if (status < 200 && status !== 101) return end + 4
    this.status = status
    this.fields = fields
    this.#frame(parts[1] === '1', fields)
    return end + 4
  }

  #frame(version11: boolean, fields: readonly Field[]): void {
    this.closes = listHas(fields, 'connection', 'close') || (!version11 && !listHas(fields, 'connection', 'keep-alive'))
    if (this.status === 101) {
      this.upgraded = true
      this.done = true
      return
    }
    if (this.#method === 'HEAD' || this.status === 204 || this.status === 304) {
      this.done = true
      return
    }
    const codings = valuesOf(fields, 'transfer-encoding')
    const lengths = valuesOf(fields, 'content-length')
    if (codings.length === 0 && lengths.length === 1 && /^[ \t]*[0-9]{1,15}[ \t]*$/.test(lengths[0] ?? '')) {
      const length = Number(lengths[0])
      this.#walker = new LengthWalker(length)
      this.done = length === 0
    } else if (codings.length === 1 && lengths.length === 0 && /^[ \t]*chunked[ \t]*$/i.test(codings[0] ?? '')) {
      this.#walker = new ChunkWalker()
    } else {
      this.#walker = new CloseWalker()
      this.untilClose = true
      this.closes = true
    }
    this.#state = 'body'
  }

  #readBody(work: Buffer, at: number): number {
    const walker = this.#walker
    if (walker === null) return at
    const end = walker.walk(work, at)
    if (walker.fault !== null) return this.#giveUp(work)
    this.done = walker.done
    return end
  }

  #giveUp(work: Buffer): number {
    this.#state = 'body'
    this.#walker = new CloseWalker()
    this.untilClose = true
    this.closes = true
    return work.length
  }

  /** What a 101 switches to, lower case; several lines together. */
  get upgradesTo(): string {
    const named = valuesOf(this.fields, 'upgrade').map((one) => one.trim().toLowerCase())
    return named.join(', ')
  }

  /** The media type as the target names it; undefined without one. */
  get contentType(): string | undefined {
    return valueOf(this.fields, 'content-type')
  }
}

/** An unfinished head that can still become one: begins like a status line and has no bare LF. */
function plausible(work: Buffer, start: number): boolean {
  const begin = work.toString('latin1', start, Math.min(work.length, start + 7))
  if (!'HTTP/1.'.startsWith(begin)) return false
  const lf = work.indexOf(10, start)
  return lf < 0 || work[lf - 1] === 13
}

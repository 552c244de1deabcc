import type { FrameRule } from './faults.ts'
import { readField } from './fields.ts'

/** Finds the end of a body in its raw bytes. Bytes are never changed, only counted off. */
export interface BodyWalker {
  readonly done: boolean
  readonly fault: FrameRule | null
  /**
   * Walks on from `from`; returns the end of what was judged good. What lies behind it (an unfinished line) must be
   * handed in again with more bytes behind it. When `fault` is set, the byte at the returned place began it.
   */
  walk(bytes: Buffer, from: number): number
}

export class LengthWalker implements BodyWalker {
  readonly fault = null
  #left: number
  constructor(length: number) {
    this.#left = length
  }
  get done(): boolean {
    return this.#left === 0
  }
  walk(bytes: Buffer, from: number): number {
    const taken = Math.min(this.#left, bytes.length - from)
    this.#left -= taken
    return from + taken
  }
}

/** A body that ends with its connection. */
export class CloseWalker implements BodyWalker {
  readonly fault = null
  readonly done = false
  walk(bytes: Buffer): number {
    return bytes.length
  }
}

const maxSizeLine = 1024
const maxTrailers = 16 * 1024
const token = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+"
const quoted =
  '"(?:[\\t\\u0020\\u0021\\u0023-\\u005b\\u005d-\\u007e\\u0080-\\u00ff]|\\\\[\\t\\u0020-\\u007e\\u0080-\\u00ff])*"'
const sizeLine = new RegExp(`^([0-9A-Fa-f]{1,13})(?:;${token}(?:=(?:${token}|${quoted}))?)*\\r\\n$`)
/** Fields that would change framing or routing after both were decided. */
const neverTrailers = new Set(['content-length', 'transfer-encoding', 'host', 'connection', 'upgrade', 'expect'])

/** RFC 9112 chunked coding, read strictly: whole lines only, so that no half-judged line ever goes on. */
export class ChunkWalker implements BodyWalker {
  done = false
  fault: FrameRule | null = null
  #state: 'size' | 'data' | 'data-end' | 'trailer' = 'size'
  #left = 0
  #trailers = 0

  walk(bytes: Buffer, from: number): number {
    let at = from
    while (at < bytes.length && !this.done && this.fault === null) {
      if (this.#state === 'data') {
        const taken = Math.min(this.#left, bytes.length - at)
        this.#left -= taken
        at += taken
        if (this.#left === 0) this.#state = 'data-end'
      } else if (this.#state === 'data-end') {
        if (bytes[at] !== 13 || (at + 1 < bytes.length && bytes[at + 1] !== 10)) this.fault = 'FRAME-8'
        else if (at + 1 < bytes.length) {
          at += 2
          this.#state = 'size'
        } else break
      } else {
        const end = bytes.indexOf(10, at) + 1
        if (end === 0) {
          this.#judgeUnfinished(bytes, at)
          break
        }
        this.#judgeLine(bytes.toString('latin1', at, Math.min(end, at + maxTrailers + 1)))
        if (this.fault === null) at = end
      }
    }
    return at
  }

  #judgeUnfinished(bytes: Buffer, at: number): void {
    const limit = this.#state === 'size' ? maxSizeLine : maxTrailers
    const cr = bytes.indexOf(13, at)
    if (bytes.length - at > limit || (cr >= 0 && cr < bytes.length - 1)) this.fault = 'FRAME-8'
  }

  #judgeLine(line: string): void {
    if (this.#state === 'size') {
      const size = line.length > maxSizeLine ? undefined : sizeLine.exec(line)?.[1]
      if (size === undefined) this.fault = 'FRAME-8'
      else {
        this.#left = Number.parseInt(size, 16)
        this.#state = this.#left === 0 ? 'trailer' : 'data'
      }
      return
    }
    if (line === '\r\n') {
      this.done = true
      return
    }
    this.#trailers += line.length
    const field = readField(line, 0)
    if (field === undefined || neverTrailers.has(field.name) || this.#trailers > maxTrailers) this.fault = 'FRAME-8'
  }
}

import type { SignalKind } from './signals.ts'

/** What a detector found. `value` is what was seen, for counting and for a keyed digest; it never leaves memory. */
export type Hit = { readonly kind: SignalKind; readonly position: number; readonly value: string }

/**
 * What one kind looks like. `pattern` is global, and everything it may look at, from the first character of a match on,
 * lies within `reach`; it may look back by one character. So the same text gives the same hits in whatever pieces it comes.
 */
export type Look = {
  readonly kind: SignalKind
  readonly pattern: RegExp
  readonly reach: number
  /** Matches that are not hits but make those after them count; without it every match counts. */
  readonly opens?: (found: RegExpExecArray) => boolean
  /** The value that was seen, in one spelling; null for a match that is none. */
  readonly judge: (found: RegExpExecArray) => string | null
}

/** Hits are no longer counted beyond this many in one text. */
export const mostHits = 10_000

/** One look over a text that comes in pieces (one character per byte or per character, as the caller likes). */
export class Scan {
  readonly #look: Look
  /** What is not decided yet, and the one character before it. */
  #held = ''
  /** Place of the first undecided character in `held`. */
  #from = 0
  /** Place of `held` in the whole text. */
  #offset = 0
  #found = 0
  #open = false

  constructor(look: Look) {
    this.#look = look
  }

  /** @param last whether nothing follows */
  feed(piece: string, last: boolean): Hit[] {
    const { pattern, reach, judge, kind, opens } = this.#look
    const text = this.#held === '' ? piece : this.#held + piece
    const limit = last ? text.length + 1 : text.length - reach
    const hits: Hit[] = []
    pattern.lastIndex = this.#from
    let decided = Math.max(this.#from, Math.min(limit, text.length))
    while (pattern.lastIndex < text.length) {
      const found = pattern.exec(text)
      if (found === null || found.index >= limit) break
      if (found[0] === '') {
        pattern.lastIndex++
        continue
      }
      decided = Math.max(decided, found.index + found[0].length)
      if (opens?.(found) === true) {
        this.#open = true
        continue
      }
      if (opens !== undefined && !this.#open) continue
      const value = judge(found)
      if (value !== null && this.#found++ < mostHits) hits.push({ kind, position: this.#offset + found.index, value })
    }
    pattern.lastIndex = 0
    const keep = Math.max(0, decided - 1)
    this.#held = text.slice(keep)
    this.#from = decided - keep
    this.#offset += keep
    return hits
  }
}

import type { SegmentEnd } from './format.ts'
import { TreeHead } from './merkle.ts'
import { type IndexedExchange, printBytes, writePrint } from './segment-index.ts'

/** Entries are put into bytes so many at a time; the text of those before them stands already. */
const entriesPerPiece = 256

/**
 * The index of a segment that is being written: it grows with each exchange that ends. Tree head, prints and text are ready
 * at any moment, so that closing a segment of tens of thousands of exchanges keeps nobody waiting.
 */
export class GrowingIndex {
  /** In leaf order. */
  readonly finished: IndexedExchange[] = []
  readonly #head = new TreeHead()
  readonly #runs: [number, number][] = []
  #prints = Buffer.alloc(1024 * printBytes)
  readonly #pieces: Buffer[] = []
  #entries: string[] = []

  /** The next exchange that ended. @throws when it has no leaf or sequence: it did not end here */
  add(one: IndexedExchange): void {
    const { sequence, leaf, exchangeId } = one
    if (sequence === null || leaf === null) throw new Error('an exchange without its end')
    const at = this.finished.length * printBytes
    if (at === this.#prints.length) this.#prints = Buffer.concat([this.#prints], at * 2)
    writePrint(this.#prints, at, exchangeId)
    this.finished.push(one)
    this.#head.add(leaf)
    const last = this.#runs.at(-1)
    if (last && last[0] + last[1] === sequence) last[1] += 1
    else this.#runs.push([sequence, 1])
    this.#entries.push(JSON.stringify(one))
    if (this.#entries.length === entriesPerPiece) {
      this.#pieces.push(Buffer.from(`${this.#pieces.length === 0 ? '' : ','}${this.#entries.join(',')}`))
      this.#entries = []
    }
  }

  /** What the end record tells of them. */
  summary(base = 0): Omit<SegmentEnd, 'sealedAt'> {
    const { finished } = this
    return {
      exchanges: finished.length,
      firstSequence: finished[0]?.sequence ?? base,
      lastSequence: finished.at(-1)?.sequence ?? base,
      root: this.#head.root(),
      runs: this.#runs,
      prints: this.#prints.toString('base64', 0, finished.length * printBytes),
    }
  }

  /** The JSON of a `SegmentIndex`, in pieces. */
  text(unfinished: readonly IndexedExchange[]): Buffer[] {
    const comma = this.#pieces.length > 0 && this.#entries.length > 0 ? ',' : ''
    const rest = `${comma}${this.#entries.join(',')}],"unfinished":${JSON.stringify(unfinished)}}`
    return [Buffer.from('{"finished":['), ...this.#pieces, Buffer.from(rest)]
  }
}

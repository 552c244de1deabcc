import { type Batch, leafAt } from '../log/batch.ts'
import type { KeyAct } from '../verify/key-history.ts'
import { readLeaf } from '../verify/pack/shapes.ts'

const mark = Buffer.from('"kind":"ledger.key_')

/** Picks the entries about keys out of a log that is read from its beginning. */
export class KeyActs {
  readonly #wanted: boolean
  readonly found: KeyAct[] = []

  constructor(wanted: boolean) {
    this.#wanted = wanted
  }

  /** @param count entries of the batch that belong to the tree */
  take(first: number, batch: Batch, count: number): void {
    // A few acts a year among millions: most bundles are left at one look.
    if (!this.#wanted || !batch.bytes.includes(mark)) return
    for (let at = 0; at < count; at++) {
      const leaf = readLeaf(leafAt(batch, at))
      if (leaf?.kind.startsWith('ledger.key_') === true) this.found.push({ index: first + at, leaf })
    }
  }
}

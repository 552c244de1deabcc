import { sameBytes, utf8 } from '../verify/bytes.ts'
import { openCheckpoint } from '../verify/checkpoint.ts'
import type { KeyHistory } from '../verify/key-history.ts'
import { openShownHead } from '../verify/keys-file.ts'
import { nodeCrypto } from '../verify/node-crypto.ts'
import { Found } from './fault.ts'

/** A head that somebody kept elsewhere: a witness, a receipt's holder, a note printed on paper. */
export type KeptHead = {
  readonly size: number
  readonly root: Uint8Array
  /** Where it comes from, for the message. */
  readonly from: string
}

/**
 * A kept checkpoint as a head. @param history of the log's keys, where it is known
 * @returns undefined when it is not this log's own, signed by this key or by those that the history has for its size
 */
export function keptHead(
  note: string,
  origin: string,
  publicKey: Uint8Array,
  from: string,
  history?: KeyHistory,
): KeptHead | undefined {
  const opened =
    openCheckpoint(nodeCrypto, utf8(note), publicKey) ??
    (history === undefined ? undefined : openShownHead(nodeCrypto, utf8(note), history))
  return opened?.origin === origin ? { size: opened.size, root: opened.root, from } : undefined
}

/** Holds kept heads against a tree while it is worked out, smallest first, so that the first stretch that differs is named. */
export class KeptHeads {
  readonly #waiting: KeptHead[]
  #good = 0

  /** @param size of the log's own head @throws Found when a kept head knows more: the log was rolled back */
  constructor(heads: readonly KeptHead[], size: number) {
    this.#waiting = heads.toSorted((one, other) => one.size - other.size)
    const larger = this.#waiting.find((head) => head.size > size)
    if (larger !== undefined)
      throw new Found(
        'checkpoint',
        `账本只有 ${size} 条，而 ${larger.from} 已见过 ${larger.size} 条：账本被回滚`,
        `the log has ${size} entries, ${larger.from} has seen ${larger.size}: it was rolled back`,
        size,
        larger.size,
      )
  }

  /** The next size at which somebody knows the root; Infinity when there is none any more. */
  get next(): number {
    return this.#waiting[0]?.size ?? Infinity
  }

  /** @throws Found when the tree of `next` entries has another root than was kept */
  check(rootOf: () => Uint8Array): void {
    for (let head = this.#waiting[0]; head !== undefined && head.size === this.next; head = this.#waiting[0]) {
      if (!sameBytes(rootOf(), head.root))
        throw new Found(
          'checkpoint',
          `前 ${head.size} 条不是 ${head.from} 所见的那些：账本被改写或分叉`,
          `the first ${head.size} entries are not those that ${head.from} has seen: the log was rewritten or forked`,
          this.#good,
          head.size,
        )
      this.#good = head.size
      this.#waiting.shift()
      if (this.#waiting[0]?.size !== head.size) return
    }
  }
}

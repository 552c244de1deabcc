import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

type Collect = (how: { readonly type: 'minor'; readonly execution: 'sync' }) => void

/** So many bytes are read before what is dead of them is given back: a millisecond's work then. */
const readBytes = 4 * 1024 * 1024

/**
 * Gives dead memory of sockets' reads back early. Each read is a buffer of its own outside the heap, 64 KiB and dead a turn
 * later. The engine sees a small heap that has no need of collecting, until so much lies outside that it marks the whole
 * heap: with 100 MB a second that was ten times a second and a third of the recorder's processor time (decision 0061). A collection of
 * the young alone, often, keeps both small.
 */
export class ReadMemory {
  readonly #collect: Collect | null
  #read = 0

  constructor(collect: Collect | null = engineCollect()) {
    this.#collect = collect
  }

  /** Call with the length of each chunk read, in bytes. */
  took(bytes: number): void {
    this.#read += bytes
    if (this.#read < readBytes) return
    this.#read = 0
    this.#collect?.({ type: 'minor', execution: 'sync' })
  }
}

/** The engine's own collector, reached without showing it to any other code of the process. */
function engineCollect(): Collect | null {
  setFlagsFromString('--expose-gc')
  const found: unknown = runInNewContext("typeof gc === 'function' ? gc : null")
  setFlagsFromString('--no-expose-gc')
  return found as Collect | null
}

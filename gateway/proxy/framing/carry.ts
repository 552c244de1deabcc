const nothing = Buffer.alloc(0)

/**
 * Bytes that wait for the rest of their line or head. Memory that was handed out as a view is never written again,
 * so views may travel to sockets and taps; memory that was not is appended to in place, so that a head which arrives
 * byte by byte costs linear time.
 */
export class Carry {
  #store = nothing
  #length = 0
  #joined = false

  get length(): number {
    return this.#length
  }

  /** What waits plus `chunk`, as one view; `chunk` itself when nothing waits. */
  join(chunk: Buffer): Buffer {
    this.#joined = this.#length > 0
    if (!this.#joined) return chunk
    const need = this.#length + chunk.length
    if (need > this.#store.length) {
      const larger = Buffer.allocUnsafeSlow(need * 2)
      this.#store.copy(larger, 0, 0, this.#length)
      this.#store = larger
    }
    chunk.copy(this.#store, this.#length)
    this.#length = need
    return this.#store.subarray(0, need)
  }

  /** Keeps `view` from `from` on for later; `view` is what the last `join` gave. */
  keep(view: Buffer, from: number): void {
    const rest = view.length - from
    if (this.#joined && from === 0) return
    this.#length = rest
    if (rest === 0) {
      this.#store = nothing
      return
    }
    this.#store = Buffer.allocUnsafeSlow(Math.max(1024, rest * 2))
    view.copy(this.#store, 0, from)
  }

  /** Gives away what waits. */
  take(): Buffer {
    const rest = this.#store.subarray(0, this.#length)
    this.#store = nothing
    this.#length = 0
    return rest
  }
}

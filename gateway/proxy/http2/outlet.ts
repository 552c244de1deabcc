import type { Socket } from 'node:net'

/** Bytes toward the socket from which data waits, and from which a side that does not read is cut. */
const outgoing = { high: 256 * 1024, most: 4 * 1024 * 1024 } as const

/** What a session sends: gathered for one write after everything of this turn of the event loop was read. */
export class Outlet {
  readonly #socket: Socket
  readonly #onRoom: () => void
  #parts: Buffer[] = []
  #bytes = 0
  #flushing: NodeJS.Immediate | null = null

  /** @param onRoom told when data need not wait any more */
  constructor(socket: Socket, onRoom: () => void) {
    this.#socket = socket
    this.#onRoom = onRoom
    socket.on('drain', onRoom)
  }

  get full(): boolean {
    return this.#bytes + this.#socket.writableLength > outgoing.high
  }

  write(bytes: Buffer): void {
    this.#parts.push(bytes)
    this.#bytes += bytes.length
    this.#flushing ??= setImmediate(() => this.flush())
  }

  flush(): void {
    this.drop(false)
    const bytes = this.#parts.length === 1 ? this.#parts[0] : Buffer.concat(this.#parts, this.#bytes)
    this.#parts = []
    this.#bytes = 0
    if (bytes === undefined || bytes.length === 0 || this.#socket.destroyed || !this.#socket.writable) return
    this.#socket.write(bytes)
    // Data stops far below: these are answers to frames of somebody who does not read.
    if (this.#socket.writableLength > outgoing.most) this.#socket.destroy()
    else if (this.#socket.writableLength <= outgoing.high) this.#onRoom()
  }

  /** @param content also what was not written yet */
  drop(content = true): void {
    if (this.#flushing !== null) clearImmediate(this.#flushing)
    this.#flushing = null
    if (!content) return
    this.#parts = []
    this.#bytes = 0
  }
}

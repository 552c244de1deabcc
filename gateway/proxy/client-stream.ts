import type { Socket } from 'node:net'
import { RequestReader } from './framing/request-reader.ts'
import type { RequestHead } from './framing/request-head.ts'
import { highWater } from './streams.ts'

export type BodyPiece = { readonly bytes: Buffer; readonly last: boolean }

/** Requests as they come from one tester's connection, or from the inside of its tunnel. */
export class ClientStream {
  readonly socket: Socket
  readonly reader = new RequestReader()
  /** The tester sends nothing more. */
  ended = false
  /** Raw bytes after an upgrade; set by `goRaw`. */
  #raw: Buffer[] | null = null
  #rawSize = 0
  #wake: (() => void) | null = null
  readonly #onBytes: () => void
  #attached = false

  constructor(socket: Socket, onBytes: () => void) {
    this.socket = socket
    this.#onBytes = onBytes
  }

  /** Begins to read. Before it the socket belongs to whoever looks at its first bytes. */
  attach(): void {
    if (this.#attached) return
    this.#attached = true
    this.socket.on('data', this.#take)
    this.socket.on('end', this.#finish)
    this.socket.on('close', this.#finish)
    if (this.socket.destroyed || this.socket.readableEnded) this.#finish()
    else this.socket.resume()
  }

  /** Waits for the next head; null when none will come. Look at `reader.fault` before beginning anything. */
  async nextHead(): Promise<RequestHead | null> {
    for (;;) {
      if (this.reader.fault !== null) return null
      const piece = this.reader.take()
      if (piece?.kind === 'head') return piece.head
      if (piece !== undefined) continue
      this.#relieve()
      if (this.ended) return null
      await this.#more()
    }
  }

  /** A piece of the present request's body that is already in hand. */
  bodyInHand(): BodyPiece | undefined {
    const piece = this.reader.take()
    return piece?.kind === 'body' ? piece : undefined
  }

  /** The next piece of the present request's body; null when the tester is gone or the framing breaks. */
  async nextBody(): Promise<BodyPiece | null> {
    for (;;) {
      const piece = this.bodyInHand()
      if (piece !== undefined) return piece
      this.#relieve()
      if (this.ended || this.reader.fault !== null) return null
      await this.#more()
    }
  }

  /** From now on the connection speaks another protocol: its bytes are taken with `nextRaw`. */
  goRaw(): void {
    const rest = this.reader.takeRest()
    this.#raw = rest.length > 0 ? [rest] : []
    this.#rawSize = rest.length
    this.socket.resume()
  }

  async nextRaw(): Promise<Buffer | null> {
    while (this.#raw?.length === 0 && !this.ended) await this.#more()
    const chunk = this.#raw?.shift() ?? null
    if (chunk !== null) this.#rawSize -= chunk.length
    this.#relieve()
    return chunk
  }

  /** Stops reading and gives back what was read too far, so that TLS can be started on the socket. */
  detach(): void {
    if (!this.#attached) return
    this.#attached = false
    this.socket.off('data', this.#take)
    this.socket.off('end', this.#finish)
    this.socket.off('close', this.#finish)
    this.socket.pause()
    const rest = this.reader.takeRest()
    if (rest.length > 0) this.socket.unshift(rest)
  }

  get #backlog(): number {
    return this.#raw === null ? this.reader.backlog : this.#rawSize
  }

  #relieve(): void {
    if (this.#backlog < highWater && this.socket.isPaused()) this.socket.resume()
  }

  readonly #take = (chunk: Buffer): void => {
    this.#onBytes()
    if (this.#raw === null) this.reader.push(chunk)
    else {
      this.#raw.push(chunk)
      this.#rawSize += chunk.length
    }
    if (this.#backlog >= highWater) this.socket.pause()
    this.#awake()
  }

  readonly #finish = (): void => {
    this.ended = true
    this.#awake()
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  #awake(): void {
    const wake = this.#wake
    this.#wake = null
    wake?.()
  }
}

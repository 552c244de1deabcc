import type { Socket } from 'node:net'

/** Bytes that may wait in memory on one side of a connection before its socket is paused. */
export const highWater = 256 * 1024

/** Writes and waits for room; false when the socket is gone. */
export function writeTo(socket: Socket, bytes: Uint8Array): Promise<boolean> | boolean {
  if (socket.destroyed || !socket.writable) return false
  if (socket.write(bytes)) return true
  return new Promise((resolve) => {
    const settle = (): void => {
      socket.off('drain', settle)
      socket.off('close', settle)
      resolve(!socket.destroyed)
    }
    socket.on('drain', settle)
    socket.on('close', settle)
  })
}

/**
 * Lets what is written until the end of this turn leave as one: one read brings several TLS records, and each would be
 * written, and cost a call to the system, by itself.
 */
export function gather(socket: Socket): void {
  if (socket.writableCorked > 0) return
  socket.cork()
  setImmediate(() => socket.uncork())
}

/** The bytes a socket receives, taken one chunk at a time with back-pressure. One taker at a time. */
export class Inflow {
  readonly socket: Socket
  ended = false
  readonly #chunks: Buffer[] = []
  #size = 0
  #wake: (() => void) | null = null
  readonly #onBytes: () => void

  /** @param onBytes told of every chunk, e.g. to note that the connection is alive */
  constructor(socket: Socket, onBytes: () => void) {
    this.socket = socket
    this.#onBytes = onBytes
    socket.on('data', this.#take)
    socket.on('end', this.#finish)
    socket.on('close', this.#finish)
  }

  /** The next chunk; null when the other side has ended or the socket is gone. */
  async next(): Promise<Buffer | null> {
    while (this.#chunks.length === 0 && !this.ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    const chunk = this.#chunks.shift()
    if (chunk === undefined) return null
    this.#size -= chunk.length
    if (this.socket.isPaused() && this.#size < highWater) this.socket.resume()
    return chunk
  }

  /** Hands the socket over: what came so far, and no more is taken here. */
  detach(): Buffer[] {
    this.socket.off('data', this.#take)
    this.socket.off('end', this.#finish)
    this.socket.off('close', this.#finish)
    return this.#chunks.splice(0)
  }

  /** Bytes that came although nobody asked. */
  get waiting(): boolean {
    return this.#chunks.length > 0
  }

  readonly #take = (chunk: Buffer): void => {
    this.#onBytes()
    this.#chunks.push(chunk)
    this.#size += chunk.length
    if (this.#size >= highWater) this.socket.pause()
    this.#awake()
  }

  readonly #finish = (): void => {
    this.ended = true
    this.#awake()
  }

  #awake(): void {
    const wake = this.#wake
    this.#wake = null
    wake?.()
  }
}

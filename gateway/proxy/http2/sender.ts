import { dataHead, defaultWindow, maxPayload, maxWindow } from './frames.ts'
import type { Outlet } from './outlet.ts'
import type { Stream } from './stream.ts'

/** What the sender asks of its session. */
export type SenderHost = {
  gone(): boolean
  ended(stream: Stream): void
  earned(): void
}

/** Sends data within the windows of stream and session. Streams that must wait are served in the order in which they began to. */
export class Sender {
  readonly #outlet: Outlet
  readonly #host: SenderHost
  readonly #waiting = new Set<Stream>()
  #window = defaultWindow

  constructor(outlet: Outlet, host: SenderHost) {
    this.#outlet = outlet
    this.#host = host
  }

  /** The other side raised the session's window; false when that is beyond all. */
  raise(increment: number): boolean {
    this.#window += increment
    if (this.#window > maxWindow) return false
    this.wakeAll()
    return true
  }

  /** Resolves when everything is on its way; false when the stream or session is gone. */
  send(stream: Stream, bytes: Buffer, end: boolean): boolean | Promise<boolean> {
    const sent = this.#sendSome(stream, bytes, end)
    if (sent === null) return false
    return sent === bytes.length || this.#sendRest(stream, bytes.subarray(sent), end)
  }

  wake(stream: Stream): void {
    if (this.#waiting.delete(stream)) stream.wakeSender()
  }

  wakeAll(): void {
    if (this.#waiting.size === 0) return
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const stream of waiting) stream.wakeSender()
  }

  /** Sends what the windows allow; null when the stream or session is gone. @returns bytes sent */
  #sendSome(stream: Stream, bytes: Buffer, end: boolean): number | null {
    let at = 0
    do {
      if (this.#host.gone() || stream.reset || stream.localEnded) return null
      const left = bytes.length - at
      const room = left === 0 ? 0 : Math.min(left, stream.sendWindow, this.#window, maxPayload)
      if (left > 0 && (room <= 0 || this.#outlet.full)) return at
      const last = end && room === left
      this.#outlet.write(dataHead(stream.id, room, last))
      if (room > 0) this.#outlet.write(bytes.subarray(at, at + room))
      if (room >= 512) this.#host.earned()
      stream.sendWindow -= room
      this.#window -= room
      at += room
      if (last) this.#host.ended(stream)
    } while (at < bytes.length)
    return at
  }

  async #sendRest(stream: Stream, bytes: Buffer, end: boolean): Promise<boolean> {
    let rest = bytes
    for (;;) {
      if (this.#host.gone() || stream.reset) return false
      this.#waiting.add(stream)
      await stream.room()
      const sent = this.#sendSome(stream, rest, end)
      if (sent === null) return false
      rest = rest.subarray(sent)
      if (rest.length === 0) return true
    }
  }
}

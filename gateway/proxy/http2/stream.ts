import type { HeaderField } from './hpack/static-table.ts'
import type { Session } from './session.ts'

/** What comes in on a stream. `end`: nothing but a reset can follow. */
export type Piece =
  | { readonly kind: 'head'; readonly fields: readonly HeaderField[]; readonly over: boolean; readonly end: boolean }
  | { readonly kind: 'data'; readonly bytes: Buffer; readonly end: boolean }
  | { readonly kind: 'reset'; readonly code: number }

/** One stream of a session: pieces are taken one at a time; what was not taken is bounded by the window we granted. */
export class Stream {
  readonly id: number
  readonly #session: Session
  /** What we may still send, and what the other side may. */
  sendWindow: number
  receiveWindow: number
  /** The other side has ended its direction; we have ended ours; it is reset from either side. */
  remoteEnded = false
  localEnded = false
  reset = false
  /** Credit not given back yet. */
  owed = 0
  /** Header lists that came; nothing but this bounds them, they are outside flow control. */
  heads = 0
  /** Bytes of data that came and have not left here. */
  held = 0
  /** Told at once when the other side resets, with null when it is gone; what was not taken is dropped. */
  onReset: ((code: number | null) => void) | null = null
  readonly #inbox: Piece[] = []
  #waiting: (() => void) | null = null
  #roomWaiting: (() => void) | null = null

  constructor(session: Session, id: number, sendWindow: number, receiveWindow: number) {
    this.#session = session
    this.id = id
    this.sendWindow = sendWindow
    this.receiveWindow = receiveWindow
  }

  get closed(): boolean {
    return this.reset || (this.remoteEnded && this.localEnded)
  }

  /** The next piece; null when nothing more will come: ended both ways, reset by us, or the session is gone. */
  async next(): Promise<Piece | null> {
    for (;;) {
      const piece = this.#inbox.shift()
      if (piece !== undefined) return piece
      if (this.closed || this.#session.gone) return null
      await new Promise<void>((resolve) => {
        this.#waiting = resolve
      })
    }
  }

  /** Gives credit for bytes that have left here. */
  consumed(bytes: number): void {
    this.#session.consumed(this, bytes)
  }

  /** @param block encoded @returns false when the stream or session is gone */
  sendHead(block: Buffer, end: boolean): boolean {
    return this.#session.sendHead(this, block, end)
  }

  /** Sends within the windows; resolves when everything is on its way, false when the stream or session is gone. */
  sendData(bytes: Buffer, end: boolean): boolean | Promise<boolean> {
    return this.#session.sendData(this, bytes, end)
  }

  sendReset(code: number): void {
    this.#session.sendReset(this, code)
  }

  discard(): void {
    this.#session.discard(this)
  }

  /** For the session: something came. */
  deliver(piece: Piece): void {
    this.#inbox.push(piece)
    if (piece.kind === 'data') this.held += piece.bytes.length
    this.wake()
  }

  /** For the session: nobody will take what is here. @returns bytes of data that were held */
  drop(): number {
    const { held } = this
    this.#inbox.length = 0
    this.held = 0
    return held
  }

  wake(): void {
    const waiting = this.#waiting
    this.#waiting = null
    waiting?.()
  }

  /** For the session: waits until there may be room to send. */
  room(): Promise<void> {
    return new Promise((resolve) => {
      this.#roomWaiting = resolve
    })
  }

  wakeSender(): void {
    const waiting = this.#roomWaiting
    this.#roomWaiting = null
    waiting?.()
  }
}

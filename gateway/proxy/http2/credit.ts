/** What the other side may send before it gets credit: on one stream, and on all. */
export const grantedWindow = { stream: 256 * 1024, session: 1024 * 1024 } as const
/** Waiting data of one session, and of all, from which a session gets credit only for what has left here. */
const most = { session: 4 * 1024 * 1024, all: 64 * 1024 * 1024 } as const

let heldByAll = 0

/**
 * The receiving window of a whole session. Credit comes back at once as long as little waits here, so that one slow stream
 * does not hold up the others; beyond that only for what has gone on. So memory is bounded, of each session and of all.
 */
export class Credit {
  readonly #give: (bytes: number) => void
  #window: number = grantedWindow.session
  #owed = 0
  #held = 0
  /** Credit kept back until what waits here has left. */
  #keptBack = 0

  /** @param give tells the other side */
  constructor(give: (bytes: number) => void) {
    this.#give = give
  }

  /** Takes the bytes of a frame out of the window; false when they were too many. */
  spend(bytes: number): boolean {
    this.#window -= bytes
    return this.#window >= 0
  }

  /** Data that waits here from now on. */
  hold(bytes: number): void {
    this.#held += bytes
    heldByAll += bytes
    if (this.#held > most.session || heldByAll > most.all) this.#keptBack += bytes
    else this.back(bytes)
  }

  /** Data that was held has left, or was dropped. */
  release(bytes: number): void {
    this.#held -= bytes
    heldByAll -= bytes
    if (this.#keptBack === 0) return
    const calm = this.#held < most.session / 2 && heldByAll < most.all
    const given = Math.min(calm ? this.#keptBack : bytes, this.#keptBack)
    this.#keptBack -= given
    this.back(given)
  }

  /** Gives credit; small amounts are told together. */
  back(bytes: number): void {
    this.#owed += bytes
    if (this.#owed < grantedWindow.session / 2) return
    this.#give(this.#owed)
    this.#window += this.#owed
    this.#owed = 0
  }
}

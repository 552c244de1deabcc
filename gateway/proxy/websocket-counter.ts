/** Counts frames that a tester begins on an upgraded connection (RFC 6455 5.2), whatever pieces they come in. */
export class WebSocketCounter {
  /** Bytes of the present frame's content, or of a head's tail, that are still to come. */
  #skip = 0
  /** The head read so far; its first two bytes tell how long it is. */
  #head: number[] = []

  /** How many frames begin in this piece. What is no WebSocket counts as something, and is never an error. */
  feed(bytes: Uint8Array): number {
    let begun = 0
    let at = 0
    while (at < bytes.length) {
      if (this.#skip > 0) {
        const step = Math.min(this.#skip, bytes.length - at)
        this.#skip -= step
        at += step
        continue
      }
      if (this.#head.length === 0) begun += 1
      this.#head.push(bytes[at++] ?? 0)
      const second = this.#head[1]
      if (second === undefined) continue
      const short = second & 127
      const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0
      if (this.#head.length < 2 + lengthBytes) continue
      const length = lengthBytes === 0 ? short : this.#head.slice(2).reduce((sum, byte) => sum * 256 + byte, 0)
      this.#skip = length + (second >= 128 ? 4 : 0)
      this.#head = []
    }
    return begun
  }
}

/** Numbers that look random and are the same for the same seed (mulberry32): a find can be made again. */
export class Random {
  private state: number
  constructor(seed: number) {
    this.state = seed >>> 0
  }
  /** From 0 to 1, 1 excluded. */
  fraction(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  /** A whole number below `limit`. */
  below(limit: number): number {
    return Math.floor(this.fraction() * limit)
  }
  chance(share: number): boolean {
    return this.fraction() < share
  }
  one<T>(from: readonly T[]): T {
    const found = from[this.below(from.length)]
    if (found === undefined && from.length === 0) throw new Error('nothing to choose from')
    return found as T
  }
}

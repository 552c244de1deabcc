import { existsSync, readFileSync } from 'node:fs'
import type { SegmentSeal } from '@zhongheng/contracts/records/capture.ts'
import type { AppendFile, Disk } from '../segments/disk.ts'

/** Every seal ever made, oldest first: one line of JSON each, in a file that outlives the segments themselves. */
export class Seals {
  readonly #file: AppendFile
  readonly #seals: SegmentSeal[]
  readonly #known: Map<string, SegmentSeal>
  #queue: Promise<void> = Promise.resolve()

  /** Opens or makes the file; a last line that was cut by a kill is dropped, for its segment is sealed again. */
  constructor(path: string, disk: Disk) {
    if (!existsSync(path)) {
      this.#file = disk.create(path)
      this.#seals = []
    } else {
      const bytes = readFileSync(path)
      const whole = bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1)
      this.#file = disk.resume(path, whole.length)
      const read = whole
        .toString('utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as SegmentSeal)
      // A line whose sync failed was written again.
      this.#seals = [...new Map(read.map((seal) => [seal.segmentId, seal])).values()]
    }
    this.#known = new Map(this.#seals.map((seal) => [seal.segmentId, seal]))
  }

  get count(): number {
    return this.#seals.length
  }

  get all(): readonly SegmentSeal[] {
    return this.#seals
  }

  of(segmentId: string): SegmentSeal | undefined {
    return this.#known.get(segmentId)
  }

  /** Resolves when the seal is durable, and is shown from then on. The same segment again is nothing new. */
  add(seal: SegmentSeal): Promise<void> {
    const run = this.#queue.then(async () => {
      if (this.#known.has(seal.segmentId)) return
      this.#file.append([Buffer.from(`${JSON.stringify(seal)}\n`)])
      await this.#file.sync()
      this.#known.set(seal.segmentId, seal)
      this.#seals.push(seal)
    })
    this.#queue = run.catch(() => undefined)
    return run
  }

  /** Positions count from 1. */
  after(position: number, limit: number): { readonly position: number; readonly seal: SegmentSeal }[] {
    return this.#seals
      .slice(position, position + limit)
      .map((seal, index) => ({ position: position + index + 1, seal }))
  }

  async close(): Promise<void> {
    await this.#queue
    this.#file.close()
  }
}

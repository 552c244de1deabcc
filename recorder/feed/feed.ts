import type { FeedGap } from '@zhongheng/contracts/records/recorder-http.ts'
import { nodeOfSequence } from '@zhongheng/contracts/records/nodes.ts'
import type { OpenSegment } from '../segments/open-segment.ts'

/** A segment as the feed needs it: it can give its rows again. */
export interface RowSource {
  readonly engagementId: string
  /** Whether the engagement's key is there. */
  readonly readable: boolean
  /** Rows (JSON) of `count` sequences from `first`; null for one that cannot be read any more. */
  rows(first: number, count: number): Promise<readonly (string | null)[]>
}

export type Page = {
  readonly rows: readonly string[]
  readonly next: number
  readonly gaps: readonly FeedGap[]
  readonly waitingForKey: string | null
}

type Run = { first: number; count: number; source: RowSource }

/** Rows kept at hand, so that whoever follows the feed never waits for the disk. */
const recentRows = 4096

/** Sequences without rows that one page passes over at most. */
const longestGap = 10_000

/**
 * The order of all finished exchanges: which segment holds which sequence, and the latest rows themselves. A row is
 * shown only once it would survive a power cut, for a reader must never see a sequence that is given out again later.
 */
export class Feed {
  #runs: Run[] = []
  /** The sequence before the first that is given out. */
  readonly base: number
  #last: number
  #shown: number
  readonly #recent = new Map<number, string>()
  #unsynced: { readonly last: number; readonly segment: OpenSegment; readonly size: number }[] = []
  readonly #waiting = new Set<() => void>()
  readonly #disposed: (sequence: number) => boolean

  /**
   * @param disposed whether a sequence was of an engagement that was disposed of
   * @param base of this recorder among the installation's, see `contracts/records/nodes.ts`
   */
  constructor(disposed: (sequence: number) => boolean, base = 0) {
    this.#disposed = disposed
    this.base = base
    this.#last = base
    this.#shown = base
  }

  /** The highest sequence given out. */
  get last(): number {
    return this.#last
  }

  /** The highest sequence that would survive a power cut, and that readers are shown. */
  get shown(): number {
    return this.#shown
  }

  /**
   * At start: runs found on the disk, in any order, and the highest sequence known from the seals.
   * @throws RangeError for a record that another node began: its sequences would be given out twice
   */
  load(runs: readonly Run[], highest: number): void {
    this.#runs = runs.toSorted((a, b) => a.first - b.first)
    const end = this.#runs.at(-1)
    const last = Math.max(highest, end ? end.first + end.count - 1 : 0)
    const node = nodeOfSequence(this.base)
    if (last > 0 && nodeOfSequence(last) !== node)
      throw new RangeError(`ZH_NODE is ${node}, and the record in this folder is of node ${nodeOfSequence(last)}`)
    this.#last = Math.max(this.base, last)
    this.#shown = this.#last
  }

  /** Rows that were written with consecutive sequences from `last + 1`. */
  wrote(rows: readonly string[], source: RowSource, segment: OpenSegment): void {
    if (rows.length === 0) return
    const first = this.#last + 1
    const end = this.#runs.at(-1)
    if (end && end.source === source && end.first + end.count === first) end.count += rows.length
    else this.#runs.push({ first, count: rows.length, source })
    for (const row of rows) {
      this.#last += 1
      this.#recent.set(this.#last, row)
      this.#recent.delete(this.#last - recentRows)
    }
    this.#unsynced.push({ last: this.#last, segment, size: segment.size })
  }

  /** After a sync: shows what became durable, in order. */
  advance(): void {
    let done = 0
    for (const { last, segment, size } of this.#unsynced) {
      if (segment.syncedSize < size) break
      this.#shown = last
      done += 1
    }
    if (done === 0) return
    this.#unsynced = this.#unsynced.slice(done)
    this.wake()
  }

  /** Forgets an engagement's rows. Their sequences become a declared gap. */
  forget(engagementId: string): void {
    for (const run of this.#runs) {
      if (run.source.engagementId !== engagementId) continue
      for (let at = run.first; at < run.first + run.count; at++) this.#recent.delete(at)
    }
    this.#runs = this.#runs.filter((run) => run.source.engagementId !== engagementId)
    this.wake()
  }

  /** Ends all waits. */
  wake(): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const wake of waiting) wake()
  }

  /** Resolves when there is something after a sequence, or after `ms`. */
  async wait(after: number, ms: number, signal: AbortSignal): Promise<void> {
    if (this.#shown > after || ms <= 0) return
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        this.#waiting.delete(done)
        signal.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      this.#waiting.add(done)
      signal.addEventListener('abort', done)
    })
  }

  /** Rows after a sequence, at most `limit`. */
  async page(after: number, limit: number): Promise<Page> {
    const shown = this.#shown
    const rows: string[] = []
    const gaps: FeedGap[] = []
    let next = after
    while (next < shown && rows.length < limit) {
      const run = this.#runAt(next + 1)
      if (!run || run.first > next + 1) {
        const last = Math.min(shown, run ? run.first - 1 : shown, next + longestGap)
        addGaps(gaps, next + 1, last, (at) => (this.#disposed(at) ? 'disposed' : 'damaged'))
        next = last
        if (last - after >= longestGap) break
        continue
      }
      const count = Math.min(run.first + run.count - 1, shown, next + limit - rows.length) - next
      const recent = this.#recentFrom(next + 1, count)
      if (!recent && !run.source.readable) return { rows, next, gaps, waitingForKey: run.source.engagementId }
      for (const row of recent ?? (await run.source.rows(next + 1, count))) {
        next += 1
        if (row === null) addGaps(gaps, next, next, () => 'damaged')
        else rows.push(row)
      }
    }
    return { rows, next, gaps, waitingForKey: null }
  }

  #recentFrom(first: number, count: number): string[] | null {
    const rows: string[] = []
    for (let at = first; at < first + count; at++) {
      const row = this.#recent.get(at)
      if (row === undefined) return null
      rows.push(row)
    }
    return rows
  }

  /** The run that holds a sequence, or the next one behind it. */
  #runAt(sequence: number): Run | undefined {
    let low = 0
    let high = this.#runs.length
    while (low < high) {
      const middle = (low + high) >> 1
      const run = this.#runs[middle]
      if (run && run.first + run.count <= sequence) low = middle + 1
      else high = middle
    }
    return this.#runs[low]
  }
}

function addGaps(gaps: FeedGap[], first: number, last: number, reasonOf: (at: number) => FeedGap['reason']): void {
  for (let at = first; at <= last; at++) {
    const reason = reasonOf(at)
    const end = gaps.at(-1)
    if (end && end.last === at - 1 && end.reason === reason) gaps[gaps.length - 1] = { ...end, last: at }
    else gaps.push({ first: at, last: at, reason })
  }
}

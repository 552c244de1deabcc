import { hash } from 'node:crypto'
import type { ExchangeLeaf } from '@zhongheng/contracts/records/capture.ts'
import type { SegmentEnd } from '../segments/format.ts'
import { leafHash, merkleRoot } from '../segments/merkle.ts'

/** Bytes of each exchange's print in a segment's end. */
const printBytes = 6

/** Whether these leaves, in this order, are what a seal's root is over; then each ties its exchange to its lease. */
export const leadToRoot = (leaves: readonly ExchangeLeaf[], root: string): boolean =>
  merkleRoot(leaves.map(leafHash)) === root

/**
 * Holds leaves against a copy of their segment: root, number, sequences and the print of each exchange's id.
 * @returns the first thing that does not agree; undefined where all does
 */
export function faultOfLeaves(
  engagementId: string,
  end: SegmentEnd,
  leaves: readonly ExchangeLeaf[],
): string | undefined {
  if (leaves.length !== end.exchanges) return `${leaves.length} leaves for ${end.exchanges} exchanges`
  if (leaves.some((leaf) => leaf.engagementId !== engagementId)) return 'a leaf of another engagement'
  if (!leadToRoot(leaves, end.root)) return 'the leaves do not lead to its root'
  const sequences = end.runs.flatMap(([first, count]) => Array.from({ length: count }, (_, at) => first + at))
  const prints = Buffer.from(end.prints, 'base64')
  for (const [at, leaf] of leaves.entries()) {
    if (leaf.sequence !== sequences[at]) return `leaf ${at} has another sequence than the copy`
    const print = hash('sha256', leaf.exchangeId, 'buffer').subarray(0, printBytes)
    if (!print.equals(prints.subarray(at * printBytes, (at + 1) * printBytes)))
      return `leaf ${at} names another exchange than the copy`
  }
  return undefined
}

/** What is proved of one lease's traffic. */
export type LeaseTraffic = {
  readonly leaseId: string
  readonly exchanges: number
  readonly firstSequence: number
  readonly lastSequence: number
  /** Stretches of neighbouring sequences; the recorder counts over all leases and engagements. */
  readonly runs: readonly (readonly [first: number, count: number])[]
  /** ISO 8601, by the gateway's clock. */
  readonly firstAt: string
  readonly lastAt: string
}

/** Adds the leaves of an engagement's segments up by lease, in the order of the leases' first exchanges. */
export function trafficByLease(leaves: readonly ExchangeLeaf[]): LeaseTraffic[] {
  const found = new Map<string, { runs: [number, number][]; firstAt: string; lastAt: string }>()
  for (const leaf of leaves.toSorted((a, b) => a.sequence - b.sequence)) {
    const { leaseId, sequence, startedAt, finishedAt } = leaf
    const lease = found.get(leaseId)
    if (lease === undefined) {
      found.set(leaseId, { runs: [[sequence, 1]], firstAt: startedAt, lastAt: finishedAt })
      continue
    }
    const run = lease.runs.at(-1)
    if (run !== undefined && run[0] + run[1] === sequence) run[1]++
    else lease.runs.push([sequence, 1])
    if (startedAt < lease.firstAt) lease.firstAt = startedAt
    if (finishedAt > lease.lastAt) lease.lastAt = finishedAt
  }
  return [...found].map(([leaseId, { runs, firstAt, lastAt }]) => {
    const [[first] = [0], [last, count] = [0, 0]] = [runs[0], runs.at(-1)]
    return {
      leaseId,
      exchanges: runs.reduce((sum, [, length]) => sum + length, 0),
      firstSequence: first,
      lastSequence: last + count - 1,
      runs,
      firstAt,
      lastAt,
    }
  })
}

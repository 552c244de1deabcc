import type { SegmentSeal } from '@zhongheng/contracts/records/capture.ts'
import { nodeOfSequence } from '@zhongheng/contracts/records/nodes.ts'
import type { Copy } from './read-copy.ts'

/** One thing that is missing or wrong, by the segment's number in its engagement (from 1) or its id. */
export type Gap = { readonly number: number | null; readonly segmentId: string | null; readonly what: string }

/**
 * Whether the copies of one engagement are all of it: numbers from 1 without a gap, each naming the file before it by id
 * and SHA-256, feed sequences that only grow (all this for each node that recorded it), and each copy as its seal says.
 * @param copies in any order; a fault in place of a copy that could not be read
 * @param seals every seal that is known of
 */
export function checkCopies(
  engagementId: string,
  copies: readonly { readonly segmentId: string; readonly copy: Copy | { readonly fault: string } }[],
  seals: readonly SegmentSeal[],
): Gap[] {
  const gaps: Gap[] = []
  const gap = (number: number | null, segmentId: string | null, what: string): void =>
    void gaps.push({ number, segmentId, what })
  const read: Copy[] = []
  for (const { segmentId, copy } of copies) {
    if ('fault' in copy) gap(null, segmentId, `the copy is damaged: ${copy.fault}`)
    else if (copy.head.segmentId !== segmentId || copy.head.engagementId !== engagementId)
      gap(copy.head.number, segmentId, 'the copy is of another segment')
    else read.push(copy)
  }
  for (const seal of seals) {
    if (!copies.some((one) => one.segmentId === seal.segmentId))
      gap(null, seal.segmentId, 'sealed, and no copy is here')
    const copy = read.find((one) => one.head.segmentId === seal.segmentId)
    if (copy !== undefined && !agrees(copy, seal))
      gap(copy.head.number, seal.segmentId, 'the copy is not as its seal says')
  }
  // Each node that recorded the engagement numbers its segments from 1.
  const nodes = Map.groupBy(read, ({ end }) => nodeOfSequence(end.lastSequence))
  for (const ofNode of nodes.values()) chainGaps(ofNode, seals, gap)
  return gaps
}

function chainGaps(
  copies: readonly Copy[],
  seals: readonly SegmentSeal[],
  gap: (number: number | null, segmentId: string | null, what: string) => void,
): void {
  let before: Copy | undefined
  let last = 0
  for (const copy of copies.toSorted((a, b) => a.head.number - b.head.number)) {
    const { number, segmentId, previous } = copy.head
    if (!seals.some((seal) => seal.segmentId === segmentId)) gap(number, segmentId, 'a copy without a seal')
    for (let missing = (before?.head.number ?? 0) + 1; missing < number; missing++)
      gap(missing, null, 'segment missing')
    if (before !== undefined && number === before.head.number) gap(number, segmentId, 'two segments with one number')
    if (before !== undefined && number === before.head.number + 1) {
      if (previous?.segmentId !== before.head.segmentId || previous.sha256 !== before.sha256)
        gap(number, segmentId, 'does not go on from the segment before')
    }
    if (number === 1 && previous !== null) gap(number, segmentId, 'is the first and names one before it')
    for (const [first, count] of copy.end.runs) {
      if (first <= last) gap(number, segmentId, `sequence ${first} after ${last}`)
      last = Math.max(last, first + count - 1)
    }
    before = copy
  }
}

const agrees = (copy: Copy, seal: SegmentSeal): boolean =>
  copy.sha256 === seal.sha256 &&
  copy.bytes === seal.bytes &&
  copy.head.engagementId === seal.engagementId &&
  copy.end.exchanges === seal.exchanges &&
  copy.end.root === seal.root &&
  copy.end.firstSequence === seal.firstSequence &&
  copy.end.lastSequence === seal.lastSequence

import { hash } from 'node:crypto'
import type { ExchangeLeaf, ExchangeRow } from '@zhongheng/contracts/records/capture.ts'
import { canonicalJson } from '@zhongheng/contracts/records/canonical-json.ts'

/** The leaf that stands for a finished exchange. */
export const leafOf = (row: ExchangeRow): ExchangeLeaf => ({
  engagementId: row.engagementId,
  exchangeId: row.exchangeId,
  finishedAt: row.finishedAt,
  leaseId: row.leaseId,
  policyDigest: row.policyDigest,
  requestDigest: row.requestDigest,
  responseDigest: row.responseDigest,
  sequence: row.sequence,
  startedAt: row.startedAt,
  status: row.status,
})

/** 64 lower-case hex digits. */
export type HashHex = string

/** RFC 6962 leaf hash over the canonical JSON of a leaf. */
export const leafHash = (leaf: ExchangeLeaf): HashHex => hash('sha256', `\0${canonicalJson(leaf)}`, 'hex')

const nodeHash = (left: string, right: string): string => hash('sha256', Buffer.from(`01${left}${right}`, 'hex'), 'hex')

/** RFC 6962 tree head that grows leaf by leaf. It holds the roots of the complete subtrees so far, the largest first. */
export class TreeHead {
  readonly #peaks: HashHex[] = []
  #size = 0

  /** @param leaf the hash of the next leaf */
  add(leaf: HashHex): void {
    let node = leaf
    for (let rest = this.#size; rest % 2 === 1; rest = (rest - 1) / 2) node = nodeHash(this.#peaks.pop() ?? '', node)
    this.#peaks.push(node)
    this.#size += 1
  }

  /** Of no leaves the hash of nothing. */
  root(): HashHex {
    if (this.#peaks.length === 0) return hash('sha256', '', 'hex')
    return this.#peaks.reduceRight((right, left) => nodeHash(left, right))
  }
}

/** RFC 6962 tree head over leaf hashes. */
export function merkleRoot(leaves: readonly HashHex[]): HashHex {
  const head = new TreeHead()
  for (const leaf of leaves) head.add(leaf)
  return head.root()
}

/** RFC 6962 audit path (hex hashes, lowest first) of the leaf at `index`. */
export function auditPath(leaves: readonly string[], index: number): string[] {
  const path: string[] = []
  let level = leaves
  let at = index
  while (level.length > 1) {
    // Left and right neighbour; the last node of an odd level has none and moves up as it is.
    const neighbour = level[at ^ 1]
    if (neighbour !== undefined) path.push(neighbour)
    level = above(level)
    at >>= 1
  }
  return path
}

/** Pairs from the left, a lone last node unchanged: gives RFC 6962's split at the largest power of two. */
function above(level: readonly string[]): string[] {
  const next: string[] = []
  for (let at = 0; at < level.length; at += 2) {
    const left = level[at] ?? ''
    const right = level[at + 1]
    next.push(right === undefined ? left : nodeHash(left, right))
  }
  return next
}

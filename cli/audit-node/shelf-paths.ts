import { join } from 'node:path'
import type { SegmentSeal } from '@zhongheng/contracts/records/capture.ts'

/** A seal with the ledger entry that it stands in, and the proof of that entry once the node has made it. */
export type Kept = {
  readonly seal: SegmentSeal
  readonly leaf: string
  readonly proof: {
    readonly index: number
    readonly size: number
    /** Base 64. */
    readonly path: readonly string[]
    /** The log's checkpoint over `size` entries. */
    readonly note: string
  } | null
}

/** What the node knows of one engagement. */
export type Shelf = { readonly engagementId: string; readonly number: string; readonly kept: readonly Kept[] }

const shape = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/
export const ending = '.zhs'
export const shelvesIn = (dir: string): string => join(dir, 'engagements')
export const copyPath = (dir: string, engagementId: string, segmentId: string): string =>
  join(shelvesIn(dir), engagementId, `${segmentId}${ending}`)
/** Ids come from a server and become names of files: nothing else may. */
export const isFileName = (id: string): boolean => shape.test(id)

/** Which exchanges of a segment are of which lease. */
export const leavesPath = (dir: string, engagementId: string, segmentId: string): string =>
  join(shelvesIn(dir), engagementId, `${segmentId}.leaves.json`)
/** What the server counts by lease. */
export const claimsPath = (dir: string, engagementId: string): string =>
  join(shelvesIn(dir), engagementId, 'leases.json')

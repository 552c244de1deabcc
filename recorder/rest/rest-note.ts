import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { syncFolder } from '../segments/disk.ts'
import type { SegmentEnd, SegmentHead } from '../segments/format.ts'
import { Damaged } from '../segments/read-segment.ts'

export const restEnding = '.rests'

/**
 * `<segment>.rests` beside the segment's file or in its stead: what the recorder must know of a segment that lies in
 * the store, so that it starts and follows its feed without the store.
 */
export type RestNote = {
  readonly v: 1
  readonly head: SegmentHead
  readonly end: SegmentEnd
  readonly bytes: number
  readonly sha256: string
  /** Where, as people call it. */
  readonly place: string
  /** When it was read back there and had the digest of its seal. */
  readonly verifiedAt: string
}

/** Durable on return. */
export function writeRestNote(path: string, note: RestNote): void {
  writeFileSync(`${path}.new`, JSON.stringify(note), { mode: 0o600, flush: true })
  renameSync(`${path}.new`, path)
  syncFolder(dirname(path))
}

/** @returns null where there is none @throws Damaged when it is not what was written */
export function readRestNote(path: string): RestNote | null {
  if (!existsSync(path)) return null
  try {
    const note = JSON.parse(readFileSync(path, 'utf8')) as RestNote
    if (note.v === 1 && typeof note.head.segmentId === 'string' && typeof note.end.prints === 'string') return note
  } catch (cause) {
    if (!(cause instanceof SyntaxError) && !(cause instanceof TypeError)) throw cause
  }
  throw new Damaged('a note of where a segment rests is not readable')
}

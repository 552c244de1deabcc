import type { Readable } from 'node:stream'

/** Where finished segments go to rest. What goes there is sealed already; whoever keeps it can read nothing. */
export interface SegmentStore {
  readonly kind: 'folder' | 's3'
  /** What people call it: a path, or an address without any credential. */
  readonly place: string
  /**
   * Puts a finished segment there. What lies under the name already is left as it is: a segment is written once, so
   * putting it again after a kill changes nothing.
   * @throws StoreFault
   */
  put(segment: StoredSegment, path: string): Promise<void>
  /** Its bytes as they lie there; null when there is no such segment. The stream may fail half-way. @throws StoreFault */
  get(name: SegmentName): Promise<Readable | null>
  /** How many bytes lie there; null when there is no such segment. @throws StoreFault */
  size(name: SegmentName): Promise<number | null>
  /** Removes it; nothing when it is not there. @throws StoreFault */
  remove(name: SegmentName): Promise<void>
  close(): void
}

export type SegmentName = { readonly engagementId: string; readonly segmentId: string }

/** What the seal says of the file. */
export type StoredSegment = SegmentName & { readonly bytes: number; readonly sha256: string }

/** The store did not do what it was asked. The message is of our own words and codes, never of content or credentials. */
export class StoreFault extends Error {
  override readonly name = 'StoreFault'
}

/** Kind and code of what went wrong below. */
export function storeFault(cause: unknown): StoreFault {
  if (cause instanceof StoreFault) return cause
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  return new StoreFault(/^[A-Z][A-Z0-9_]{2,60}$/.test(code) ? code : 'no answer', { cause })
}

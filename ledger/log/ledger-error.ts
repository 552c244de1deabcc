import type { Bilingual } from '../verify/bilingual.ts'

export type LedgerErrorCode =
  /** Another process writes this log. */
  | 'locked'
  /** A writer with a higher fencing token has begun; nothing of this one counts any more. */
  | 'fenced'
  /** What is on the disk contradicts itself; `heng fsck` names the place. */
  | 'damaged'
  /** The log has fewer entries than its own checkpoint, or another key or origin than it was begun with. */
  | 'rollback'
  | 'too_large'
  | 'out_of_range'
  /** The disk refused; nothing of this call was kept. */
  | 'unavailable'
  | 'closed'

/** Every way in which the log refuses; callers decide by `code`. */
export class LedgerError extends Error {
  override readonly name = 'LedgerError'
  readonly code: LedgerErrorCode
  readonly text: Bilingual
  constructor(code: LedgerErrorCode, zh: string, en: string, cause?: unknown) {
    super(en, cause === undefined ? undefined : { cause })
    this.code = code
    this.text = { zh, en }
  }
}

export const errorCode = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

import type { Bilingual } from '../verify/bilingual.ts'

export type WitnessErrorCode =
  /** The folder cannot be worked with: no witness in it, one already there, another process at work. */
  | 'folder'
  /** The witness's own memory is missing or contradicts itself: it must not cosign any more. */
  | 'memory'
  /** Nobody answers, or too late. */
  | 'unreachable'
  /** An answer that is no checkpoint, tile or key, or too long. */
  | 'malformed'
  /** The log does not have the key that was named. */
  | 'key'

/** Every way in which a witness refuses to go on; callers decide by `code`. */
export class WitnessError extends Error {
  override readonly name = 'WitnessError'
  readonly code: WitnessErrorCode
  readonly text: Bilingual
  constructor(code: WitnessErrorCode, zh: string, en: string, cause?: unknown) {
    super(en, cause === undefined ? undefined : { cause })
    this.code = code
    this.text = { zh, en }
  }
}

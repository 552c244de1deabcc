import type { Text } from '@zhongheng/domain/shared/problem.ts'

/** A reason to end a command which its reader can act on: printed without a stack, with its own exit code (1 unless told). */
export class Stop extends Error {
  override readonly name = 'Stop'
  readonly text: Text
  readonly exitCode: number
  constructor(text: Text, more: { exitCode?: number; cause?: unknown } = {}) {
    super(text.en, more.cause === undefined ? undefined : { cause: more.cause })
    this.text = text
    this.exitCode = more.exitCode ?? 1
  }
}

/** What a person or a script learns from the exit code of `npm start`. */
export const exitCodes = { failed: 1, badSetting: 2, portBusy: 3, alreadyRunning: 4 } as const

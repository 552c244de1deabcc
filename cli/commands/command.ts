import type { Language } from '../main/settings.ts'

/** Exit codes of every command. */
export const exits = {
  ok: 0,
  /** What was checked is not as it should be. */
  bad: 1,
  /** The command could not be carried out: wrong words, a file that cannot be read, or one that cannot be judged. */
  usage: 2,
} as const
export type Exit = (typeof exits)[keyof typeof exits]

/** Where a command speaks. */
export type Terminal = {
  readonly language: Language
  /** One line to standard output. */
  say(line: string): void
  /** One line to standard error. */
  warn(line: string): void
}

export type Command = {
  /** How it is called, after `heng`. */
  readonly usage: string
  readonly summary: { readonly zh: string; readonly en: string }
  run(words: readonly string[], terminal: Terminal): Promise<Exit> | Exit
}

/** A command called wrongly: told with how it is meant to be called. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly text: { readonly zh: string; readonly en: string }
  constructor(zh: string, en: string) {
    super(en)
    this.text = { zh, en }
  }
}

/** An error of the file system as a usage error: the caller named a path that cannot be read. */
export function unreadable(path: string, error: unknown): UsageError | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (!/^E[A-Z]+$/.test(code)) return undefined
  return new UsageError(`无法读取 ${path}（${code}）`, `cannot read ${path} (${code})`)
}

import { Problem } from '@zhongheng/domain/shared/problem.ts'

const quietFor = 60_000

/**
 * Writes faults of background work to the log. A fault that repeats (the recorder is away, the database restarts) is
 * written once a minute with its count, so that a log stays readable and a disk does not fill.
 */
export function openReporter(
  write: (line: string) => void = console.error,
  now: () => number = Date.now,
): (error: unknown) => void {
  const seen = new Map<string, { at: number; held: number }>()
  return (error) => {
    const text =
      error instanceof Problem
        ? `${error.code} ${error.rule ?? ''} ${error.message}`
        : error instanceof Error
          ? (error.stack ?? error.message)
          : String(error)
    const key = text.slice(0, 200)
    const last = seen.get(key)
    if (last && now() - last.at < quietFor) {
      last.held += 1
      return
    }
    write(last?.held ? `${text} (and ${last.held} times more)` : text)
    seen.set(key, { at: now(), held: 0 })
    if (seen.size > 200) seen.clear()
  }
}

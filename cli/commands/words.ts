import { parseArgs, type ParseArgsOptionsConfig } from 'node:util'
import { UsageError } from './command.ts'

type Parsed<T extends ParseArgsOptionsConfig> = ReturnType<typeof parseArgs<{ options: T; allowPositionals: true }>>

/** Parses the words after a command's name. @throws UsageError for an unknown option or a value that is missing */
export function parseWords<const T extends ParseArgsOptionsConfig>(words: readonly string[], options: T): Parsed<T> {
  try {
    return parseArgs({ args: [...words], options, allowPositionals: true, strict: true })
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new UsageError(`选项不正确：${message}`, `wrong option: ${message}`)
  }
}

/** The one path that a command works on. @throws UsageError for none or several */
export function onePath(positionals: readonly string[], zh: string, en: string): string {
  const [path, ...more] = positionals
  if (path === undefined) throw new UsageError(`请给出${zh}`, `name ${en}`)
  if (more.length > 0) throw new UsageError(`只能给出一个${zh}`, `name only one: ${more.join(', ')} is too many`)
  return path
}

/** A hostile file's words must not steer the terminal. */
export const printable = (text: string): string => text.replace(/\p{C}/gu, '\ufffd').slice(0, 400)

/** A whole number of seconds. @throws UsageError */
export function secondsOf(
  text: string | undefined,
  name: string,
  otherwise: number,
  least: number,
  most: number,
): number {
  if (text === undefined) return otherwise
  const value = Number(text)
  if (/^\d{1,9}$/.test(text) && value >= least && value <= most) return value
  throw new UsageError(
    `${name} 须为 ${least} 至 ${most} 的整数秒`,
    `${name} is a whole number of seconds from ${least} to ${most}`,
  )
}

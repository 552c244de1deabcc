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

import { type Command, type Exit, exits, type Terminal, UsageError } from './commands/command.ts'
import { type Language, languageOf } from './main/settings.ts'

export type Program = {
  /** What people type for it. */
  readonly name: string
  readonly commands: { readonly [name: string]: Command }
  /** Told to somebody who called it wrongly. */
  readonly help: Command
  /** The command that a first word means, and the words for it. */
  choose(words: readonly string[]): { readonly command: string; readonly rest: readonly string[] }
}

/** Runs a program with the words after its name and answers with its exit code. Everything is said on this process's outputs. */
export async function run(program: Program, words: readonly string[]): Promise<Exit> {
  const { language, rest } = takeLanguage(words)
  const terminal: Terminal = {
    language: language ?? languageOf(),
    say: (line) => process.stdout.write(`${line}\n`),
    warn: (line) => process.stderr.write(`${line}\n`),
  }
  // Whoever reads our words may stop in the middle (`| head`); the verdict stays the exit code's.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
  const { command: name, rest: more } = program.choose(rest)
  const command = Object.hasOwn(program.commands, name) ? program.commands[name] : undefined
  try {
    if (language === undefined && words.some((word) => word.startsWith('--lang'))) {
      throw new UsageError('--lang 只能是 zh 或 en', '--lang is zh or en')
    }
    if (command === undefined) throw new UsageError(`没有命令 ${name}`, `there is no command ${name}`)
    return await command.run(more, terminal)
  } catch (error) {
    if (!(error instanceof UsageError)) {
      // A fault of ours must not look like a verdict: Node's own exit code for it would be 1.
      terminal.warn(`${program.name}: ${error instanceof Error ? (error.stack ?? error.message) : 'unknown fault'}`)
      return exits.usage
    }
    terminal.warn(`${program.name}: ${error.text[terminal.language]}`)
    terminal.warn(`      ${program.name} ${(command ?? program.help).usage}`)
    return exits.usage
  }
}

/** `--lang zh`, wherever it stands. */
function takeLanguage(words: readonly string[]): { language: Language | undefined; rest: string[] } {
  const rest = [...words]
  const at = rest.findIndex((word) => word === '--lang' || word.startsWith('--lang='))
  if (at < 0) return { language: undefined, rest }
  const [word = ''] = rest.splice(at, 1)
  const value = word === '--lang' ? rest.splice(at, 1)[0] : word.slice('--lang='.length)
  return { language: value === 'zh' || value === 'en' ? value : undefined, rest }
}

import { type Command, type Exit, exits, type Terminal, UsageError } from './commands/command.ts'
import { fsck } from './commands/fsck.ts'
import { verify } from './commands/verify.ts'
import { version } from './commands/version.ts'
import { witness } from './commands/witness.ts'
import { type Language, languageOf } from './main/settings.ts'

const help: Command = {
  usage: 'help',
  summary: { zh: '显示本说明', en: 'show this page' },
  run(_, terminal) {
    terminal.say(terminal.language === 'zh' ? '用法：heng 命令 …' : 'Usage: heng COMMAND …')
    for (const { usage, summary } of Object.values(commands)) {
      terminal.say(`  heng ${usage}`)
      terminal.say(`      ${summary[terminal.language]}`)
    }
    terminal.say(
      terminal.language === 'zh'
        ? '退出码：0 通过；1 验证失败；2 用法不正确，或文件无法读取、格式不正确'
        : 'Exit codes: 0 good; 1 not verified; 2 called wrongly, or a file that cannot be read or is malformed',
    )
    return exits.ok
  },
}

const commands: { readonly [name: string]: Command } = { verify, fsck, witness, version, help }

/** Runs `heng` with the words after its name and answers with its exit code. Everything is said on this process's outputs. */
export async function main(words: readonly string[]): Promise<Exit> {
  const { language, rest } = takeLanguage(words)
  const terminal: Terminal = {
    language: language ?? languageOf(),
    say: (line) => process.stdout.write(`${line}\n`),
    warn: (line) => process.stderr.write(`${line}\n`),
  }
  // Whoever reads our words may stop in the middle (`| head`); the verdict stays the exit code's.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
  const [first = 'help', ...more] = rest
  const name = { '--help': 'help', '-h': 'help', '--version': 'version' }[first] ?? first
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  try {
    if (language === undefined && words.some((word) => word.startsWith('--lang'))) {
      throw new UsageError('--lang 只能是 zh 或 en', '--lang is zh or en')
    }
    if (command === undefined) throw new UsageError(`没有命令 ${first}`, `there is no command ${first}`)
    return await command.run(more, terminal)
  } catch (error) {
    if (!(error instanceof UsageError)) {
      // A fault of ours must not look like a verdict: Node's own exit code for it would be 1.
      terminal.warn(`heng: ${error instanceof Error ? (error.stack ?? error.message) : 'unknown fault'}`)
      return exits.usage
    }
    terminal.warn(`heng: ${error.text[terminal.language]}`)
    terminal.warn(`      heng ${(command ?? help).usage}`)
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

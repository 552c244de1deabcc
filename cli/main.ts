import { auditNode } from './commands/audit-node.ts'
import { type Command, type Exit, exits } from './commands/command.ts'
import { fsck } from './commands/fsck.ts'
import { ledger } from './commands/ledger.ts'
import { backup, restore, upgrade } from './commands/keeping.ts'
import { keys } from './commands/keys-history.ts'
import { traffic } from './commands/traffic.ts'
import { verify } from './commands/verify.ts'
import { version } from './commands/version.ts'
import { witness } from './commands/witness.ts'
import { run } from './run.ts'

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

const commands: { readonly [name: string]: Command } = {
  verify,
  keys,
  fsck,
  ledger,
  witness,
  'audit-node': auditNode,
  traffic,
  backup,
  restore,
  upgrade,
  version,
  help,
}

/** Runs `heng` with the words after its name and answers with its exit code. */
export const main = (words: readonly string[]): Promise<Exit> =>
  run(
    {
      name: 'heng',
      commands,
      help,
      choose: ([first = 'help', ...rest]) => ({
        command: { '--help': 'help', '-h': 'help', '--version': 'version' }[first] ?? first,
        rest,
      }),
    },
    words,
  )

import { readFile } from 'node:fs/promises'
import { packFormat } from '@zhongheng/ledger/verify/pack/format.ts'
import { type Command, exits } from './command.ts'

/** `heng version`: of this program, of the pack format it reads, of Node. */
export const version: Command = {
  usage: 'version',
  summary: { zh: '显示版本', en: 'show the version' },
  async run(_, terminal) {
    const text = await readFile(new URL('../package.json', import.meta.url), 'utf8')
    const { version: number } = JSON.parse(text) as { version: string }
    terminal.say(`heng ${number} (${packFormat}, Node ${process.version})`)
    return exits.ok
  },
}

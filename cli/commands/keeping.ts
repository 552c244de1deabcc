import { fileURLToPath } from 'node:url'
import type { Command } from './command.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** An act on the data folder of a platform on this machine. What it needs is loaded when it is asked for. */
const keeping = (act: 'backup' | 'restore' | 'upgrade', usage: string, summary: Command['summary']): Command => ({
  usage: `${act} ${usage}`,
  summary,
  async run(words, { language }) {
    const { keepingCommand } = await import('@zhongheng/tools/keeping/command.ts')
    return keepingCommand(act, root, words, language)
  },
})

/** `heng backup`: one encrypted file of everything, and one of the key shares. */
export const backup = keeping('backup', '--to FILE --shares FILE (--recipient age1… | --passphrase-file FILE)', {
  zh: '备份本机平台的数据文件夹（ZH_DATA），运行时亦可',
  en: "back up this machine's data folder (ZH_DATA), also while the platform runs",
})

/** `heng restore`: checks a backup, or fills an empty data folder from it. */
export const restore = keeping(
  'restore',
  '--from FILE (--identity FILE | --passphrase-file FILE) (--check | --shares FILE --admin LOGIN… --reason TEXT)',
  {
    zh: '核对备份，或由备份恢复到空的数据文件夹（ZH_DATA）',
    en: 'check a backup, or fill an empty data folder (ZH_DATA) from it',
  },
)

/** `heng upgrade`: brings the data of an earlier version to this one. */
export const upgrade = keeping(
  'upgrade',
  '(--check | --to FILE --shares FILE (--recipient age1… | --passphrase-file FILE))',
  {
    zh: '将早先版本的数据升级到本版本：核对账本、备份、改动结构、再核对',
    en: "bring an earlier version's data to this one: ledger checked, backup, schema, ledger checked again",
  },
)

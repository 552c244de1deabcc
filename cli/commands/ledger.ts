import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  isRestoreReason,
  restoreReasonLimits,
  restoreRequestFile,
  type RestoreRequest,
} from '@zhongheng/contracts/records/restore-request.ts'
import { type Command, exits, unreadable, UsageError } from './command.ts'
import { onePath, parseWords } from './words.ts'

/** `heng ledger accept-restore`: tells the server that a restore from backup is meant, and why. */
export const ledger: Command = {
  usage: 'ledger accept-restore FOLDER --reason TEXT [--lang zh|en]',
  summary: {
    zh: '为一次从备份恢复负责：服务器记录原因后继续写入账本',
    en: 'answer for a restore from backup: the server records the reason and goes on',
  },
  async run(words, terminal) {
    const [act, ...rest] = words
    if (act !== 'accept-restore') throw new UsageError('只有 accept-restore', 'there is only accept-restore')
    const { values, positionals } = parseWords(rest, { reason: { type: 'string' } })
    const folder = onePath(positionals, '账本文件夹', "a log's folder")
    const reason = values.reason?.trim() ?? ''
    const { least, most } = restoreReasonLimits
    if (!isRestoreReason(reason))
      throw new UsageError(
        `--reason 需要 ${least} 至 ${most} 个字：为何恢复、恢复到何时、谁决定`,
        `--reason takes ${least} to ${most} characters: why, back to when, and who decided`,
      )
    const request: RestoreRequest = { v: 1, reason, at: new Date().toISOString() }
    const path = join(folder, restoreRequestFile)
    try {
      await stat(join(folder, 'checkpoint'))
      await writeFile(path, JSON.stringify(request), { mode: 0o600 })
    } catch (error) {
      throw unreadable(folder, error) ?? error
    }
    terminal.say(
      terminal.language === 'zh'
        ? '已写下。服务器一秒内（未运行则在启动时）处理，并写入账本条目 ledger.restored。'
        : 'Written down. The server acts on it within a second or two, or at its next start, and enters ledger.restored.',
    )
    return exits.ok
  },
}

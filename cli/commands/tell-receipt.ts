import type { Head, ReceiptVerdict } from '@zhongheng/ledger/verify/receipt/verify-receipt.ts'
import type { Terminal } from './command.ts'
import { printable } from './words.ts'

/** Says what a receipt proves and what it does not. */
export function tellReceipt(path: string, verdict: ReceiptVerdict, terminal: Terminal): void {
  const zh = terminal.language === 'zh'
  if (!verdict.ok) {
    const title = verdict.malformed ? (zh ? '无法核对' : 'cannot be checked') : zh ? '验证失败' : 'NOT verified'
    terminal.say(`${title}: ${path}`)
    terminal.say(`  ${printable(verdict.what[terminal.language])}`)
    return
  }
  const { leaf, names, head, newer, fingerprint, pinned } = verdict
  const signed = ({ signedAt }: Head): string =>
    signedAt === null ? '' : zh ? `，签于 ${signedAt}` : `, signed ${signedAt}`
  const lines = zh
    ? [
        `验证通过: ${path}`,
        `  账本条目 #${verdict.index}：${leaf.kind}，${leaf.at}，执行者 ${leaf.actor}，对象 ${leaf.subject ?? '—'}`,
        `  名称（未证明）：${names.act.zh}；${names.actor}；${names.engagement ?? '—'}；${names.subject ?? '—'}`,
        `  账本 ${head.origin}，${head.size} 条，根 ${head.root}${signed(head)}`,
        `  账本密钥（${pinned ? '与您指定的一致' : '未指定，仅自洽，请另行比对'}）：${fingerprint}`,
        newer === null
          ? '  未与更新的检查点核对：用 --against 文件'
          : `  更新的检查点（${newer.size} 条${signed(newer)}）是它的延续，其间没有改写`,
        '未证明：',
        '  - 时间：均为平台自己的时钟。',
        '  - 唯一性：本回执不含见证方副署的核对。',
      ]
    : [
        `verified: ${path}`,
        `  ledger entry #${verdict.index}: ${leaf.kind}, ${leaf.at}, by ${leaf.actor}, on ${leaf.subject ?? '—'}`,
        `  names (not proved): ${names.act.en}; ${names.actor}; ${names.engagement ?? '—'}; ${names.subject ?? '—'}`,
        `  log ${head.origin} of ${head.size} entries, root ${head.root}${signed(head)}`,
        `  ledger key (${pinned ? 'the one you named' : 'none named: consistency only, compare it'}): ${fingerprint}`,
        newer === null
          ? '  not held against a newer checkpoint: use --against FILE'
          : `  the newer checkpoint (${newer.size} entries${signed(newer)}) goes on from it: nothing was rewritten between`,
        'Not proved:',
        '  - Times: all are by the clock of the installation.',
        '  - That everybody is shown the same log: cosignatures of witnesses are not looked at here.',
      ]
  for (const line of lines) terminal.say(printable(line))
}

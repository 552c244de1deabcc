import { notProvedBy, provedBy } from '@zhongheng/ledger/verify/pack/explain.ts'
import type { PackVerdict } from '@zhongheng/ledger/verify/pack/verify-pack.ts'
import type { Terminal } from './command.ts'
import { printable } from './words.ts'

export const packAsJson = (verdict: PackVerdict): object =>
  verdict.ok ? { ...verdict, proved: provedBy(verdict), notProved: notProvedBy(verdict) } : verdict

export function tellGoodPack(path: string, verdict: Extract<PackVerdict, { ok: true }>, terminal: Terminal): void {
  const { counts } = verdict
  const words = {
    zh: {
      good: '验证通过',
      counts: `条目 ${counts.entries}，证明 ${counts.proofs}，漏洞 ${counts.findings}，流量 ${counts.exchanges}，文件 ${counts.documents}，时间戳 ${verdict.timeStamps.length}，保留 ${counts.withheld}；包内共 ${counts.files} 个文件，${counts.bytes} 字节`,
      proved: '已证明：',
      open: '未证明：',
      key: verdict.pinned ? '账本密钥（与您指定的一致）' : '账本密钥（未指定，仅自洽）',
      made: '制作时间',
      span: '条目时间',
      withheld: '保留：',
    },
    en: {
      good: 'verified',
      counts: `${counts.entries} entries, ${counts.proofs} proofs, ${counts.findings} findings, ${counts.exchanges} exchanges, ${counts.documents} documents, ${verdict.timeStamps.length} time stamps, ${counts.withheld} withheld; ${counts.files} files, ${counts.bytes} bytes in the pack`,
      proved: 'Proved:',
      open: 'Not proved:',
      key: verdict.pinned ? 'ledger key (the one you named)' : 'ledger key (none named: consistency only)',
      made: 'made',
      span: 'entries from',
      withheld: 'Withheld:',
    },
  }[terminal.language]
  const list = (title: string, lines: readonly string[]): void => {
    if (lines.length === 0) return
    terminal.say(title)
    for (const line of lines) terminal.say(`  - ${line}`)
  }
  terminal.say(`${words.good}: ${path}`)
  terminal.say(`  ${words.counts}`)
  terminal.say(`  ${words.key}: ${verdict.log.fingerprint}`)
  terminal.say(`  ${words.made}: ${verdict.madeAt}`)
  if (verdict.entriesFrom !== null) terminal.say(`  ${words.span}: ${verdict.entriesFrom} – ${verdict.entriesTo}`)
  list(
    words.proved,
    provedBy(verdict).map((text) => text[terminal.language]),
  )
  list(
    words.open,
    notProvedBy(verdict).map((text) => text[terminal.language]),
  )
  list(
    words.withheld,
    verdict.withheld.map(({ what, id, reason }) => printable(`${what} ${id}: ${reason[terminal.language]}`)),
  )
}

export function tellBadPack(path: string, verdict: Extract<PackVerdict, { ok: false }>, terminal: Terminal): void {
  const { fault } = verdict
  const zh = terminal.language === 'zh'
  const where = [
    printable(fault.file),
    ...(fault.entry === undefined ? [] : [zh ? `账本第 ${fault.entry} 条` : `ledger entry ${fault.entry}`]),
    ...(fault.offset === undefined ? [] : [zh ? `第 ${fault.offset} 字节` : `byte ${fault.offset}`]),
  ]
  const title = verdict.malformed
    ? zh
      ? '拒绝：不是可验证的证据包'
      : 'refused: not a pack that can be judged'
    : zh
      ? '验证失败'
      : 'NOT verified'
  terminal.say(`${title}: ${path}`)
  terminal.say(`  ${where.join(zh ? '，' : ', ')}: ${printable(fault.what[terminal.language])}`)
}

import { notProvedBy, provedBy } from '@zhongheng/ledger/verify/pack/explain.ts'
import { type PackVerdict, verifyPack } from '@zhongheng/ledger/verify/pack/verify-pack.ts'
import { type Command, exits, type Terminal, unreadable } from './command.ts'
import { fingerprintOf } from './keys.ts'
import { onePath, parseWords } from './words.ts'

/** `heng verify`: checks an evidence pack offline. */
export const verify: Command = {
  usage: 'verify PACK [--key FINGERPRINT|FILE] [--json] [--lang zh|en]',
  summary: {
    zh: '离线验证证据包；--key 指定您信任的账本密钥，可重复',
    en: 'check an evidence pack offline; --key names the ledger key you trust and may be repeated',
  },
  async run(words, terminal) {
    const { values, positionals } = parseWords(words, {
      key: { type: 'string', multiple: true },
      json: { type: 'boolean' },
    })
    const path = onePath(positionals, '证据包的路径', 'an evidence pack')
    const pinned: string[] = []
    for (const word of values.key ?? []) pinned.push(await fingerprintOf(word))
    const verdict = await verifyPack(path, { pinned }).catch((error: unknown) => {
      throw unreadable(path, error) ?? error
    })
    if (values.json === true) terminal.say(JSON.stringify(asJson(verdict)))
    else if (verdict.ok) tellGood(path, verdict, terminal)
    else tellBad(path, verdict, terminal)
    return verdict.ok ? exits.ok : exits.bad
  },
}

const asJson = (verdict: PackVerdict): object =>
  verdict.ok ? { ...verdict, proved: provedBy(verdict), notProved: notProvedBy(verdict) } : verdict

function tellGood(path: string, verdict: Extract<PackVerdict, { ok: true }>, terminal: Terminal): void {
  const { counts } = verdict
  const words = {
    zh: {
      good: '验证通过',
      counts: `条目 ${counts.entries}，证明 ${counts.proofs}，漏洞 ${counts.findings}，流量 ${counts.exchanges}，文件 ${counts.documents}，保留 ${counts.withheld}；包内共 ${counts.files} 个文件，${counts.bytes} 字节`,
      proved: '已证明：',
      open: '未证明：',
      key: verdict.pinned ? '账本密钥（与您指定的一致）' : '账本密钥（未指定，仅自洽）',
      made: '制作时间',
      span: '条目时间',
      withheld: '保留：',
    },
    en: {
      good: 'verified',
      counts: `${counts.entries} entries, ${counts.proofs} proofs, ${counts.findings} findings, ${counts.exchanges} exchanges, ${counts.documents} documents, ${counts.withheld} withheld; ${counts.files} files, ${counts.bytes} bytes in the pack`,
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

function tellBad(path: string, verdict: Extract<PackVerdict, { ok: false }>, terminal: Terminal): void {
  const { fault } = verdict
  const zh = terminal.language === 'zh'
  const where = [
    printable(fault.file),
    ...(fault.entry === undefined ? [] : [zh ? `账本第 ${fault.entry} 条` : `ledger entry ${fault.entry}`]),
    ...(fault.offset === undefined ? [] : [zh ? `第 ${fault.offset} 字节` : `byte ${fault.offset}`]),
  ]
  terminal.say(`${zh ? '验证失败' : 'NOT verified'}: ${path}`)
  terminal.say(`  ${where.join(zh ? '，' : ', ')}: ${printable(fault.what[terminal.language])}`)
}

/** A hostile pack's words must not steer the terminal. */
const printable = (text: string): string => text.replace(/\p{C}/gu, '\ufffd').slice(0, 400)

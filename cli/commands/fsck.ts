import { toHex } from '@zhongheng/ledger/verify/bytes.ts'
import { fsck as checkLog, type FsckVerdict } from '@zhongheng/ledger/fsck/fsck.ts'
import { type Command, exits, unreadable } from './command.ts'
import { publicKeyIn } from './keys.ts'
import { onePath, parseWords } from './words.ts'

/** `heng fsck`: works a log's tree out again and compares every file of it. */
export const fsck: Command = {
  usage: 'fsck FOLDER [--key FILE] [--json] [--lang zh|en]',
  summary: {
    zh: '由条目重算账本文件夹的整棵树，并与瓦片、检查点和日志比对',
    en: "work a log folder's whole tree out again and compare tiles, checkpoint and journal with it",
  },
  async run(words, terminal) {
    const { values, positionals } = parseWords(words, { key: { type: 'string' }, json: { type: 'boolean' } })
    const folder = onePath(positionals, '账本文件夹', "a log's folder")
    const key = values.key === undefined ? undefined : await publicKeyIn(values.key)
    const verdict = await checkLog(folder, key).catch((error: unknown) => {
      throw unreadable(folder, error) ?? error
    })
    if (values.json === true) terminal.say(JSON.stringify(asJson(verdict)))
    else for (const line of linesOf(folder, verdict)[terminal.language]) terminal.say(line)
    return verdict.ok ? exits.ok : exits.bad
  },
}

const asJson = (verdict: FsckVerdict): object => (verdict.ok ? { ...verdict, root: toHex(verdict.root) } : verdict)

function linesOf(folder: string, verdict: FsckVerdict): { zh: string[]; en: string[] } {
  if (!verdict.ok) {
    const { file, entry, what } = verdict.fault
    return {
      zh: [`账本有误：${folder}`, `  ${file}${entry === undefined ? '' : `，第 ${entry} 条`}：${what.zh}`],
      en: [`the log is damaged: ${folder}`, `  ${file}${entry === undefined ? '' : `, entry ${entry}`}: ${what.en}`],
    }
  }
  const { origin, size, beyond, signedBy, keyFrom } = verdict
  const key = {
    given: { zh: `密钥 ${signedBy}（您指定的）`, en: `signed by ${signedBy}, the key you named` },
    folder: {
      zh: `密钥 ${signedBy}（取自该文件夹，请另行比对）`,
      en: `signed by ${signedBy}, a key out of the same folder: compare it`,
    },
    nowhere: { zh: '未检查签名：没有密钥', en: 'the signature was not checked: no key' },
  }[keyFrom]
  const root = toHex(verdict.root)
  return {
    zh: [`账本完好：${origin}，${size} 条，根 ${root}`, `  ${key.zh}`, `  尚未列入检查点：${beyond} 条`],
    en: [
      `the log is whole: ${origin}, ${size} entries, root ${root}`,
      `  ${key.en}`,
      `  not yet under a checkpoint: ${beyond}`,
    ],
  }
}

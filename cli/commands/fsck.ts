import { join } from 'node:path'
import { toHex } from '@zhongheng/ledger/verify/bytes.ts'
import { type FsckFault, fsck as checkLog, type FsckVerdict } from '@zhongheng/ledger/fsck/fsck.ts'
import { type KeptHead, keptHead } from '@zhongheng/ledger/fsck/kept-heads.ts'
import type { KeyHistory } from '@zhongheng/ledger/verify/key-history.ts'
import { fingerprint } from '@zhongheng/ledger/verify/keys.ts'
import { keysFileLimits, leadsToPresent, openKeysFile } from '@zhongheng/ledger/verify/keys-file.ts'
import { nodeCrypto } from '@zhongheng/ledger/verify/node-crypto.ts'
import { noteBytes } from '@zhongheng/ledger/verify/note.ts'
import { segmentsOf } from '@zhongheng/ledger/fsck/segments.ts'
import { type Command, exits, unreadable, UsageError } from './command.ts'
import { smallFile } from './files.ts'
import { publicKeyIn } from './keys.ts'
import { onePath, parseWords } from './words.ts'

/** `heng fsck`: works a log's tree out again and compares every file of it. */
export const fsck: Command = {
  usage: 'fsck FOLDER [--key FILE] [--kept CHECKPOINT]… [--segments RECORDER_FOLDER] [--json] [--lang zh|en]',
  summary: {
    zh: '由条目重算账本文件夹的整棵树，并与瓦片、检查点、日志、另行保存的检查点和流量分段比对',
    en: "work a log folder's whole tree out again; compare tiles, checkpoint, journal, checkpoints kept elsewhere and traffic segments with it",
  },
  async run(words, terminal) {
    const { values, positionals } = parseWords(words, {
      key: { type: 'string' },
      kept: { type: 'string', multiple: true },
      segments: { type: 'string', multiple: true },
      json: { type: 'boolean' },
    })
    const folder = onePath(positionals, '账本文件夹', "a log's folder")
    const key = values.key === undefined ? undefined : await publicKeyIn(values.key)
    const kept = await keptHeads(folder, values.kept ?? [], key)
    let resting = 0
    const visit =
      values.segments === undefined
        ? {}
        : { visit: segmentsOf(foldersOf(values.segments), undefined, () => void resting++) }
    const verdict = await checkLog(folder, key, { kept, ...visit }).catch((error: unknown) => {
      throw unreadable(folder, error) ?? error
    })
    if (values.json === true) terminal.say(JSON.stringify({ ...asJson(verdict), segmentsResting: resting }))
    else {
      for (const line of linesOf(folder, verdict)[terminal.language]) terminal.say(line)
      if (resting > 0) terminal.say(`  ${restingLine(resting)[terminal.language]}`)
    }
    // What cannot be judged is told apart from what was judged and is wrong.
    return verdict.ok ? exits.ok : verdict.malformed === true ? exits.usage : exits.bad
  },
}

/** Folders of recorders: of node 0, or of another one with its number and `=` before it. */
function foldersOf(given: readonly string[]): (node: number) => string | undefined {
  const folders = new Map(
    given.map((one) => {
      const found = /^(\d{1,3})=(.+)$/.exec(one)
      return found ? ([Number(found[1]), found[2] ?? ''] as const) : ([0, one] as const)
    }),
  )
  return (node) => folders.get(node)
}

/** Checkpoints that were kept outside of the folder: signed notes of this log. @throws UsageError for anything else */
async function keptHeads(folder: string, files: readonly string[], key: Uint8Array | undefined): Promise<KeptHead[]> {
  const heads: KeptHead[] = []
  const history = files.length === 0 ? undefined : await historyBeside(folder, key)
  for (const file of files) {
    const note = (await smallFile(file, noteBytes)).toString('utf8')
    const origin = note.slice(0, note.indexOf('\n'))
    const publicKey = key ?? (await publicKeyIn(join(folder, 'verifier-key')))
    const head = keptHead(note, origin, publicKey, file, history)
    if (head === undefined)
      throw new UsageError(`${file} 不是此账本密钥签名的检查点`, `${file} is not a checkpoint signed by this log's key`)
    heads.push(head)
  }
  return heads
}

/** The history of the log's keys that lies beside it, where the named key leads to the present one by it. */
async function historyBeside(folder: string, key: Uint8Array | undefined): Promise<KeyHistory | undefined> {
  const bytes = await smallFile(join(folder, 'keys.json'), keysFileLimits.bytes).catch(() => undefined)
  const history = bytes === undefined ? undefined : openKeysFile(nodeCrypto, bytes)
  if (history === undefined || !('keys' in history)) return undefined
  const named = key === undefined ? undefined : fingerprint(nodeCrypto.sha256, key)
  return named === undefined || leadsToPresent(history, [named]) ? history : undefined
}

const restingLine = (count: number): { zh: string; en: string } => ({
  zh: `${count} 个流量分段在分段存储中：只比对了其记录，没有重读内容`,
  en: `${count} traffic segments rest in a store: their notes were compared, their bytes not read`,
})

const asJson = (verdict: FsckVerdict): object => (verdict.ok ? { ...verdict, root: toHex(verdict.root) } : verdict)

function linesOf(folder: string, verdict: FsckVerdict): { zh: string[]; en: string[] } {
  if (!verdict.ok) {
    const { file, what } = verdict.fault
    const place = placeOf(verdict.fault)
    if (verdict.malformed === true) {
      return {
        zh: [`拒绝：无法判断的账本：${folder}`, `  ${file}${place.zh}：${what.zh}`],
        en: [`refused: not a log that can be judged: ${folder}`, `  ${file}${place.en}: ${what.en}`],
      }
    }
    return {
      zh: [`账本有误：${folder}`, `  ${file}${place.zh}：${what.zh}`],
      en: [`the log is damaged: ${folder}`, `  ${file}${place.en}: ${what.en}`],
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

function placeOf({ entry, before }: FsckFault): { zh: string; en: string } {
  if (entry === undefined) return { zh: '', en: '' }
  if (before === undefined) return { zh: `，第 ${entry} 条`, en: `, entry ${entry}` }
  return { zh: `，第 ${entry} 至 ${before - 1} 条之间`, en: `, between entries ${entry} and ${before - 1}` }
}

import { keysAt, type KnownKey, trustedFrom } from '@zhongheng/ledger/verify/key-history.ts'
import { judgeCheckpoint, keysFileLimits, openKeysFile } from '@zhongheng/ledger/verify/keys-file.ts'
import { nodeCrypto } from '@zhongheng/ledger/verify/node-crypto.ts'
import { noteBytes } from '@zhongheng/ledger/verify/note.ts'
import { type Command, exits } from './command.ts'
import { smallFile } from './files.ts'
import { fingerprintOf } from './keys.ts'
import { onePath, parseWords } from './words.ts'

/** `heng keys`: which keys signed a log, out of its key history; and whether a checkpoint is theirs. */
export const keys: Command = {
  usage: 'keys KEYS.JSON [--key FINGERPRINT|FILE] [--checkpoint FILE] [--json] [--lang zh|en]',
  summary: {
    zh: '核对账本的密钥历史；--key 为您已知的任一指纹，可重复；--checkpoint 按当时生效的密钥核对检查点',
    en: "check a log's key history; --key is any fingerprint that you know and may be repeated; --checkpoint holds a checkpoint against the keys of its size",
  },
  async run(words, terminal) {
    const { values, positionals } = parseWords(words, {
      key: { type: 'string', multiple: true },
      checkpoint: { type: 'string' },
      json: { type: 'boolean' },
    })
    const path = onePath(positionals, '密钥历史文件', "a log's key history")
    const pinned: string[] = []
    for (const word of values.key ?? []) pinned.push(await fingerprintOf(word))
    const history = openKeysFile(nodeCrypto, await smallFile(path, keysFileLimits.bytes))
    const zh = terminal.language === 'zh'
    if (!('keys' in history)) {
      terminal.say(`${zh ? '密钥历史不成立' : 'the key history does not hold'}: ${history.what[terminal.language]}`)
      return history.malformed === true ? exits.usage : exits.bad
    }
    const trusted = trustedFrom(history, pinned)
    const present = keysAt(history, history.size)
    const leads = pinned.length === 0 ? undefined : present.some((key) => trusted.has(key.fingerprint))
    const judged =
      values.checkpoint === undefined
        ? undefined
        : judgeCheckpoint(nodeCrypto, history, await smallFile(values.checkpoint, noteBytes), pinned)
    const good = leads !== false && judged?.ok !== false
    if (values.json === true) {
      const { origin, size } = history
      const list = history.keys.map((key, at) => ({ ...asJson(key, at === 0), trusted: trusted.has(key.fingerprint) }))
      terminal.say(
        JSON.stringify({ ok: good, origin, size, leads: leads ?? null, keys: list, checkpoint: judged ?? null }),
      )
      return good ? exits.ok : exits.bad
    }
    terminal.say(
      zh
        ? `账本 ${history.origin}，共 ${history.size} 条时的密钥：`
        : `log ${history.origin}, its keys at ${history.size} entries:`,
    )
    for (const [at, key] of history.keys.entries())
      terminal.say(`  ${key.fingerprint}  ${lineOf(key, at === 0)[terminal.language]}`)
    if (leads === undefined)
      terminal.say(
        zh ? '  未指定已知指纹：仅自洽' : '  no fingerprint named: consistent in itself, whose it is was not checked',
      )
    else if (leads)
      terminal.say(zh ? '  您指定的指纹可引出现行密钥' : '  the fingerprint you named leads to the present key')
    else
      terminal.say(
        zh
          ? '  您指定的指纹不能引出现行密钥：请从其他途径取得现行指纹'
          : '  the fingerprint you named does not lead to the present key: get the present one another way',
      )
    if (judged?.ok === true) {
      const sm2 = judged.sm2 > 0 ? (zh ? '，含 SM2 签名' : ', SM2 too') : ''
      terminal.say(
        `  ${zh ? '检查点由当时生效的密钥签名' : 'the checkpoint is signed by the keys of its size'}: ${judged.signedBy.join(' + ')}${sm2}`,
      )
    }
    if (judged?.ok === false)
      terminal.say(`  ${zh ? '检查点不被接受' : 'the checkpoint is not accepted'}: ${judged.what[terminal.language]}`)
    return good ? exits.ok : exits.bad
  },
}

const asJson = (key: KnownKey, first: boolean): object => ({
  fingerprint: key.fingerprint,
  sm2: key.sm2 !== undefined,
  introducedBy: key.introducedBy,
  from: first && key.begunAt !== null ? 0 : key.begunAt,
  to: key.endedAt,
  revoked: key.revoked,
})

function lineOf(key: KnownKey, first: boolean): { zh: string; en: string } {
  const from = first ? 0 : key.begunAt
  const { revoked, endedAt } = key
  if (revoked !== null) {
    const why = revoked.reason === 'stolen' ? { zh: '被盗', en: 'stolen' } : { zh: '遗失', en: 'lost' }
    return { zh: `${why.zh}，仅至 ${revoked.upTo} 条有效`, en: `${why.en}, counts up to ${revoked.upTo} entries only` }
  }
  if (from === null) return { zh: '备用', en: 'reserve' }
  if (endedAt === null) return { zh: `自第 ${from} 条起`, en: `from entry ${from} on` }
  return { zh: `第 ${from} 至 ${endedAt} 条`, en: `entries ${from} to ${endedAt}` }
}

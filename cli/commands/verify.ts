import type { VerifierKey } from '@zhongheng/ledger/verify/keys.ts'
import { nodeCrypto } from '@zhongheng/ledger/verify/node-crypto.ts'
import { certificatesIn } from '@zhongheng/ledger/verify/time-stamp-signature.ts'
import { verifyPack } from '@zhongheng/ledger/verify/pack/verify-pack.ts'
import { receiptLimits } from '@zhongheng/ledger/verify/receipt/format.ts'
import { verifyReceipt } from '@zhongheng/ledger/verify/receipt/verify-receipt.ts'
import { type Command, type Exit, exits, type Terminal, unreadable, UsageError } from './command.ts'
import { beginningOf } from './files.ts'
import { fingerprintOf, witnessKeyOf } from './keys.ts'
import { packAsJson, tellBadPack, tellGoodPack } from './tell-pack.ts'
import { tellReceipt } from './tell-receipt.ts'
import { onePath, parseWords } from './words.ts'

type Options = {
  readonly pinned: readonly string[]
  readonly json: boolean
  readonly authorities: string | undefined
  readonly witnesses: readonly VerifierKey[]
}

/** `heng verify`: checks an evidence pack or a receipt offline. */
export const verify: Command = {
  usage:
    'verify PACK|RECEIPT [--key FINGERPRINT|FILE] [--witness KEY|FILE] [--tsa-ca FILE] [--against FILE] [--json] [--lang zh|en]',
  summary: {
    zh: '离线验证证据包或回执；--key 指定您信任的账本密钥，--witness 指定见证方的验证密钥，均可重复；--tsa-ca 指定时间戳机构的 CA 证书；--against 为回执指定更新的检查点文件',
    en: 'check an evidence pack or a receipt offline; --key names the ledger key you trust and --witness the verifier key of a witness, and both may be repeated; --tsa-ca names certificates to trust for time stamps; --against holds a receipt against a newer checkpoint',
  },
  async run(words, terminal) {
    const { values, positionals } = parseWords(words, {
      key: { type: 'string', multiple: true },
      against: { type: 'string' },
      'tsa-ca': { type: 'string' },
      witness: { type: 'string', multiple: true },
      json: { type: 'boolean' },
    })
    const path = onePath(positionals, '证据包或回执的路径', 'an evidence pack or a receipt')
    const pinned: string[] = []
    for (const word of values.key ?? []) pinned.push(await fingerprintOf(word))
    const caFile = values['tsa-ca']
    const authorities = caFile === undefined ? undefined : await authoritiesIn(caFile)
    const witnesses: VerifierKey[] = []
    for (const word of values.witness ?? []) witnesses.push(await witnessKeyOf(word))
    const options = { pinned, witnesses, json: values.json === true, authorities }
    const first = await beginningOf(path, 1)
    // A receipt is JSON; a pack begins with a zip header.
    if (first[0] === 0x7b) return ofReceipt(path, values.against, options, terminal)
    if (values.against !== undefined) throw new UsageError('--against 只用于回执', '--against is for receipts only')
    return ofPack(path, options, terminal)
  },
}

async function ofPack(path: string, options: Options, terminal: Terminal): Promise<Exit> {
  const { pinned, witnesses, authorities } = options
  const trusted = authorities === undefined ? {} : { authorities }
  const verdict = await verifyPack(path, { pinned, witnesses, ...trusted }).catch((error: unknown) => {
    throw unreadable(path, error) ?? error
  })
  if (options.json) terminal.say(JSON.stringify(packAsJson(verdict)))
  else if (verdict.ok) tellGoodPack(path, verdict, terminal)
  else tellBadPack(path, verdict, terminal)
  return exitOf(verdict)
}

async function ofReceipt(
  path: string,
  againstPath: string | undefined,
  { pinned, json }: Options,
  terminal: Terminal,
): Promise<Exit> {
  const bytes = await beginningOf(path, receiptLimits.bytes + 1)
  const against = againstPath === undefined ? {} : { against: await beginningOf(againstPath, receiptLimits.bytes + 1) }
  const verdict = verifyReceipt(nodeCrypto, bytes, { pinned, ...against })
  if (json) terminal.say(JSON.stringify(verdict))
  else tellReceipt(path, verdict, terminal)
  return exitOf(verdict)
}

/** What could not be judged is told apart from what was judged and is wrong. */
const exitOf = (verdict: { readonly ok: true } | { readonly ok: false; readonly malformed: boolean }): Exit =>
  verdict.ok ? exits.ok : verdict.malformed ? exits.usage : exits.bad

/** PEM text of the certificates in a file. @throws UsageError for a file without any */
async function authoritiesIn(path: string): Promise<string> {
  const text = Buffer.from(await beginningOf(path, 1 << 20)).toString('utf8')
  if (certificatesIn(text).length > 0) return text
  throw new UsageError(`${path} 中没有证书`, `${path} holds no certificate`)
}

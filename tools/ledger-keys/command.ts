import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Text } from '@zhongheng/domain/shared/problem.ts'
import { say } from '@zhongheng/domain/shared/problem.ts'
import type { KnownKey } from '@zhongheng/ledger/verify/key-history.ts'
import { migrate, openDatabase } from '@zhongheng/server/database/open.ts'
import { readLedgerKeySettings } from '@zhongheng/server/main/settings.ts'
import { KeyError } from '@zhongheng/server/signing/checkpoint-signer.ts'
import type { Keeping } from '@zhongheng/server/signing/key-files.ts'
import {
  endKey,
  type KeyOffice,
  type KeyState,
  keyState,
  type NewKey,
  reserveKey,
  revokeKey,
  rotateKey,
} from '@zhongheng/server/signing/key-office.ts'
import { secretsFrom } from '@zhongheng/server/signing/secrets.ts'
import { environment, languageOf, readSettings } from '../settings.ts'
import { exitCodes, Stop } from '../stop.ts'
import { databaseOf } from './database.ts'

const usage = say(
  `用法：npm run ledger-keys -- 命令
  status                         现有密钥及其状态
  reserve --to 文件              生成备用密钥，由现行密钥引入；请将文件移至别处保管
  rotate [--reserve 文件]        开始轮换：新旧密钥同时签名
  end [--key 指纹]               结束轮换：较旧的（或指定的）密钥停止签名
  revoke --reason stolen|lost [--key 指纹] [--up-to 条数] [--reserve 文件]
                                 吊销被盗或遗失的密钥；需要时启用新密钥
新密钥的保管方式：默认为文件；--sealed 以口令封存（ZH_LEDGER_PASSPHRASE_FILE）；
--module 模块 --token 标签 存于 PKCS#11 令牌（ZH_LEDGER_PIN_FILE）。`,
  `Usage: npm run ledger-keys -- COMMAND
  status                         the keys and their state
  reserve --to FILE              make a reserve key, introduced by the present one; move the file elsewhere
  rotate [--reserve FILE]        begin a rotation: both keys sign
  end [--key FINGERPRINT]        end a rotation: the older key, or the one named, signs no more
  revoke --reason stolen|lost [--key FINGERPRINT] [--up-to SIZE] [--reserve FILE]
                                 revoke a stolen or lost key; where needed, begin a new one
New keys are kept in a file; with --sealed, sealed with a passphrase (ZH_LEDGER_PASSPHRASE_FILE);
with --module MODULE --token LABEL, in a PKCS#11 token (ZH_LEDGER_PIN_FILE).`,
)

/** How long a running platform may take to sign with the changed keys before the command says so. */
const patienceMs = 30_000

/** Runs one command and answers its exit code: 0 done, 1 refused, 2 called wrongly. Nothing secret is taken from `words`. */
export async function ledgerKeysCommand(root: string, words: readonly string[]): Promise<number> {
  const language = languageOf()
  const tell = (text: Text): void => console.log(text[language])
  try {
    const asked = read(words)
    if (asked === undefined) {
      console.error(usage[language])
      return exitCodes.badSetting
    }
    await withOffice(root, async (office, running) => run(asked, office, running, tell))
    return 0
  } catch (error) {
    if (error instanceof Stop || error instanceof KeyError) {
      console.error(error.text[language])
      return error instanceof Stop ? error.exitCode : exitCodes.failed
    }
    throw error
  }
}

type Asked =
  | { readonly name: 'status' }
  | { readonly name: 'reserve'; readonly to: string; readonly keep: Keep }
  | { readonly name: 'rotate'; readonly from: From }
  | { readonly name: 'end'; readonly key: string | undefined }
  | {
      readonly name: 'revoke'
      readonly key: string | undefined
      readonly reason: 'stolen' | 'lost'
      readonly upTo: number | undefined
      readonly from: From
    }
type Keep =
  | { readonly kind: 'file' | 'sealed' }
  | { readonly kind: 'token'; readonly module: string; readonly token: string }
type From = { readonly reserve: string } | { readonly keep: Keep }

/** @returns undefined where the words are none of the usage's */
function read(words: readonly string[]): Asked | undefined {
  const parsed = parse(words)
  const [name, ...more] = parsed?.positionals ?? []
  if (parsed === undefined || more.length > 0) return undefined
  const { values } = parsed
  const given = new Set(Object.keys(values))
  const fits = (...allowed: string[]): boolean => [...given].every((one) => allowed.includes(one))
  const keeping = ['sealed', 'module', 'token']
  const keep = keepOf(values)
  if (keep === undefined) return undefined
  const from: From = values.reserve === undefined ? { keep } : { reserve: resolve(values.reserve) }
  if (values.reserve !== undefined && keeping.some((one) => given.has(one))) return undefined
  const { to, key, reason } = values
  const upTo = values['up-to']
  if (name === 'status' && fits()) return { name }
  if (name === 'reserve' && to !== undefined && fits('to', ...keeping)) return { name, to: resolve(to), keep }
  if (name === 'rotate' && fits('reserve', ...keeping)) return { name, from }
  if (name === 'end' && fits('key')) return { name, key }
  if (name !== 'revoke' || !fits('key', 'reason', 'up-to', 'reserve', ...keeping)) return undefined
  if ((reason !== 'stolen' && reason !== 'lost') || (upTo !== undefined && !/^\d{1,15}$/.test(upTo))) return undefined
  return { name, key, reason, upTo: upTo === undefined ? undefined : Number(upTo), from }
}

const options = {
  to: { type: 'string' },
  reserve: { type: 'string' },
  key: { type: 'string' },
  reason: { type: 'string' },
  'up-to': { type: 'string' },
  sealed: { type: 'boolean' },
  module: { type: 'string' },
  token: { type: 'string' },
} as const

function parse(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options, allowPositionals: true, strict: true })
  } catch {
    return undefined
  }
}

function keepOf(values: { sealed?: boolean; module?: string; token?: string }): Keep | undefined {
  const { sealed, module, token } = values
  if (module === undefined && token === undefined) return { kind: sealed === true ? 'sealed' : 'file' }
  return module === undefined || token === undefined || sealed === true ? undefined : { kind: 'token', module, token }
}

async function withOffice(root: string, task: (office: KeyOffice, running: boolean) => Promise<void>): Promise<void> {
  const settings = readSettings(root)
  const keys = readLedgerKeySettings({ ...environment() })
  const found = await databaseOf(settings)
  try {
    await migrate(found.url)
    const database = openDatabase(found.url, 2)
    try {
      await task(
        {
          database,
          keysFolder: join(settings.data, 'keys'),
          ledgerFolder: join(settings.data, 'ledger'),
          secrets: secretsFrom(keys),
          sm2: keys.sm2,
        },
        found.running,
      )
    } finally {
      await database.close()
    }
  } finally {
    await found.close()
  }
}

async function run(asked: Asked, office: KeyOffice, running: boolean, tell: (text: Text) => void): Promise<void> {
  const keepingOf = (keep: Keep): Keeping => (keep.kind === 'token' ? keep : { kind: keep.kind, sm2: office.sm2 })
  const source = (from: From): NewKey => ('keep' in from ? { keeping: keepingOf(from.keep) } : from)
  switch (asked.name) {
    case 'status':
      return tellState(await keyState(office), tell)
    case 'reserve': {
      const name = await reserveKey(office, keepingOf(asked.keep), asked.to)
      tell(
        say(
          `备用密钥 ${name}\n  文件 ${asked.to}：请移至别处保管`,
          `reserve key ${name}\n  in ${asked.to}: move it to another place`,
        ),
      )
      return settled(office, running, tell)
    }
    case 'rotate': {
      const name = await rotateKey(office, source(asked.from))
      tell(say(`新密钥 ${name} 已启用，与旧密钥同时签名`, `new key ${name} has begun; the old key signs beside it`))
      return settled(office, running, tell)
    }
    case 'end': {
      const name = await endKey(office, asked.key)
      tell(say(`密钥 ${name} 已停用`, `key ${name} has ended`))
      return settled(office, running, tell)
    }
    case 'revoke': {
      const { revoked, begun, upTo } = await revokeKey(office, asked, source(asked.from))
      tell(
        say(
          `密钥 ${revoked} 已吊销：${upTo} 条以上的检查点不再有效`,
          `key ${revoked} is revoked: its checkpoints above ${upTo} entries count for nothing`,
        ),
      )
      if (begun !== undefined) tell(say(`新密钥 ${begun} 已启用`, `new key ${begun} has begun`))
      return settled(office, running, tell)
    }
  }
}

/** Waits until the running platform has signed a head that contains what was committed. */
async function settled(office: KeyOffice, running: boolean, tell: (text: Text) => void): Promise<void> {
  if (!running) {
    tell(say('平台未运行：下次启动时生效', 'the platform does not run: it takes effect at the next start'))
    return
  }
  const until = performance.now() + patienceMs
  while (performance.now() < until) {
    const { history, size } = await keyState(office)
    if (history.keys.every((key) => lastPlaceOf(key) < size)) {
      tell(say(`已生效：检查点 ${size} 条`, `in force: checkpoint over ${size} entries`))
      return
    }
    await sleep(200)
  }
  tell(
    say(
      '已提交，但平台尚未签出新的检查点：请查看 logs/server.log',
      'committed, but the platform has signed no new checkpoint yet: see logs/server.log',
    ),
  )
}

const lastPlaceOf = (key: KnownKey): number =>
  Math.max(key.introducedAt, key.begunAt ?? -1, key.endedAt ?? -1, key.revoked?.at ?? -1)

function tellState({ origin, history, size, files }: KeyState, tell: (text: Text) => void): void {
  tell(say(`账本 ${origin}，检查点 ${size} 条`, `log ${origin}, checkpoint over ${size} entries`))
  for (const key of history.keys) {
    const state = stateOf(key)
    const file = files.get(key.fingerprint)
    const where = say(
      file === undefined ? '  此处没有其文件' : `  ${file}`,
      file === undefined ? '  no file here' : `  ${file}`,
    )
    tell(
      say(
        `${key.fingerprint}  ${state.zh}${key.sm2 === undefined ? '' : '，含 SM2'}`,
        `${key.fingerprint}  ${state.en}${key.sm2 === undefined ? '' : ', with SM2'}`,
      ),
    )
    tell(where)
  }
}

function stateOf({ begunAt, endedAt, revoked }: KnownKey): Text {
  if (revoked !== null) {
    const why = revoked.reason === 'stolen' ? say('被盗', 'stolen') : say('遗失', 'lost')
    return say(
      `已吊销（${why.zh}），有效至 ${revoked.upTo} 条`,
      `revoked (${why.en}), counts up to ${revoked.upTo} entries`,
    )
  }
  if (endedAt !== null) return say('已停用', 'ended')
  return begunAt === null ? say('备用', 'reserve') : say('生效', 'in force')
}

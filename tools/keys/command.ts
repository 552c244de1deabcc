import { join, resolve } from 'node:path'
import { text as textOf } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { type Text, say } from '@zhongheng/domain/shared/problem.ts'
import { readSealingSettings } from '@zhongheng/server/main/settings.ts'
import { changeKeeper } from '@zhongheng/server/sealing/change-keeper.ts'
import { gatherShares } from '@zhongheng/server/sealing/gather-shares.ts'
import type { NewKeeper, Openers } from '@zhongheng/server/sealing/keepers.ts'
import { readSealingFile } from '@zhongheng/server/sealing/sealing-file.ts'
import { KeyError } from '@zhongheng/server/signing/checkpoint-signer.ts'
import { type KeySecrets, secretsFrom } from '@zhongheng/server/signing/secrets.ts'
import { type Settings, environment, languageOf, readSettings } from '../settings.ts'
import { lockData } from '../start/lock.ts'
import { Stop, exitCodes } from '../stop.ts'

const usage = say(
  `用法：npm run keys -- 命令
  status                                    密钥加密密钥的版本与解锁方式
  move --to file                            明文文件（仅供试用）
  move --to passphrase --passphrase-file F  文件加口令
  move --to shares --needed K --of N        N 份份额中任意 K 份
  move --to token --module M --token 标签 --pin-file F
                                            PKCS#11 令牌
  unseal                                    从标准输入读取一份份额，交给封存中的平台
现有方式需要的口令或 PIN 来自 ZH_SEALING_PASSPHRASE_FILE、ZH_SEALING_PIN_FILE；现有份额从标准输入读取，每行一份。`,
  `Usage: npm run keys -- COMMAND
  status                                    versions of key-encryption keys, and how they are unlocked
  move --to file                            a file in the clear, for trials only
  move --to passphrase --passphrase-file F  a file with a passphrase
  move --to shares --needed K --of N        any K of N shares
  move --to token --module M --token LABEL --pin-file F
                                            a PKCS#11 token
  unseal                                    hand a share, read from standard input, to the sealed platform
Passphrase or PIN of today's way come from ZH_SEALING_PASSPHRASE_FILE and ZH_SEALING_PIN_FILE; shares of today's
way are read from standard input, one a line.`,
)

/** Runs one command and answers its exit code: 0 done, 1 refused, 2 called wrongly. Nothing secret is taken from `words`. */
export async function keysCommand(root: string, words: readonly string[]): Promise<number> {
  const language = languageOf()
  const tell = (text: Text): void => console.log(text[language])
  try {
    const asked = read(words)
    if (!asked) {
      console.error(usage[language])
      return exitCodes.badSetting
    }
    const settings = readSettings(root)
    if (asked.name === 'unseal') return await unseal(settings, tell)
    const folder = join(settings.data, 'keys')
    if (asked.name === 'move') await move(settings, folder, asked.to, asked.secrets, tell)
    await status(folder, tell)
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
  | { readonly name: 'status' | 'unseal' }
  | { readonly name: 'move'; readonly to: NewKeeper; readonly secrets: KeySecrets }

function read(words: readonly string[]): Asked | undefined {
  const [name, ...rest] = words
  if (rest.length === 0 && (name === 'status' || name === 'unseal')) return { name }
  if (name !== 'move') return undefined
  const text = { type: 'string' } as const
  const options = { to: text, needed: text, of: text, module: text, token: text } as const
  try {
    const { values } = parseArgs({
      args: rest,
      options: { ...options, 'passphrase-file': text, 'pin-file': text },
      strict: true,
    })
    const to = keeperIn(values)
    const pathOf = (path: string | undefined) => (path === undefined ? undefined : resolve(path))
    const { tokenEnvironment } = readSealingSettings({ ...environment() })
    const files = { passphraseFile: pathOf(values['passphrase-file']), pinFile: pathOf(values['pin-file']) }
    return to && { name, to, secrets: secretsFrom({ ...files, tokenEnvironment }, 'SEALING') }
  } catch {
    return undefined
  }
}

function keeperIn(values: { readonly [name: string]: string | undefined }): NewKeeper | undefined {
  const { to, needed, of, module, token } = values
  if (to === 'file') return { kind: 'file' }
  if (to === 'passphrase' && values['passphrase-file']) return { kind: 'passphrase' }
  if (to === 'shares' && /^\d{1,3}$/.test(needed ?? '') && /^\d{1,3}$/.test(of ?? '')) {
    const counts = { needed: Number(needed), of: Number(of) }
    return counts.needed >= 2 && counts.of >= counts.needed && counts.of <= 255
      ? { kind: 'shares', ...counts }
      : undefined
  }
  return to === 'token' && module && token && values['pin-file'] ? { kind: 'token', module, token } : undefined
}

async function move(
  settings: Settings,
  folder: string,
  to: NewKeeper,
  secrets: KeySecrets,
  tell: (text: Text) => void,
): Promise<void> {
  // Refused while the platform runs: it holds the keys of today, and would write over what is written here.
  const lock = await lockData(settings.data, 'keys')
  try {
    const { suite } = readSealingSettings({ ...environment() })
    const shares = await changeKeeper(folder, to, openersOfToday(), secrets, suite)
    if (shares.length > 0)
      tell(
        say(
          `以下份额只显示一次，请分别交给各持有人，并清除屏幕与滚动缓冲：\n${shares.join('\n')}`,
          `These shares are shown once. Hand each to its holder, then clear the screen and its scrollback:\n${shares.join('\n')}`,
        ),
      )
  } finally {
    lock.release()
  }
}

function openersOfToday(): Openers {
  return {
    secrets: secretsFrom(readSealingSettings({ ...environment() }), 'SEALING'),
    async shares(set, isRight) {
      const gathering = gatherShares(set, isRight)
      for (const line of (await textOf(process.stdin)).split('\n').filter((one) => one.trim() !== ''))
        gathering.take(line)
      const key = gathering.key()
      if (key) return key
      throw new KeyError('locked', `需要 ${set.needed} 份份额`, `${set.needed} shares are needed`)
    },
  }
}

async function status(folder: string, tell: (text: Text) => void): Promise<void> {
  const file = await readSealingFile(folder)
  if (!file) throw new KeyError('missing', `${folder} 中没有 sealing.json`, `there is no sealing.json in ${folder}`)
  const { keeper } = file
  const kinds: { readonly [kind in typeof keeper.kind]: Text } = {
    file: say('明文文件 root.key（仅供试用）', 'a file in the clear, root.key (for trials only)'),
    passphrase: say('文件加口令', 'a file with a passphrase'),
    shares:
      keeper.kind === 'shares'
        ? say(`${keeper.of} 份份额中任意 ${keeper.needed} 份`, `any ${keeper.needed} of ${keeper.of} shares`)
        : say('份额', 'shares'),
    token: keeper.kind === 'token' ? say(`PKCS#11 令牌 ${keeper.token}`, `PKCS#11 token ${keeper.token}`) : say('', ''),
  }
  tell(say(`解锁方式：${kinds[keeper.kind].zh}`, `unlocked by: ${kinds[keeper.kind].en}`))
  for (const one of file.keys)
    tell(say(`密钥加密密钥 第 ${one.version} 版，${one.madeAt}`, `key-encryption key ${one.version}, ${one.madeAt}`))
}

async function unseal(settings: Settings, tell: (text: Text) => void): Promise<number> {
  const share = (await textOf(process.stdin)).trim()
  const answer = await fetch(`http://127.0.0.1:${settings.port}/unseal`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ share }),
    signal: AbortSignal.timeout(10_000),
  }).catch(() => undefined)
  const said = (await answer?.json().catch(() => undefined)) as
    | { given?: number; needed?: number; text?: Text }
    | undefined
  if (answer?.ok && said?.given !== undefined) {
    tell(say(`已收到 ${said.given} / ${said.needed} 份`, `${said.given} of ${said.needed} shares are in`))
    return 0
  }
  tell(
    said?.text ??
      say(`端口 ${settings.port} 上没有封存中的平台`, `no sealed platform answers on port ${settings.port}`),
  )
  return exitCodes.failed
}

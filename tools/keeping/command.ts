import { readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { say, type Text } from '@zhongheng/domain/shared/problem.ts'
import { Encrypter } from 'age-encryption'
import { type Language, readSettings, type Settings } from '../settings.ts'
import { exitCodes, Stop } from '../stop.ts'
import type { Key, Lock } from '../backup/archive.ts'
import { type BackupMade, makeBackup } from '../backup/make.ts'
import { noteChecked } from '../backup/note.ts'
import { foresee, upgrade } from '../upgrade/upgrade.ts'
import { checkBackup, restoreBackup } from '../backup/restore.ts'

const usage = {
  backup: say(
    `用法：heng backup --to 文件 --shares 文件 （--recipient age1… | --passphrase-file 文件）
  --shares 为项目密钥份额，须另处保管，每次覆盖上一份，不留旧版。
  平台运行时或停止后均可。--recipient 可重复；age-keygen 或任何 age 工具生成密钥对，私钥另处保管。
  可用 age 与 zstd、tar 打开：age -d -i 私钥文件 备份 | zstd -d | tar -t`,
    `Usage: heng backup --to FILE --shares FILE (--recipient age1… | --passphrase-file FILE)
  --shares: halves of the engagements' keys, to be kept apart; it replaces the one before, of which no copies are kept.
  While the platform runs, or at rest. --recipient may be repeated; age-keygen or any age tool makes the pair, whose secret half is kept elsewhere.
  age, zstd and tar open it too: age -d -i KEYFILE BACKUP | zstd -d | tar -t`,
  ),
  upgrade: say(
    `用法：heng upgrade --to 文件 --shares 文件 （--recipient age1… | --passphrase-file 文件）
      heng upgrade --check
  先停止平台，换上新版本并 npm ci。先核对账本，再备份，再逐步改动数据库结构，最后再核对账本。--check 只说明将执行哪些步骤。`,
    `Usage: heng upgrade --to FILE --shares FILE (--recipient age1… | --passphrase-file FILE)
       heng upgrade --check
  Stop the platform first, put the new version in place, npm ci. Checks the ledger, makes a backup, changes the database's form step by step, and checks the ledger again. --check only says which steps would run.`,
  ),
  restore: say(
    `用法：heng restore --from 文件 （--identity 文件 | --passphrase-file 文件） --check
      heng restore --from 文件 --shares 最新的份额文件 （…） --admin 登录名 --reason 原因
  --check 通读并核对备份，不写入。恢复只写入空的数据文件夹（ZH_DATA）；之后只有 --admin（每个单位一个，可重复）能登录，其余账号由其在成员页面确认。`,
    `Usage: heng restore --from FILE (--identity FILE | --passphrase-file FILE) --check
       heng restore --from FILE --shares NEWEST_SHARES (…) --admin LOGIN --reason TEXT
  --check reads and compares the whole backup and writes nothing. A restore fills an empty data folder (ZH_DATA); after it only --admin (one for each organisation, may be repeated) can sign in, and confirms the others on the members page.`,
  ),
}

const words = {
  to: { type: 'string' },
  from: { type: 'string' },
  shares: { type: 'string' },
  recipient: { type: 'string', multiple: true },
  identity: { type: 'string' },
  'passphrase-file': { type: 'string' },
  admin: { type: 'string', multiple: true },
  reason: { type: 'string' },
  check: { type: 'boolean' },
} as const

type Words = ReturnType<typeof read>
const read = (given: readonly string[]) => parseArgs({ args: [...given], options: words }).values

export type KeepingAct = 'backup' | 'restore' | 'upgrade'

/**
 * Runs one of the administrator's acts on a data folder and answers the exit code: 0 done, 1 refused, 2 called wrongly.
 * Secrets come from files only.
 */
export async function keepingCommand(
  act: KeepingAct,
  root: string,
  given: readonly string[],
  language: Language,
): Promise<0 | 1 | 2> {
  const tell = (text: Text): void => console.log(text[language])
  try {
    const asked = readWords(act, given)
    const settings = readSettings(root)
    if (act === 'backup') await backUp(root, settings, asked, tell)
    else if (act === 'restore') await restore(settings, asked, tell)
    else await bringUp(root, settings, asked, tell)
    return 0
  } catch (error) {
    if (!(error instanceof Stop)) throw error
    console.error(error.text[language])
    return error.exitCode === exitCodes.badSetting ? 2 : 1
  }
}

function readWords(act: KeepingAct, given: readonly string[]): Words {
  try {
    return read(given)
  } catch (cause) {
    throw new Stop(usage[act], { exitCode: exitCodes.badSetting, cause })
  }
}

async function backUp(
  root: string,
  settings: Settings,
  asked: Words,
  tell: (text: Text) => void,
  act: 'backup' | 'upgrade' = 'backup',
): Promise<BackupMade> {
  const lock = lockOf(asked)
  if (asked.to === undefined || asked.shares === undefined || lock === undefined)
    throw new Stop(usage[act], { exitCode: exitCodes.badSetting })
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  const made = await makeBackup({
    data: settings.data,
    databaseUrl: settings.databaseUrl,
    to: resolve(asked.to),
    sharesTo: resolve(asked.shares),
    lock,
    now: new Date(),
    product: version,
    progress: teller(),
  })
  tell(
    say(
      `已备份 ${made.files} 个文件（${mib(made.bytes)}）到 ${asked.to}（${mib(made.size)}），密钥份额在 ${asked.shares}。请核对：heng restore --from ${asked.to} … --check`,
      `${made.files} files (${mib(made.bytes)}) are in ${asked.to} (${mib(made.size)}), the shares of keys in ${asked.shares}. Check it: heng restore --from ${asked.to} … --check`,
    ),
  )
  return made
}

async function bringUp(root: string, settings: Settings, asked: Words, tell: (text: Text) => void): Promise<void> {
  if (asked.check === true) {
    const waiting = await foresee(settings)
    tell(
      waiting.length === 0
        ? say('数据库结构已是本版本的', "The database has this version's form already")
        : say(
            `将执行 ${waiting.length} 步：${waiting.join('、')}`,
            `Would run ${waiting.length}: ${waiting.join(', ')}`,
          ),
    )
    return
  }
  if (lockOf(asked) === undefined || asked.to === undefined || asked.shares === undefined)
    throw new Stop(usage.upgrade, { exitCode: exitCodes.badSetting })
  const { ran, ledger } = await upgrade({
    settings,
    tell,
    backup: () => backUp(root, settings, asked, tell, 'upgrade'),
  })
  tell(
    ran.length === 0
      ? say(
          '数据库结构已是本版本的，未作改动，未另做备份。',
          "The database has this version's form already; nothing was changed and no backup made.",
        )
      : say(
          `已执行 ${ran.length} 步：${ran.join('、')}。账本完整：${ledger.size} 条。下一步：npm start`,
          `Ran ${ran.length}: ${ran.join(', ')}. The ledger is whole: ${ledger.size} entries. Next: npm start`,
        ),
  )
}

async function restore(settings: Settings, asked: Words, tell: (text: Text) => void): Promise<void> {
  const progress = teller()
  const key = keyOf(asked)
  if (asked.from === undefined || key === undefined) throw new Stop(usage.restore, { exitCode: exitCodes.badSetting })
  const from = resolve(asked.from)
  if (asked.check === true) {
    const { head, files, bytes } = await checkBackup({ from, key, progress })
    await noteChecked(settings.data, head.madeAt, new Date())
    tell(
      say(
        `完整：${files} 个文件（${mib(bytes)}），制作于 ${head.madeAt}`,
        `Whole: ${files} files (${mib(bytes)}), made at ${head.madeAt}`,
      ),
    )
    return
  }
  if (asked.admin === undefined || asked.reason === undefined || asked.shares === undefined)
    throw new Stop(usage.restore, { exitCode: exitCodes.badSetting })
  const done = await restoreBackup({
    from,
    shares: resolve(asked.shares),
    key,
    data: settings.data,
    now: new Date(),
    reason: asked.reason,
    admins: asked.admin,
    progress,
  })
  if (done.sharesMadeAt < done.head.madeAt)
    tell(
      say(
        `注意：份额文件（${done.sharesMadeAt}）早于备份，其间新建的项目无法解封。有更新的份额文件时请重新恢复。`,
        `Beware: the shares (${done.sharesMadeAt}) are older than the backup; engagements made in between cannot be opened. If there is a newer file, restore again with it.`,
      ),
    )
  tell(
    done.head.database === 'files'
      ? say(
          `已恢复到 ${settings.data}（备份于 ${done.head.madeAt}）。下一步：npm start`,
          `Restored into ${settings.data} (made at ${done.head.madeAt}). Next: npm start`,
        )
      : say(
          `文件已恢复到 ${settings.data}。数据库请以超级用户执行：\n  cat ${settings.data}/database/* | pg_restore --no-owner --role=账号 -d 数据库\n然后删除 ${settings.data}/database，再 npm start`,
          `The files are in ${settings.data}. The database, as a superuser:\n  cat ${settings.data}/database/* | pg_restore --no-owner --role=OWNER -d DATABASE\nThen remove ${settings.data}/database, and npm start`,
        ),
  )
}

function lockOf(asked: Words): Lock | undefined {
  const passphrase = passphraseOf(asked)
  if (passphrase !== undefined) return asked.recipient === undefined ? { passphrase } : undefined
  if (asked.recipient === undefined) return undefined
  for (const one of asked.recipient) {
    if (isRecipient(one)) continue
    throw new Stop(say(`--recipient ${one} 不是 age 公钥（age1…）`, `--recipient ${one} is no age recipient (age1…)`), {
      exitCode: exitCodes.badSetting,
    })
  }
  return { recipients: asked.recipient }
}

function isRecipient(text: string): boolean {
  try {
    new Encrypter().addRecipient(text)
    return true
  } catch {
    return false
  }
}

function keyOf(asked: Words): Key | undefined {
  const passphrase = passphraseOf(asked)
  if (passphrase !== undefined) return asked.identity === undefined ? { passphrase } : undefined
  if (asked.identity === undefined) return undefined
  const identities = secretFile(asked.identity)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
  return { identities }
}

function passphraseOf(asked: Words): string | undefined {
  const path = asked['passphrase-file']
  if (path === undefined) return undefined
  const passphrase = secretFile(path).replace(/\r?\n$/, '')
  if ([...passphrase].length >= 16) return passphrase
  throw new Stop(say(`${path} 中的口令少于 16 个字符`, `the passphrase in ${path} has fewer than 16 characters`), {
    exitCode: exitCodes.badSetting,
  })
}

/** @throws Stop when others may read the file */
function secretFile(path: string): string {
  try {
    if ((statSync(path).mode & 0o077) !== 0) {
      throw new Stop(say(`${path} 可被他人读取：chmod 600 ${path}`, `others may read ${path}: chmod 600 ${path}`), {
        exitCode: exitCodes.badSetting,
      })
    }
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Stop) throw error
    throw new Stop(say(`无法读取 ${path}`, `${path} cannot be read`), { exitCode: exitCodes.badSetting, cause: error })
  }
}

const mib = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`

/** A line every two seconds, on standard error, while somebody watches. */
function teller(): (line: { readonly files: number; readonly bytes: number }) => void {
  let last = performance.now()
  return ({ files, bytes }) => {
    if (performance.now() - last < 2000) return
    last = performance.now()
    console.error(`… ${files} (${mib(bytes)})`)
  }
}

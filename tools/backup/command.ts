import { readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { say, type Text } from '@zhongheng/domain/shared/problem.ts'
import { Encrypter } from 'age-encryption'
import { readSettings } from '../settings.ts'
import { exitCodes, Stop } from '../stop.ts'
import type { Key, Lock } from './archive.ts'
import { makeBackup } from './make.ts'
import { checkBackup, restoreBackup } from './restore.ts'

const usage = {
  backup: say(
    `用法：npm run backup -- --to 文件 （--recipient age1… | --passphrase-file 文件）
  平台运行时或停止后均可。--recipient 可重复；age-keygen 或任何 age 工具生成密钥对，私钥另处保管。
  可用 age 与 zstd、tar 打开：age -d -i 私钥文件 备份 | zstd -d | tar -t`,
    `Usage: npm run backup -- --to FILE (--recipient age1… | --passphrase-file FILE)
  While the platform runs, or at rest. --recipient may be repeated; age-keygen or any age tool makes the pair, whose secret half is kept elsewhere.
  age, zstd and tar open it too: age -d -i KEYFILE BACKUP | zstd -d | tar -t`,
  ),
  restore: say(
    `用法：npm run restore -- --from 文件 （--identity 文件 | --passphrase-file 文件） --check
      npm run restore -- --from 文件 （…） --admin 登录名 --reason 原因
  --check 通读并核对备份，不写入。恢复只写入空的数据文件夹（ZH_DATA）；之后只有 --admin（每个单位一个，可重复）能登录，其余账号由其在成员页面确认。`,
    `Usage: npm run restore -- --from FILE (--identity FILE | --passphrase-file FILE) --check
       npm run restore -- --from FILE (…) --admin LOGIN --reason TEXT
  --check reads and compares the whole backup and writes nothing. A restore fills an empty data folder (ZH_DATA); after it only --admin (one for each organisation, may be repeated) can sign in, and confirms the others on the members page.`,
  ),
}

const words = {
  to: { type: 'string' },
  from: { type: 'string' },
  recipient: { type: 'string', multiple: true },
  identity: { type: 'string' },
  'passphrase-file': { type: 'string' },
  admin: { type: 'string', multiple: true },
  reason: { type: 'string' },
  check: { type: 'boolean' },
} as const

type Words = ReturnType<typeof read>
const read = (given: readonly string[]) => parseArgs({ args: [...given], options: words }).values

/** Runs `backup` or `restore` and answers the exit code: 0 done, 1 refused, 2 called wrongly. Secrets come from files only. */
export async function backupCommand(
  act: 'backup' | 'restore',
  root: string,
  given: readonly string[],
): Promise<number> {
  const settings = readSettings(root)
  const tell = (text: Text): void => console.log(text[settings.language])
  let asked: Words
  try {
    asked = read(given)
  } catch {
    console.error(usage[act][settings.language])
    return exitCodes.badSetting
  }
  const progress = teller()
  try {
    if (act === 'backup') {
      const lock = lockOf(asked)
      if (asked.to === undefined || lock === undefined) throw new Stop(usage.backup, { exitCode: exitCodes.badSetting })
      const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
      const made = await makeBackup({
        data: settings.data,
        databaseUrl: settings.databaseUrl,
        to: resolve(asked.to),
        lock,
        now: new Date(),
        product: version,
        progress,
      })
      tell(
        say(
          `已备份 ${made.files} 个文件（${mib(made.bytes)}）到 ${asked.to}（${mib(made.size)}）。请核对：npm run restore -- --from ${asked.to} … --check`,
          `${made.files} files (${mib(made.bytes)}) are in ${asked.to} (${mib(made.size)}). Check it: npm run restore -- --from ${asked.to} … --check`,
        ),
      )
      return 0
    }
    const key = keyOf(asked)
    if (asked.from === undefined || key === undefined) throw new Stop(usage.restore, { exitCode: exitCodes.badSetting })
    const from = resolve(asked.from)
    if (asked.check === true) {
      const { head, files, bytes } = await checkBackup({ from, key, progress })
      tell(
        say(
          `完整：${files} 个文件（${mib(bytes)}），制作于 ${head.madeAt}`,
          `Whole: ${files} files (${mib(bytes)}), made at ${head.madeAt}`,
        ),
      )
      return 0
    }
    if (asked.admin === undefined || asked.reason === undefined)
      throw new Stop(usage.restore, { exitCode: exitCodes.badSetting })
    const done = await restoreBackup({
      from,
      key,
      data: settings.data,
      now: new Date(),
      reason: asked.reason,
      admins: asked.admin,
      progress,
    })
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
    return 0
  } catch (error) {
    if (!(error instanceof Stop)) throw error
    console.error(error.text[settings.language])
    return error.exitCode
  }
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

import { createWriteStream } from 'node:fs'
import { cp, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import {
  isRestoreReason,
  restoreReasonLimits,
  restoreRequestFile,
} from '@zhongheng/contracts/records/restore-request.ts'
import { type Restored, restoredFile } from '@zhongheng/contracts/records/restored.ts'
import { say } from '@zhongheng/domain/shared/problem.ts'
import { unprivilegedAccount } from '../postgres/account.ts'
import { postgresHome } from '../postgres/home.ts'
import { Stop } from '../stop.ts'
import { BadArchive, type Key, readArchive } from './archive.ts'
import { emptyFolders } from './database.ts'
import { type BackupHead, headName, isBackupHead } from './head.ts'

export type RestoreOptions = {
  readonly from: string
  /** The newest file of shares, whatever day the backup is of. */
  readonly shares: string
  readonly key: Key
  /** The data folder to fill: absent, or empty but for the ledger's mark, which stays. */
  readonly data: string
  readonly now: Date
  /** Why, back to when, and who decided: goes into the ledger. */
  readonly reason: string
  /** Logins of administrators, one for each organisation: the only ones that sign in before one of them has confirmed the others. */
  readonly admins: readonly string[]
  readonly progress: (line: { readonly files: number; readonly bytes: number }) => void
}
export type RestoreDone = {
  readonly head: BackupHead
  readonly files: number
  readonly bytes: number
  /** When the shares are of, ISO 8601; engagements that are younger cannot be opened. */
  readonly sharesMadeAt: string
}
type Taken = Omit<RestoreDone, 'sharesMadeAt'>

/**
 * Reads a backup from beginning to end and compares every file with its digest; writes nothing.
 * @throws Stop when it cannot be opened or is not whole
 */
export async function checkBackup(options: Pick<RestoreOptions, 'from' | 'key' | 'progress'>): Promise<Taken> {
  return take(options, undefined, async (_, __, bytes) => {
    for await (const chunk of bytes) void chunk
  })
}

/**
 * Fills a data folder from a backup. Everything is written beside the folder and takes its name only when the whole backup has been
 * read and found whole. The next start puts the restore on record, ends every login, token and lease of the backup, and holds all
 * accounts but those of `admins` until one of them confirms them: rights that were taken away after the backup do not come back by it.
 * @throws Stop for what its caller can mend
 */
export async function restoreBackup(options: RestoreOptions): Promise<RestoreDone> {
  const { data } = options
  if (!isRestoreReason(options.reason)) {
    const { least, most } = restoreReasonLimits
    throw new Stop(
      say(
        `--reason 需要 ${least} 至 ${most} 个字：为何恢复、恢复到何时、谁决定`,
        `--reason takes ${least} to ${most} characters: why, back to when, and who decided`,
      ),
    )
  }
  const kept = await mustBeEmpty(data)
  const beside = join(dirname(data), `.${process.pid}.restoring`)
  await mkdir(beside, { recursive: true, mode: 0o700 })
  try {
    const made = new Set<string>()
    const put: Take = async (name, mode, bytes) => {
      const path = join(beside, name)
      const folder = dirname(path)
      if (!made.has(folder)) await mkdir(folder, { recursive: true, mode: 0o700 })
      made.add(folder)
      await pipeline(bytes, createWriteStream(path, { flags: 'wx', mode: mode & 0o700, flush: true }))
    }
    const done = await take(options, 'platform', put)
    const shares = await take({ ...options, from: options.shares }, 'shares', put)
    const restored: Restored = {
      v: 1,
      madeAt: done.head.madeAt,
      restoredAt: options.now.toISOString(),
      admins: options.admins,
      reason: options.reason,
    }
    await writeFile(join(beside, restoredFile), JSON.stringify(restored), { mode: 0o600 })
    const request = { v: 1, reason: options.reason, at: options.now.toISOString() }
    await mkdir(dirname(join(beside, 'ledger', restoreRequestFile)), { recursive: true, mode: 0o700 })
    await writeFile(join(beside, 'ledger', restoreRequestFile), JSON.stringify(request), { mode: 0o600 })
    await putInPlace(beside, data, kept, done.head)
    return {
      ...done,
      files: done.files + shares.files,
      bytes: done.bytes + shares.bytes,
      sharesMadeAt: shares.head.madeAt,
    }
  } catch (error) {
    await rm(beside, { recursive: true, force: true })
    throw error
  }
}

async function putInPlace(beside: string, data: string, kept: readonly string[], head: BackupHead): Promise<void> {
  if (head.database === 'files') {
    for (const name of emptyFolders)
      await mkdir(join(beside, 'postgres', 'data', name), { recursive: true, mode: 0o700 })
  }
  await mkdir(data, { recursive: true, mode: 0o700 })
  for (const name of await readdir(beside)) {
    if (kept.includes(name)) continue
    if (name === 'postgres') await putCluster(join(beside, name), join(data, name))
    else await rename(join(beside, name), join(data, name))
  }
  await rm(beside, { recursive: true })
}

/** The account of the database may not be able to enter the data folder; the launcher knows where its files then go. */
async function putCluster(from: string, wanted: string): Promise<void> {
  const home = postgresHome(wanted, unprivilegedAccount(), () => undefined)
  await cp(from, home, { recursive: true, preserveTimestamps: true })
}

type Take = (name: string, mode: number, bytes: AsyncIterable<Uint8Array>) => Promise<void>

async function take(
  options: Pick<RestoreOptions, 'from' | 'key' | 'progress'>,
  part: BackupHead['part'] | undefined,
  each: Take,
): Promise<Taken> {
  let head: BackupHead | null = null
  const counted = { files: 0, bytes: 0 }
  try {
    const digests = await readArchive(options.from, options.key, async (name, mode, bytes) => {
      if (head === null) head = await readHead(options.from, part, name, bytes)
      else await each(name, mode, bytes)
      counted.files++
      options.progress(counted)
    })
    counted.bytes = Object.values(digests).reduce((sum, { size }) => sum + size, 0)
  } catch (error) {
    throw asStop(error, options.from)
  }
  if (head === null) throw asStop(new BadArchive('damaged', `it begins without ${headName}`), options.from)
  return { head, ...counted }
}

async function readHead(
  from: string,
  part: BackupHead['part'] | undefined,
  name: string,
  bytes: AsyncIterable<Uint8Array>,
): Promise<BackupHead> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const chunk of bytes) {
    size += chunk.length
    if (size > 64 * 1024) break
    parts.push(chunk)
  }
  const value: unknown = name === headName ? JSON.parse(Buffer.concat(parts).toString()) : null
  if (!isBackupHead(value))
    throw new BadArchive('damaged', `it does not begin with ${headName} of a form that is known here`)
  if (part !== undefined && value.part !== part) {
    throw new Stop(
      part === 'platform'
        ? say(`${from} 是密钥份额（--shares），不是备份`, `${from} holds shares of keys (--shares) and is no backup`)
        : say(`${from} 是备份，不是密钥份额`, `${from} is a backup and holds no shares of keys`),
    )
  }
  return value
}

function asStop(error: unknown, from: string): unknown {
  if (error instanceof BadArchive) {
    return error.kind === 'key'
      ? new Stop(
          say(
            `${from} 无法打开：密钥或口令不对，或不是备份（${error.message}）`,
            `${from} cannot be opened: another key or passphrase, or no backup (${error.message})`,
          ),
        )
      : new Stop(
          say(
            `${from} 已损坏：${error.message}。未写入任何内容。`,
            `${from} is damaged: ${error.message}. Nothing was put in place.`,
          ),
        )
  }
  const code = (error as NodeJS.ErrnoException).code
  if (code === 'ENOENT' || code === 'EACCES' || code === 'EISDIR') {
    return new Stop(say(`无法读取 ${from}（${code}）`, `${from} cannot be read (${code})`))
  }
  return error
}

/** @returns what is there already and stays */
async function mustBeEmpty(data: string): Promise<readonly string[]> {
  const found = await readdir(data).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const others = found.filter((name) => name !== 'ledger-mark')
  if (others.length === 0) return found
  throw new Stop(
    say(
      `${data} 不是空的（${others.slice(0, 3).join('、')}）：请先移走，或用 ZH_DATA 指定另一个文件夹`,
      `${data} is not empty (${others.slice(0, 3).join(', ')}): move it away first, or name another folder with ZH_DATA`,
    ),
  )
}

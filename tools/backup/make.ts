import { spawn } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { backupNoteFile } from '@zhongheng/contracts/records/backup-note.ts'
import { say } from '@zhongheng/domain/shared/problem.ts'
import { Stop } from '../stop.ts'
import { type AddFile, type Lock, once, writeArchive } from './archive.ts'
import { beginCopy, belongsIntoCopy } from './database.ts'
import { type BackupHead, backupFormat, headName } from './head.ts'
import { noteBackup } from './note.ts'

export type BackupOptions = {
  /** The platform's data folder. */
  readonly data: string
  /** Address of the administrator's own PostgreSQL; absent: the embedded one. Its role must pass row policies (superuser or BYPASSRLS). */
  readonly databaseUrl?: string | undefined
  /** The file to make; must not exist. */
  readonly to: string
  /** The file of the shares, which replaces the one before it: of these no generations are kept. */
  readonly sharesTo: string
  readonly lock: Lock
  readonly now: Date
  readonly product: string
  readonly progress: (line: { readonly files: number; readonly bytes: number }) => void
}
export type BackupMade = { readonly files: number; readonly bytes: number; readonly size: number }

/** Folder of the halves of engagements' keys. */
const sharesName = 'key-shares'
/** Belong to the running platform or to this machine alone, or must not be in a backup: the mark, and passwords of the demo. */
const notKept = new Set([
  'lock',
  sharesName,
  'run',
  'logs',
  'postgres',
  'ledger-mark',
  'first-logins.json',
  'setup-link.txt',
  'restored.json',
  backupNoteFile,
])
/** Taken before, of this run, or copies of what rests in the segments' store. */
const notOfRecorder = /^recorder\/(?:seals\.ndjson|lock|fetched\/.*)$/
/** Before the database: what is entered meanwhile is made again out of the database. After it: what the database speaks of is there. */
const first = ['keys', 'ledger']

/**
 * Makes an encrypted file out of everything that a platform needs to live on, while it runs or at rest: keys, ledger, database,
 * recorded segments. The ledger is read first and the recorder last, so that whatever happens meanwhile is ahead in the
 * direction which the start mends by itself. The halves of engagements' keys go into a file of their own, made last, which replaces
 * the one before: with an old one, an old backup would bring back what was disposed of since (GBT43741-5.3-06).
 * A file that is only partly written never has the name asked for.
 * @throws Stop for what its caller can mend
 */
export async function makeBackup(options: BackupOptions): Promise<BackupMade> {
  const { data, to } = options
  const embedded = options.databaseUrl === undefined
  await mustBePlatform(data, embedded)
  await mustNotExist(to)
  if (resolve(options.sharesTo) === resolve(to))
    throw new Stop(say('--shares 须是另一个文件', '--shares must be another file'))
  const counted = { files: 0, bytes: 0 }
  const size = await writeWhole(to, options, counted, (add) => fill(options, embedded, add))
  await writeWhole(options.sharesTo, options, { files: 0, bytes: 0 }, (add) => fillShares(options, embedded, add))
  await noteBackup(data, { madeAt: options.now, bytes: size })
  return { ...counted, size }
}

/** @returns size of the file in bytes */
async function writeWhole(
  to: string,
  options: BackupOptions,
  counted: { files: number; bytes: number },
  fillIt: (add: AddFile) => Promise<void>,
): Promise<number> {
  const partial = `${to}.partial`
  const file = await open(partial, 'wx', 0o600).catch((cause: unknown) => {
    throw new Stop(say(`无法写入 ${partial}`, `${partial} cannot be written`), { cause })
  })
  try {
    const size = await writeArchive(file, options.lock, async (add) => {
      const addCounted: AddFile = async (path, mode, length, bytes) => {
        await add(path, mode, length, bytes)
        counted.files++
        counted.bytes += length
        options.progress(counted)
      }
      await fillIt(addCounted)
    })
    await file.close()
    await rename(partial, to)
    await syncFolder(dirname(to))
    return size
  } catch (error) {
    await file.close().catch(() => undefined)
    await rm(partial, { force: true })
    throw error
  }
}

async function fillShares(options: BackupOptions, embedded: boolean, add: AddFile): Promise<void> {
  await addHead(options, embedded, 'shares', add)
  const folder = join(options.data, sharesName)
  if ((await stat(folder).catch(() => null)) !== null) await addFolder(add, folder, sharesName, () => true)
}

async function addHead(
  { data, now, product }: BackupOptions,
  embedded: boolean,
  part: BackupHead['part'],
  add: AddFile,
): Promise<void> {
  const head: BackupHead = {
    format: backupFormat,
    part,
    madeAt: now.toISOString(),
    product,
    database: embedded ? 'files' : 'dump',
    postgresql: embedded ? (await readFile(join(data, 'postgres', 'data', 'PG_VERSION'), 'utf8')).trim() : null,
    machine: `${process.platform}-${process.arch}`,
  }
  const text = Buffer.from(`${JSON.stringify(head, null, 2)}\n`)
  await add(headName, 0o600, text.length, once(text))
}

async function fill(options: BackupOptions, embedded: boolean, add: AddFile): Promise<void> {
  const { data } = options
  await addHead(options, embedded, 'platform', add)
  const keysBefore = await namesAndTimes(join(data, 'keys'))
  // The checkpoint before the tiles: they then hold at least what it speaks of.
  await addFile(add, join(data, 'ledger', 'checkpoint'), 'ledger/checkpoint')
  for (const name of first) await addFolder(add, join(data, name), name, (path) => path !== 'ledger/checkpoint')
  await (options.databaseUrl === undefined ? copyCluster(data, add) : dump(options.databaseUrl, add))
  // The seals before the segments they are about, for the same reason.
  await addFile(add, join(data, 'recorder', 'seals.ndjson'), 'recorder/seals.ndjson')
  for (const name of (await readdir(data)).toSorted()) {
    if (notKept.has(name) || first.includes(name)) continue
    const path = join(data, name)
    if ((await stat(path)).isFile()) await addFile(add, path, name)
    else await addFolder(add, path, name, (one) => !notOfRecorder.test(one))
  }
  if ((await namesAndTimes(join(data, 'keys'))) !== keysBefore) {
    throw new Stop(say('备份期间密钥有变更，请重新备份', 'keys were changed while the backup was made: make it again'))
  }
}

async function copyCluster(data: string, add: AddFile): Promise<void> {
  const home = join(data, 'postgres')
  await addFile(add, join(home, 'superuser-password'), 'postgres/superuser-password')
  const copying = await beginCopy(home)
  try {
    const prefix = 'postgres/data'
    const cluster = join(home, 'data')
    const control = `${prefix}/global/pg_control`
    const into = (path: string): boolean => path !== control && belongsIntoCopy(path.slice(prefix.length + 1))
    await addFolder(add, cluster, prefix, into)
    const { label, logs } = await copying.end()
    // Last of the cluster's own files, as PostgreSQL asks for it.
    await addFile(add, join(cluster, 'global', 'pg_control'), control)
    for (const name of logs) await addFile(add, join(cluster, 'pg_wal', name), `${prefix}/pg_wal/${name}`)
    if (label !== null) {
      const bytes = Buffer.from(label)
      await add(`${prefix}/backup_label`, 0o600, bytes.length, once(bytes))
    }
  } finally {
    await copying.giveUp()
  }
}

/** A dump in pieces, since its length is not known before its end. */
async function dump(url: string, add: AddFile): Promise<void> {
  const child = spawn('pg_dump', ['--format=custom', '--no-owner', `--dbname=${url}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-2000)
  })
  const ended = new Promise<number | string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code) => resolve(code ?? 'killed'))
  })
  let number = 0
  let held: Uint8Array[] = []
  let length = 0
  const flush = async (): Promise<void> => {
    const piece = Buffer.concat(held)
    held = []
    length = 0
    number++
    await add(`database/${String(number).padStart(6, '0')}`, 0o600, piece.length, once(piece))
  }
  for await (const chunk of child.stdout as AsyncIterable<Uint8Array>) {
    held.push(chunk)
    length += chunk.length
    if (length >= 8 << 20) await flush()
  }
  const code = await ended
  if (code !== 0) {
    throw new Stop(
      say(
        `pg_dump 失败（${code}）：${said}\n所用账号须为超级用户或具有 BYPASSRLS，且 pg_dump 不旧于服务器。`,
        `pg_dump failed (${code}): ${said}\nIts account must be a superuser or have BYPASSRLS, and pg_dump must not be older than the server.`,
      ),
    )
  }
  await flush()
}

async function addFolder(add: AddFile, folder: string, name: string, wanted: (path: string) => boolean): Promise<void> {
  for (const one of (await readdir(folder, { withFileTypes: true })).toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = `${name}/${one.name}`
    if (one.isDirectory()) await addFolder(add, join(folder, one.name), path, wanted)
    else if (one.isFile() && wanted(path) && !(await addFile(add, join(folder, one.name), path))) {
      // A segment that went to its store since: the note that took its place stands for it.
      const note = /^recorder\/.+\.zhs$/.test(path) ? one.name.replace(/\.zhs$/, '.rests') : null
      if (note !== null) await addFile(add, join(folder, note), `${name}/${note}`)
    }
  }
}

/** What has gone since it was listed is left out: a table dropped, a tile replaced by its full one. */
async function addFile(add: AddFile, path: string, name: string): Promise<boolean> {
  let handle: Awaited<ReturnType<typeof open>>
  try {
    handle = await open(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
  try {
    const { size, mode } = await handle.stat()
    const end = size === 0 ? {} : { end: size - 1 }
    const bytes =
      size === 0
        ? once(new Uint8Array())
        : createReadStream(path, { fd: handle.fd, autoClose: false, start: 0, ...end, highWaterMark: 256 * 1024 })
    await add(name, mode & 0o777, size, bytes as AsyncIterable<Uint8Array>)
    return true
  } finally {
    await handle.close()
  }
}

const namesAndTimes = async (folder: string): Promise<string> => {
  const names = (await readdir(folder)).toSorted()
  const times = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).mtimeMs))
  return JSON.stringify([names, times])
}

async function mustBePlatform(data: string, embedded: boolean): Promise<void> {
  for (const name of ['keys', 'ledger', ...(embedded ? ['postgres'] : [])]) {
    if ((await stat(join(data, name)).catch(() => null))?.isDirectory() === true) continue
    throw new Stop(
      say(
        `${data} 中没有 ${name}：这不是平台的数据文件夹（用 ZH_DATA 指定）${name === 'postgres' ? '，或数据库在别处（设置 DATABASE_URL）' : ''}`,
        `There is no ${name} in ${data}: it is no data folder of a platform (ZH_DATA names it)${name === 'postgres' ? ', or its database is elsewhere (set DATABASE_URL)' : ''}`,
      ),
    )
  }
}

async function mustNotExist(to: string): Promise<void> {
  const found = await stat(to).catch(() => null)
  if (found === null && (await stat(dirname(to)).catch(() => null))?.isDirectory() === true) return
  throw new Stop(
    found === null
      ? say(`文件夹 ${dirname(to)} 不存在`, `There is no folder ${dirname(to)}`)
      : say(`${to} 已存在，不会覆盖`, `${basename(to)} is there already and is not overwritten`),
  )
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  await folder.sync()
  await folder.close()
}

import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { errorCode, LedgerError } from './ledger-error.ts'

type Holder = { readonly host: string; readonly pid: number; readonly startedAt: string }

/**
 * Keeps a second writer out of a log. The lock is a file that names its holder; a lock whose process has ended is
 * taken over, so that a killed server can start again by itself. A lock of another host cannot be judged and stands.
 * @returns releases the lock
 * @throws LedgerError locked
 */
export async function lockLog(path: string): Promise<() => Promise<void>> {
  const mine: Holder = { host: hostname(), pid: process.pid, startedAt: await startOf(process.pid) }
  const own = `${path}.${process.pid}`
  await writeFile(own, JSON.stringify(mine))
  try {
    for (let attempt = 0; attempt < 3; attempt++) {
      if (await linked(own, path)) return () => rm(path, { force: true })
      const holder = await readHolder(path)
      if (holder !== undefined && (await mayLive(holder, mine))) throw lockedBy(holder, path)
      // Renaming first: of two that found the same dead lock, only one moves it.
      await rename(path, `${own}.dead`).catch((error: unknown) => {
        if (errorCode(error) !== 'ENOENT') throw error
      })
    }
    throw new LedgerError('locked', `另一个进程正在争用账本锁 ${path}`, `another process is taking the lock ${path}`)
  } finally {
    await rm(own, { force: true })
    await rm(`${own}.dead`, { force: true })
  }
}

async function linked(own: string, path: string): Promise<boolean> {
  try {
    await link(own, path)
    return true
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    throw error
  }
}

async function readHolder(path: string): Promise<Holder | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '')
  const [, host, pid, startedAt] = /^\{"host":"([^"]*)","pid":(\d+),"startedAt":"([^"]*)"\}$/.exec(text) ?? []
  return host === undefined || startedAt === undefined ? undefined : { host, pid: Number(pid), startedAt }
}

async function mayLive(holder: Holder, mine: Holder): Promise<boolean> {
  if (holder.host !== mine.host) return true
  try {
    process.kill(holder.pid, 0)
  } catch (error) {
    if (errorCode(error) === 'ESRCH') return false
  }
  // The number may have been given to another process since; its start tells them apart.
  return (await startOf(holder.pid)) === holder.startedAt
}

/** Boot and start tick of a process, where the system tells it; else an empty text that equals itself. */
async function startOf(pid: number): Promise<string> {
  try {
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8')
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    // The name in brackets may hold blanks; the start tick is the 20th field after it.
    return `${boot.trim()}/${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''}`
  } catch {
    return ''
  }
}

const lockedBy = (holder: Holder, path: string): LedgerError =>
  new LedgerError(
    'locked',
    `账本正由 ${holder.host} 上的进程 ${holder.pid} 写入。若该进程确已结束，请删除 ${path}`,
    `process ${holder.pid} on ${holder.host} is writing this log. If it has surely ended, delete ${path}`,
  )

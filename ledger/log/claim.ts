import { existsSync } from 'node:fs'
import { link, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { syncPath } from './files.ts'
import { errorCode, LedgerError } from './ledger-error.ts'

/**
 * Who writes a log is told by a claim: a file whose name carries a fencing token, a number that only grows. A writer looks
 * for its own claim after each durable write and before each checkpoint takes the last one's place. Whoever claims with a
 * higher token removes the lower claims first and only then reads what is there, so everything that the earlier writer
 * acknowledged is seen, and nothing that it does later (it may have been paused for hours) is acknowledged or shown.
 */
export type Claim = {
  readonly token: number
  /** A name that no other claim has: for files that only this writer may make. */
  readonly name: string
  /** @throws LedgerError fenced, when a later writer has begun */
  mustHold(): void
  release(): Promise<void>
}

type Holder = { readonly host: string; readonly pid: number; readonly startedAt: string }

/**
 * Claims a log for writing.
 * @param token of whoever decides between writers (the sequencer's, from the database). A writer with a lower one is put
 * aside even while it lives; without a token a living one stands, and one whose process has ended is taken over from
 * @throws LedgerError locked: a living writer and no token; fenced: a writer with this token or a higher one has begun
 */
export async function claimLog(stateFolder: string, token: number | undefined): Promise<Claim> {
  const startedAt = await startOf(process.pid)
  const mine: Holder = { host: hostname(), pid: process.pid, startedAt }
  const before = await claimsIn(stateFolder)
  const highest = before.at(-1)
  if (token !== undefined && highest !== undefined && highest.token >= token) throw fenced(highest.token)
  if (token === undefined && highest !== undefined) {
    const holder = await readHolder(join(stateFolder, highest.name))
    if (holder !== undefined && (await mayLive(holder, mine))) throw lockedBy(holder, join(stateFolder, highest.name))
  }
  const own = token ?? (highest?.token ?? 0) + 1
  const name = `claim-${String(own).padStart(16, '0')}-${process.pid}-${process.hrtime.bigint().toString(36)}`
  const path = join(stateFolder, name)
  await writeFile(`${path}.new`, JSON.stringify(mine))
  await link(`${path}.new`, path)
  await rm(`${path}.new`)
  const release = (): Promise<void> => rm(path, { force: true })
  // Of two that claim at once the higher token wins; of equal ones the name decides, so that exactly one goes on.
  const last = (await claimsIn(stateFolder)).at(-1)
  if (last?.name !== name) {
    await release()
    throw fenced(last?.token ?? own)
  }
  await removeOthers(stateFolder, name)
  await syncPath(stateFolder)
  return {
    token: own,
    name,
    mustHold: () => {
      if (!existsSync(path)) throw fenced(own)
    },
    release,
  }
}

/** The highest token that anybody has claimed this log with; 0 where nobody has. */
export async function highestToken(stateFolder: string): Promise<number> {
  return (await claimsIn(stateFolder)).at(-1)?.token ?? 0
}

async function claimsIn(stateFolder: string): Promise<{ name: string; token: number }[]> {
  let names: string[]
  try {
    names = await readdir(stateFolder)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return []
    throw error
  }
  return names
    .filter((name) => /^claim-\d{16}-\d+-[0-9a-z]+$/.test(name))
    .sort()
    .map((name) => ({ name, token: Number(name.slice(6, 22)) }))
}

/** Where a claim's holder prepares a file that is to take another's place: under a name that goes with the claim. */
export const underWay = (stateFolder: string, claim: Claim, what: 'checkpoint' | 'journal' | 'tile'): string =>
  join(stateFolder, `new-${what}-${claim.name}`)

/** Other claims first, then what their holders had under way: it can then take no place any more. */
async function removeOthers(stateFolder: string, mine: string): Promise<void> {
  for (const mark of ['claim-', 'new-'])
    for (const name of await readdir(stateFolder))
      if (name.startsWith(mark) && !name.includes(mine)) await rm(join(stateFolder, name), { force: true })
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

const fenced = (token: number): LedgerError =>
  new LedgerError(
    'fenced',
    `另一个写入者已以令牌 ${token} 接管账本`,
    `another writer has taken this log over with token ${token}`,
  )

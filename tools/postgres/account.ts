import { spawnSync } from 'node:child_process'
import { chownSync, lstatSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** The account under which PostgreSQL runs. PostgreSQL refuses root; account nobody (65534) exists on every Linux. */
export type Account = { readonly uid: number; readonly gid: number } | 'same'

const nobody = { uid: 65534, gid: 65534 } as const

/** Ourselves, unless we are root. */
export function unprivilegedAccount(): Account {
  return process.getuid?.() === 0 ? nobody : 'same'
}

/** The `spawn` options that start a program as the account. The folder is `/`, which every account may enter. */
export function as(account: Account): { cwd: '/'; uid?: number; gid?: number } {
  return account === 'same' ? { cwd: '/' } : { cwd: '/', uid: account.uid, gid: account.gid }
}

/** Whether the account can execute the program with these arguments. */
export function canRun(account: Account, program: string, args: readonly string[], libraryPath: string): boolean {
  const run = spawnSync(program, args, {
    ...as(account),
    env: { LD_LIBRARY_PATH: libraryPath, LC_ALL: 'C.UTF-8' },
    stdio: 'ignore',
    timeout: 20_000,
  })
  return run.status === 0
}

/** Whether the account may enter the folder, all folders above it included (a home of mode 0700 forbids it). */
export function canEnter(account: Account, folder: string): boolean {
  return account === 'same' || spawnSync('test', ['-x', folder], { ...as(account), stdio: 'ignore' }).status === 0
}

/** Hands a folder and everything in it to the account; makes it, readable by nobody else, when absent. */
export function handOver(folder: string, account: Account): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (account !== 'same') chownAll(folder, account)
}

function chownAll(path: string, to: { uid: number; gid: number }): void {
  const found = lstatSync(path, { throwIfNoEntry: false })
  // An earlier server that is still ending removes its files under our feet; what is gone needs no new owner.
  if (found === undefined || found.isSymbolicLink()) return
  if (found.uid !== to.uid || found.gid !== to.gid) {
    try {
      chownSync(path, to.uid, to.gid)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
      throw error
    }
  }
  if (found.isDirectory()) for (const name of readdirSync(path)) chownAll(join(path, name), to)
}

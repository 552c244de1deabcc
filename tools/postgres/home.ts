import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { say } from '@zhongheng/domain/shared/problem.ts'
import { Stop } from '../stop.ts'
import type { Account } from './account.ts'
import { canEnter } from './account.ts'

/** Where PostgreSQL may live when the account cannot enter the data folder. */
const elsewhere = '/var/lib/zhongheng'

/**
 * The folder that holds everything of the embedded PostgreSQL: `wanted`, or, where the account may not enter it (started by root
 * out of a home of mode 0700), a folder of its own under /var/lib/zhongheng to which `wanted` becomes a link, so that the next start
 * finds the same data. Returns the real path.
 */
export function postgresHome(wanted: string, account: Account, log: (line: string) => void): string {
  if (isLink(wanted) && !existsSync(wanted)) {
    throw new Stop(
      say(
        `数据库文件夹 ${readlinkSync(wanted)} 不存在（${wanted} 指向它）。请恢复该文件夹；若确定放弃其中的数据，请删除此链接。`,
        `The database folder ${readlinkSync(wanted)} is gone (${wanted} points to it). Restore it, or remove the link if its data may be lost.`,
      ),
    )
  }
  if (!existsSync(wanted)) mkdirSync(wanted, { recursive: true, mode: 0o755 })
  let home = realpathSync(wanted)
  chmodSync(home, 0o711)
  if (canEnter(account, home)) return home

  home = join(elsewhere, randomBytes(6).toString('hex'))
  mkdirSync(home, { recursive: true, mode: 0o711 })
  replaceByLink(wanted, home)
  log(`PostgreSQL's account cannot enter ${wanted}; its files are in ${home}`)
  return home
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false
}

function replaceByLink(wanted: string, home: string): void {
  // A folder that the account could never enter cannot hold a cluster yet: only an empty one is replaced.
  rmdirSync(wanted)
  symlinkSync(home, wanted)
}

/** The superuser's password of the cluster: made once, kept beside it, readable by its owner alone. */
export function superuserPassword(home: string): string {
  const file = join(home, 'superuser-password')
  if (!existsSync(file)) writeFileSync(file, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 })
  return readFileSync(file, 'utf8').trim()
}

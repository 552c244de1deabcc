import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { say } from '@zhongheng/domain/shared/problem.ts'
import { Stop } from '../stop.ts'
import type { Account } from './account.ts'
import { as, handOver } from './account.ts'
import type { Binaries } from './binaries.ts'

/** The name of the cluster's superuser. */
export const superuser = 'postgres'

/** The environment of PostgreSQL's programs; nothing of ours reaches them. */
export const postgresEnv = (binaries: Binaries): NodeJS.ProcessEnv => ({
  LD_LIBRARY_PATH: binaries.libraryPath,
  LC_ALL: 'C.UTF-8',
  PATH: '/usr/bin:/bin',
})

/**
 * Makes the cluster's data folder when it is not there yet. C.UTF-8 and not C: trigrams of Chinese text are empty with C.
 * It is made beside its place and moved at the end, so that an interrupted making leaves nothing that looks finished.
 */
export function ensureCluster(
  home: string,
  binaries: Binaries,
  account: Account,
  password: string,
  durable: boolean,
): string {
  const data = join(home, 'data')
  if (existsSync(join(data, 'PG_VERSION'))) {
    refuseOtherVersion(data, binaries)
    handOver(data, account)
    return data
  }
  const unfinished = join(home, 'data.unfinished')
  const passwordFile = join(unfinished, 'password')
  const folder = join(unfinished, 'data')
  rmSync(unfinished, { recursive: true, force: true })
  handOver(unfinished, account)
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 })
  handOver(unfinished, account)
  const made = spawnSync(
    join(binaries.folder, 'bin', 'initdb'),
    [
      '--pgdata',
      folder,
      '--username',
      superuser,
      '--encoding=UTF8',
      '--locale=C.UTF-8',
      '--data-checksums',
      '--auth=scram-sha-256',
      `--pwfile=${passwordFile}`,
      ...(durable ? [] : ['--no-sync']),
    ],
    { ...as(account), env: postgresEnv(binaries), encoding: 'utf8' },
  )
  if (made.status !== 0) {
    throw new Stop(
      say(
        `无法建立数据库文件夹 ${data}：\n${made.stderr || String(made.error)}`,
        `The database folder ${data} could not be made:\n${made.stderr || String(made.error)}`,
      ),
    )
  }
  renameSync(folder, data)
  rmSync(unfinished, { recursive: true, force: true })
  return data
}

function refuseOtherVersion(data: string, binaries: Binaries): void {
  const found = readFileSync(join(data, 'PG_VERSION'), 'utf8').trim()
  const ours = binaries.version.split('.')[0]
  if (found === ours) return
  throw new Stop(
    say(
      `${data} 由 PostgreSQL ${found} 建立，而内置版本为 ${ours}。请用 ZH_DATA 指定其他数据文件夹，或用 PostgreSQL ${found} 运行它并设置 DATABASE_URL。`,
      `${data} was made by PostgreSQL ${found}; the embedded one is ${ours}. Choose another data folder with ZH_DATA, or run it with PostgreSQL ${found} and set DATABASE_URL.`,
    ),
  )
}

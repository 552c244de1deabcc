import type { ChildProcess, ChildProcessWithoutNullStreams } from 'node:child_process'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { say } from '@zhongheng/domain/shared/problem.ts'
import { Client } from 'pg'
import { freePort } from '../ports.ts'
import { eachLine, lastLines } from '../lines.ts'
import { Stop } from '../stop.ts'
import type { Account } from './account.ts'
import { as, unprivilegedAccount } from './account.ts'
import type { Binaries } from './binaries.ts'
import { prepareBinaries } from './binaries.ts'
import { ensureCluster, postgresEnv, superuser } from './cluster.ts'
import { endEarlierRun, postmasterOf } from './earlier-run.ts'
import { postgresHome, superuserPassword } from './home.ts'

export type PostgresOptions = {
  /** Where the cluster is kept between starts; made when absent. */
  readonly folder: string
  /** Gets each line that PostgreSQL prints, and ours about it. */
  readonly log: (line: string) => void
  /** Tests only: do not wait for the disk. A power cut may then lose everything. */
  readonly unsafeButFast?: boolean
  /** The port to use; a free one unless told. A server started again during a run keeps its address. */
  readonly port?: number
  /** The database to make and to name in the address; `zhongheng` unless told. */
  readonly database?: string
}

export type Postgres = {
  /** `postgresql://…` of the superuser, on 127.0.0.1. */
  readonly url: string
  readonly port: number
  /** The postmaster's process. */
  readonly pid: number
  /** Resolves when the server has ended, asked or not. */
  readonly ended: Promise<void>
  /** Fast shutdown: ends all connections, writes everything out, waits until the server is gone. Twice is no error. */
  stop(): Promise<void>
}

/** Small at rest, and silent about the data: no statement text and no key values reach the log. */
const settings: Readonly<Record<string, string>> = {
  shared_buffers: '48MB',
  max_connections: '80',
  max_wal_size: '512MB',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
}
const fastSettings: Readonly<Record<string, string>> = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
}

/**
 * Starts the embedded PostgreSQL over `folder` (made at the first call) on a free port of 127.0.0.1, as account nobody when we are
 * root. It ends by itself when this process dies, however it dies. Errors: `Stop` with a text for the person at the keyboard.
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const account = unprivilegedAccount()
  const home = postgresHome(options.folder, account, options.log)
  const binaries = prepareBinaries(home, account)
  const password = superuserPassword(home)
  const data = ensureCluster(home, binaries, account, password, options.unsafeButFast !== true)
  await endEarlierRun(data)

  const attempts = 8
  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await freePort())
    const run = await tryStart(options, binaries, account, data, password, port)
    if ('postgres' in run) return run.postgres
    // Seen after a kill -9: back ends of the dead postmaster hold the shared memory for a second; or the port was taken meanwhile.
    if (attempt === attempts) {
      throw new Stop(
        say(
          `内置 PostgreSQL 无法启动（数据文件夹 ${data}）：\n${run.said}`,
          `The embedded PostgreSQL does not start (data folder ${data}):\n${run.said}`,
        ),
      )
    }
    await sleep(150 * attempt)
  }
}

type Attempt = { readonly postgres: Postgres } | { readonly said: string }

async function tryStart(
  options: PostgresOptions,
  binaries: Binaries,
  account: Account,
  data: string,
  password: string,
  port: number,
): Promise<Attempt> {
  const all = { ...settings, ...(options.unsafeButFast === true ? fastSettings : {}), port: String(port) }
  const args = ['-D', data, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
  const child = spawnWithLifeline(join(binaries.folder, 'bin', 'postgres'), args, account, postgresEnv(binaries))
  const last = lastLines(20)
  for (const stream of [child.stdout, child.stderr]) {
    eachLine(stream, (line) => {
      options.log(line)
      last.add(line)
    })
  }
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()))

  const database = options.database ?? 'zhongheng'
  const url = (name: string): string =>
    `postgresql://${superuser}:${encodeURIComponent(password)}@127.0.0.1:${port}/${name}`
  if (!(await answers(url('postgres'), child))) {
    child.stdin.destroy()
    await gone
    return { said: last.text() }
  }
  await ensureDatabase(url('postgres'), database)
  const pid = postmasterOf(data)
  if (pid === undefined) throw new Error(`PostgreSQL answers, but ${data} names no process`)
  return {
    postgres: {
      url: url(database),
      port,
      pid,
      ended: gone,
      async stop() {
        child.stdin.destroy()
        await gone
      },
    },
  }
}

/**
 * PostgreSQL does not notice that its starter died. A shell stands between: it reads the pipe that only we hold open, and asks
 * for a fast shutdown (SIGINT) when the pipe closes, be it by `stop()` or by our death. Own session: a Ctrl-C in the terminal reaches
 * only us, so that the programs which use the database end first.
 */
const lifeline = `
exec 3<&0 </dev/null
"$@" 3<&- &
postmaster=$!
{ cat <&3 >/dev/null; kill -INT $postmaster 2>/dev/null; } >/dev/null 2>&1 &
watcher=$!
exec 3<&-
wait $postmaster
code=$?
kill $watcher 2>/dev/null
exit $code
`

function spawnWithLifeline(
  program: string,
  args: readonly string[],
  account: Account,
  env: NodeJS.ProcessEnv,
): ChildProcessWithoutNullStreams {
  return spawn('/bin/sh', ['-c', lifeline, 'postgres', program, ...args], {
    ...as(account),
    env,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
}

/** Waits until the server accepts a connection; false when it ended instead, or needs more than a minute (crash recovery included). */
async function answers(url: string, child: ChildProcess): Promise<boolean> {
  const until = performance.now() + 60_000
  while (child.exitCode === null && child.signalCode === null && performance.now() < until) {
    const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
    try {
      await client.connect()
      return true
    } catch {
      await sleep(20) // not listening yet, or "the database system is starting up"
    } finally {
      await client.end()
    }
  }
  return false
}

async function ensureDatabase(url: string, name: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name])
    if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(name)}`)
  } finally {
    await client.end()
  }
}

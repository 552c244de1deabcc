import { readFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { say } from '@zhongheng/domain/shared/problem.ts'
import { Client } from 'pg'
import { superuser } from '../postgres/cluster.ts'
import { postmasterOf } from '../postgres/earlier-run.ts'
import { folderOf, isAlive } from '../processes.ts'
import { Stop } from '../stop.ts'

/** Folders of a cluster whose contents belong to a running server; they must be there, empty. */
export const emptyFolders = [
  'pg_wal/archive_status',
  'pg_replslot',
  'pg_dynshmem',
  'pg_notify',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
  'pg_stat',
  'pg_tblspc',
  'pg_twophase',
  'pg_commit_ts',
  'pg_logical/mappings',
  'pg_logical/snapshots',
] as const
const left = new Set(['postmaster.pid', 'postmaster.opts', 'backup_label', 'tablespace_map', 'current_logfiles'])

/** Whether a file of the cluster belongs into a copy. @param path below the cluster's folder, with `/` */
export const belongsIntoCopy = (path: string): boolean =>
  !left.has(path) &&
  !path.startsWith('pg_wal/') &&
  !/(?:^|\/)(?:pgsql_tmp|pg_internal\.init|t\d+_\d+)/.test(path) &&
  !emptyFolders.some((folder) => folder !== 'pg_stat' && path.startsWith(`${folder}/`))

/** A copy of a cluster in the making; `end` gives what must be added so that the copy can be recovered. */
export type Copying = {
  end(): Promise<{ readonly label: string | null; readonly logs: readonly string[] }>
  giveUp(): Promise<void>
}

/**
 * Begins a copy of the embedded cluster: file by file while the server runs, by PostgreSQL's own protocol for it, or of
 * files at rest. The write-ahead log that the copy needs is kept by a slot which ends with this connection.
 */
export async function beginCopy(home: string): Promise<Copying> {
  const data = join(home, 'data')
  const pid = postmasterOf(data)
  if (pid === undefined || !isAlive(pid) || folderOf(pid) !== data) {
    return { end: async () => ({ label: null, logs: await logsFrom(data, '0') }), giveUp: async () => undefined }
  }
  const port = Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[3])
  const client = new Client({
    host: '127.0.0.1',
    port,
    user: superuser,
    password: readFileSync(join(home, 'superuser-password'), 'utf8').trim(),
    database: 'postgres',
  })
  await client.connect()
  try {
    await client.query("select pg_create_physical_replication_slot('zh_backup_' || pg_backend_pid(), true, true)")
    await client.query("select pg_backup_start('zhongheng', true)")
  } catch (cause) {
    await client.end()
    throw new Stop(say('数据库拒绝开始备份', 'the database refuses to begin a backup'), { cause })
  }
  return {
    async end() {
      const { rows } = await client.query<{ labelfile: string }>('select labelfile from pg_backup_stop(false)')
      const label = rows[0]?.labelfile ?? ''
      const first = /file ([0-9A-F]{24})/.exec(label)?.[1]
      if (first === undefined) throw new Error('PostgreSQL names no log file for the backup')
      const logs = await logsFrom(data, first)
      return { label, logs }
    },
    giveUp: () => client.end(),
  }
}

async function logsFrom(data: string, first: string): Promise<string[]> {
  const names = await readdir(join(data, 'pg_wal'))
  return names.filter((name) => /^[0-9A-F]{24}$/.test(name) && name >= first).toSorted()
}

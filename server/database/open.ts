import { readFile, readdir } from 'node:fs/promises'
import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import type { Database } from './schema.ts'
import { watchConnections } from './watch-connections.ts'

export type OpenDatabase = { readonly kysely: Kysely<Database>; readonly url: string; close(): Promise<void> }

/** Longest wait for a connection (ms). A request asks for two, one after the other, and nobody waits for ten seconds. */
const patience = 4000

/** Opens a pool of at most `connections`; every wait has a limit so that a lost database becomes a clear refusal. */
export function openDatabase(url: string, connections = 12): OpenDatabase {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: patience,
    statement_timeout: 30_000,
    idle_in_transaction_session_timeout: 30_000,
    application_name: 'zhongheng',
  })
  // A connection that dies while idle is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => undefined)
  // One that dies while a transaction holds it, the pool does not listen to: its next statement is refused, and that is told.
  pool.on('connect', (client) => client.on('error', () => undefined))
  const kysely = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) })
  const stopWatch = watchConnections(pool, url)
  return {
    kysely,
    url,
    close() {
      stopWatch()
      return kysely.destroy()
    },
  }
}

const folder = new URL('./migrations/', import.meta.url)

/** Names of the steps that this version knows, in order. */
export const migrationNames = async (): Promise<string[]> =>
  (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort()

/**
 * Runs the SQL files of `migrations/` that this database has not seen, each in its own transaction, under one lock so
 * that two servers may start at once. Can be killed at any moment and run again.
 * @param until the last file to run; all of them where it is absent
 * @returns the names of the files that ran now
 */
export async function migrate(url: string, until?: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 8000 })
  await client.connect()
  try {
    await client.query('select pg_advisory_lock(727001)')
    await client.query(
      'create table if not exists migrations (name text primary key, at timestamptz not null default now())',
    )
    const seen = new Set(
      (await client.query<{ name: string }>('select name from migrations')).rows.map((row) => row.name),
    )
    const ran: string[] = []
    for (const name of await migrationNames()) {
      if (seen.has(name) || (until !== undefined && name > until)) continue
      await client.query('begin')
      await client.query(await readFile(new URL(name, folder), 'utf8'))
      await client.query('insert into migrations (name) values ($1)', [name])
      await client.query('commit')
      ran.push(name)
    }
    return ran
  } finally {
    await client.end()
  }
}

/** Files of `migrations/` that a database has not seen, and those it has seen of a newer product, both in order. Changes nothing. */
export async function schemaOf(url: string): Promise<{ waiting: string[]; unknown: string[] }> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 8000 })
  await client.connect()
  try {
    const { rows } = await client.query<{ there: boolean }>(`select to_regclass('migrations') is not null as there`)
    const seen =
      rows[0]?.there === true ? (await client.query<{ name: string }>('select name from migrations')).rows : []
    const known = await migrationNames()
    const names = seen.map(({ name }) => name).sort()
    return {
      waiting: known.filter((name) => !names.includes(name)),
      unknown: names.filter((name) => !known.includes(name)),
    }
  } finally {
    await client.end()
  }
}

export { sql }

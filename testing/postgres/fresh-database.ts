import { randomBytes } from 'node:crypto'
import { Client } from 'pg'
import { inject } from 'vitest'
import type {} from './global-setup.ts'

/** How a database looks before a test gets it: prepared once per run and copied for each test. */
export type Template = {
  /** Names the template: the same name is prepared once per run, whichever test asks first. Letters, digits and `_`. */
  readonly name: string
  /** Prepares the empty database, for example by running all migrations over `adminUrl`. Must close its connections. */
  readonly prepare: (adminUrl: string) => Promise<void>
}

/** An own database of one test. */
export type FreshDatabase = {
  /** Its address, as the superuser. */
  readonly adminUrl: string
  /** Removes it, open connections included. */
  readonly drop: () => Promise<void>
}

/**
 * A database that nobody else uses: empty, or a copy of the template (some 30 ms). Only for vitest projects with
 * `testing/postgres/global-setup.ts`.
 */
export async function freshDatabase(template?: Template): Promise<FreshDatabase> {
  const { url, run } = inject('postgres')
  const source = template === undefined ? 'template0' : await ensureTemplate(url, run, template)
  const name = `zh_${run}_${randomBytes(6).toString('hex')}`
  await onServer(url, (server) =>
    server.query(`create database ${server.escapeIdentifier(name)} template ${server.escapeIdentifier(source)}`),
  )
  return {
    adminUrl: addressOf(url, name),
    drop: () =>
      onServer(url, async (server) => {
        await server.query(`drop database if exists ${server.escapeIdentifier(name)} with (force)`)
      }),
  }
}

/** Prepares the template unless it is ready. Test files run in several processes: a lock of the server lets one of them do it. */
async function ensureTemplate(url: string, run: string, template: Template): Promise<string> {
  const name = `zh_${run}_template_${template.name}`
  if (ready.has(name)) return name
  await onServer(url, async (server) => {
    await server.query('select pg_advisory_lock(hashtext($1))', [name])
    const { rows } = await server.query<{ ready: boolean }>(
      'select datistemplate as ready from pg_database where datname = $1',
      [name],
    )
    if (rows[0]?.ready === true) return
    // A preparation that failed before leaves an unfinished database.
    await server.query(`drop database if exists ${server.escapeIdentifier(name)} with (force)`)
    await server.query(`create database ${server.escapeIdentifier(name)} template template0`)
    await template.prepare(addressOf(url, name))
    // Nobody may connect from now on: copying refuses a source that is in use.
    await server.query(`alter database ${server.escapeIdentifier(name)} is_template true allow_connections false`)
  })
  ready.add(name)
  return name
}
const ready = new Set<string>()

function addressOf(url: string, database: string): string {
  const address = new URL(url)
  address.pathname = `/${database}`
  return address.href
}

async function onServer<T>(url: string, task: (server: Client) => Promise<T>): Promise<T> {
  const server = new Client({ connectionString: url })
  await server.connect()
  try {
    return await task(server)
  } finally {
    await server.end()
  }
}

import { randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgres } from '@zhongheng/tools/postgres/start-postgres.ts'
import { Client } from 'pg'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The run's PostgreSQL: a superuser's address, and the mark that all databases of this run carry in their names. */
    postgres: { readonly url: string; readonly run: string }
  }
}

/**
 * One PostgreSQL for a whole run of the tests: the embedded one in a temporary folder, without waiting for the disk, or the one that
 * ZH_TEST_DATABASE_URL names (an account that may create databases), of which only this run's own databases are removed at the end.
 */
export default async function postgresForTests(project: TestProject): Promise<() => Promise<void>> {
  const run = randomBytes(4).toString('hex')
  const given = process.env.ZH_TEST_DATABASE_URL
  if (given !== undefined && given !== '') {
    project.provide('postgres', { url: given, run })
    return () => dropDatabasesOf(run, given)
  }
  const folder = mkdtempSync(join(tmpdir(), 'zh-test-postgres-'))
  chmodSync(folder, 0o711)
  const postgres = await startPostgres({
    folder: join(folder, 'postgres'),
    unsafeButFast: true,
    log: () => {},
  })
  project.provide('postgres', { url: postgres.url, run })
  return async () => {
    await postgres.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function dropDatabasesOf(run: string, url: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<{ name: string }>(
      'select datname as name from pg_database where datname like $1',
      [`zh_${run}_%`],
    )
    for (const { name } of rows) {
      await client.query(`alter database ${client.escapeIdentifier(name)} is_template false`)
      await client.query(`drop database ${client.escapeIdentifier(name)} with (force)`)
    }
  } finally {
    await client.end()
  }
}

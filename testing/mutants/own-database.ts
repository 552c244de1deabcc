import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { migrate } from '@zhongheng/server/database/open.ts'
import { startPostgres } from '@zhongheng/tools/postgres/start-postgres.ts'
import type { FreshDatabase } from '../postgres/fresh-database.ts'

/** A PostgreSQL of one's own, for a run outside of the test runner, with migrated databases of these names. */
export async function withDatabases<T>(
  names: readonly string[],
  task: (databases: readonly FreshDatabase[], url: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'zh-mutants-'))
  chmodSync(folder, 0o711)
  const postgres = await startPostgres({ folder: join(folder, 'postgres'), unsafeButFast: true, log: () => undefined })
  try {
    const databases: FreshDatabase[] = []
    for (const name of names) {
      const client = new pg.Client({ connectionString: postgres.url })
      await client.connect()
      await client.query(`create database mutants_${name}`)
      await client.end()
      const address = new URL(postgres.url)
      address.pathname = `/mutants_${name}`
      await migrate(address.href)
      databases.push({ adminUrl: address.href, drop: async () => undefined })
    }
    return await task(databases, postgres.url)
  } finally {
    await postgres.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

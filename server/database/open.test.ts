import { freshDatabase } from '@zhongheng/testing/postgres/fresh-database.ts'
import { sql } from 'kysely'
import { expect, it } from 'vitest'
import { openDatabase } from './open.ts'

it('a connection that is cut in the middle of a transaction fails that work and nothing else: the process lives on', async () => {
  const fresh = await freshDatabase()
  const database = openDatabase(fresh.adminUrl, 2)
  try {
    const work = database.kysely.transaction().execute(async (db) => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db)
      await sql`select pg_terminate_backend(${rows[0]?.pid ?? 0})`.execute(database.kysely)
      // What ends it comes while nobody asks: as by a limit of the database, or its restart.
      await new Promise((resolve) => setTimeout(resolve, 300))
      await sql`select 1`.execute(db)
    })
    await expect(work).rejects.toThrow()
    expect((await sql<{ one: number }>`select 1 as one`.execute(database.kysely)).rows).toEqual([{ one: 1 }])
  } finally {
    await database.close()
    await fresh.drop()
  }
})

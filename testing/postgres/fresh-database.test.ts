import { Client } from 'pg'
import { afterAll, describe, expect, it } from 'vitest'
import type { FreshDatabase } from './fresh-database.ts'
import { freshDatabase } from './fresh-database.ts'

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}

describe('a fresh database', () => {
  const made: FreshDatabase[] = []
  const fresh = async (...args: Parameters<typeof freshDatabase>): Promise<FreshDatabase> => {
    const database = await freshDatabase(...args)
    made.push(database)
    return database
  }
  afterAll(async () => {
    for (const database of made) await database.drop()
  })

  it('is a copy of the prepared template, which is prepared once', async () => {
    let prepared = 0
    const template = {
      name: 'cities',
      async prepare(adminUrl: string) {
        prepared += 1
        await ask(adminUrl, `create table city (name text); insert into city values ('杭州')`)
      },
    }
    const [first, second] = await Promise.all([fresh(template), fresh(template)])
    await ask(first.adminUrl, `insert into city values ('成都')`)
    expect(await ask(second.adminUrl, 'select name from city')).toEqual([{ name: '杭州' }])
    expect(prepared).toBe(1)
  })

  it('without a template is empty and knows the trigrams of Chinese text', async () => {
    const { adminUrl } = await fresh()
    await ask(adminUrl, 'create extension pg_trgm')
    expect(await ask(adminUrl, `select cardinality(show_trgm('跨站脚本')) as count`)).toEqual([{ count: 5 }])
  })

  it('is gone after drop, even with a connection left open', async () => {
    const { adminUrl, drop } = await fresh()
    const forgotten = new Client({ connectionString: adminUrl })
    const cut = new Promise((resolve) => forgotten.on('error', resolve))
    await forgotten.connect()
    await drop()
    await cut
    await expect(ask(adminUrl, 'select 1')).rejects.toThrow(/does not exist/)
  })
})

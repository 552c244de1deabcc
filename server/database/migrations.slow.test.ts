import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { freshDatabase } from '@zhongheng/testing/postgres/fresh-database.ts'
import pg from 'pg'
import { expect, it } from 'vitest'
import { migrate, schemaOf } from './open.ts'

const program = `
const { migrate } = await import(process.argv[1])
process.send('begun')
await migrate(process.argv[2])
`
const opener = fileURLToPath(new URL('./open.ts', import.meta.url))

/** The migration in a process of its own, ended by SIGKILL so many milliseconds after it began. @returns whether it came to its end before */
async function migrateUntilKilled(url: string, afterMs: number): Promise<boolean> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program, opener, url], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const over = once(child, 'exit')
  await Promise.race([once(child, 'message'), over])
  await new Promise((resolve) => setTimeout(resolve, afterMs))
  child.kill('SIGKILL')
  const [code] = (await over) as [number | null]
  return code === 0
}

async function inDatabase<T>(url: string, act: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await act(client)
  } finally {
    await client.end()
  }
}

/** Everything that a schema consists of, as text in a fixed order. */
const formOf = (url: string): Promise<string[]> =>
  inDatabase(url, async (client) => {
    const { rows } = await client.query<{ line: string }>(`
      select format('column %s.%s %s %s %s', table_name, column_name, data_type, is_nullable, column_default) as line
        from information_schema.columns where table_schema = 'public'
      union all select format('index %s', indexdef) from pg_indexes where schemaname = 'public'
      union all select format('policy %s %s %s %s %s %s', tablename, policyname, cmd, roles, qual, with_check) from pg_policies
      union all select format('trigger %s', pg_get_triggerdef(oid)) from pg_trigger where not tgisinternal
      union all select format('check %s %s', conrelid::regclass, pg_get_constraintdef(oid)) from pg_constraint
        where connamespace = 'public'::regnamespace
      union all select format('grant %s %s %s', table_name, grantee, privilege_type)
        from information_schema.role_table_grants where table_schema = 'public'
      order by line`)
    return rows.map(({ line }) => line)
  })

it('PUB-RE-10: the steps of the schema, killed fifty times at any point and begun again, end where steps that nobody disturbed end', {
  timeout: 600_000,
}, async () => {
  const undisturbed = await freshDatabase()
  await migrate(undisturbed.adminUrl)
  const wanted = await formOf(undisturbed.adminUrl)
  await undisturbed.drop()
  expect(wanted.length).toBeGreaterThan(500)

  let kills = 0
  let finished = 0
  // Points in time that spread over the whole run, whatever it takes on this machine.
  let longest = 200
  while (kills < 50 || finished === 0) {
    const database = await freshDatabase()
    // Rows of before: an installation of the first version, in which an organisation was made.
    await migrate(database.adminUrl, '0001-foundation.sql')
    const [orgId] = await inDatabase(database.adminUrl, async (client) => {
      const { rows } = await client.query<{ id: string }>(
        `insert into organisations (id, kind, name, public_key, sealed_private_key, created_at)
         values ('org_drill', 'demand', '云帆科技', 'a key', 'sealed', now()) returning id`,
      )
      return rows.map(({ id }) => id)
    })
    for (;;) {
      const began = performance.now()
      const done = await migrateUntilKilled(database.adminUrl, Math.random() * longest)
      if (done) break
      kills++
      const { waiting } = await schemaOf(database.adminUrl)
      if (waiting.length === 0) break
      longest = Math.max(longest, (performance.now() - began) / 2)
    }
    await migrate(database.adminUrl)
    expect(await formOf(database.adminUrl)).toEqual(wanted)
    const { rows } = await inDatabase(database.adminUrl, (client) =>
      client.query<{ id: string; name: string }>('select id, name from organisations'),
    )
    expect(rows).toEqual([{ id: orgId, name: '云帆科技' }])
    finished++
    await database.drop()
  }
  console.log(`${kills} kills over ${finished} databases`)
})

import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { migrate } from '@zhongheng/server/database/open.ts'
import { startPostgres } from '@zhongheng/tools/postgres/start-postgres.ts'
import { openRowWorld } from '../row-policies/world.ts'
import { toldOfPolicies, tryPolicies } from './policies.ts'

/*
 * node testing/mutants/row-policies.ts: every mutant of every row policy, against the second writing of what they must give.
 * A line for each table; ends with 1 where one survives that is not named as equivalent. How to read it: docs/guides/mutants.md
 */

const began = performance.now()
const folder = mkdtempSync(join(tmpdir(), 'zh-mutants-'))
chmodSync(folder, 0o711)
const postgres = await startPostgres({ folder: join(folder, 'postgres'), unsafeButFast: true, log: () => undefined })
const worlds = []
try {
  for (const database of ['one', 'other']) {
    const address = new URL(postgres.url)
    const client = new pg.Client({ connectionString: postgres.url })
    await client.connect()
    await client.query(`create database mutants_${database}`)
    await client.end()
    address.pathname = `/mutants_${database}`
    await migrate(address.href)
    worlds.push(await openRowWorld({ adminUrl: address.href, drop: async () => undefined }))
  }
  const count = await tryPolicies(worlds, 1, (line) => console.log(line))
  console.log(`${toldOfPolicies(count)}\n${((performance.now() - began) / 1000).toFixed(0)} s`)
  process.exitCode = count.survivors.length + count.unfounded.length === 0 ? 0 : 1
} finally {
  for (const world of worlds) await world.close()
  await postgres.stop()
  rmSync(folder, { recursive: true, force: true })
}

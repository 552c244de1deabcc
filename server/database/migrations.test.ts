import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Stage, openStage } from '@zhongheng/testing/scenes/stage.ts'
import { upgrade } from '@zhongheng/tools/upgrade/upgrade.ts'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { schemaOf } from './open.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

it('the schema of this version waits for nothing and knows every step', async () => {
  expect(await schemaOf(stage.deps.database.url)).toEqual({ waiting: [], unknown: [] })
})

it('data of a newer version is not upgraded backwards: refused before a backup is made or anything is changed', async () => {
  const url = stage.deps.database.url
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const data = mkdtempSync(join(tmpdir(), 'zh-newer-'))
  let backups = 0
  try {
    await client.query("insert into migrations (name) values ('9999-of-next-year.sql')")
    await expect(
      upgrade({
        settings: { data, databaseUrl: url },
        tell: () => undefined,
        backup: async () => {
          backups++
          return { files: 0, bytes: 0, size: 0 }
        },
      }),
    ).rejects.toThrow(/newer version \(9999-of-next-year\.sql\)/)
    expect(backups).toBe(0)
  } finally {
    await client.query("delete from migrations where name like '9999-%'")
    await client.end()
    rmSync(data, { recursive: true, force: true })
  }
})

import { layCable } from '@zhongheng/testing/scenes/pulled-cable.ts'
import { openStage } from '@zhongheng/testing/scenes/stage.ts'
import { freshDatabase } from '@zhongheng/testing/postgres/fresh-database.ts'
import type { Person } from '@zhongheng/tools/demo/person.ts'
import { expect, it, onTestFinished } from 'vitest'
import { migrate, sql } from './open.ts'

/** Nobody waits longer for an answer of any kind (ms). */
const hangs = 10_000

it('PUB-RE-08: a cable to the database that is pulled makes no request hang, and is mended without a restart', async () => {
  const fresh = await freshDatabase({ name: 'migrated', prepare: async (url) => void (await migrate(url)) })
  const direct = new URL(fresh.adminUrl)
  const cable = await layCable({ host: direct.hostname, port: Number(direct.port) })
  const through = new URL(fresh.adminUrl)
  through.port = String(cable.port)
  const stage = await openStage({ database: { adminUrl: through.href, drop: fresh.drop } })
  onTestFinished(async () => {
    await stage.close()
    await cable.close()
  })
  const { people } = await stage.house('organizer', '众测中心', [{ login: 'wei' }])
  const wei = people['wei'] as Person
  const ask = (): Promise<number | 'hung'> => {
    const limit = Promise.withResolvers<'hung'>()
    const timer = setTimeout(() => limit.resolve('hung'), hangs)
    const answer = wei.send('GET /api/members', {}).then(({ status }) => status)
    return Promise.race([answer, limit.promise]).finally(() => clearTimeout(timer))
  }
  const many = (): Promise<(number | 'hung')[]> => Promise.all(Array.from({ length: 20 }, ask))
  expect(new Set(await many())).toEqual(new Set([200]))
  cable.pull()
  // The first finds connections that seem alive, those after find none.
  expect(new Set(await many())).toEqual(new Set([503]))
  expect(new Set(await many())).toEqual(new Set([503]))
  cable.mend()
  await expect.poll(ask, { timeout: 20_000 }).toBe(200)
  expect(new Set(await many())).toEqual(new Set([200]))
})

it('a statement that takes long is left alone while the database answers', async () => {
  const stage = await openStage()
  onTestFinished(() => stage.close())
  const { rows } = await sql<{ done: string }>`select 'done' as done from pg_sleep(7)`.execute(
    stage.deps.database.kysely,
  )
  expect(rows).toEqual([{ done: 'done' }])
})

it('a process that is held up for seconds at a time takes its own pauses for no silence of the database', async () => {
  const stage = await openStage()
  onTestFinished(() => stage.close())
  const held = setInterval(() => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1800), 100)
  onTestFinished(() => clearInterval(held))
  const { rows } = await sql<{ done: string }>`select 'done' as done from pg_sleep(9)`.execute(
    stage.deps.database.kysely,
  )
  expect(rows).toEqual([{ done: 'done' }])
})

import { baseOf } from '@zhongheng/contracts/records/nodes.ts'
import type { Stay } from '@zhongheng/domain/engagements/nodes.ts'
import { type Person } from '@zhongheng/tools/demo/person.ts'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeRoomFor } from '../../database/traffic-blocks.ts'
import { type Cast, assemble, inTesting } from '@zhongheng/testing/scenes/crowd-test.ts'
import { recordedTraffic } from '@zhongheng/testing/scenes/recorded-traffic.ts'
import { type Stage, openStage } from '@zhongheng/testing/scenes/stage.ts'

/* Ms Lin’s engagement was at node 1, moved to node 0, and came back: its numbers do not grow with time. */
const stays: readonly Stay[] = [
  { node: 1, from: baseOf(1), begins: '2026-01-01T00:00:00.000Z' },
  { node: 0, from: 0, begins: '2026-01-02T00:00:00.000Z' },
  { node: 1, from: baseOf(1) + 3, begins: '2026-01-03T00:00:00.000Z' },
]
const inTime = [baseOf(1) + 1, baseOf(1) + 2, baseOf(1) + 3, 1, 2, baseOf(1) + 4, baseOf(1) + 5]
let stage: Stage
let cast: Cast
let auditor: Person
let params: { readonly engagementId: string }
const asked: [string, string][] = []
beforeAll(async () => {
  stage = await openStage()
  cast = await assemble(stage, 'a')
  auditor = cast.auditor
  params = { engagementId: await inTesting(stage, cast) }
  const ids = await recordedTraffic(
    stage,
    params.engagementId,
    cast.tester,
    inTime.map((sequence) => ({
      request: Buffer.from(`GET /${sequence} HTTP/1.1\r\nHost: shop\r\n\r\n`),
      response: Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'),
    })),
  )
  const db = stage.deps.database.kysely
  await makeRoomFor(stage.deps.database, inTime)
  // A row keeps its number: those of two nodes are taken out and put in again under theirs.
  await db.transaction().execute(async (own) => {
    await sql`create temporary table renumbered on commit drop as select * from exchanges`.execute(own)
    for (const [at, id] of ids.entries())
      await sql`update renumbered set sequence = ${inTime[at]} where id = ${id}`.execute(own)
    await sql`delete from exchanges`.execute(own)
    await sql`insert into exchanges select * from renumbered`.execute(own)
  })
  await sql`update engagements set nodes = ${JSON.stringify(stays)}::jsonb where id = ${params.engagementId}`.execute(
    db,
  )
  const { recorder, gateway } = stage.deps
  const noting = (node: string) => ({
    ...recorder,
    request: (engagement: string, id: string) => {
      asked.push([node, id])
      return recorder.request(engagement, id)
    },
  })
  const { rows } = {
    rows: { next: () => Promise.reject(new Error('not followed')), bus: () => null, close: async () => undefined },
  }
  Object.assign(stage.deps, {
    nodes: [
      {
        number: 1,
        host: 'gw1.example.com',
        port: 7081,
        dataFolder: stage.folder,
        gateway,
        recorder: noting('one'),
        rows,
      },
    ],
    recorder: noting('zero'),
  })
})
afterAll(() => stage.close())

const list = (query: object) => auditor.call('GET /api/engagements/:engagementId/exchanges', { params, query })
const numbers = (page: Awaited<ReturnType<typeof list>>): number[] => page.exchanges.map(({ sequence }) => sequence)

async function pages(order: 'newest' | 'oldest', limit: number): Promise<number[]> {
  const found: number[] = []
  for (let after: string | undefined; ; ) {
    const page = await list({ limit: String(limit), order, ...(after === undefined ? {} : { after }) })
    found.push(...numbers(page))
    if (page.next === null) return found
    after = page.next
  }
}

describe('the traffic of an engagement that moved between nodes', () => {
  it.each([1, 2, 3, 50])('is listed in order of time, in pages of %i, from both ends, nothing twice', async (limit) => {
    expect(await pages('oldest', limit)).toEqual(inTime)
    expect(await pages('newest', limit)).toEqual(inTime.toReversed())
  })

  it('is followed from any exchange on', async () => {
    for (const [at, sequence] of inTime.entries())
      expect(numbers(await list({ since: String(sequence), order: 'oldest' }))).toEqual(inTime.slice(at + 1))
    expect(numbers(await list({ since: '0', order: 'oldest' }))).toEqual(inTime)
  })

  it('is exported whole, with the bytes of each from the node that has it', async () => {
    const size = await auditor.call('GET /api/engagements/:engagementId/captures/size', {
      params,
      query: { format: 'har' },
    })
    expect(size).toMatchObject({ exchanges: 7, until: inTime.at(-1) })
    asked.length = 0
    const key = 'GET /api/engagements/:engagementId/captures'
    const har = JSON.parse(String(await auditor.file(key, { params, query: { format: 'har' } }))) as {
      log: { entries: { _zhongheng: { sequence: number } }[] }
    }
    expect(har.log.entries.map((entry) => entry._zhongheng.sequence)).toEqual(inTime)
    expect(asked.map(([node]) => node)).toEqual(['one', 'one', 'one', 'zero', 'zero', 'one', 'one'])
  })

  it('is refused as not to be had, and nothing else, where the settings name that node no more', async () => {
    const { nodes } = stage.deps
    Object.assign(stage.deps, { nodes: [] })
    const page = await list({ order: 'newest' }).catch((problem: unknown) => problem)
    expect(page).toMatchObject({ status: 503, rule: 'NODE-2' })
    Object.assign(stage.deps, { nodes })
  })
})

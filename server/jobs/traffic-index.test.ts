import { pastTriggers } from '@zhongheng/testing/postgres/past-triggers.ts'
import { baseOf } from '@zhongheng/contracts/records/nodes.ts'
import type { ExchangeRow, SegmentSeal } from '@zhongheng/contracts/records/capture.ts'
import { type Cast, assemble, inTesting } from '@zhongheng/testing/scenes/crowd-test.ts'
import { type Stage, openStage } from '@zhongheng/testing/scenes/stage.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { makeId } from '@zhongheng/domain/shared/ids.ts'
import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { rowsFromRecorder } from '../ports/row-feed.ts'
import type { Deps } from '../work/deps.ts'
import { takeExchanges, takeSeals } from './traffic-index.ts'

let stage: Stage
let cast: Cast
let engagementId: string
let lease: { leaseId: string; personId: string }
beforeAll(async () => {
  stage = await openStage()
  cast = await assemble(stage, 'a')
  engagementId = await inTesting(stage, cast)
  const { leases } = await cast.tester.call('GET /api/engagements/:engagementId/leases', { params: { engagementId } })
  lease = leases[0] as typeof lease
})
afterAll(() => stage.close())
beforeEach(async () => {
  for (const table of ['exchanges', 'segments', 'feed_positions'])
    await pastTriggers(stage.deps.settings.databaseUrl, `delete from ${table}`)
  await pastTriggers(
    stage.deps.settings.databaseUrl,
    `delete from events where kind in ('traffic.refused', 'traffic.gap', 'segment.sealed')`,
  )
})

/** A recorder that answers the pages it is given, whatever position is asked for, and remembers the positions. */
function scripted(pages: readonly { rows: readonly ExchangeRow[]; next: number }[]): Deps & { asked: number[] } {
  const asked: number[] = []
  let at = 0
  return {
    ...stage.deps,
    asked,
    recorder: {
      ...stage.deps.recorder,
      feed: async (after) => {
        asked.push(after)
        return { gaps: [], waitingForKey: null, ...(pages[at++] ?? { rows: [], next: after }) }
      },
    },
  }
}
const id = (kind: 'exchange' | 'segment'): string => makeId(kind, new Date(), randomBytes(10))
const row = (sequence: number, more: Partial<ExchangeRow> = {}): ExchangeRow => ({
  exchangeId: id('exchange'),
  engagementId,
  leaseId: lease.leaseId,
  testerId: lease.personId,
  kind: 'http',
  startedAt: '2026-03-10T12:00:00.000Z',
  finishedAt: '2026-03-10T12:00:00.120Z',
  scheme: 'http',
  host: 'shop.practice.test',
  port: 80,
  method: 'GET',
  path: '/search?q=1',
  policyDigest: 'a'.repeat(64),
  status: 200,
  outcome: 'complete',
  sequence,
  segmentId: id('segment'),
  requestBytes: 10,
  responseBytes: 20,
  requestDigest: 'b'.repeat(64),
  responseDigest: 'c'.repeat(64),
  ...more,
})
const refusal = (sequence: number, rule: string): ExchangeRow =>
  row(sequence, {
    kind: 'refusal',
    outcome: 'refused',
    status: 403,
    refusal: { code: 'out_of_scope', rule, detail: '' },
  })
const indexed = () => stage.deps.database.kysely.selectFrom('exchanges').selectAll().orderBy('sequence').execute()
const position = async () =>
  Number(
    (await stage.deps.database.kysely.selectFrom('feed_positions').select('position').executeTakeFirst())?.position,
  )
const events = async (kind: string) =>
  (
    await stage.deps.database.kysely
      .selectFrom('events')
      .select('leaf')
      .where('kind', '=', kind)
      .orderBy('seq')
      .execute()
  ).map((one) => (JSON.parse(one.leaf) as { facts: object }).facts)

describe('the index of traffic', () => {
  it('takes rows over with their position and the organisation of their lease, and asks on from there', async () => {
    const deps = scripted([
      { rows: [row(1), row(2)], next: 2 },
      { rows: [row(3)], next: 3 },
    ])
    expect(await takeExchanges(deps, 0)).toBe(2)
    expect(await takeExchanges(deps, 0)).toBe(1)
    expect(deps.asked).toEqual([0, 2])
    expect((await indexed()).map((one) => [Number(one.sequence), one.org_id])).toEqual(
      [1, 2, 3].map((n) => [n, cast.orgIds.tester]),
    )
    expect(await position()).toBe(3)
  })
  it('has room for rows long before they come, in whatever block of sequences', async () => {
    const far = 40 * 2 ** 24
    expect(await takeExchanges(scripted([{ rows: [row(1), row(far - 1), row(far)], next: far }]), 0)).toBe(3)
    const { rows } = await stage.deps.database.kysely.executeQuery<{ part: string }>(
      sql`select inhrelid::regclass::text as part from pg_inherits where inhparent = 'exchanges'::regclass order by 1`.compile(
        stage.deps.database.kysely,
      ),
    )
    expect(rows.map(({ part }) => part)).toEqual([
      'exchanges_000027',
      'exchanges_000028',
      'exchanges_000029',
      'exchanges_first',
    ])
    expect((await indexed()).map((one) => Number(one.sequence))).toEqual([1, far - 1, far])
  })
  it('leaves what it took under its first sequence, when it comes once more long after, and goes on', async () => {
    const far = 50 * 2 ** 24
    const [early, late] = [row(1), row(far)]
    const again = (sequence: number, was: ExchangeRow): ExchangeRow => ({ ...was, sequence })
    const deps = scripted([
      { rows: [early], next: 1 },
      { rows: [late], next: far },
      { rows: [again(far + 1, early), row(far + 2), again(far + 2 ** 24, late)], next: far + 2 ** 24 },
      // Twice in one page, in two parts of the table.
      ...(() => {
        const twice = row(far + 2 ** 24 + 1)
        return [{ rows: [twice, again(far + 2 ** 25, twice)], next: far + 2 ** 25 }]
      })(),
    ])
    for (let page = 0; page < 4; page++) await takeExchanges(deps, 0)
    expect((await indexed()).map((one) => Number(one.sequence))).toEqual([1, far, far + 2, far + 2 ** 24 + 1])
    expect(await position()).toBe(far + 2 ** 25)
  })
  it('keeps rows and position in one commit: a row that cannot be kept leaves neither', async () => {
    const broken = { ...row(2), startedAt: 'never' }
    await expect(takeExchanges(scripted([{ rows: [row(1), broken], next: 2 }]), 0)).rejects.toThrow()
    expect(await indexed()).toEqual([])
    expect(await position()).toBeNaN()
  })
  it('does not change by a page seen twice, and says a refusal once', async () => {
    const page = { rows: [row(1), refusal(2, 'SCOPE-1')], next: 2 }
    const deps = scripted([page, page])
    await takeExchanges(deps, 0)
    const before = await indexed()
    await takeExchanges(deps, 0)
    expect(await indexed()).toEqual(before)
    expect(await events('traffic.refused')).toHaveLength(1)
  })
  it('is written by one of two servers that read the same page: a gap is told once, and the position never goes back', async () => {
    const gaps = [{ first: 3, last: 4, reason: 'damaged' as const }]
    const slow = Promise.withResolvers<void>()
    const page = { rows: [row(1), row(2)], next: 4, gaps, waitingForKey: null }
    const first: Deps = { ...stage.deps, recorder: { ...stage.deps.recorder, feed: async () => page } }
    const second: Deps = {
      ...stage.deps,
      recorder: { ...stage.deps.recorder, feed: () => slow.promise.then(() => page) },
    }
    const late = takeExchanges(second, 0)
    await takeExchanges(first, 0)
    await takeExchanges(scripted([{ rows: [row(5)], next: 5 }]), 0)
    slow.resolve()
    await late
    expect(await events('traffic.gap')).toEqual([{ first: 3, last: 4, reason: 'damaged' }])
    expect(await position()).toBe(5)
    expect((await indexed()).map((one) => Number(one.sequence))).toEqual([1, 2, 5])
  })
  it('makes one event for all refusals of a lease by one rule in a page', async () => {
    const rows = [refusal(1, 'SCOPE-1'), refusal(2, 'TIME-1'), row(3), refusal(4, 'SCOPE-1'), refusal(5, 'SCOPE-1')]
    await takeExchanges(scripted([{ rows, next: 5 }]), 0)
    expect(await events('traffic.refused')).toEqual([
      { rule: 'SCOPE-1', count: 3, firstSequence: 1, lastSequence: 5, testerId: lease.personId },
      { rule: 'TIME-1', count: 1, firstSequence: 2, lastSequence: 2, testerId: lease.personId },
    ])
  })
  it('keeps what a tester sent readable and storable, whatever bytes it held', async () => {
    const nasty = 'a\u0000b\u001b[31m\ud800\r\n\u007f<script>'
    const rows = [
      row(1, { path: `/${nasty}${'x'.repeat(20_000)}`, host: nasty, method: nasty, contentType: nasty }),
      row(2, {
        kind: 'refusal',
        outcome: 'refused',
        refusal: { code: 'bad_request', rule: 'HTTP-1', detail: nasty },
      }),
      row(3, { path: `${'x'.repeat(7999)}\ud83d\ude42` }),
    ]
    await takeExchanges(scripted([{ rows, next: 3 }]), 0)
    const [first, second] = await indexed()
    expect(first?.path).toMatch(/^\/a\ufffdb\ufffd\[31m\ufffd\ufffd\ufffd\ufffd<script>x+$/)
    expect(first?.path).toHaveLength(8000)
    expect(second?.refusal?.detail).toContain('<script>')
    expect(await position()).toBe(3)
  })
  it('passes over rows of a lease that nobody knows, and goes on', async () => {
    const stranger = row(1, { leaseId: `lea_${'0'.repeat(26)}` })
    expect(await takeExchanges(scripted([{ rows: [stranger, row(2)], next: 2 }]), 0)).toBe(2)
    expect((await indexed()).map((one) => Number(one.sequence))).toEqual([2])
    expect(await position()).toBe(2)
  })
})

describe('the feeds of two nodes', () => {
  const nodeOne = (feed: Deps['recorder']['feed'], seals = stage.deps.recorder.seals) => {
    const recorder = { ...stage.deps.recorder, feed, seals }
    const { gateway } = stage.deps
    const place = { host: 'gw1.example.com', port: 7081, dataFolder: stage.folder }
    return { number: 1, ...place, gateway, recorder, rows: rowsFromRecorder(recorder) }
  }
  const positions = async () =>
    Object.fromEntries(
      (await stage.deps.database.kysely.selectFrom('feed_positions').select(['name', 'position']).execute()).map(
        (one) => [one.name, Number(one.position)],
      ),
    )

  it('are taken over each by its own position, the second from the beginning of its span', async () => {
    const asked: number[] = []
    const node = nodeOne(async (after) => {
      asked.push(after)
      const rows = after === baseOf(1) ? [row(baseOf(1) + 1), row(baseOf(1) + 2)] : []
      return { rows, next: after + rows.length, gaps: [], waitingForKey: null }
    })
    await takeExchanges(scripted([{ rows: [row(1)], next: 1 }]), 0)
    await takeExchanges(stage.deps, 0, node)
    await takeExchanges(stage.deps, 0, node)
    expect(asked).toEqual([baseOf(1), baseOf(1) + 2])
    expect((await indexed()).map((one) => Number(one.sequence))).toEqual([1, baseOf(1) + 1, baseOf(1) + 2])
    expect(await positions()).toEqual({ exchanges: 1, 'exchanges.1': baseOf(1) + 2 })
  })

  it('are not mixed where a socket leads to the wrong recorder: nothing is taken, and no position moves', async () => {
    const swapped = nodeOne(async () => ({ rows: [row(7)], next: 7, gaps: [], waitingForKey: null }))
    await expect(takeExchanges(stage.deps, 0, swapped)).rejects.toThrow('sequence 7 is not of node 1')
    const other = scripted([{ rows: [row(baseOf(1) + 1)], next: baseOf(1) + 1 }])
    await expect(takeExchanges(other, 0)).rejects.toThrow('is not of node 0')
    expect([await indexed(), await positions()]).toEqual([[], {}])
  })

  it('have seals of their own', async () => {
    const seal = { ...madeSeal(), firstSequence: baseOf(1) + 1, lastSequence: baseOf(1) + 2 }
    const node = nodeOne(stage.deps.recorder.feed, async (after) =>
      after === 0 ? { seals: [{ position: 1, seal }], next: 1 } : { seals: [], next: after },
    )
    expect([await takeSeals(stage.deps, node), await takeSeals(stage.deps, node)]).toEqual([1, 0])
    expect(await positions()).toEqual({ 'seals.1': 1 })
  })
})

const madeSeal = (): SegmentSeal => ({
  segmentId: id('segment'),
  engagementId,
  exchanges: 2,
  firstSequence: 1,
  lastSequence: 2,
  bytes: 4096,
  sha256: 'd'.repeat(64),
  root: 'e'.repeat(64),
  sealedAt: '2026-03-10T12:05:00.000Z',
})

describe('seals of segments', () => {
  const seal = madeSeal
  it('become entries of the ledger once each, in the commit that stores them', async () => {
    const one = seal()
    const deps: Deps = {
      ...stage.deps,
      recorder: { ...stage.deps.recorder, seals: async () => ({ seals: [{ position: 1, seal: one }], next: 1 }) },
    }
    expect(await takeSeals(deps)).toBe(1)
    await takeSeals(deps)
    expect(await events('segment.sealed')).toEqual([
      expect.objectContaining({ segmentId: one.segmentId, root: one.root, sha256: one.sha256, exchanges: 2 }),
    ])
    expect(await stage.deps.database.kysely.selectFrom('segments').select('id').execute()).toEqual([
      { id: one.segmentId },
    ])
  })
})

import { randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExchangeRow } from '@zhongheng/contracts/records/capture.ts'
import { migrate } from '@zhongheng/server/database/open.ts'
import { sealingOf } from '@zhongheng/server/features/engagements/reads.ts'
import { searchKey } from '@zhongheng/server/features/traffic/search-text.ts'
import { keyedWord } from '@zhongheng/server/features/traffic/words.ts'
import { carryOutDisposals } from '@zhongheng/server/jobs/disposals.ts'
import { takeExchanges } from '@zhongheng/server/jobs/traffic-index.ts'
import { inSystemWork } from '@zhongheng/server/work/work.ts'
import { type Cast, assemble, inTesting, recordedExchange } from '@zhongheng/testing/scenes/crowd-test.ts'
import { type Stage, openStage } from '@zhongheng/testing/scenes/stage.ts'
import { startPostgres } from '@zhongheng/tools/postgres/start-postgres.ts'
import { Client } from 'pg'
import { median } from './gateway/machine.ts'
import type { Figure } from './main.ts'

const blocks = 200
const perBlock = 1_000
const blockSize = 2 ** 24
/** The engagement that is looked at has a quarter of the rows of the newest so many blocks. */
const ours = 40
const inserted = 20_000

/**
 * The index of traffic with 200,000 rows over 200 blocks of sequences, by the routes that people use and the jobs that
 * fill and empty it, on a PostgreSQL that waits for its disk.
 */
export async function run(): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'zh-bench-'))
  chmodSync(folder, 0o711)
  const postgres = await startPostgres({ folder: join(folder, 'postgres'), log: () => undefined })
  try {
    await migrate(postgres.url)
    const stage = await openStage({ database: { adminUrl: postgres.url, drop: async () => undefined } })
    try {
      const cast = await assemble(stage, 'a')
      const engagementId = await inTesting(stage, cast)
      const client = new Client({ connectionString: postgres.url })
      await client.connect()
      try {
        await recordedExchange(stage, engagementId, cast.tester)
        await fill(stage, client, engagementId)
        return [
          ...(await reading(client, cast, engagementId)),
          ...(await writing(stage, cast, engagementId)),
          ...(await disposal(stage, client, engagementId)),
        ]
      } finally {
        await client.end()
      }
    } finally {
      await stage.close()
    }
  } finally {
    await postgres.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function fill(stage: Stage, client: Client, engagementId: string): Promise<void> {
  const word = await inSystemWork(stage.deps, async (work) => {
    const row = await work.db
      .selectFrom('engagements')
      .select(['id', 'demand_org_id', 'wrapped_key'])
      .where('id', '=', engagementId)
      .executeTakeFirstOrThrow()
    return keyedWord(searchKey(sealingOf(work, row)), 'hello')
  })
  await client.query(
    `insert into engagements select made.* from engagements e, generate_series(0, 9) n,
       lateral jsonb_populate_record(e, jsonb_build_object('id', 'eng_other_' || n, 'number', 'other ' || n)) made where e.id = $1`,
    [engagementId],
  )
  const { rows: parts } = await client.query(`select 1 from pg_proc where proname = 'zh_make_traffic_block'`)
  for (let block = 0; block < blocks; block++) {
    if (parts.length > 0) await client.query('select zh_make_traffic_block($1)', [block])
    // With the triggers that the writer has.
    await client.query(
      `insert into exchanges (sequence, id, engagement_id, lease_id, person_id, org_id, segment_id, kind, started_at, finished_at,
         scheme, method, host, port, path, address, status, outcome, content_type, request_bytes, response_bytes,
         request_digest, response_digest, policy_digest)
       select $1::bigint * ${blockSize} + n, 'xch_' || lpad(($1::bigint * ${blockSize} + n)::text, 26, '0'),
         case when $1 >= $3 and n % 4 = 0 then e.engagement_id else 'eng_other_' || $1 / 20 end, e.lease_id, e.person_id, e.org_id,
         e.segment_id, e.kind, now(), now(), e.scheme, e.method, 'host-' || n % 20 || '.example', e.port, '/orders/' || n, e.address,
         case when n % 50 = 0 then 500 else 200 end, e.outcome, e.content_type, 213, 1224, repeat('ab', 32), repeat('cd', 32), repeat('ef', 32)
       from generate_series(2, $2::int + 1) n, (select * from exchanges where sequence = 1) e`,
      [block, perBlock, blocks - ours],
    )
    await client.query(
      `insert into exchange_words select sequence, engagement_id, person_id, org_id,
         (select array_agg((random() * 1e6)::bigint) from generate_series(1, 20) where sequence > 0)
           || case when sequence % 200 = 0 then $3::bigint else 7::bigint end, true
       from exchanges where sequence > $1::bigint * ${blockSize} + 1 and sequence <= $1::bigint * ${blockSize} + $2::int + 1`,
      [block, perBlock, word],
    )
  }
  await client.query(`insert into feed_positions (name, position, seen_at)
    select name, (select max(sequence) from exchanges), now() from unnest(array['exchanges', 'exchange_words']) name
    on conflict (name) do update set position = excluded.position`)
  await client.query('vacuum analyze')
}

async function reading(client: Client, cast: Cast, engagementId: string): Promise<Figure[]> {
  const auditor = cast.auditor
  const list = async (query: object): Promise<void> =>
    void (await auditor.call('GET /api/engagements/:engagementId/exchanges', { params: { engagementId }, query }))
  const { rows } = await client.query<{ sequence: string; id: string }>(
    'select sequence, id from exchanges where engagement_id = $1 order by sequence desc offset 6000 limit 1',
    [engagementId],
  )
  const [deep] = rows
  const found: Figure[] = []
  for (const [what, task] of [
    ['list: first page', () => list({})],
    ['list: page after 6,000', () => list({ after: deep?.sequence })],
    ['list: one host', () => list({ host: 'host-4.example' })],
    ['list: one status', () => list({ status: 500 })],
    ['list: a path that few have', () => list({ path: '/orders/504' })],
    ['list: a word of the text', () => list({ text: 'hello' })],
    [
      'one exchange',
      async () =>
        void (await auditor.call('GET /api/engagements/:engagementId/exchanges/:exchangeId', {
          params: { engagementId, exchangeId: deep?.id ?? '' },
        })),
    ],
    [
      'page of the engagement (counts)',
      async () => void (await auditor.call('GET /api/engagements/:engagementId', { params: { engagementId } })),
    ],
    [
      'coverage',
      async () =>
        void (await auditor.call('GET /api/engagements/:engagementId/coverage', { params: { engagementId } })),
    ],
  ] as const) {
    const times: number[] = []
    for (let round = 0; round < 9; round++) {
      const began = performance.now()
      await task()
      times.push(performance.now() - began)
    }
    found.push({ what, value: median(times), unit: 'ms' })
  }
  return found
}

async function writing(stage: Stage, cast: Cast, engagementId: string): Promise<Figure[]> {
  const { leases } = await cast.tester.call('GET /api/engagements/:engagementId/leases', { params: { engagementId } })
  const [lease] = leases
  if (lease === undefined) throw new Error('the tester has no lease')
  const begin = blocks * blockSize
  await sqlPosition(stage, begin)
  const deps: Stage['deps'] = {
    ...stage.deps,
    rows: {
      next: async (after, { limit }) => ({
        rows: Array.from({ length: limit }, (_, at) => rowOf(after + at + 1, engagementId, lease)),
        gaps: [],
        next: after + limit,
        waitingForKey: null,
      }),
      bus: () => null,
      close: async () => undefined,
    },
  }
  for (let warm = 0; warm < 10; warm++) await takeExchanges(deps, 0)
  const began = performance.now()
  for (let count = 0; count < inserted; ) count += await takeExchanges(deps, 0)
  return [{ what: 'rows into the index', value: (inserted / (performance.now() - began)) * 1000, unit: 'rows/s' }]
}

const sqlPosition = (stage: Stage, position: number): Promise<void> =>
  inSystemWork(stage.deps, async ({ db }) => {
    await db.updateTable('feed_positions').set({ position }).where('name', '=', 'exchanges').execute()
  })

async function disposal(stage: Stage, client: Client, engagementId: string): Promise<Figure[]> {
  await client.query(
    `insert into disposals (id, engagement_id, what, sealed_words, ordered_by, ordered_at)
     select 'dis_' || $2, id, 'traffic', '', (select id from persons limit 1), now() from engagements where id = $1`,
    [engagementId, randomBytes(4).toString('hex')],
  )
  const began = performance.now()
  const done = await carryOutDisposals(stage.deps)
  if (done !== 1) throw new Error('the disposal was not carried out')
  return [{ what: 'a disposal of some 30,000 exchanges', value: (performance.now() - began) / 1000, unit: 's' }]
}

const rowOf = (
  sequence: number,
  engagementId: string,
  lease: { readonly leaseId: string; readonly personId: string },
): ExchangeRow => ({
  exchangeId: `xch_${String(sequence).padStart(26, '0')}`,
  engagementId,
  leaseId: lease.leaseId,
  testerId: lease.personId,
  kind: 'http',
  startedAt: '2026-03-02T08:00:00.000Z',
  finishedAt: '2026-03-02T08:00:00.120Z',
  scheme: 'https',
  host: 'shop.example',
  port: 443,
  address: '192.0.2.10',
  method: 'GET',
  path: `/orders/${sequence}?page=2`,
  targetVerified: true,
  policyDigest: 'ab'.repeat(32),
  status: 200,
  outcome: 'complete',
  contentType: 'text/html; charset=utf-8',
  sequence,
  segmentId: 'seg_01j00000000000000000000000',
  requestBytes: 213,
  responseBytes: 1224,
  requestDigest: 'cd'.repeat(32),
  responseDigest: 'ef'.repeat(32),
})

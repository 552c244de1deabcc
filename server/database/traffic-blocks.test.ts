import { type FreshDatabase, freshDatabase } from '@zhongheng/testing/postgres/fresh-database.ts'
import { sql } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { migrate, openDatabase, type OpenDatabase } from './open.ts'
import { blockOf, inBlocks, makeRoomFor, sequencesOf } from './traffic-blocks.ts'

const size = 2 ** 24

describe('blocks of the index of traffic', () => {
  it('hold two to the power of twenty-four sequences each, up to the last that a recorder can give', () => {
    expect([0, 1, size - 1, size, 2 ** 40, 2 ** 48 - 1].map(blockOf)).toEqual([0, 0, 0, 1, 2 ** 16, 2 ** 24 - 1])
  })
  it('become ranges of sequences, neighbours one range', () => {
    expect(sequencesOf([])).toEqual([])
    expect(sequencesOf([4, 2, 3, 2, 65_536])).toEqual([
      { from: 2 * size, below: 5 * size },
      { from: 2 ** 40, below: 2 ** 40 + size },
    ])
  })
})

let database: FreshDatabase
let url: string
let open: OpenDatabase
let client: pg.Client
const rowsOf = async <T extends object>(text: string, values: unknown[] = []): Promise<T[]> =>
  (await client.query<T>(text, values)).rows
const codeOf = (text: string, values: unknown[] = []): Promise<string> =>
  client.query(text, values).then(
    () => '',
    (fault: { code?: string }) => fault.code ?? 'none',
  )
const put = `insert into exchanges (sequence, id, engagement_id, lease_id, person_id, org_id, segment_id, kind, started_at,
    finished_at, scheme, method, host, port, path, status, outcome, request_bytes, response_bytes, request_digest, response_digest, policy_digest)
  values ($1, $2, $3, 'lea', 'per', 'org_yunfan', 'seg', 'http', now(), now(), 'http', 'GET', 'shop', 80, '/', 200, 'complete', 1, 1, '', '', '')`
const words = `insert into exchange_words values ($1, $2, 'per', 'org_yunfan', '{1}', true)`
const engagement = `insert into engagements (id, number, title, state, demand_org_id, sealed_goals, wrapped_key, data_level, environment, created_at, updated_at)
  values ($1, $1, '商城众测', 'testing', 'org_yunfan', '', '', 'general', 'dedicated', now(), now())`
const partsOf = async (table: string): Promise<string[]> =>
  (
    await rowsOf<{ name: string }>(
      `select inhrelid::regclass::text as name from pg_inherits where inhparent = $1::regclass order by 1`,
      [table],
    )
  ).map(({ name }) => name)
const fileOf = async (name: string): Promise<unknown> =>
  (await rowsOf<{ file: string }>('select pg_relation_filepath($1::regclass) as file', [name]))[0]?.file
const policiesOf = (table: string): Promise<object[]> =>
  rowsOf(
    `select policyname, permissive, roles::text, cmd, qual, with_check from pg_policies where tablename = $1 order by 1`,
    [table],
  )
const rightsOf = (table: string): Promise<object[]> =>
  rowsOf(
    `select grantee, privilege_type from information_schema.role_table_grants
     where table_name = $1 and grantee like 'zh%' order by 1, 2`,
    [table],
  )

type Before = {
  readonly files: unknown[]
  readonly policies: object[][]
  readonly rights: object[][]
  readonly indexes: unknown[]
}
let before: Before
const tables = ['exchanges', 'exchange_words'] as const
const indexes = ['exchanges_pkey', 'exchanges_by_tester', 'exchanges_id_key', 'exchange_words_by_word'] as const
const each = <T>(names: readonly string[], ask: (name: string) => Promise<T>): Promise<T[]> =>
  names.reduce(async (found: Promise<T[]>, name) => [...(await found), await ask(name)], Promise.resolve([]))

beforeAll(async () => {
  database = await freshDatabase()
  url = database.adminUrl
  await migrate(url, '0059')
  client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(
    `insert into organisations (id, kind, name, public_key, sealed_private_key, created_at) values ('org_yunfan', 'demand', '云帆科技', 'x', '', now())`,
  )
  for (const id of ['eng_early', 'eng_late', 'eng_none']) await client.query(engagement, [id])
  // The installation has taken some fifty million exchanges; these are left of them.
  for (const [sequence, id] of [
    [1, 'eng_early'],
    [size + 5, 'eng_early'],
    [3 * size + 9, 'eng_late'],
  ] as const) {
    await client.query(put, [sequence, `xch_${sequence}`, id])
    await client.query(words, [sequence, id])
  }
  before = {
    files: await each(tables, fileOf),
    policies: await each(tables, policiesOf),
    rights: await each(tables, rightsOf),
    indexes: await each(indexes, fileOf),
  }
  await migrate(url)
  open = openDatabase(url, 4)
}, 120_000)
afterAll(async () => {
  await client.end()
  await open.close()
  await database.drop()
})

describe('an installation with recorded traffic that is upgraded', () => {
  it('has its rows where they lay, as the first part of a table that goes on: no file of rows or indexes was written anew', async () => {
    expect(await each(['exchanges_first', 'exchange_words_first'], fileOf)).toEqual(before.files)
    expect(
      await each(
        indexes.map((name) => name.replace(/^exchanges|^exchange_words/, '$&_first')),
        fileOf,
      ),
    ).toEqual(before.indexes)
    expect(await rowsOf('select sequence, id from exchanges order by sequence')).toEqual([
      { sequence: '1', id: 'xch_1' },
      { sequence: String(size + 5), id: `xch_${size + 5}` },
      { sequence: String(3 * size + 9), id: `xch_${3 * size + 9}` },
    ])
  })
  it('has the policies and rights of before on the whole, word for word, and none on the part', async () => {
    expect(before.policies.map((list) => list.length)).toEqual([4, 4])
    expect(await each(tables, policiesOf)).toEqual(before.policies)
    expect(await each(tables, rightsOf)).toEqual(before.rights)
    expect(await each(['exchanges_first', 'exchange_words_first'], policiesOf)).toEqual([[], []])
    expect(await each(['exchanges_first', 'exchange_words_first'], rightsOf)).toEqual([[], []])
  })
  it('knows of each engagement in which blocks its traffic lies', async () => {
    expect(await rowsOf('select id, traffic_blocks from engagements order by id')).toEqual([
      { id: 'eng_early', traffic_blocks: [0, 1] },
      { id: 'eng_late', traffic_blocks: [3] },
      { id: 'eng_none', traffic_blocks: [] },
    ])
  })
  it('has room in the first part for what came while its rows were looked through', async () => {
    await client.query(put, [4 * size, 'xch_meanwhile', 'eng_late'])
    expect(await partsOf('exchanges')).toEqual(['exchanges_first'])
  })
})

describe('room for new traffic', () => {
  it('is made by two servers at once without a fault, for the block that is needed and the one after it', async () => {
    const other = openDatabase(url, 2)
    try {
      await Promise.all([makeRoomFor(open, [5 * size, 5 * size + 1]), makeRoomFor(other, [5 * size])])
    } finally {
      await other.close()
    }
    expect(await partsOf('exchanges')).toEqual(['exchanges_000005', 'exchanges_000006', 'exchanges_first'])
    expect(await partsOf('exchange_words')).toEqual([
      'exchange_words_000005',
      'exchange_words_000006',
      'exchange_words_first',
    ])
  })
  it('is made at the beginning of another recorder’s sequences, too', async () => {
    await makeRoomFor(open, [2 ** 40])
    expect(await partsOf('exchanges')).toContain('exchanges_010000')
    await client.query(put, [2 ** 40, 'xch_of_node_1', 'eng_late'])
  })
  it('lacks nothing that the first part has: the same indexes, a unique id, and the triggers under a legal hold', async () => {
    const form = async (part: string) => ({
      indexes: (
        await rowsOf<{ form: string }>(
          `select regexp_replace(pg_get_indexdef(indexrelid), ' INDEX .* ON \\S+', '') as form from pg_index
           where indrelid = $1::regclass order by 1`,
          [part],
        )
      ).map((one) => one.form),
      triggers: await rowsOf(
        `select tgname, tgtype, tgfoid::regproc::text from pg_trigger where tgrelid = $1::regclass and not tgisinternal order by 1`,
        [part],
      ),
      keys: (
        await rowsOf<{ form: string }>(
          `select pg_get_constraintdef(oid) as form from pg_constraint where conrelid = $1::regclass order by 1`,
          [part],
        )
      ).map((one) => one.form),
    })
    const first = await form('exchanges_first')
    expect(first.indexes).toHaveLength(7)
    expect(first.triggers).toHaveLength(2)
    expect(await form('exchanges_000005')).toEqual(first)
    expect(await form('exchange_words_000005')).toEqual(await form('exchange_words_first'))
  })
  it('is not made up where there is none: the row is refused, and lies in no other part', async () => {
    expect(await codeOf(put, [99 * size, 'xch_nowhere', 'eng_late'])).toBe('23514')
  })
})

describe('one exchange', () => {
  it.each([
    ['in the part of before', 7, `xch_${size + 5}`],
    ['in a new part, after one of before', 5 * size + 7, 'xch_1'],
    ['in a new part, after what came while it was made', 5 * size + 7, 'xch_meanwhile'],
    ['in the part of before, after one of another recorder', 8, 'xch_of_node_1'],
    ['in a new part, after one of another recorder', 5 * size + 8, 'xch_of_node_1'],
    ['in the same part', 2 ** 40 + 1, 'xch_of_node_1'],
  ])('is not taken twice, under whatever sequence: %s', async (_where, sequence, id) => {
    expect(await codeOf(put, [sequence, id, 'eng_late'])).toBe('23505')
  })
  it('is not taken twice within one statement', async () => {
    const both = put.replace(/values (\(.*\))$/s, (_all, row: string) => {
      return `values ${row}, ${row.replace('$1', String(6 * size))}`
    })
    expect(await codeOf(both, [5 * size + 20, 'xch_double', 'eng_late'])).toBe('23505')
  })
  it('keeps its id and its sequence', async () => {
    expect(await codeOf(`update exchanges set id = 'xch_other' where sequence = 1`)).toBe('ZH004')
    expect(await codeOf(`update exchanges set sequence = 2 where sequence = 1`)).toBe('ZH004')
  })
  it('can be taken again where the index lost it', async () => {
    await client.query(put, [5 * size + 30, 'xch_lost', 'eng_late'])
    await client.query(`delete from exchanges where id = 'xch_lost'`)
    expect(await codeOf(put, [5 * size + 30, 'xch_lost', 'eng_late'])).toBe('')
  })
})

describe('a question about one engagement', () => {
  /** Parts of exchanges that a plan names. */
  const opened = async (blocks: readonly number[], rest: string): Promise<string[]> => {
    const { rows } = await sql<{ 'QUERY PLAN': unknown }>`explain (format json)
      select * from exchanges where engagement_id = 'eng_late' and ${inBlocks('exchanges.sequence', blocks)} ${sql.raw(rest)}`.execute(
      open.kysely,
    )
    return [...new Set(JSON.stringify(rows).match(/exchanges_(first|[0-9a-f]{6})(?=")/g) ?? [])].toSorted()
  }
  it('opens the parts alone in which the engagement has traffic', async () => {
    const { traffic_blocks: blocks } = await open.kysely
      .selectFrom('engagements')
      .select('traffic_blocks')
      .where('id', '=', 'eng_late')
      .executeTakeFirstOrThrow()
    expect(blocks).toEqual([3, 4, 5, 65_536])
    expect(await opened(blocks, 'order by sequence desc limit 51')).toEqual([
      'exchanges_000005',
      'exchanges_010000',
      'exchanges_first',
    ])
    expect(await opened([5], 'order by sequence desc limit 51')).toEqual(['exchanges_000005'])
    expect(await opened([], '')).toEqual([])
  })
  it('opens none that lies past where a page begins', async () => {
    expect(await opened([3, 4, 5, 65_536], `and sequence < ${5 * size} order by sequence desc limit 51`)).toEqual([
      'exchanges_first',
    ])
  })
  it('gets its rows in their order from part to part, and sorts none', async () => {
    await client.query('set enable_seqscan = off; set enable_bitmapscan = off')
    const { rows } = await client.query(
      `explain (format json) select * from exchanges where engagement_id = 'eng_late' order by sequence desc limit 51`,
    )
    await client.query('reset enable_seqscan; reset enable_bitmapscan')
    expect(JSON.stringify(rows)).toContain('"Node Type":"Append"')
    expect(JSON.stringify(rows)).not.toMatch(/"Node Type":"(Sort|Merge Append)"/)
  })
})

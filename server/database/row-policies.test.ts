import { randomBytes } from 'node:crypto'
import { makeId } from '@zhongheng/domain/shared/ids.ts'
import { type Cast, assemble, inTesting, submittedFinding } from '@zhongheng/testing/scenes/crowd-test.ts'
import { type Stage, openStage } from '@zhongheng/testing/scenes/stage.ts'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/*
 * The second wall, tried without the first: statements as zh_app, with the tenant set by hand, against every table that
 * the catalogue lists. A new table fails here until it has policies and rows in this scene.
 */
let stage: Stage
let ours: Cast
let theirs: Cast
let client: pg.Client
let tables: string[]
const engagement = { ours: '', theirs: '' }

type Row = Record<string, unknown>
const rowsOf = async (text: string, values: unknown[] = []): Promise<Row[]> =>
  (await client.query<Row>(text, values)).rows

beforeAll(async () => {
  stage = await openStage()
  ours = await assemble(stage, 'a')
  theirs = await assemble(stage, 'b', ours)
  client = new pg.Client({ connectionString: stage.deps.settings.databaseUrl })
  await client.connect()
  tables = (
    await rowsOf(`select tablename from pg_tables where schemaname = 'public' and tablename <> 'migrations'`)
  ).map((row) => String(row['tablename']))
  engagement.ours = await furnish(ours, 'ours')
  engagement.theirs = await furnish(theirs, 'theirs')
  await client.query(`insert into key_rotations (id, kind, asked_at) values ('x', 'kek', now())`)
  await client.query(`insert into feed_positions values ('exchanges', 1, now())`)
  await client.query(
    `insert into ledger_restores values ('evt_restored', now(), 'both_behind', 0, 0, 1, 9, 'root', 'digest', 'sealed')`,
  )
  // Two whole engagements: on a busy machine more than the usual half minute.
}, 120_000)
afterAll(async () => {
  await client.end()
  await stage.close()
})

/** A row in every table for one cast; what the API does not make in testing is put in by hand. */
async function furnish(cast: Cast, mark: string): Promise<string> {
  const engagementId = await inTesting(stage, cast, `众测 ${mark}`)
  const findingId = await submittedFinding(stage, engagementId, cast.tester)
  const params = { engagementId, findingId }
  await cast.organizer.call('POST /api/engagements/:engagementId/findings/:findingId/moves', {
    params,
    body: { move: 'take_up', version: 1 },
  })
  await cast.tester.call('POST /api/engagements/:engagementId/findings/:findingId/comments', {
    params,
    body: { audience: 'everyone', body: '补充说明' },
  })
  const me = await cast.tester.call('GET /api/me', {})
  const id = (kind: 'reward' | 'report' | 'segment') => makeId(kind, new Date(), randomBytes(10))
  await client.query(`insert into rewards values ($1, $2, $3, $4, $5, 1, 'refused', '', 'x', now())`, [
    id('reward'),
    findingId,
    engagementId,
    me.orgId,
    me.personId,
  ])
  await client.query(
    `insert into target_certificates values ($1, $2, 'shop.practice.test', 'x', 'x', 'x', now(), 'x', $3, now())`,
    [makeId('targetCertificate', new Date(), randomBytes(10)), engagementId, me.personId],
  )
  const attachment = makeId('attachment', new Date(), randomBytes(10))
  await client.query(
    `insert into attachments (id, engagement_id, finding_id, org_id, person_id, state, size, sealed_facts, made_at, attached_at)
     values ($1, $2, $3, $4, $5, 'kept', 1, 'x', now(), now())`,
    [attachment, engagementId, findingId, me.orgId, me.personId],
  )
  await client.query(
    `insert into attachment_links (token_digest, attachment_id, person_id, made_at, expires_at) values ($1, $2, $3, now(), now())`,
    [attachment, attachment, me.personId],
  )
  const alert = makeId('alert', new Date(), randomBytes(10))
  await client.query(
    `insert into alerts
     select $1, engagement_id, id, person_id, org_id, 'flood', 'x', 'high', 'alarm', 'open', 1, 1, now(), now(), now()
     from leases where engagement_id = $2 limit 1`,
    [alert, engagementId],
  )
  await client.query(
    `insert into alert_hits select id, 'x', 1, engagement_id, org_id, 'request', 1, 0, 'x' from alerts where id = $1`,
    [alert],
  )
  const receiver = makeId('alertReceiver', new Date(), randomBytes(10))
  await client.query(
    `insert into alert_receivers values ($1, $2, 'x', 'syslog_udp', '192.0.2.1:514', 'ocsf', null, null, $3, now())`,
    [receiver, engagementId, me.personId],
  )
  await client.query(`insert into alert_deliveries values ($1, $2, $3, 'test', 'none', now(), '{}', 'sent', 1, null)`, [
    makeId('alertDelivery', new Date(), randomBytes(10)),
    receiver,
    engagementId,
  ])
  for (const state of ['proposed', 'in_force'])
    await client.query(
      `insert into test_rules values ($1, $2, $3, $4, 'x', 'x', 'x', '{}', $5, 'demand', now(), null)
       on conflict do nothing`,
      [
        makeId('rulesVersion', new Date(), randomBytes(10)),
        engagementId,
        state === 'proposed' ? 1 : 2,
        state,
        me.personId,
      ],
    )
  for (const kind of ['test', 'audit'])
    await client.query(
      `insert into reports (id, engagement_id, kind, locale, state, revision, sealed_sections, created_at)
       values ($1, $2, $3, 'zh-CN', 'draft', 1, 'x', now())`,
      [id('report'), engagementId, kind],
    )
  await client.query(
    `insert into segments (id, engagement_id, exchanges, first_sequence, last_sequence, bytes, sha256, root, sealed_at)
     values ($1, $2, 1, 1, 1, 1, 'x', 'x', now())`,
    [id('segment'), engagementId],
  )
  await client.query(
    `insert into exchange_words select sequence, engagement_id, person_id, org_id, '{1}', true from exchanges on conflict do nothing`,
  )
  for (const person of [cast.demand, cast.auditor]) {
    const asker = await person.call('GET /api/me', {})
    await client.query(
      `insert into packs (id, engagement_id, org_id, person_id, kind, redaction, state, asked_at)
       values ($1, $2, $3, $4, 'engagement', 'secrets', 'cancelled', now())`,
      [makeId('pack', new Date(), randomBytes(10)), engagementId, asker.orgId, asker.personId],
    )
  }
  await client.query(
    `insert into time_stamps (id, size, root, note, request, state, reason, asked_at)
     values ('x', 1, 'x', 'x', 'x', 'asked', 'manual', now()) on conflict do nothing`,
  )
  for (const org of [cast.orgIds.demand, cast.orgIds.auditor]) {
    const witness = makeId('witness', new Date(), randomBytes(10))
    const rule = makeId('witnessRule', new Date(), randomBytes(10))
    const [by] = await rowsOf('select id from persons where org_id = $1 limit 1', [org])
    await client.query(
      `insert into witnesses (id, org_id, name, verifier_key, public_key, registered_by, registered_at)
       values ($1, $2, $1, 'x', $1, $3, now())`,
      [witness, org, by?.['id']],
    )
    await client.query(`insert into checkpoints values (1, 'x', 'x', now()) on conflict do nothing`)
    await client.query(`insert into cosignatures values (1, $1, $2, 'x', now(), now())`, [witness, org])
    await client.query(`insert into witness_rules values ($1, $2, 0, '{}', 'refused', '{}', $3, now(), null)`, [
      rule,
      engagementId,
      by?.['id'],
    ])
  }
  const [lin] = await rowsOf('select id from persons where org_id = $1 limit 1', [cast.orgIds.auditor])
  await client.query(
    `insert into legal_holds (id, org_id, engagement_id, sealed_words, placed_by, placed_at)
     values ($1, $2, $3, 'x', $4, now())`,
    [makeId('hold', new Date(), randomBytes(10)), cast.orgIds.auditor, engagementId, lin?.['id']],
  )
  for (const person of [cast.demand, cast.tester, cast.auditor]) {
    const { orgId, personId } = await person.call('GET /api/me', {})
    await client.query(
      `insert into approvals (id, org_id, engagement_id, kind, digest, sealed_words, asked_by, asked_at, expires_at)
       values ($1, $2, $3, 'pack', $4, 'x', $5, now(), now() + interval '1 hour')`,
      [makeId('approval', new Date(), randomBytes(10)), orgId, engagementId, 'a'.repeat(64), personId],
    )
    await client.query(
      `insert into break_glass (id, engagement_id, org_id, person_id, approval_id, approved_by, sealed_purpose, opened_at, ends_at)
       select $1, a.engagement_id, a.org_id, a.asked_by, a.id, (select min(id) from persons where id <> a.asked_by), 'x', now(),
         now() + interval '1 hour' from approvals a where a.asked_by = $2 limit 1`,
      [makeId('breakGlass', new Date(), randomBytes(10)), personId],
    )
    await client.query(`insert into two_person_rules (org_id, changed_at) values ($1, now())`, [orgId])
  }
  const auditor = await cast.auditor.call('GET /api/me', {})
  await client.query(
    `insert into reading_purposes (id, engagement_id, org_id, person_id, sealed_purpose, at, until)
     values ($1, $2, $3, $4, 'x', now(), now())`,
    [makeId('readingPurpose', new Date(), randomBytes(10)), engagementId, auditor.orgId, auditor.personId],
  )
  // Past the triggers, which rightly refuse one so early.
  await client.query(`set session_replication_role = replica`)
  await client.query(
    `insert into disposals (id, engagement_id, what, sealed_words, ordered_by, ordered_at)
     values ($1, $2, 'traffic', 'x', $3, now())`,
    [makeId('disposal', new Date(), randomBytes(10)), engagementId, lin?.['id']],
  )
  await client.query(`set session_replication_role = origin`)
  for (const person of [cast.demand, cast.tester, cast.auditor]) {
    await furnishAccount(await person.call('GET /api/me', {}), mark)
    await person.call('POST /api/invitations', { body: { name: '新人', posts: ['member'] } })
    const { personId } = await person.call('GET /api/me', {})
    await client.query(`insert into idempotency values ($1, 'POST /x', $2, 'x', 200, 'null', now())`, [personId, mark])
  }
  return engagementId
}

/** What belongs to one account, and to one house's way of signing in. */
async function furnishAccount({ personId, orgId }: { personId: string; orgId: string }, mark: string): Promise<void> {
  const id = (kind: Parameters<typeof makeId>[0]) => makeId(kind, new Date(), randomBytes(10))
  const now = new Date()
  const put = (table: string, row: Row) => {
    const columns = Object.keys(row)
    return client.query(
      `insert into ${table} (${columns.join()}) values (${columns.map((_, at) => `$${at + 1}`).join()}) on conflict do nothing`,
      Object.values(row),
    )
  }
  const own = { person_id: personId, org_id: orgId }
  await put('one_time_code_secrets', { id: id('codeSecret'), ...own, sealed_secret: 'x', created_at: now })
  await put('recovery_codes', { person_id: personId, code_digest: mark, made_at: now })
  const passkey = { credential_id: id('passkey'), public_key: 'x', counter: 0, name: '钥匙', created_at: now }
  await put('passkeys', { id: id('passkey'), ...own, ...passkey })
  await put('spent_ceremonies', { digest: personId, expires_at: now })
  const token = { name: '脚本', token_digest: id('accessToken'), hint: 'zhp_', scopes: ['findings:read'] }
  await put('access_tokens', { id: id('accessToken'), ...own, ...token, created_at: now, expires_at: now })
  await put('password_resets', { id: id('passwordReset'), ...own, asked_at: now })
  const release = { reason: '手机遗失', asked_by: personId, asked_at: now, state: 'asked' }
  await put('factor_releases', { id: id('factorRelease'), ...own, ...release })
  await put('sign_in_rules', { org_id: orgId })
  const issuer = 'https://id.example'
  const provider = { label: '单点登录', issuer, client_id: 'zh', sealed_client_secret: 'x', changed_at: now }
  await put('oidc_providers', { org_id: orgId, ...provider })
  const identity = { issuer, subject: personId, created_by: personId, created_at: now }
  await put('oidc_identities', { id: id('oidcIdentity'), ...own, ...identity })
  await put('security_notices', { id: id('securityNotice'), ...own, kind: 'new_device', at: now })
}

type Tenant = { org: string; kind: string; person: string }
const nobody: Tenant = { org: '', kind: '', person: '' }
async function tenants(cast: Cast): Promise<[string, Tenant][]> {
  const found: [string, Tenant][] = []
  for (const [name, person] of [
    ['demand side', cast.demand],
    ['tester', cast.tester],
    ['auditor', cast.auditor],
  ] as const) {
    const me = await person.call('GET /api/me', {})
    found.push([name, { org: me.orgId, kind: me.orgKind, person: me.personId }])
  }
  return found
}

/** One statement as zh_app for a tenant, rolled back; its rows, or the code of the refusal. */
async function as(
  tenant: Tenant,
  text: string,
  values: unknown[] = [],
): Promise<{ rows: Row[]; count: number; refused: string }> {
  await client.query('begin')
  try {
    await client.query(
      `select set_config('role', 'zh_app', true), set_config('app.org', $1, true), set_config('app.kind', $2, true), set_config('app.person', $3, true)`,
      [tenant.org, tenant.kind, tenant.person],
    )
    const answer = await client.query<Row>(text, values)
    return { rows: answer.rows, count: answer.rowCount ?? 0, refused: '' }
  } catch (error) {
    return { rows: [], count: 0, refused: (error as { code?: string }).code ?? String(error) }
  } finally {
    await client.query('rollback')
  }
}
const denied = '42501'

/** Which rows of a table are another cast's secrets: by engagement, else by organisation or person. */
async function secretsOf(table: string, cast: Cast, engagementId: string): Promise<[string, unknown[]]> {
  const columns = (
    await rowsOf(
      `select column_name from information_schema.columns where table_schema = 'public' and table_name = $1`,
      [table],
    )
  ).map((row) => row['column_name'])
  const people = (await tenants(cast)).map(([, tenant]) => tenant)
  if (table === 'engagements') return ['id = $1', [engagementId]]
  // Which organizers and auditors exist is open to everybody who names one.
  if (table === 'organisations') return ['id = any($1)', [[cast.orgIds.demand, cast.orgIds.tester]]]
  if (table === 'persons') return ['org_id = any($1)', [people.map((one) => one.org)]]
  if (columns.includes('engagement_id')) return ['engagement_id = $1', [engagementId]]
  if (columns.includes('org_id')) return ['org_id = any($1)', [people.map((one) => one.org)]]
  if (columns.includes('person_id')) return ['person_id = any($1)', [people.map((one) => one.person)]]
  return ['true', []]
}
/** Positions of the recorder's feed belong to no tenant and name none. */
const common = new Set(['feed_positions', 'checkpoints', 'time_stamps'])

describe('PUB-DB-03: the catalogue', () => {
  it('forces row policies on every table, with one for the system role', async () => {
    const found = await rowsOf(`
      select c.relname, c.relrowsecurity, c.relforcerowsecurity,
        (select count(*)::int from pg_policies p where p.tablename = c.relname and 'zh_system' = any(p.roles)) as system,
        c.relname in (select tablename from pg_policies where 'public' = any(roles)) as open
      from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public' and c.relkind in ('r', 'p')`)
    expect(found.length).toBe(tables.length + 1)
    for (const row of found.filter((one) => one['relname'] !== 'migrations'))
      expect(row).toMatchObject({ relrowsecurity: true, relforcerowsecurity: true, system: 1, open: false })
  })
  it('gives neither role ownership, log-in or a way past the policies', async () => {
    const roles = await rowsOf(
      `select rolname, rolsuper, rolbypassrls, rolcanlogin, rolcreaterole, rolcreatedb from pg_roles where rolname like 'zh\\_%'`,
    )
    expect(roles).toHaveLength(2)
    for (const role of roles)
      expect(role).toMatchObject({
        rolsuper: false,
        rolbypassrls: false,
        rolcanlogin: false,
        rolcreaterole: false,
        rolcreatedb: false,
      })
    expect(await rowsOf(`select relname from pg_class where pg_get_userbyid(relowner) like 'zh\\_%'`)).toEqual([])
  })
  it('holds no view and no function that would run with its owner’s rights', async () => {
    expect(await rowsOf(`select viewname from pg_views where schemaname = 'public'`)).toEqual([])
    expect(
      await rowsOf(
        `select proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = 'public' and prosecdef`,
      ),
    ).toEqual([])
  })
  it('gives zh_app no truncating, no triggers, no references, and nothing on the list of migrations', async () => {
    const found = await rowsOf(`
      select table_name, privilege_type from information_schema.role_table_grants
      where grantee = 'zh_app' and (privilege_type not in ('SELECT', 'INSERT', 'UPDATE', 'DELETE') or table_name = 'migrations')`)
    expect(found).toEqual([])
  })
  it('has rows of this scene in every table, so that nothing below is content with emptiness', async () => {
    for (const table of tables) {
      const [row] = await rowsOf(`select count(*)::int as n from ${table}`)
      expect(row?.['n'], table).toBeGreaterThan(0)
    }
  })
})

describe('PUB-DB-01: without a tenant', () => {
  it('no table shows or takes a row', async () => {
    for (const table of tables) {
      const seen = await as(nobody, `select 1 from ${table}`)
      expect(seen.refused === denied || seen.count === 0, table).toBe(true)
      const gone = await as(nobody, `delete from ${table}`)
      expect(gone.refused === denied || gone.count === 0, table).toBe(true)
    }
  })
  it.each([
    ['UPDATE', (table: string, column: string) => `update ${table} set ${column} = ${column}`],
    ['RETURNING', (table: string) => `delete from ${table} returning *`],
    ['EXPLAIN ANALYZE', (table: string) => `with seen as (select * from ${table}) select * from seen`],
    [
      'MERGE',
      (table: string, column: string) =>
        `merge into ${table} t using (select 1) s on true when matched then update set ${column} = t.${column}`,
    ],
    ['COPY', (table: string) => `copy (select * from ${table}) to stdout`],
  ])('%s reaches no row of any table', async (_what, statement) => {
    for (const table of tables) {
      const [first] = await rowsOf(
        `select column_name from information_schema.columns where table_name = $1 and column_name not in ('id', 'engagement_id', 'org_id') limit 1`,
        [table],
      )
      const got = await as(nobody, statement(table, String(first?.['column_name'])))
      // COPY cannot be read by this client: it is refused, or it ends with nothing said.
      expect(got.refused !== '' || got.count === 0, `${table} ${got.count}`).toBe(true)
    }
  })
  it('ON CONFLICT reaches no row of any table', async () => {
    for (const table of tables) {
      const [row] = await rowsOf(`select to_jsonb(t) as row from ${table} t limit 1`)
      const put = await as(
        nobody,
        `insert into ${table} select * from jsonb_populate_record(null::${table}, $1) on conflict do nothing returning *`,
        [row?.['row']],
      )
      expect(put.refused !== '' || put.count === 0, `${table} ${put.refused}`).toBe(true)
    }
  })
})

describe('a tenant that is none', () => {
  it.each(['', ' ', 'null', '0', '1 or true', "' or '1'='1", '%', '*', 'zh_system', '{}'])(
    'PUB-DB-02: set to “%s” shows no row of ours and no error of the database',
    async (text) => {
      for (const tenant of [
        { org: text, kind: 'demand', person: text },
        { org: text, kind: text, person: text },
        { org: text, kind: 'auditor', person: ours.orgIds.demand },
      ])
        for (const table of tables.filter((one) => !common.has(one))) {
          const [where, values] = await secretsOf(table, ours, engagement.ours)
          const seen = await as(tenant, `select 1 from ${table} where ${where}`, values)
          expect(seen.refused === denied || (seen.refused === '' && seen.count === 0), `${table} ${seen.refused}`).toBe(
            true,
          )
        }
    },
  )
  it('PUB-DB-02: our own id in another case is another tenant', async () => {
    for (const table of tables.filter((one) => !common.has(one))) {
      const [where, values] = await secretsOf(table, ours, engagement.ours)
      const id = ours.orgIds.demand.toUpperCase()
      const seen = await as({ org: id, kind: 'demand', person: id }, `select 1 from ${table} where ${where}`, values)
      expect(seen.refused === denied || seen.count === 0, table).toBe(true)
    }
  })
})

describe('the tables of the ledger', () => {
  it.each([
    'update events set leaf = leaf',
    'delete from events',
    'truncate events',
    'alter table events disable trigger all',
    'alter table events disable row level security',
    'alter table events no force row level security',
    'drop table events',
    'set local session_replication_role = replica',
    'alter table segments add column x int',
    'delete from segments',
    'create policy x on events for all to zh_app using (true)',
    'set local row_security = off; select * from events',
  ])('PUB-DB-06: %s is denied', async (text) => {
    for (const [, tenant] of await tenants(ours)) expect((await as(tenant, text)).refused, text).toBe(denied)
  })
})

describe('somebody of another engagement', () => {
  it('sees no row of ours in any table', async () => {
    for (const [name, tenant] of await tenants(theirs))
      for (const table of tables.filter((one) => !common.has(one))) {
        const [where, values] = await secretsOf(table, ours, engagement.ours)
        const seen = await as(tenant, `select 1 from ${table} where ${where}`, values)
        expect(seen.refused === denied || seen.count === 0, `${name}: ${table}`).toBe(true)
      }
  })
  it('and sees own rows, so that the policies do not simply hide everything', async () => {
    const visible = new Set<string>()
    for (const [, tenant] of await tenants(theirs))
      for (const table of tables) if ((await as(tenant, `select 1 from ${table}`)).count > 0) visible.add(table)
    // The demand side sees findings and what hangs under them only after the organizer passed them on; testers do at once.
    const signIn = ['devices', 'known_networks', 'one_time_code_secrets', 'recovery_codes', 'spent_ceremonies']
    const never = [
      'credentials',
      'organisations',
      'persons',
      'logins',
      'throttles',
      'ledger_state',
      'ledger_scrubs',
      'ledger_restores',
      'tenant_keys',
      'sealing_state',
      'key_rotations',
      // Spent by the other origin, which knows nobody.
      'attachment_links',
      ...signIn,
    ]
    expect(tables.filter((table) => !visible.has(table) && !never.includes(table))).toEqual([])
  })
  it('changes and deletes none of ours', async () => {
    for (const [name, tenant] of await tenants(theirs))
      for (const table of tables.filter((one) => !common.has(one))) {
        const [where, values] = await secretsOf(table, ours, engagement.ours)
        const columns = await rowsOf(
          `select column_name from information_schema.column_privileges where grantee = 'zh_app' and table_name = $1 and privilege_type = 'UPDATE'`,
          [table],
        )
        for (const column of columns.map((row) => String(row['column_name'])).slice(0, 3)) {
          const changed = await as(tenant, `update ${table} set ${column} = ${column} where ${where}`, values)
          expect(changed.refused === denied || changed.count === 0, `${name}: ${table}.${column}`).toBe(true)
        }
        const gone = await as(tenant, `delete from ${table} where ${where}`, values)
        expect(gone.refused === denied || gone.count === 0, `${name}: ${table}`).toBe(true)
      }
  })
  it('PUB-DB-04: writes no row as if it were ours', async () => {
    for (const [name, tenant] of await tenants(theirs))
      for (const table of tables) {
        const [where, values] = await secretsOf(table, ours, engagement.ours)
        const [row] = await rowsOf(`select to_jsonb(t) as row from ${table} t where ${where} limit 1`, values)
        const put = await as(tenant, `insert into ${table} select * from jsonb_populate_record(null::${table}, $1)`, [
          row?.['row'],
        ])
        expect(put.refused, `${name}: ${table}`).toBe(denied)
      }
  })
  it('PUB-DB-04: hangs no row of their own under our engagement', async () => {
    for (const [name, tenant] of await tenants(theirs))
      for (const table of tables.filter((one) => !['idempotency', 'engagements'].includes(one))) {
        const [where, values] = await secretsOf(table, theirs, engagement.theirs)
        if (!where.startsWith('engagement_id')) continue
        const found = await rowsOf(`select to_jsonb(t) as row from ${table} t where ${where}`, values)
        for (const { row } of found) {
          const moved = {
            ...(row as Row),
            engagement_id: engagement.ours,
            ...('actor' in (row as Row) ? { actor: tenant.person, org_id: tenant.org } : {}),
          }
          // To apply is open to every tester; anything but an application is not.
          if (table === 'enrollments' && (row as Row)['org_id'] === tenant.org)
            Object.assign(moved, { state: 'admitted' })
          const put = await as(tenant, `insert into ${table} select * from jsonb_populate_record(null::${table}, $1)`, [
            moved,
          ])
          expect(put.refused, `${name}: ${table}`).toBe(denied)
        }
      }
  })
  it('PUB-DB-04: does not take a row of their own over to our engagement either', async () => {
    for (const [name, tenant] of await tenants(theirs))
      for (const table of tables) {
        const [where, values] = await secretsOf(table, theirs, engagement.theirs)
        if (!where.startsWith('engagement_id')) continue
        const moved = await as(tenant, `update ${table} set engagement_id = $2 where ${where}`, [
          ...values,
          engagement.ours,
        ])
        expect(moved.refused === denied || moved.count === 0, `${name}: ${table} ${moved.refused}`).toBe(true)
      }
  })
})

describe('what no person reads', () => {
  it.each([
    'select sealed_secret from one_time_code_secrets',
    'select * from recovery_codes',
    'select * from devices',
    'select token_digest from access_tokens',
    'select token_digest from password_resets',
    'select public_key from passkeys',
    'select sealed_client_secret from oidc_providers',
    'select token_digest from logins',
    'select password_hash from credentials',
    'select sealed_private_key from organisations',
    'select * from logins',
    'select * from throttles',
    'select * from organisations',
    'select * from credentials',
  ])('%s is refused to every side', async (text) => {
    for (const [, tenant] of await tenants(ours)) expect((await as(tenant, text)).refused).toBe(denied)
  })
  it.each([
    `update events set leaf = 'x'`,
    'delete from events',
    'delete from engagement_records',
    `update engagement_records set digest = 'x'`,
    `update letters set pdf = 'x'`,
    `update exchanges set path = 'x'`,
    'delete from exchanges',
    'delete from findings',
    `update finding_decisions set move = 'x'`,
    `update comments set org_id = 'x'`,
    `update segments set root = 'x'`,
  ])('PUB-DB-06: %s: history is not rewritten by anybody, not even by its own side', async (text) => {
    for (const [, tenant] of await tenants(ours)) {
      expect((await as(tenant, text)).refused, text).toBe(denied)
    }
  })
})

describe('a tester', () => {
  it('sees neither a colleague’s rows of another house nor the supervisors’ records', async () => {
    const [, tester] = (await tenants(ours))[1] as [string, Tenant]
    for (const table of ['findings', 'exchanges', 'leases', 'enrollments', 'rewards', 'engagement_records']) {
      const seen = await as(tester, `select org_id from ${table}`)
      expect(
        seen.rows.every((row) => row['org_id'] === tester.org),
        table,
      ).toBe(true)
    }
    for (const table of ['ownership_proofs', 'reports'])
      expect((await as(tester, `select 1 from ${table}`)).count, table).toBe(0)
  })
  it('reads no event of the three other sides alone', async () => {
    const [, tester] = (await tenants(ours))[1] as [string, Tenant]
    const seen = await as(tester, `select audience, org_id from events where engagement_id = $1`, [engagement.ours])
    expect(seen.count).toBeGreaterThan(0)
    expect(seen.rows.every((row) => row['audience'] === 'everyone' || row['org_id'] === tester.org)).toBe(true)
  })
})

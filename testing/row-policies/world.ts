import { randomBytes } from 'node:crypto'
import { makeId } from '@zhongheng/domain/shared/ids.ts'
import pg from 'pg'
import { type Cast, assemble, submittedFinding } from '../scenes/crowd-test.ts'
import type { FreshDatabase } from '../postgres/fresh-database.ts'
import { openStage } from '../scenes/stage.ts'
import { furnish } from './furnish.ts'

export type Row = Record<string, unknown>
/** Somebody, as a transaction is told of them. `abroad`: they, or their house, are put there for a statement. */
export type Tenant = {
  readonly name: string
  readonly org: string
  readonly kind: string
  readonly person: string
  readonly abroad?: 'house' | 'person'
}
export const nobody: Tenant = { name: 'nobody', org: '', kind: '', person: '' }

/** One engagement with everybody who works on it. The organizer is the same in both. */
export type Side = {
  readonly engagementId: string
  readonly demand: Tenant
  readonly organizer: Tenant
  readonly tester: Tenant
  readonly tester2: Tenant
  readonly auditor: Tenant
}
/** The three whose houses belong to one side alone. */
export const guests = (side: Side): readonly Tenant[] => [side.demand, side.tester, side.auditor]

/** Somebody of the same house whom no grant reaches. */
export const colleague = (tenant: Tenant): Tenant => ({
  ...tenant,
  name: `a colleague of the ${tenant.name}`,
  person: 'per_colleague',
})

/** An engagement on which the houses of ours have each another role than the one that they are at home in. */
export const swapped = 'eng_swapped'

/** Two engagements with rows in every table, in one open transaction that nobody ever commits. */
export type RowWorld = {
  readonly client: pg.Client
  /** Every table that the catalogue lists, but for the list of migrations and the parts of tables. */
  readonly tables: readonly string[]
  /** Tables that are parts of one of those. */
  readonly parts: readonly string[]
  readonly columns: ReadonlyMap<string, readonly string[]>
  /** `table.column` of those that may be empty. */
  readonly nullable: ReadonlySet<string>
  readonly ours: Side
  readonly theirs: Side
  /** Members of the houses of both engagements, each reached by other grants. */
  readonly team: readonly Tenant[]
  /** Members of the organizer with and without a post that keeps watch, for now, still or no more; and one of another house. */
  readonly watch: readonly Tenant[]
  /** Rows as the database's owner and superuser sees them. */
  rowsOf(text: string, values?: unknown[]): Promise<Row[]>
  /** One statement as zh_app for a tenant, undone afterwards; its rows, or the code of the refusal. */
  as(tenant: Tenant, text: string, values?: unknown[]): Promise<Answer>
  close(): Promise<void>
}
export type Answer = { readonly rows: Row[]; readonly count: number; readonly refused: string }
/** The database's code for what a role or a policy does not allow. */
export const denied = '42501'

/** @param database a migrated one to use instead of the tests' */
export async function openRowWorld(database?: FreshDatabase): Promise<RowWorld> {
  const stage = await openStage(database === undefined ? {} : { database })
  const ours = await assemble(stage, 'a')
  const theirs = await assemble(stage, 'b', ours)
  const client = new pg.Client({ connectionString: stage.deps.settings.databaseUrl })
  await client.connect()
  const rowsOf = async (text: string, values: unknown[] = []): Promise<Row[]> =>
    (await client.query<Row>(text, values)).rows
  const columns = new Map<string, string[]>()
  const nullable = new Set<string>()
  for (const { table, column, nullable: empty } of await rowsOf(
    `select table_name as table, column_name as column, is_nullable = 'YES' as nullable from information_schema.columns
     where table_schema = 'public' and table_name <> 'migrations'
       and not (select relispartition from pg_class where oid = format('%I', table_name)::regclass)
     order by table_name, ordinal_position`,
  )) {
    const known = columns.get(String(table)) ?? []
    columns.set(String(table), [...known, String(column)])
    if (empty === true) nullable.add(`${String(table)}.${String(column)}`)
  }
  const sides = {
    ours: { engagementId: await furnish(stage, client, ours, 'ours'), ...(await peopleOf(ours)) },
    theirs: { engagementId: await furnish(stage, client, theirs, 'theirs'), ...(await peopleOf(theirs)) },
  }
  await client.query(`insert into key_rotations (id, kind, asked_at) values ('x', 'kek', now())`)
  await client.query(`insert into feed_positions values ('exchanges', 1, now())`)
  await client.query(
    `insert into ledger_restores values ('evt_restored', now(), 'both_behind', 0, 0, 1, 9, 'root', 'digest', 'sealed')`,
  )
  await moreStates(client, sides.ours, sides.theirs, [
    await submittedFinding(stage, sides.ours.engagementId, ours.tester2),
    await submittedFinding(stage, sides.theirs.engagementId, theirs.tester2),
  ])
  await inAnotherPart(client)
  const team = await giveToSome(client, sides.ours, sides.theirs)
  const watch = await keepWatch(client, sides.ours)
  await client.query('begin')
  // Only now it is known what time it will be for everything that follows.
  await client.query(`update engagement_grants set ends_at = now() where person_id = 'per_named_until_this_moment'`)
  await client.query(
    `update persons set post_ends = jsonb_build_object('security_admin', now()) where id = 'per_watch_until_this_moment'`,
  )
  return {
    client,
    tables: [...columns.keys()],
    parts: (
      await rowsOf(`select relname as name from pg_class where relispartition and relkind in ('r', 'p') order by 1`)
    ).map((row) => String(row['name'])),
    columns,
    nullable,
    ...sides,
    team,
    watch,
    rowsOf,
    as: (tenant, text, values) => asTenant(client, tenant, text, values),
    async close() {
      await client.end()
      await stage.close()
    },
  }
}

/** Traffic of both engagements long after the other, which lies in a part of its own. */
async function inAnotherPart(client: pg.Client): Promise<void> {
  const far = '7 * (1 << 24)::bigint'
  await client.query('select zh_make_traffic_block(7)')
  await client.query(
    `insert into exchanges select made.* from exchanges e, lateral jsonb_populate_record(e, jsonb_build_object(
       'sequence', ${far} + e.sequence, 'id', 'xch_far_' || e.sequence)) made`,
  )
  await client.query(
    `insert into exchange_words select sequence, engagement_id, person_id, org_id, '{1}', true from exchanges where sequence >= ${far}`,
  )
}

/**
 * Grants of every kind: in our demand house to a member each, by name and by group, with an end and without; in two of their
 * houses to groups alone. @returns the members
 */
async function giveToSome(client: pg.Client, ours: Side, theirs: Side): Promise<readonly Tenant[]> {
  const { demand, engagementId } = ours
  const members = [
    ['named until later', 'person', `now() + interval '1 day'`],
    ['named until before', 'person', `now() - interval '1 day'`],
    ['named until this moment', 'person', 'now()'],
    ['in a group', 'group', 'null'],
    ['in a group until later', 'group', `now() + interval '1 day'`],
    ['in a group until before', 'group', `now() - interval '1 day'`],
    ['in a group without a grant', 'no grant', 'null'],
  ] as const
  const team: Tenant[] = []
  for (const [how, given, end] of members) {
    const [person, group] = [`per_${how.replaceAll(' ', '_')}`, `grp_${how.replaceAll(' ', '_')}`]
    await client.query(
      `insert into persons (id, org_id, name, posts, created_at) values ($1, $2, '同事', '{member}', now())`,
      [person, demand.org],
    )
    await client.query(`insert into groups (id, org_id, name, created_at) values ($1, $2, $1, now())`, [
      group,
      demand.org,
    ])
    if (given !== 'person')
      await client.query('insert into group_members values ($1, $2, $3)', [group, demand.org, person])
    if (given !== 'no grant')
      await client.query(
        `insert into engagement_grants (engagement_id, org_id, ${given}_id, ends_at, given_by, given_at)
         values ($1, $2, $3, ${end}, $4, now())`,
        [engagementId, demand.org, given === 'person' ? person : group, demand.person],
      )
    team.push({ ...demand, name: `a member of the demand house, ${how}`, person })
  }
  for (const [house, end] of [
    [theirs.demand, 'null'],
    [theirs.auditor, `now() + interval '1 day'`],
  ] as const)
    await client.query(
      `update engagement_grants set person_id = null, ends_at = ${end},
         group_id = (select group_id from group_members where person_id = $1) where engagement_id = $2 and org_id = $3`,
      [house.person, theirs.engagementId, house.org],
    )
  return team
}

async function keepWatch(client: pg.Client, { organizer, demand }: Side): Promise<readonly Tenant[]> {
  const members = [
    ['who is a member', organizer.org, ['member'], null],
    ['who administers security', organizer.org, ['security_admin', 'member'], null],
    ['who audits', organizer.org, ['audit_admin'], null],
    ['until later', organizer.org, ['security_admin'], '1 day'],
    ['until before', organizer.org, ['security_admin'], '-1 day'],
    ['until this moment', organizer.org, ['security_admin'], '1 day'],
    ['of another house', demand.org, ['security_admin'], null],
  ] as const
  const watch: Tenant[] = []
  for (const [how, org, posts, left] of members) {
    const person = `per_watch_${how.replaceAll(' ', '_')}`
    await client.query(
      `insert into persons (id, org_id, name, posts, post_ends, created_at)
       values ($1, $2, '同事', $3, case when $4::text is null then '{}' else
         jsonb_build_object('security_admin', now() + $4::interval) end, now())`,
      [person, org, posts, left],
    )
    watch.push({ ...organizer, name: `somebody in the organizer's place, ${how}`, person })
  }
  return watch
}

/** Rows that one side of an engagement has and another has not: a finding passed on, an internal comment, a loose file, a used approval. */
async function moreStates(client: pg.Client, ours: Side, theirs: Side, passed: readonly string[]): Promise<void> {
  const id = (kind: 'comment' | 'attachment' | 'approval'): string => makeId(kind, new Date(), randomBytes(10))
  await client.query(
    `insert into engagements select e.* from engagements o, jsonb_populate_record(null::engagements, to_jsonb(o) || $2) e where o.id = $1`,
    [
      ours.engagementId,
      {
        id: swapped,
        number: swapped,
        demand_org_id: ours.auditor.org,
        organizer_org_id: ours.tester.org,
        auditor_org_id: ours.organizer.org,
      },
    ],
  )
  await client.query(
    `insert into parties values ($1, $2, 'demand'), ($1, $3, 'organizer'), ($1, $4, 'auditor'), ($1, $5, 'tester')`,
    [swapped, ours.auditor.org, ours.tester.org, ours.organizer.org, ours.demand.org],
  )
  // Houses that take part in nothing.
  for (const kind of ['demand', 'tester', 'auditor']) {
    await client.query(
      `insert into organisations (id, name, kind, public_key, sealed_private_key, created_at, jurisdiction)
       values ($1, $1, $2, 'x', 'x', now(), 'CN')`,
      [`org_idle_${kind}`, kind],
    )
    await client.query(
      `insert into persons (id, org_id, name, posts, created_at) values ($1, $2, '闲人', '{member}', now())`,
      [`per_idle_${kind}`, `org_idle_${kind}`],
    )
  }
  // A member who is abroad does not put the house there, nor anybody else of it.
  for (const { name, org } of [ours.tester, ours.auditor])
    await client.query(
      `insert into persons (id, org_id, name, posts, created_at, jurisdiction) values ($1, $2, '远人', '{member}', now(), 'DE')`,
      [`per_abroad_${name}`, org],
    )
  // Somebody of our second tester's house applied there; the tester did not.
  await client.query(
    `insert into enrollments (id, engagement_id, person_id, org_id, state, created_at) values ('enr_colleague', $1, $2, $3, 'applied', now())`,
    [theirs.engagementId, theirs.demand.person, ours.tester2.org],
  )
  // On the swapped one the tester did, and is no party of it.
  await client.query(
    `insert into enrollments (id, engagement_id, person_id, org_id, state, created_at) values ('enr_applied', $1, $2, $3, 'applied', now())`,
    [swapped, ours.tester2.person, ours.tester2.org],
  )
  await client.query('update findings set passed_at = now() where id = any ($1)', [passed])
  for (const { engagementId, demand, organizer } of [ours, theirs])
    for (const { org, person } of [demand, organizer])
      await client.query(
        `insert into finding_assignees select id, $1, engagement_id, $2, $2, now() from findings where id = any ($3) and engagement_id = $4`,
        [org, person, passed, engagementId],
      )
  for (const { engagementId, organizer, tester, demand } of [ours, theirs, { ...ours, engagementId: swapped }]) {
    await client.query(
      `insert into comments (id, finding_id, engagement_id, audience, org_id, person_id, role, sealed_body, at)
       select $1 || right(id, 4), id, engagement_id, 'internal', $2, $3, 'organizer', 'x', now() from findings where engagement_id = $4`,
      [id('comment').slice(0, -4), organizer.org, organizer.person, engagementId],
    )
    await client.query(
      `insert into attachments (id, engagement_id, org_id, person_id, state, size, sealed_facts, made_at)
       values ($1, $2, $3, $4, 'kept', 1, 'x', now())`,
      [id('attachment'), engagementId, tester.org, tester.person],
    )
    // Asked by the organizer, by somebody else in the organizer's house, and by a tester who holds the organizer's role somewhere.
    for (const [asker, house, kind, used] of [
      [organizer, organizer, 'break_glass', true],
      [organizer, organizer, 'break_glass', false],
      [organizer, organizer, 'pack', true],
      [demand, organizer, 'break_glass', true],
      [tester, tester, 'break_glass', true],
    ] as const)
      await client.query(
        `insert into approvals (id, org_id, engagement_id, kind, digest, sealed_words, asked_by, asked_at, expires_at,
           decided_by, decided_at, verdict, used_at)
         values ($1, $2, $3, $4, $5, 'x', $6, now(), now() + interval '1 hour', $7, now(), 'approved', $8)`,
        [
          id('approval'),
          house.org,
          engagementId,
          kind,
          'a'.repeat(64),
          asker.person,
          asker === demand ? tester.person : demand.person,
          used ? new Date() : null,
        ],
      )
  }
}

async function peopleOf(cast: Cast): Promise<Omit<Side, 'engagementId'>> {
  const tenant = async (name: 'demand' | 'organizer' | 'tester' | 'tester2' | 'auditor'): Promise<Tenant> => {
    const me = await cast[name].call('GET /api/me', {})
    return { name, org: me.orgId, kind: me.orgKind, person: me.personId }
  }
  return {
    demand: await tenant('demand'),
    organizer: await tenant('organizer'),
    tester: await tenant('tester'),
    tester2: await tenant('tester2'),
    auditor: await tenant('auditor'),
  }
}

/** `RowWorld.as` on a client of one's own. @param afterwards a query of the owner before all is undone, whose rows are the answer */
export async function asTenant(
  client: pg.Client,
  tenant: Tenant,
  text: string,
  values: unknown[] = [],
  afterwards?: string,
): Promise<Answer> {
  await client.query('savepoint attempt')
  if (tenant.abroad === 'house')
    await client.query(`update organisations set jurisdiction = 'DE' where id = $1`, [tenant.org])
  if (tenant.abroad === 'person')
    await client.query(`update persons set jurisdiction = 'DE' where id = $1`, [tenant.person])
  try {
    await client.query(
      `select set_config('role', 'zh_app', true), set_config('app.org', $1, true), set_config('app.kind', $2, true), set_config('app.person', $3, true)`,
      [tenant.org, tenant.kind, tenant.person],
    )
    let answer = await client.query<Row>(text, values)
    if (afterwards !== undefined) {
      await client.query('set local role none')
      answer = await client.query<Row>(afterwards)
    }
    return { rows: answer.rows, count: answer.rowCount ?? 0, refused: '' }
  } catch (error) {
    return { rows: [], count: 0, refused: (error as { code?: string }).code ?? String(error) }
  } finally {
    await client.query('rollback to attempt; release attempt')
  }
}

/** Which rows of a table are a side's secrets: by engagement, else by organisation or person. */
export function secretsOf(world: RowWorld, table: string, side: Side): [where: string, values: unknown[]] {
  const columns = world.columns.get(table) ?? []
  const people = guests(side)
  if (table === 'engagements') return ['id = $1', [side.engagementId]]
  // Which organizers and auditors exist is open to everybody who names one.
  if (table === 'organisations') return ['id = any($1)', [[side.demand.org, side.tester.org]]]
  if (table === 'persons') return ['org_id = any($1)', [people.map((one) => one.org)]]
  if (columns.includes('engagement_id')) return ['engagement_id = $1', [side.engagementId]]
  if (columns.includes('org_id')) return ['org_id = any($1)', [people.map((one) => one.org)]]
  if (columns.includes('person_id')) return ['person_id = any($1)', [people.map((one) => one.person)]]
  return ['true', []]
}
/** Positions of the recorder's feed, heads of the ledger and their stamps belong to no tenant and name none. */
export const common: ReadonlySet<string> = new Set(['feed_positions', 'checkpoints', 'time_stamps'])

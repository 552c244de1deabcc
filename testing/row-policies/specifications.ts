import {
  type RowWorld,
  type Side,
  type Tenant,
  colleague,
  common,
  denied,
  guests,
  nobody,
  secretsOf,
  swapped,
} from './world.ts'

/**
 * What the row policies must give, each as a function over a database: what it found against it, in words; nothing when
 * it holds. `tables` are those to look at, so that a mutant of one table is tried there first.
 */
export type Specification = (world: RowWorld, tables: readonly string[]) => Promise<string[]>

/** Tables that no row is looked for in: those that name no tenant. */
const tenanted = (tables: readonly string[]): string[] => tables.filter((one) => !common.has(one))
const hidden = (answer: { refused: string; count: number }): boolean => answer.refused === denied || answer.count === 0

export const everyTableIsForced: Specification = async ({ rowsOf }) => {
  const found = await rowsOf(`
    select c.relname as name, c.relrowsecurity as enabled, c.relforcerowsecurity as forced,
      (select count(*)::int from pg_policies p where p.tablename = c.relname and p.roles = '{zh_system}'
        and p.permissive = 'PERMISSIVE' and p.cmd = 'ALL' and p.qual = 'true' and p.with_check = 'true') as system,
      c.relname in (select tablename from pg_policies where 'public' = any (roles) or cardinality(roles) <> 1) as open
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition and c.relname <> 'migrations'`)
  return found
    .filter((one) => !one['enabled'] || !one['forced'] || one['system'] !== 1 || one['open'])
    .map((one) => JSON.stringify(one))
}

/** Parts of tables: whoever asks for one by its name is past the policies of the whole, so nobody may, and nobody would see a row. */
export const partsAreNobodys: Specification = async (world) => {
  const { parts, rowsOf } = world
  const found = (
    await rowsOf(`
      select c.relname as name, p.name as power from pg_class c
        cross join (values ('zh_app'), ('zh_system'), ('public')) r (name)
        cross join (values ('select'), ('insert'), ('update'), ('references')) p (name)
        where c.relispartition and c.relkind in ('r', 'p') and has_any_column_privilege(r.name, c.oid, p.name)
      union all select c.relname, p.name from pg_class c
        cross join (values ('zh_app'), ('zh_system'), ('public')) r (name)
        cross join (values ('delete'), ('truncate'), ('trigger')) p (name)
        where c.relispartition and c.relkind in ('r', 'p') and has_table_privilege(r.name, c.oid, p.name)
      union all select relname, 'open' from pg_class where relispartition and relkind in ('r', 'p')
        and not (relrowsecurity and relforcerowsecurity)
      union all select tablename, 'policy ' || policyname from pg_policies p join pg_class c on c.relname = p.tablename
        where c.relispartition`)
  ).map((one) => `${String(one['name'])}: ${String(one['power'])}`)
  for (const tenant of [...guests(world.ours), nobody])
    for (const part of parts)
      for (const text of [
        `select 1 from ${part}`,
        `select 1 from only ${part}`,
        `delete from ${part}`,
        `truncate ${part}`,
        `copy ${part} to stdout`,
        `insert into ${part} default values`,
        `update ${part} set sequence = sequence`,
        `create index on ${part} (sequence)`,
      ]) {
        const { refused } = await world.as(tenant, text)
        if (refused !== denied) found.push(`${tenant.name}: ${text}: ${refused || 'allowed'}`)
      }
  return parts.length === 0 ? ['there is no part'] : found
}

/** Were a part given to everybody by mistake, it would still show nobody a row: it is forced, and has no policy that lets one through. */
export const givenPartsShowNothing: Specification = async ({ client, ...world }) => {
  const found: string[] = []
  for (const part of world.parts) {
    await client.query(`savepoint given; grant select, delete on ${part} to zh_app`)
    for (const tenant of guests(world.ours))
      for (const text of [`select 1 from ${part}`, `delete from ${part} returning 1`]) {
        const { count, refused } = await world.as(tenant, text)
        if (count > 0 || refused !== '') found.push(`${tenant.name}: ${text}: ${refused || count}`)
      }
    await client.query('rollback to given; release given')
  }
  return found
}

export const rolesHaveNoPower: Specification = async ({ rowsOf }) => {
  const roles = await rowsOf(
    `select rolname, rolsuper or rolbypassrls or rolcanlogin or rolcreaterole or rolcreatedb or rolreplication as power
     from pg_roles where rolname like 'zh\\_%'`,
  )
  const owned = await rowsOf(`select relname from pg_class where pg_get_userbyid(relowner) like 'zh\\_%'`)
  const members = await rowsOf(
    `select g.rolname from pg_auth_members m join pg_roles g on g.oid = m.roleid join pg_roles r on r.oid = m.member
     where r.rolname like 'zh\\_%'`,
  )
  return [
    ...(roles.length === 2 ? [] : [`${roles.length} roles`]),
    ...roles.filter((one) => one['power']).map((one) => `${String(one['rolname'])} has power`),
    ...owned.map((one) => `${String(one['relname'])} is owned by a role of the application`),
    ...members.map((one) => `a role of the application is a member of ${String(one['rolname'])}`),
  ]
}

export const nothingRunsAsItsOwner: Specification = async ({ rowsOf }) =>
  (
    await rowsOf(`
      select viewname as name from pg_views where schemaname = 'public'
      union all select matviewname from pg_matviews where schemaname = 'public'
      union all select proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where n.nspname = 'public' and prosecdef`)
  ).map((one) => String(one['name']))

export const noRightBeyondRows: Specification = async ({ rowsOf }) =>
  (
    await rowsOf(`
      select table_name || ' ' || privilege_type as name from information_schema.role_table_grants
      where grantee = 'zh_app' and (privilege_type not in ('SELECT', 'INSERT', 'UPDATE', 'DELETE') or table_name = 'migrations')`)
  ).map((one) => String(one['name']))

export const everyTableHasRows: Specification = async ({ rowsOf }, tables) => {
  const found: string[] = []
  for (const table of tables)
    if ((await rowsOf(`select 1 from ${table} limit 1`)).length === 0) found.push(`${table} is empty`)
  return found
}

export const nothingWithoutATenant: Specification = async (world, tables) => {
  const found: string[] = []
  for (const table of tables)
    for (const text of [`select 1 from ${table}`, `delete from ${table}`])
      if (!hidden(await world.as(nobody, text))) found.push(text)
  return found
}

/** Ways of reaching rows that are not a plain select or delete. */
export const indirectWays = {
  UPDATE: (table: string, column: string) => `update ${table} set ${column} = ${column}`,
  RETURNING: (table: string) => `delete from ${table} returning *`,
  'EXPLAIN ANALYZE': (table: string) => `with seen as (select * from ${table}) select * from seen`,
  MERGE: (table: string, column: string) =>
    `merge into ${table} t using (select 1) s on true when matched then update set ${column} = t.${column}`,
  COPY: (table: string) => `copy (select * from ${table}) to stdout`,
} as const
export type IndirectWay = keyof typeof indirectWays

export const noWayWithoutATenant =
  (way: IndirectWay): Specification =>
  async (world, tables) => {
    const found: string[] = []
    for (const table of tables) {
      const column = world.columns.get(table)?.find((one) => !['id', 'engagement_id', 'org_id'].includes(one))
      const got = await world.as(nobody, indirectWays[way](table, column ?? 'id'))
      // COPY cannot be read by this client: it is refused, or it ends with nothing said.
      if (got.refused === '' && got.count > 0) found.push(`${way} on ${table} reached ${got.count}`)
    }
    return found
  }

export const noConflictWithoutATenant: Specification = async (world, tables) => {
  const found: string[] = []
  for (const table of tables) {
    const [row] = await world.rowsOf(`select to_jsonb(t) as row from ${table} t limit 1`)
    const put = await world.as(
      nobody,
      `insert into ${table} select * from jsonb_populate_record(null::${table}, $1) on conflict do nothing returning *`,
      [row?.['row']],
    )
    if (put.refused === '' && put.count > 0) found.push(`${table} took a row`)
  }
  return found
}

export const noTenants = ['', ' ', 'null', '0', '1 or true', "' or '1'='1", '%', '*', 'zh_system', '{}'] as const

export const nothingForANonTenant =
  (text: string): Specification =>
  async (world, tables) => {
    const found: string[] = []
    for (const tenant of [
      { name: 'org', org: text, kind: 'demand', person: text },
      { name: 'kind', org: text, kind: text, person: text },
      { name: 'person', org: text, kind: 'auditor', person: world.ours.demand.org },
    ])
      for (const table of tenanted(tables)) {
        const [where, values] = secretsOf(world, table, world.ours)
        const seen = await world.as(tenant, `select 1 from ${table} where ${where}`, values)
        if (seen.refused !== denied && (seen.refused !== '' || seen.count > 0))
          found.push(`${tenant.name}: ${table} ${seen.refused}`)
      }
    return found
  }

export const anotherCaseIsAnotherTenant: Specification = async (world, tables) => {
  const id = world.ours.demand.org.toUpperCase()
  return reached(world, tables, [{ name: 'upper case', org: id, kind: 'demand', person: id }])
}

/** Rows of ours that these see. */
async function reached(world: RowWorld, tables: readonly string[], tenants: readonly Tenant[]): Promise<string[]> {
  const found: string[] = []
  for (const tenant of tenants)
    for (const table of tenanted(tables)) {
      const [where, values] = secretsOf(world, table, world.ours)
      if (!hidden(await world.as(tenant, `select 1 from ${table} where ${where}`, values)))
        found.push(`${tenant.name} sees ours in ${table}`)
    }
  return found
}

/** Statements that no tenant may run at all. */
export const refusedToEverybody =
  (text: string): Specification =>
  async (world) => {
    const found: string[] = []
    for (const tenant of guests(world.ours)) {
      const { refused } = await world.as(tenant, text)
      if (refused !== denied) found.push(`${tenant.name}: ${text}: ${refused || 'allowed'}`)
    }
    return found
  }

export const strangersSeeNothing: Specification = (world, tables) => reached(world, tables, guests(world.theirs))

export const strangersSeeTheirOwn: Specification = async (world, tables) => {
  const visible = new Set<string>()
  for (const tenant of guests(world.theirs))
    for (const table of tables) if ((await world.as(tenant, `select 1 from ${table}`)).count > 0) visible.add(table)
  return tables.filter((table) => !visible.has(table) && !neverSeen.has(table))
}
/** What no person ever sees a row of. */
const neverSeen: ReadonlySet<string> = new Set([
  'throttles',
  'ledger_state',
  'ledger_scrubs',
  'ledger_restores',
  'tenant_keys',
  'sealing_state',
  'key_rotations',
  // Spent by the other origin, which knows nobody.
  'attachment_links',
  // The platform's own: whoever could read it would learn when others are told.
  'mail_queue',
  'devices',
  'known_networks',
  'one_time_code_secrets',
  'recovery_codes',
  'spent_ceremonies',
  // For the table of exchanges alone.
  'exchange_ids',
  // Anybody may read them, at the platform's hand.
  'privacy_notices',
])

export const strangersChangeNothing: Specification = async (world, tables) => {
  const found: string[] = []
  for (const tenant of guests(world.theirs))
    for (const table of tenanted(tables)) {
      const [where, values] = secretsOf(world, table, world.ours)
      const columns = await world.rowsOf(
        `select column_name as name from information_schema.column_privileges
         where grantee = 'zh_app' and table_name = $1 and privilege_type = 'UPDATE'`,
        [table],
      )
      const statements = columns
        .slice(0, 3)
        .map(({ name }) => `update ${table} set ${String(name)} = ${String(name)} where ${where}`)
      for (const text of [...statements, `delete from ${table} where ${where}`])
        if (!hidden(await world.as(tenant, text, values))) found.push(`${tenant.name}: ${text}`)
    }
  return found
}

export const strangersWriteNothingAsOurs: Specification = async (world, tables) => {
  const found: string[] = []
  for (const tenant of guests(world.theirs))
    for (const table of tables) {
      const [where, values] = secretsOf(world, table, world.ours)
      const [row] = await world.rowsOf(`select to_jsonb(t) as row from ${table} t where ${where} limit 1`, values)
      const put = await insert(world, tenant, table, row?.['row'])
      if (put !== denied) found.push(`${tenant.name}: ${table} ${put}`)
    }
  return found
}

const insert = async (world: RowWorld, tenant: Tenant, table: string, row: unknown): Promise<string> =>
  (await world.as(tenant, `insert into ${table} select * from jsonb_populate_record(null::${table}, $1)`, [row]))
    .refused

const underEngagement = (world: RowWorld, tables: readonly string[], side: Side) =>
  tables.flatMap((table) => {
    const [where, values] = secretsOf(world, table, side)
    return where.startsWith('engagement_id') ? [{ table, where, values }] : []
  })

export const strangersHangNothingUnderOurs: Specification = async (world, tables) => {
  const found: string[] = []
  for (const tenant of guests(world.theirs))
    for (const { table, where, values } of underEngagement(world, tables, world.theirs)) {
      for (const { row } of await world.rowsOf(`select to_jsonb(t) as row from ${table} t where ${where}`, values)) {
        const own = row as Record<string, unknown>
        const moved = {
          ...own,
          engagement_id: world.ours.engagementId,
          ...('actor' in own ? { actor: tenant.person, org_id: tenant.org } : {}),
          // To apply is open to every tester; anything but an application is not.
          ...(table === 'enrollments' && own['org_id'] === tenant.org ? { state: 'admitted' } : {}),
        }
        const put = await insert(world, tenant, table, moved)
        if (put !== denied) found.push(`${tenant.name}: ${table} ${put}`)
      }
    }
  return found
}

export const strangersTakeNothingOver: Specification = async (world, tables) => {
  const found: string[] = []
  for (const tenant of guests(world.theirs))
    for (const { table, where, values } of underEngagement(world, tables, world.theirs)) {
      const text = `update ${table} set engagement_id = $2 where ${where}`
      const moved = await world.as(tenant, text, [...values, world.ours.engagementId])
      if (!hidden(moved)) found.push(`${tenant.name}: ${table} ${moved.refused}`)
    }
  return found
}

export const testersSeeTheirHouseAlone: Specification = async (world, tables) => {
  const found: string[] = []
  const { tester } = world.ours
  for (const table of ['findings', 'exchanges', 'leases', 'enrollments', 'rewards', 'engagement_records']) {
    if (!tables.includes(table)) continue
    // On the swapped one the tester's house has another role.
    const { rows } = await world.as(tester, `select org_id from ${table} where engagement_id <> '${swapped}'`)
    if (rows.some((row) => row['org_id'] !== tester.org)) found.push(`${table} of another house`)
  }
  for (const table of ['ownership_proofs', 'reports'])
    if (tables.includes(table) && (await world.as(tester, `select 1 from ${table}`)).count > 0) found.push(table)
  return found
}

export const testersReadNoEventOfTheOthers: Specification = async (world) => {
  const { tester, engagementId } = world.ours
  const text = `select audience, org_id from events where engagement_id = $1`
  const { rows } = await world.as(tester, text, [engagementId])
  const alien = rows.filter((row) => row['audience'] !== 'everyone' && row['org_id'] !== tester.org)
  if (rows.length === 0) return ['the tester reads no event at all']
  const ofOthers = await world.as(
    tester,
    `select kind, leaf from events where engagement_id = $1 and leaf like '%"personId"%' and leaf not like $2`,
    [engagementId, `%"personId":"${tester.person}"%`],
  )
  return [...alien, ...ofOthers.rows].map((row) => JSON.stringify(row))
}

/** Who an engagement was given to in a house, which the whole house may know by these two tables. */
const teams = ['work_teams', 'engagement_grants'] as const
const knowsItsEngagement = ({ columns }: RowWorld, table: string): boolean =>
  table === 'engagements' ||
  (columns.get(table)?.includes('engagement_id') === true && !teams.some((one) => one === table))

/** A second wall stands under every table that knows its engagement; rows of none pass it where there can be such rows. */
export const secondWallUnderEngagements: Specification = async (world, tables) => {
  const walls = await world.rowsOf(
    `select tablename as name, qual like '%IS NULL%' as passing from pg_policies
     where policyname = 'worked_on' and permissive = 'RESTRICTIVE' and cmd = 'ALL' and roles = '{zh_app}'`,
  )
  const walled = new Map(walls.map(({ name, passing }) => [name, passing]))
  return tables.filter(
    (table) =>
      walled.has(table) !== knowsItsEngagement(world, table) ||
      (walled.get(table) ?? false) !== (walled.has(table) && world.nullable.has(`${table}.engagement_id`)),
  )
}

/** An engagement that a house gave to some of it shows its others no row, and lets them change and remove none. */
export const othersOfTheHouseReachNothing: Specification = async (world, tables) => {
  const found: string[] = []
  for (const tenant of guests(world.ours))
    for (const table of tables.filter((one) => knowsItsEngagement(world, one))) {
      const where = `${table === 'engagements' ? 'id' : 'engagement_id'} = $1`
      const [may] = await world.rowsOf(
        `select column_name as name from information_schema.column_privileges
         where grantee = 'zh_app' and privilege_type = 'UPDATE' and table_name = $1 limit 1`,
        [table],
      )
      const changes =
        may === undefined ? [] : [`update ${table} set ${String(may['name'])} = ${String(may['name'])} where ${where}`]
      for (const text of [`select 1 from ${table} where ${where}`, `delete from ${table} where ${where}`, ...changes])
        if (!hidden(await world.as(colleague(tenant), text, [world.ours.engagementId])))
          found.push(`${tenant.name}: ${text}`)
    }
  return found
}

/** Nor do they hang anything under it, where one whom it was given to does. */
export const othersOfTheHouseHangNothing: Specification = async ({ as, ours }) => {
  const put = (who: Tenant) =>
    as(
      who,
      `insert into events (id, at, kind, engagement_id, actor, role, org_id, audience, leaf)
       values ('evt_of_the_house', now(), 'x', $1, $2, 'demand', $3, 'house', '{}')`,
      [ours.engagementId, who.person, who.org],
    )
  const [other, own] = [await put(colleague(ours.demand)), await put(ours.demand)]
  return [
    ...(other.refused === denied ? [] : [`a colleague may: ${other.refused}`]),
    ...(own.refused === '' ? [] : [`the demand side may not: ${own.refused}`]),
  ]
}

/** It stays open to those whom a grant reaches, by name or by group, until it ends. */
export const openToWhomAGrantReaches: Specification = async ({ client, as, ours }) => {
  const seen = async (tenant: Tenant) =>
    (await as(tenant, 'select 1 from engagements where id = $1', [ours.engagementId])).count
  const theGroup = '(select m.group_id from group_members m where m.person_id = $3)'
  const cases = [
    ['as it was given', 'null, $3, null', 1],
    ['by a group', `${theGroup}, null, null`, 1],
    ['until later', `null, $3, now() + interval '1 hour'`, 1],
    ['until before', `null, $3, now() - interval '1 second'`, 0],
    ['by a group, until before', `${theGroup}, null, now()`, 0],
  ] as const
  const found: string[] = []
  for (const [name, grant, wanted] of cases)
    for (const tenant of guests(ours)) {
      const house = [ours.engagementId, tenant.org]
      await client.query('savepoint given')
      await client.query('delete from engagement_grants where engagement_id = $1 and org_id = $2', house)
      await client.query(
        `insert into engagement_grants (engagement_id, org_id, group_id, person_id, ends_at, given_by, given_at)
         values ($1, $2, ${grant}, $3, now())`,
        [...house, tenant.person],
      )
      if ((await seen(tenant)) !== wanted) found.push(`${tenant.name}, given ${name}`)
      if ((await seen(colleague(tenant))) !== 0) found.push(`a colleague of the ${tenant.name}, given ${name}`)
      await client.query('rollback to given; release given')
    }
  return found
}

/** It is given and taken by nobody of the house in a statement of their own. */
export const givenByNobodyAlone: Specification = async (world) => {
  const found: string[] = []
  for (const table of teams)
    for (const text of [
      `delete from ${table}`,
      `update ${table} set org_id = org_id`,
      `insert into ${table} default values`,
    ])
      found.push(...(await refusedToEverybody(text)(world, world.tables)))
  return found
}

/** What nobody reads, whatever the row. */
export const unreadable = [
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
] as const
/** History, which nobody rewrites. */
export const rewriting = [
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
] as const
/** Against the tables of the ledger and the walls themselves. */
export const tampering = [
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
] as const

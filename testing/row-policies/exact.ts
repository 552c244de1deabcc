import { everybody, variantsOf } from './candidates.ts'
import { type Facts, type Rule, type TableRules, readFacts } from './facts.ts'
import { bordered, rules, wallsOf } from './rules.ts'
import type { Specification } from './specifications.ts'
import { type Row, type RowWorld, type Tenant, asTenant, colleague, denied, guests, nobody } from './world.ts'

/*
 * Every table × everybody × rows as they are and as they might be: what the database lets through is what `rules.ts` says,
 * no more and no less. Only the row policies are asked: the rights on tables and columns are lifted for the length of a
 * trial, and so are triggers and constraints, so that no wall stands behind another one unseen.
 */

export type Act = keyof TableRules
export const acts: readonly Act[] = ['see', 'add', 'change', 'changed', 'remove']

/** One table made ready for one act. It can be asked again and again, as the mutants of its policies do. */
export type Trial = {
  /** What is against the rules, in words; with `first` no more than the first of it. */
  differences(first?: boolean): Promise<string[]>
  /** Puts the policies as they now stand under the trial's conditions: once before anything is asked, and after each change. */
  ready(): Promise<void>
  /** Leaves everything as it was before the trial. */
  close(): Promise<void>
}

type Scene = {
  readonly world: RowWorld
  readonly table: string
  readonly facts: Facts
  readonly rules: TableRules
  /** Everybody who tries. */
  readonly tenants: readonly Tenant[]
  readonly real: readonly Row[]
  /** A few of the real ones, which stand for the others. */
  readonly bases: readonly Row[]
}
type Attempts = Pick<Trial, 'differences'> & Partial<Pick<Trial, 'ready'>>

/**
 * Opens the trial of one act with the rows of one table, in a transaction within the transaction.
 * @param how `alone`: one restrictive policy stands for itself, all others are open. `weighed`: a row to be added, or to be
 *   changed into another, lies there already, and is put before the policies as if somebody wanted to see it: the same
 *   conditions over all rows in one statement, a hundred times faster than a statement for each
 */
export async function openTrial(
  world: RowWorld,
  table: string,
  act: Act,
  { alone, weighed = false }: { readonly alone?: string | undefined; readonly weighed?: boolean } = {},
): Promise<Trial> {
  const { client } = world
  const real = (await world.rowsOf(`select to_jsonb(t) as row from ${table} t limit 60`)).map(
    (one) => one['row'] as Row,
  )
  const whose = (row: Row): string => JSON.stringify([row['engagement_id'], row['finding_id'] === null])
  const bases = [...new Map(real.map((row) => [whose(row), row])).values()].slice(0, 2)
  const facts = await readFacts(world)
  await client.query(
    `savepoint trial; set local session_replication_role = replica;
     grant select, insert, update, delete on ${table} to zh_app`,
  )
  const close = async (): Promise<void> => void (await client.query('rollback to trial; release trial'))
  try {
    const given = (alone === undefined ? rules[table] : wallsOf(table)[alone]) ?? {}
    const scene = { world, table, facts, rules: given, tenants: tenantsOf(world, table), real, bases }
    if (alone !== undefined) await openAllBut(scene, alone)
    const { differences, ready = async () => undefined } = await (weighed ? weighing(scene, act) : attempts[act](scene))
    return {
      differences: async (first) => (await differences(first)).map((one) => `${act} in ${table}: ${one}`),
      ready,
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** Takes every other policy away, and lets everybody do everything beside the one that stays. */
const openAllBut = async ({ world, table }: Scene, wall: string): Promise<void> =>
  void (await world.client.query(`
    do $$ declare one name; begin
      for one in select polname from pg_policy where polrelid = '${table}'::regclass and ${ofTheApp} and polname <> '${wall}' loop
        execute format('drop policy %I on ${table}', one);
      end loop;
    end $$;
    create policy open_for_this_trial on ${table} to zh_app using (true) with check (true)`))

/** @returns a specification of one act, over every table given */
const exactly =
  (act: Act): Specification =>
  async (world, tables) => {
    const found: string[] = []
    for (const table of tables) {
      const trial = await openTrial(world, table, act)
      try {
        await trial.ready()
        found.push(...(await trial.differences()))
      } finally {
        await trial.close()
      }
    }
    return found
  }

/** Everybody sees exactly the rows that are theirs to see. */
export const seesExactly = exactly('see')
/** Everybody adds exactly the rows that are theirs to add. */
export const addsExactly = exactly('add')
/** Everybody changes exactly the rows that are theirs to change. */
export const changesExactly = exactly('change')
/** What somebody may change becomes exactly what it may become. */
export const becomesExactly = exactly('changed')
/** Everybody removes exactly the rows that are theirs to remove. */
export const removesExactly = exactly('remove')

const attempts: { readonly [act in Act]: (scene: Scene) => Promise<Attempts> } = {
  see: (scene) => reaching(scene, scene.rules.see, `select trial from ${scene.table}`),
  add: adding,
  async change(scene) {
    const reached = await reaching(scene, scene.rules.change, `update ${scene.table} set reached = true`, [
      `select trial from ${scene.table} where reached`,
      true,
    ])
    return { ...reached, ready: () => becomesAnything(scene) }
  },
  changed: becoming,
  remove: (scene) =>
    reaching(scene, scene.rules.remove, `delete from ${scene.table}`, [`select trial from ${scene.table}`, false]),
}

/**
 * Everybody; where an engagement may be given to some of a house, others of it and those whom a grant reaches otherwise;
 * where posts are asked, members with and without them; where the border is watched, everybody from abroad as well; and nobody.
 */
const tenantsOf = (world: RowWorld, table: string): readonly Tenant[] => {
  const inside = everybody(world)
  const abroad = inside.slice(0, 5).flatMap((one) => [
    { ...one, name: `the house of the ${one.name} abroad`, abroad: 'house' as const },
    { ...one, name: `${one.name} abroad`, abroad: 'person' as const },
  ])
  const others = [...guests(world.ours), ...guests(world.theirs)].map(colleague)
  return [
    ...inside,
    ...(table === 'engagements' ? [...others, ...world.team] : others.slice(0, 3)),
    ...(table === 'events' ? world.watch : []),
    ...(bordered.has(table) ? abroad : []),
    { ...world.ours.auditor, name: 'the auditor, as of a house of no kind', kind: '' },
    nobody,
  ]
}

/** Puts the real rows and everything that they might be side by side. @returns them, in the order of their number */
async function fill({ world, table, facts, real, bases }: Scene): Promise<readonly Row[]> {
  const rows = [
    ...real,
    ...bases.flatMap((base) => variantsOf(world, table, base, facts).map((change) => ({ ...base, ...change }))),
  ]
  await world.client.query(`
    do $$ declare one text; part text; begin
      -- What its parts have beside it.
      for part, one in
        select conrelid::regclass::text, conname from pg_constraint join pg_inherits on inhrelid = conrelid
        where inhparent = '${table}'::regclass and coninhcount = 0 and contype in ('u', 'c', 'x')
      loop
        execute format('alter table %s drop constraint %I', part, one);
      end loop;
      for one in select conname from pg_constraint where conrelid = '${table}'::regclass and contype in ('p', 'u', 'c', 'x') loop
        execute format('alter table ${table} drop constraint %I cascade', one);
      end loop;
      for one in select indexrelid::regclass::text from pg_index where indrelid = '${table}'::regclass and indisunique loop
        execute 'drop index ' || one;
      end loop;
    end $$;
    delete from ${table};
    alter table ${table} add column trial integer, add column reached boolean`)
  await world.client.query(
    `insert into ${table} select p.* from jsonb_array_elements($1::jsonb) r
       cross join lateral jsonb_populate_record(null::${table}, r) p`,
    [JSON.stringify(rows.map((row, trial) => ({ ...row, trial })))],
  )
  return rows
}

/**
 * One statement that reaches rows, as everybody: it reaches those that the rule says. @param traces how the owner finds the rows
 * that it reached, or those that it left: a statement that gave them back, or looked for some, would be held by what is seen, too
 */
async function reaching(
  scene: Scene,
  rule: Rule | undefined,
  statement: string,
  traces?: readonly [query: string, reached: boolean],
): Promise<Attempts> {
  const { world, facts, tenants } = scene
  const rows = await fill(scene)
  const expected = tenants.map((who) => rows.map((row) => rule?.(who, row, facts) ?? false))
  return {
    async differences(first = false) {
      const found: string[] = []
      for (const [number, who] of tenants.entries()) {
        const answer = await asTenant(world.client, who, statement, [], traces?.[0])
        if (answer.refused !== '') found.push(`${who.name} is refused: ${answer.refused}`)
        const listed = new Set(answer.rows.map((row) => row['trial']))
        for (const [at, row] of rows.entries()) {
          const reached = listed.has(at) === (traces?.[1] ?? true)
          if (reached !== expected[number]?.[at])
            found.push(`${who.name} ${reached ? 'reaches' : 'does not reach'} ${JSON.stringify(row)}`)
        }
        if (first && found.length > 0) return found.slice(0, 1)
      }
      return found
    },
  }
}

/** Whether a row may be changed is asked apart from what it becomes. */
const becomesAnything = async ({ world, table }: Scene): Promise<void> =>
  void (await world.client.query(`
    do $$ declare one name; begin
      for one in
        select polname from pg_policy
        where polrelid = '${table}'::regclass and polpermissive and polcmd in ('*', 'w') and ${ofTheApp}
      loop
        execute format('alter policy %I on ${table} with check (true)', one);
      end loop;
    end $$`))
const ofTheApp = `polroles && array[0::oid, 'zh_app'::regrole::oid]`

/** What is written of adding, or of what a row becomes, said of seeing. */
const asIfSeen = async ({ world, table }: Scene, act: 'add' | 'changed'): Promise<void> =>
  void (await world.client.query(`
    do $$ declare one record; begin
      for one in
        select polname, polcmd, case when polpermissive then 'permissive' else 'restrictive' end as how,
          coalesce(pg_get_expr(polwithcheck, polrelid), pg_get_expr(polqual, polrelid)) as condition
        from pg_policy where polrelid = '${table}'::regclass and ${ofTheApp}
      loop
        if one.polcmd in ('*', 'r') then execute format('drop policy %I on ${table}', one.polname); end if;
        if one.polcmd in ('*', '${act === 'add' ? 'a' : 'w'}') then
          execute format('create policy %I on ${table} as %s for select to zh_app using (%s)', 'seen_' || one.polname, one.how, one.condition);
        end if;
      end loop;
    end $$`))

async function weighing(scene: Scene, act: Act): Promise<Attempts> {
  if (act !== 'add' && act !== 'changed') return attempts[act](scene)
  const { add, change, changed = change } = scene.rules
  const reached = await reaching(scene, act === 'add' ? add : changed, `select trial from ${scene.table}`)
  return { ...reached, ready: () => asIfSeen(scene, act) }
}

type Attempt = { readonly who: number; readonly base: Row; readonly row: Row; readonly expected: boolean }

/**
 * Statements about one row each, run on the server and each undone: let through, or refused by a policy, as expected.
 * @param statement what is tried with `one.base` and `one.row`, both records of the table
 */
async function letThrough(
  { world, table, tenants }: Scene,
  statement: string,
  tried: readonly Attempt[],
): Promise<Attempts> {
  const { client } = world
  // Many try the same row: each goes to the server once.
  const records = [...new Set(tried.flatMap(({ base, row }) => [base, row]))]
  const number = new Map(records.map((record, at) => [record, at]))
  await client.query(
    `create temp table records (at integer primary key, one ${table}) on commit drop;
     create temp table tried (at integer primary key, who integer, base integer, one integer, expected boolean) on commit drop;
     grant select on records, tried to zh_app`,
  )
  await client.query(
    `insert into records select t.number - 1, o from jsonb_array_elements($1::jsonb) with ordinality t (r, number)
       cross join lateral jsonb_populate_record(null::${table}, r) o`,
    [JSON.stringify(records)],
  )
  await client.query(
    'insert into tried select a - 1, w, b, o, e from unnest($1::int[], $2::int[], $3::int[], $4::bool[]) with ordinality t (w, b, o, e, a)',
    [
      tried.map(({ who }) => who),
      tried.map(({ base }) => number.get(base)),
      tried.map(({ row }) => number.get(row)),
      tried.map(({ expected }) => expected),
    ],
  )
  await client.query(`
    create or replace function pg_temp.otherwise(tenant integer, only_first boolean) returns table (attempt integer, said text) language plpgsql as $$
    declare one record; base ${table}; candidate ${table}; reached bigint; wrong text;
    begin
      for one in
        select t.at, t.expected, b.one as base, o.one as candidate from pg_temp.tried t
          join pg_temp.records b on b.at = t.base join pg_temp.records o on o.at = t.one
        where t.who = tenant order by t.at
      loop
        base := one.base; candidate := one.candidate;
        begin
          ${statement};
          get diagnostics reached = row_count;
          raise exception using errcode = 'ZZ000', message = reached::text;
        exception when others then
          wrong := case when sqlstate = 'ZZ000' and sqlerrm = '0' then 'nothing' when sqlstate = 'ZZ000' then 'passed'
            when sqlstate = '42501' and sqlerrm like '%row-level security%' then 'refused' else sqlstate end;
        end;
        if (wrong not in ('refused', 'nothing')) <> one.expected then
          attempt := one.at; said := wrong; return next;
          if only_first then return; end if;
        end if;
      end loop;
    end $$`)
  return {
    async differences(first = false) {
      const found: string[] = []
      for (const [number, who] of tenants.entries()) {
        const answer = await asTenant(client, who, 'select * from pg_temp.otherwise($1, $2)', [number, first])
        if (answer.refused !== '') found.push(`${who.name} is refused: ${answer.refused}`)
        for (const { attempt, said } of answer.rows) {
          const { expected, row } = tried[Number(attempt)] ?? {}
          found.push(`${who.name} ${expected ? 'may not' : 'may'} (${String(said)}, ${table}): ${JSON.stringify(row)}`)
        }
        if (first && found.length > 0) return found.slice(0, 1)
      }
      return found
    },
  }
}

async function adding(scene: Scene): Promise<Attempts> {
  const { world, table, facts, tenants, bases } = scene
  const rows = bases.flatMap((base) => variantsOf(world, table, base, facts).map((change) => ({ ...base, ...change })))
  return letThrough(
    scene,
    `insert into ${table} values (candidate.*)`,
    tenants.flatMap((tenant, who) =>
      rows.map((row) => ({ who, base: row, row, expected: scene.rules.add?.(tenant, row, facts) ?? false })),
    ),
  )
}

async function becoming(scene: Scene): Promise<Attempts> {
  const { world, table, facts, tenants } = scene
  const { change, changed = change } = scene.rules
  const key = (
    await world.rowsOf(
      `select a.attname as name from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
       where i.indrelid = $1::regclass and i.indisprimary`,
      [table],
    )
  ).map((one) => String(one['name']))
  await world.client.query(`create policy seen_for_this_trial on ${table} for select to zh_app using (true)`)
  const columns = world.columns.get(table) ?? []
  const tried = tenants.flatMap((tenant, who) => {
    const base = change === undefined ? undefined : scene.real.find((row) => change(tenant, row, facts))
    if (base === undefined) return []
    return variantsOf(world, table, base, facts).map((difference) => {
      const row = { ...base, ...difference }
      return { who, base, row, expected: changed?.(tenant, row, facts) ?? false }
    })
  })
  const of = (record: string, names: readonly string[]): string => names.map((name) => `${record}.${name}`).join()
  return letThrough(
    scene,
    tried.length === 0
      ? 'null'
      : `update ${table} t set (${columns.join()}) = row (${of('candidate', columns)})
         where row (${of('t', key)}) is not distinct from row (${of('base', key)})`,
    tried,
  )
}

/** Were every other policy open, each wall by itself would let through exactly what it is for, whatever the act. */
export const wallsStandAlone: Specification = async (world, tables) => {
  const found: string[] = []
  for (const table of tables)
    for (const { name } of await world.rowsOf(
      `select policyname as name from pg_policies where tablename = $1 and permissive = 'RESTRICTIVE' order by 1`,
      [table],
    ))
      for (const act of acts) {
        const trial = await openTrial(world, table, act, { alone: String(name), weighed: true })
        try {
          await trial.ready()
          found.push(...(await trial.differences()).map((one) => `${String(name)} alone: ${one}`))
        } finally {
          await trial.close()
        }
      }
  return found
}

/** Were every other policy open, the border alone would let nothing of a test be put in, or be seen, from abroad. */
export const borderStandsAlone: Specification = async (world, tables) => {
  const found: string[] = []
  const { tester, auditor, engagementId } = world.ours
  for (const table of tables) {
    if (!bordered.has(table)) continue
    const [real] = await world.rowsOf(`select to_jsonb(t) as row from ${table} t where engagement_id = $1 limit 1`, [
      engagementId,
    ])
    await world.client.query(
      `savepoint trial; set local session_replication_role = replica;
       grant select, insert, update, delete on ${table} to zh_app;
       create policy open_for_this_trial on ${table} to zh_app using (true) with check (true)`,
    )
    for (const who of [
      { ...tester, abroad: 'house' },
      { ...auditor, abroad: 'house' },
      { ...tester, abroad: 'person' },
    ] as const) {
      const seen = await asTenant(world.client, who, `select 1 from ${table} where engagement_id = $1`, [engagementId])
      if (seen.count > 0 || seen.refused !== '') found.push(`${who.name} abroad sees ${table} ${seen.refused}`)
      // Events are written from abroad too.
      if (table === 'events') continue
      const put = await asTenant(
        world.client,
        who,
        `insert into ${table} select * from jsonb_populate_record(null::${table}, $1)`,
        [real?.['row']],
      )
      if (put.refused !== denied) found.push(`${who.name} abroad puts into ${table} ${put.refused}`)
    }
    await world.client.query('rollback to trial; release trial')
  }
  return found
}

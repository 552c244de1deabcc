import { everybody, variantsOf } from './candidates.ts'
import { type Facts, type Rule, type TableRules, readFacts } from './facts.ts'
import { bordered, rules } from './rules.ts'
import type { Specification } from './specifications.ts'
import { type Row, type RowWorld, type Tenant, asTenant, denied, nobody } from './world.ts'

/*
 * Every table × everybody × rows as they are and as they might be: what the database lets through is what `rules.ts` says,
 * no more and no less. Only the row policies are asked: the rights on tables and columns are lifted for the length of a
 * trial, and so are triggers and constraints, so that no wall stands behind another one unseen.
 */

type Trial = {
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

/** @returns a specification of one act, over every table given, each tried in a transaction within the transaction */
const exactly =
  (act: keyof TableRules, attempt: (trial: Trial) => Promise<string[]>): Specification =>
  async (world, tables) => {
    const facts = await readFacts(world)
    const found: string[] = []
    for (const table of tables) {
      const real = (await world.rowsOf(`select to_jsonb(t) as row from ${table} t limit 60`)).map(
        (one) => one['row'] as Row,
      )
      const whose = (row: Row): string => JSON.stringify([row['engagement_id'], row['finding_id'] === null])
      const bases = [...new Map(real.map((row) => [whose(row), row])).values()].slice(0, 2)
      const tenants = tenantsOf(world, table)
      await world.client.query(
        `savepoint trial; set local session_replication_role = replica;
         grant select, insert, update, delete on ${table} to zh_app`,
      )
      try {
        const differences = await attempt({ world, table, facts, rules: rules[table] ?? {}, tenants, real, bases })
        found.push(...differences.map((one) => `${act} in ${table}: ${one}`))
      } finally {
        await world.client.query('rollback to trial; release trial')
      }
    }
    return found
  }

/** Everybody; where the border is watched, everybody from abroad as well; and nobody. */
const tenantsOf = (world: RowWorld, table: string): readonly Tenant[] => {
  const inside = everybody(world)
  const abroad = inside.slice(0, 5).map((one) => ({ ...one, name: `${one.name} abroad`, abroad: 'house' as const }))
  const colleague = { ...world.ours.auditor, name: 'a colleague of the auditor', person: 'per_colleague' }
  return [...inside, colleague, ...(bordered.has(table) ? abroad : []), nobody]
}

/** Puts the real rows and everything that they might be side by side. @returns them, in the order of their number */
async function fill({ world, table, facts, real, bases }: Trial): Promise<readonly Row[]> {
  const rows = [
    ...real,
    ...bases.flatMap((base) => variantsOf(world, table, base, facts).map((change) => ({ ...base, ...change }))),
  ]
  await world.client.query(`
    do $$ declare one text; begin
      for one in select conname from pg_constraint where conrelid = '${table}'::regclass and contype in ('p', 'u', 'c', 'x') loop
        execute format('alter table ${table} drop constraint %I cascade', one);
      end loop;
      for one in select indexrelid::regclass::text from pg_index where indrelid = '${table}'::regclass and indisunique loop
        execute 'drop index ' || one;
      end loop;
    end $$;
    delete from ${table};
    alter table ${table} add column trial integer`)
  await world.client.query(
    `insert into ${table} select p.* from jsonb_array_elements($1::jsonb) r
       cross join lateral jsonb_populate_record(null::${table}, r) p`,
    [JSON.stringify(rows.map((row, trial) => ({ ...row, trial })))],
  )
  return rows
}

/** One statement that reaches rows, as everybody: it reaches those that the rule says. */
async function reachesExactly(trial: Trial, rule: Rule | undefined, statement: string): Promise<string[]> {
  const rows = await fill(trial)
  const found: string[] = []
  for (const who of trial.tenants) {
    const answer = await asTenant(trial.world.client, who, statement)
    if (answer.refused !== '') found.push(`${who.name} is refused: ${answer.refused}`)
    const reached = new Set(answer.rows.map((row) => row['trial']))
    for (const [at, row] of rows.entries())
      if (reached.has(at) !== (rule?.(who, row, trial.facts) ?? false))
        found.push(`${who.name} ${reached.has(at) ? 'reaches' : 'does not reach'} ${JSON.stringify(row)}`)
  }
  return found
}

/** Whether a row may be changed or removed is asked apart from whether it is seen, and from what it becomes. */
const seenByAll = async ({ world, table }: Trial): Promise<void> => {
  await world.client.query(`create policy seen_for_this_trial on ${table} for select to zh_app using (true)`)
  for (const { name } of await world.rowsOf(
    `select policyname as name from pg_policies
     where tablename = $1 and permissive = 'PERMISSIVE' and 'zh_app' = any (roles) and cmd in ('ALL', 'UPDATE')`,
    [table],
  ))
    await world.client.query(`alter policy ${String(name)} on ${table} with check (true)`)
}

/** Everybody sees exactly the rows that are theirs to see. */
export const seesExactly = exactly('see', (trial) =>
  reachesExactly(trial, trial.rules.see, `select trial from ${trial.table}`),
)

/** Everybody changes exactly the rows that are theirs to change. */
export const changesExactly = exactly('change', async (trial) => {
  await seenByAll(trial)
  return reachesExactly(trial, trial.rules.change, `update ${trial.table} set trial = trial returning trial`)
})

/** Everybody removes exactly the rows that are theirs to remove. */
export const removesExactly = exactly('remove', async (trial) => {
  await seenByAll(trial)
  return reachesExactly(trial, trial.rules.remove, `delete from ${trial.table} returning trial`)
})

/** Runs statements as somebody on the server, each undone: `passed`, `refused` by a policy, or a code. */
const runner = `
  create or replace function pg_temp.verdicts(statements text[]) returns text[] language plpgsql as $$
  declare one text; answers text[] := '{}'; reached bigint; said text;
  begin
    foreach one in array statements loop
      begin
        execute one;
        get diagnostics reached = row_count;
        raise exception using errcode = 'ZZ000', message = reached::text;
      exception when others then
        said := case when sqlstate = 'ZZ000' and sqlerrm = '0' then 'nothing' when sqlstate = 'ZZ000' then 'passed'
          when sqlstate = '42501' and sqlerrm like '%row-level security%' then 'refused' else sqlstate end;
      end;
      answers := answers || said;
    end loop;
    return answers;
  end $$`

type Attempt = { readonly statement: string; readonly row: Row }
/** Statements of which each is let through, or refused by a policy, as the rule says of its row. */
async function passesExactly(
  { world, facts, table }: Trial,
  who: Tenant,
  rule: Rule | undefined,
  attempts: readonly Attempt[],
): Promise<string[]> {
  if (attempts.length === 0) return []
  const answer = await asTenant(world.client, who, 'select pg_temp.verdicts($1) as verdicts', [
    attempts.map((one) => one.statement),
  ])
  if (answer.refused !== '') return [`${who.name} is refused: ${answer.refused}`]
  const verdicts = answer.rows[0]?.['verdicts'] as string[]
  return attempts.flatMap(({ row }, at) => {
    const passed = verdicts[at] !== 'refused' && verdicts[at] !== 'nothing'
    return passed === (rule?.(who, row, facts) ?? false)
      ? []
      : [`${who.name} ${passed ? 'may' : 'may not'} (${verdicts[at]}, ${table}): ${JSON.stringify(row)}`]
  })
}

/** Everybody adds exactly the rows that are theirs to add. */
export const addsExactly = exactly('add', async (trial) => {
  const { world, table, facts, tenants, bases } = trial
  await world.client.query(runner)
  const rows = bases.flatMap((base) => variantsOf(world, table, base, facts).map((change) => ({ ...base, ...change })))
  const attempts = rows.map((row) => ({
    row,
    statement: `insert into ${table} select * from jsonb_populate_record(null::${table}, ${world.client.escapeLiteral(JSON.stringify(row))})`,
  }))
  const found: string[] = []
  for (const who of tenants) found.push(...(await passesExactly(trial, who, trial.rules.add, attempts)))
  return found
})

/** What somebody may change becomes exactly what it may become. */
export const becomesExactly = exactly('changed', async (trial) => {
  const { world, table, facts, tenants } = trial
  const { change, changed = change } = trial.rules
  if (change === undefined) return []
  const key = (
    await world.rowsOf(
      `select a.attname as name from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
       where i.indrelid = $1::regclass and i.indisprimary`,
      [table],
    )
  ).map((one) => String(one['name']))
  await world.client.query(`${runner}; create policy seen_for_this_trial on ${table} for select to zh_app using (true)`)
  const from = (columns: readonly string[], row: Row): string =>
    `(${columns.join()}) = (select ${columns.join()} from jsonb_populate_record(null::${table}, ${world.client.escapeLiteral(JSON.stringify(row))}))`
  const found: string[] = []
  for (const who of tenants) {
    const base = trial.real.find((row) => change(who, row, facts))
    if (base === undefined) continue
    const attempts = variantsOf(world, table, base, facts).map((difference) => ({
      row: { ...base, ...difference },
      statement: `update ${table} set ${
        Object.keys(difference).length === 0 ? `${key[0]} = ${key[0]}` : from(Object.keys(difference), difference)
      } where ${from(key, base)}`,
    }))
    found.push(...(await passesExactly(trial, who, changed, attempts)))
  }
  return found
})

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

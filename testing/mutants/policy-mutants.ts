import type { Act } from '../row-policies/exact.ts'
import type { Row, RowWorld } from '../row-policies/world.ts'
import { sqlMutants } from './sql-conditions.ts'

/** A row policy, or a function that policies ask, with one thing changed. */
export type PolicyMutant = {
  /** Table, policy and change; unlike every other one's. */
  readonly name: string
  /** Whether it takes a whole policy away, or opens it: the coarse ones, which are always tried. */
  readonly coarse: boolean
  /** What to run so that it stands. */
  readonly statements: readonly string[]
  /** By table: the acts whose specification is to fail; for a policy of the system role it is the catalogue's. */
  readonly concerns: ReadonlyMap<string, readonly Act[]>
  /** The policy that is tried by itself, with all others open: a restrictive one, which is a wall for itself. */
  readonly alone?: string
}

type Policy = {
  readonly table: string
  readonly name: string
  readonly command: keyof typeof commands
  readonly permissive: boolean
  readonly role: string
  readonly using: string | null
  readonly check: string | null
}
const commands = { '*': 'all', r: 'select', a: 'insert', w: 'update', d: 'delete' } as const
/** The acts that each part of a policy decides. */
const decided: { readonly [command in keyof typeof commands]: { using: readonly Act[]; check: readonly Act[] } } = {
  '*': { using: ['see', 'change', 'remove'], check: ['add', 'changed'] },
  r: { using: ['see'], check: [] },
  a: { using: [], check: ['add'] },
  w: { using: ['change'], check: ['changed'] },
  d: { using: ['remove'], check: [] },
}

export async function readPolicies({ rowsOf }: RowWorld): Promise<Policy[]> {
  return (await rowsOf(`
    select c.relname as table, p.polname as name, p.polcmd as command, p.polpermissive as permissive,
      (select string_agg(r::regrole::text, ', ') from unnest(p.polroles) r) as role,
      pg_get_expr(p.polqual, p.polrelid) as using, pg_get_expr(p.polwithcheck, p.polrelid) as check
    from pg_policy p join pg_class c on c.oid = p.polrelid where c.relnamespace = 'public'::regnamespace
    order by c.relname, p.polname`)) as unknown as Policy[]
}

const created = (policy: Policy, name = policy.name): string => {
  const { table, command, permissive, role, using, check } = policy
  const condition = `${using === null ? '' : ` using (${using})`}${check === null ? '' : ` with check (${check})`}`
  return `create policy ${name} on ${table} as ${permissive ? 'permissive' : 'restrictive'} for ${commands[command]} to ${role}${condition}`
}

/** A name, with its number where it was told before. */
function told(named: Map<string, number>, name: string): string {
  const times = (named.get(name) ?? 0) + 1
  named.set(name, times)
  return times === 1 ? name : `${name} (${times})`
}

/** Every mutant of one policy. */
export function mutantsOfPolicy(policy: Policy): PolicyMutant[] {
  const { table, name, command, permissive, using, check } = policy
  const named = new Map<string, number>()
  const ofApp = policy.role === 'zh_app'
  const both = decided[command]
  // A check that is not written is what is written for reaching.
  const reached = check === null ? [...both.using, ...both.check] : both.using
  const all = [...both.using, ...both.check]
  const mutants: PolicyMutant[] = []
  const add = (what: string, acts: readonly Act[], statements: readonly string[], coarse = false): void =>
    void mutants.push({
      name: told(named, `${table}.${name} ${what}`),
      coarse,
      statements,
      concerns: new Map([[table, ofApp ? acts : []]]),
      ...(permissive ? {} : { alone: name }),
    })
  const gone = `drop policy ${name} on ${table}`
  add('taken away', all, [gone], true)
  for (const [part, condition, acts] of [
    ['using', using, reached],
    ['with check', check, both.check],
  ] as const) {
    if (condition === null) continue
    const put = (text: string): string[] => [`alter policy ${name} on ${table} ${part} (${text})`]
    if (condition !== 'true') add(`${part}: open`, acts, put('true'), true)
    add(`${part}: shut`, acts, put('false'), true)
    for (const one of sqlMutants(condition)) add(`${part}: ${one.what}`, acts, put(one.text))
  }
  const everyAct: readonly Act[] = ['see', 'add', 'change', 'changed', 'remove']
  add(`${permissive ? 'restrictive' : 'permissive'}`, everyAct, [gone, created({ ...policy, permissive: !permissive })])
  if (!ofApp) add('given to everybody', [], [`alter policy ${name} on ${table} to public`])
  if (command === '*')
    for (const [left, acts] of [
      ['r', ['see']],
      ['a', ['add']],
      ['w', ['change', 'changed']],
      ['d', ['remove']],
    ] as const)
      add(`not for ${commands[left]}`, acts, [
        gone,
        ...(['r', 'a', 'w', 'd'] as const)
          .filter((one) => one !== left)
          .map((one) =>
            created(
              {
                ...policy,
                command: one,
                using: one === 'a' ? null : using,
                check: one === 'a' ? (check ?? using) : one === 'w' ? check : null,
              },
              `${name}_${one}`,
            ),
          ),
      ])
  else {
    const condition = using ?? check
    add('for every act', everyAct, [
      gone,
      created({ ...policy, command: '*', using: condition, check: check ?? using }),
    ])
  }
  return mutants
}

/** Every mutant of the functions that policies ask. Their text is taken as the database understood it. */
export async function mutantsOfFunctions(world: RowWorld): Promise<PolicyMutant[]> {
  const functions = await world.rowsOf(`
    select f.oid, f.proname as name, pg_get_functiondef(f.oid) as definition, f.prosrc as source, f.proretset as set, f.prorettype::regtype::text as type,
      (select jsonb_object_agg(asked.table, true) from (
        select distinct c.relname as table from pg_depend d join pg_policy p on p.oid = d.objid join pg_class c on c.oid = p.polrelid
        where d.classid = 'pg_policy'::regclass and d.refclassid = 'pg_proc'::regclass and d.refobjid = f.oid) asked) as tables
    from pg_proc f where f.pronamespace = 'public'::regnamespace`)
  const mutants: PolicyMutant[] = []
  for (const one of functions) {
    if (one['tables'] === null) continue
    const [definition, source, name] = [String(one['definition']), String(one['source']), String(one['name'])]
    const body = await understood(world, definition, source)
    const put = (text: string): string[] => [definition.replace(source, () => ` ${text} `)]
    const concerns = new Map(
      Object.keys(one['tables'] as Row).map((table) => [table, ['see', 'add', 'change', 'changed', 'remove'] as const]),
    )
    const named = new Map<string, number>()
    for (const { what, text } of sqlMutants(body))
      mutants.push({ name: told(named, `${name}() ${what}`), coarse: true, statements: put(text), concerns })
    const answers =
      one['set'] === true
        ? [`${body} limit 0`]
        : one['type'] === 'boolean'
          ? ['select true', 'select false']
          : [`select null::${String(one['type'])}`]
    for (const text of answers)
      mutants.push({
        name: `${name}() answers ${one['type'] === 'boolean' ? text.slice(7) : 'nothing'}`,
        coarse: true,
        statements: put(text),
        concerns,
      })
  }
  return mutants
}

/** The body of a function in the database's own words, which put each operation in parentheses. */
async function understood({ client, rowsOf }: RowWorld, definition: string, source: string): Promise<string> {
  await client.query('savepoint understanding')
  const head = definition
    .slice(0, definition.indexOf('AS $'))
    .replace(/FUNCTION public\.\w+/, 'FUNCTION pg_temp.understood')
  await client.query(`${head} begin atomic ${source}; end`)
  const [found] = await rowsOf(
    `select pg_get_function_sqlbody(oid) as body from pg_proc where proname = 'understood' and pronamespace = pg_my_temp_schema()`,
  )
  await client.query('rollback to understanding; release understanding')
  return String(found?.['body'])
    .trim()
    .replace(/^BEGIN ATOMIC\s+/, '')
    .replace(/;\s*END$/, '')
    .replaceAll('understood.', '')
}

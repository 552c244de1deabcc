import { type Act, acts, openTrial } from '../row-policies/exact.ts'
import { everyTableIsForced } from '../row-policies/specifications.ts'
import type { RowWorld } from '../row-policies/world.ts'
import { equivalentPolicies } from './equivalent.ts'
import { type PolicyMutant, mutantsOfFunctions, mutantsOfPolicy, readPolicies } from './policy-mutants.ts'

export type Count = {
  readonly policies: number
  readonly tried: number
  readonly killed: number
  /** Named as equivalent, and indeed noticed by nothing. */
  readonly equivalent: number
  readonly survivors: readonly string[]
  /** Named as equivalent, but noticed, or no mutant any more. */
  readonly unfounded: readonly string[]
}

/**
 * Puts mutants of the row policies, and of the functions that they ask, before the specifications of what they touch.
 * @param worlds each with a connection and a database of its own; they share the tables among them
 * @param share of `1 / share` of the fine mutants are tried; the coarse ones, and those named as equivalent, always
 * @param told a line about each table
 */
export async function tryPolicies(
  worlds: readonly RowWorld[],
  share = 1,
  told: (line: string) => void = () => undefined,
): Promise<Count> {
  const [world] = worlds
  if (world === undefined) throw new Error('there is no world to try anything in')
  const policies = await readPolicies(world)
  const all = [...policies.flatMap(mutantsOfPolicy), ...(await mutantsOfFunctions(world))]
  const mutants = all.filter(
    (one, number) => one.coarse || number % share === 0 || equivalentPolicies[one.name] !== undefined,
  )
  const killed = new Set<string>()
  const tables = world.tables.values()
  await Promise.all(
    worlds.map(async (one) => {
      for (const table of tables) told(await tryTable(one, table, mutants, killed))
    }),
  )
  const left = mutants.filter((one) => !killed.has(one.name)).map((one) => one.name)
  const survivors = left.filter((name) => equivalentPolicies[name] === undefined)
  return {
    policies: policies.length,
    tried: mutants.length,
    killed: killed.size,
    equivalent: left.length - survivors.length,
    survivors,
    unfounded: Object.keys(equivalentPolicies).filter((name) => !left.includes(name)),
  }
}

/** The figures of a run, with whatever is wrong. */
export function toldOfPolicies({ policies, tried, killed, equivalent, survivors, unfounded }: Count): string {
  const listed = (what: string, names: readonly string[]): string[] =>
    names.length === 0 ? [] : [`${what}:\n  ${names.join('\n  ')}`]
  return [
    `row policies: ${policies} policies, ${tried} mutants, ${killed} killed, ${equivalent} equivalent, survivors: ${survivors.length}`,
    ...listed('survivors', survivors),
    ...listed('reasons that speak of no mutant any more, or of one that is noticed', unfounded),
  ].join('\n')
}

/** The mutants that one table has to do with. @returns what to tell of it */
async function tryTable(
  world: RowWorld,
  table: string,
  mutants: readonly PolicyMutant[],
  killed: Set<string>,
): Promise<string> {
  const began = performance.now()
  const here = mutants.filter((one) => one.concerns.has(table) && !killed.has(one.name))
  const concerned = (act: Act, alone: string | undefined): PolicyMutant[] =>
    here.filter(
      (one) => one.alone === alone && one.concerns.get(table)?.includes(act) === true && !killed.has(one.name),
    )
  for (const one of here)
    if (one.concerns.get(table)?.length === 0 && (await fails(world, one, () => everyTableIsForced(world, [table]))))
      killed.add(one.name)
  for (const alone of new Set(here.map((one) => one.alone)))
    for (const act of acts)
      for (const name of await noticed(world, table, act, alone, concerned(act, alone))) killed.add(name)
  const dead = here.filter((one) => killed.has(one.name)).length
  return `${table}: ${here.length} mutants, ${dead} killed, ${((performance.now() - began) / 1000).toFixed(1)} s`
}

/** Which of the mutants the exact specification of one act notices on a table. */
async function noticed(
  world: RowWorld,
  table: string,
  act: Act,
  alone: string | undefined,
  mutants: readonly PolicyMutant[],
): Promise<string[]> {
  if (mutants.length === 0) return []
  const found: string[] = []
  const weighed = alone !== undefined || !looksAtItself.has(table)
  const trial = await openTrial(world, table, act, { alone, weighed })
  const asked = async (): Promise<string[]> => {
    await trial.ready()
    return trial.differences(true)
  }
  try {
    const [before] = await within(world, asked)
    if (before !== undefined) throw new Error(`it fails without a mutant: ${before}`)
    for (const one of mutants) if (await fails(world, one, asked)) found.push(one.name)
  } finally {
    await trial.close()
  }
  return found
}
/** Whose policies look at its own rows: a row that lay there already would decide about itself. */
const looksAtItself: ReadonlySet<string> = new Set(['parties'])

/** Whether a specification finds something against it while a mutant stands. */
const fails = (world: RowWorld, mutant: PolicyMutant, specification: () => Promise<string[]>): Promise<boolean> =>
  within(world, async () => {
    for (const statement of mutant.statements)
      await world.client.query(statement).catch((error: Error) => {
        throw new Error(`${mutant.name} cannot be made: ${error.message}\n${statement}`)
      })
    return (await specification()).length > 0
  })

async function within<T>({ client }: RowWorld, task: () => Promise<T>): Promise<T> {
  await client.query('savepoint mutant')
  try {
    return await task()
  } finally {
    await client.query('rollback to mutant; release mutant')
  }
}

import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'

/*
 * Runs test files of pure rooms inside this process, as often as wished, with one source file exchanged: a fraction of what
 * a start of the test runner costs. Only what those files use is there: describe, it, their `each`, and the real expect.
 */

type Test = { readonly name: string; readonly run: () => unknown }
/** Tests in the order in which they were declared. */
export type LoadedTests = readonly Test[]

const root = new URL('../../', import.meta.url)
const pure = new URL('domain/', root).href
let collected: Test[] = []
let exchanged: { readonly url: string; readonly source: string } | null = null
let round = 0

/** What a test file gets for `vitest`. */
export const collecting = {
  describe: withEach((name, body) => {
    const before = collected
    collected = []
    void body()
    collected = [...before, ...collected.map((one) => ({ ...one, name: `${name} > ${one.name}` }))]
  }),
  it: withEach((name, run) => {
    collected.push({ name, run })
  }),
}

type Declare = (name: string, body: (...values: never[]) => unknown) => void
function withEach(declare: Declare): Declare & { each(cases: readonly unknown[]): Declare } {
  return Object.assign(declare, {
    each:
      (cases: readonly unknown[]): Declare =>
      (name, body) => {
        for (const one of cases)
          declare(`${name} ${JSON.stringify(one)}`, () => body(...((Array.isArray(one) ? one : [one]) as never[])))
      },
  })
}

const shim = new URL('collected.ts', import.meta.url).href
registerHooks({
  resolve(specifier, context, next) {
    const inRound = /\?round=\d+$/.exec(context.parentURL ?? '')?.[0]
    if (inRound === undefined) return next(specifier, context)
    if (specifier === 'vitest') return { url: shim, shortCircuit: true }
    const found = next(specifier, context)
    // A file of ours is a new one in each round, so that the exchanged source reaches whoever imports it.
    return found.url.startsWith(pure) ? { ...found, url: `${found.url}${inRound}` } : found
  },
  load(url, context, next) {
    if (exchanged !== null && url === `${exchanged.url}?round=${round}`)
      return { format: 'module-typescript', source: exchanged.source, shortCircuit: true }
    return next(url, context)
  },
})

/**
 * Loads test files anew, with their own copies of all pure modules. @param files from the repository's root
 * @param mutated a file to read otherwise than it stands on the disk
 */
export async function loadTests(
  files: readonly string[],
  mutated?: { readonly file: string; readonly source: string },
): Promise<LoadedTests> {
  round++
  collected = []
  exchanged = mutated === undefined ? null : { url: new URL(mutated.file, root).href, source: mutated.source }
  for (const file of files) await import(`${new URL(file, root).href}?round=${round}`)
  exchanged = null
  return collected
}

/** The module that the tests loaded last were given. */
export const moduleOfLastRound = async (file: string): Promise<Record<string, unknown>> =>
  (await import(`${new URL(file, root).href}?round=${round}`)) as Record<string, unknown>

/** The first test that fails, with why; null when all pass. */
export async function firstFailure(tests: LoadedTests): Promise<string | null> {
  for (const { name, run } of tests)
    try {
      await run()
    } catch (error) {
      return `${name}: ${String((error as Error).message).split('\n')[0] ?? ''}`
    }
  return null
}

/** Path of a file of the repository. */
export const fileOf = (file: string): string => fileURLToPath(new URL(file, root))

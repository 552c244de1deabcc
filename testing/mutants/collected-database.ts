import { expect as real } from 'vitest'

/*
 * Runs test files that want a database inside this process, as often as wished, without a start of the test runner. Only what those files
 * use is there. Stands in for `vitest` where they import it.
 */

type Hook = () => unknown
type Test = { readonly name: string; readonly run: () => unknown }
type Suite = {
  readonly name: string
  readonly parts: (Test | Suite)[]
  readonly before: Hook[]
  readonly after: Hook[]
  readonly beforeEach: Hook[]
  readonly afterEach: Hook[]
}

const suite = (name: string): Suite => ({ name, parts: [], before: [], after: [], beforeEach: [], afterEach: [] })
let current = suite('')
let postgres = { url: '', run: 'mutants' }
export const servePostgres = (url: string): void => void (postgres = { ...postgres, url })
export const inject = (_name: string): unknown => postgres

type Body = (...values: never[]) => unknown
type Declare = (name: string, body: Body) => unknown
/** With options before or after the body: nothing here asks for them. */
type Declared = ((name: string, ...bodyAndOptions: readonly unknown[]) => unknown) & {
  each(cases: readonly unknown[]): Declare
  skipIf(condition: unknown): Declared
  runIf(condition: unknown): Declared
}
function declaring(declare: Declare): Declared {
  const declared = (name: string, ...given: readonly unknown[]): unknown =>
    declare(name, given.find((one): one is Body => typeof one === 'function') ?? (() => undefined))
  return Object.assign(declared, {
    each:
      (cases: readonly unknown[]): Declare =>
      (name, body) => {
        for (const [at, one] of cases.entries())
          declare(`${name} [${at}]`, () => body(...((Array.isArray(one) ? one : [one]) as never[])))
      },
    skipIf: (condition: unknown): Declared => (condition ? declaring(() => undefined) : declaring(declare)),
    runIf: (condition: unknown): Declared => (condition ? declaring(declare) : declaring(() => undefined)),
  })
}
export const describe = declaring((name, body) => {
  const outer = current
  current = suite(name)
  outer.parts.push(current)
  void body()
  current = outer
})
export const it = declaring((name, run) => void current.parts.push({ name, run }))
export const test = it
export const beforeAll = (hook: Hook): void => void current.before.push(hook)
export const afterAll = (hook: Hook): void => void current.after.push(hook)
export const beforeEach = (hook: Hook): void => void current.beforeEach.push(hook)
let finishing: Hook[] = []
export const onTestFinished = (hook: Hook): void => void finishing.push(hook)
export const afterEach = (hook: Hook): void => void current.afterEach.push(hook)

/** The runner's own waits for a test of its own. */
const poll = (ask: () => unknown): unknown => {
  const matching = (not: boolean): unknown =>
    new Proxy(
      {},
      {
        get: (_target, matcher) =>
          matcher === 'not'
            ? matching(!not)
            : async (...wanted: unknown[]) => {
                for (let n = 0; ; n++)
                  try {
                    const found = real(await ask()) as unknown as Record<PropertyKey, (...given: unknown[]) => void>
                    const side = not ? (found['not'] as unknown as typeof found) : found
                    return side[matcher]?.(...wanted)
                  } catch (error) {
                    if (n > 40) throw error
                    await new Promise((resolve) => setTimeout(resolve, 100))
                  }
              },
      },
    )
  return matching(false)
}
export const expect = Object.assign((...given: Parameters<typeof real>) => real(...given), real, { poll })

/** @property at the number of the test */
export type Failure = { readonly name: string; readonly at: number; readonly why: string }

/** The tests that a file declares. */
export async function collect(load: () => Promise<unknown>): Promise<Suite> {
  current = suite('')
  const whole = current
  await load()
  return whole
}

/**
 * Runs tests in their order.
 * @param last the number of the last test to run
 * @param known tests that fail anyway; with 'all' the run goes on after each failure
 * @returns those that failed; without 'all' the first one
 */
export async function runTests(
  whole: Suite,
  {
    last = Number.POSITIVE_INFINITY,
    known,
    after = () => undefined,
  }: { last?: number | undefined; known: ReadonlySet<string> | 'all'; after?: ((at: number) => void) | undefined },
): Promise<{ failed: Failure[] }> {
  const failed: Failure[] = []
  let at = -1
  const enough = (): boolean => at >= last || (known !== 'all' && failed.length > 0)
  /** With what words the first of them fails. */
  const fails = async (hooks: readonly Hook[]): Promise<string | null> => {
    try {
      for (const hook of hooks) await within(hook())
      return null
    } catch (error) {
      return String(error instanceof Error ? error.message : error).slice(0, 300)
    }
  }
  const runSuite = async (
    one: Suite,
    outer: { each: readonly Hook[]; then: readonly Hook[] },
    path: string,
  ): Promise<void> => {
    const each = [...outer.each, ...one.beforeEach]
    const then = [...one.afterEach, ...outer.then]
    const note = (name: string, why: string, test: number): void =>
      void ((known === 'all' || !known.has(name)) && failed.push({ name, at: test, why }))
    const unready = await fails(one.before)
    if (unready !== null) note(`${path}: before all`, unready, at + 1)
    else
      for (const part of one.parts) {
        if (enough()) break
        if ('parts' in part) await runSuite(part, { each, then }, `${path} > ${part.name}`)
        else {
          at++
          const bad = await fails([...each, part.run])
          // Whatever happened: a stage that stays open holds its connections.
          const left = await fails([...finishing.toReversed(), ...then])
          finishing = []
          if (bad !== null || left !== null) note(`${path} > ${part.name}`, bad ?? left ?? '', at)
          after(at)
        }
      }
    await fails(one.after)
  }
  await runSuite(whole, { each: [], then: [] }, '')
  return { failed }
}

/** What hangs has failed. */
const within = (task: unknown): Promise<unknown> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('took too long')), 60_000)
  })
  return Promise.race([task, late]).finally(() => clearTimeout(timer))
}

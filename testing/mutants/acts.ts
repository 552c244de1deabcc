import { readFileSync } from 'node:fs'
import { globSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { parseArgs } from 'node:util'
import { type ActCheck, withSwitches } from './act-checks.ts'
import { equivalentActs } from './equivalent.ts'
import { withDatabases } from './own-database.ts'
import { fileOf } from './test-files.ts'

/*
 * node testing/mutants/acts.ts [--of SHARE --from N] [FILE…]: every check inside the acts of the server, taken out one at a time, against
 * the tests of a real database. One process loads the server once, with a switch at each check; a mutant costs a run of one test
 * file up to the test that comes by. How to read it: docs/guides/mutants.md
 */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    of: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
    reach: { type: 'boolean', default: false },
  },
})
const root = new URL('../../', import.meta.url)
const instrumented = /^server\/(features|http|sign-in|work)\/.*(?<!\.test)\.ts$/
const checks: ActCheck[] = []
let off = -1
let seen: Set<number> = new Set()
Object.assign(globalThis, {
  zhKeeps(number: number): boolean {
    seen.add(number)
    return number !== off
  },
})

const shim = new URL('collected-database.ts', import.meta.url).href
registerHooks({
  resolve(specifier, context, next) {
    if (specifier === 'vitest' && !context.parentURL?.startsWith(shim)) return { url: shim, shortCircuit: true }
    return next(specifier, context)
  },
  load(url, context, next) {
    const file = url.startsWith(root.href) ? url.slice(root.href.length) : ''
    if (!instrumented.test(file)) return next(url, context)
    const { text, checks: found } = withSwitches(file, readFileSync(fileOf(file), 'utf8'), checks.length)
    checks.push(...found)
    return { format: 'module-typescript', source: text, shortCircuit: true }
  },
})

const { collect, runTests, servePostgres } = await import('./collected-database.ts')
const all = [
  ...globSync('server/{features,http,work,sign-in}/**/*.test.ts', { cwd: fileOf('') }),
  ...globSync('testing/{attacks,refusals}/**/*.test.ts', { cwd: fileOf('') }),
].filter((file) => !/\.(slow|journey)\.test\.ts$/.test(file))
const files = all.filter((file) => positionals.length === 0 || positionals.some((one) => file.includes(one))).toSorted()

let round = 0
type Run = Awaited<ReturnType<typeof runTests>>
/** Runs a test file from its beginning to this test. */
async function run(
  file: string,
  last?: number,
  known: ReadonlySet<string> = new Set(),
  after?: (at: number) => void,
): Promise<Run> {
  const tests = await collect(() => import(`${new URL(file, root).href}?round=${round++}`))
  return runTests(tests, { last, known, after })
}

await withDatabases([], async (_none, url) => {
  servePostgres(url)
  const began = performance.now()
  /** Where each check is come by: test file, the last test there that does, and how long it takes to get there. */
  const passed = new Map<number, { file: string; last: number; ms: number }[]>()
  const known = new Map<string, ReadonlySet<string>>()
  for (const file of files) {
    const start = performance.now()
    const here = new Map<number, { file: string; last: number; ms: number }>()
    seen = new Set()
    const result = await run(file, undefined, 'all' as never, (at) => {
      for (const number of seen) here.set(number, { file, last: at, ms: performance.now() - start })
      seen = new Set()
    })
    known.set(file, new Set(result.failed))
    if (result.failed.length > 0)
      console.log(`not counted, fails without a mutant: ${file}: ${result.failed.join('; ')}`)
    for (const [number, where] of here) passed.set(number, [...(passed.get(number) ?? []), where])
  }
  console.log(
    `${checks.length} checks, ${passed.size} come by in ${files.length} files, ${((performance.now() - began) / 1000).toFixed(0)} s`,
  )
  const nowhere = checks.filter((one) => !passed.has(one.number))
  for (const { name } of nowhere) console.log(`come by nowhere: ${name}`)
  if (values.reach) return
  const survivors: string[] = []
  const equivalent: string[] = []
  let tried = 0
  for (const { number, name } of checks) {
    if (number % Number(values.of) !== Number(values.from)) continue
    const where = passed.get(number)
    if (where === undefined) continue
    tried++
    let killed = false
    for (const { file, last } of where.toSorted((one, other) => one.ms - other.ms).slice(0, 4)) {
      off = number
      const { failed } = await run(file, last, known.get(file))
      off = -1
      if (failed.length > 0) {
        killed = true
        break
      }
    }
    const plain = name.replace(/:\d+ /, ' ')
    if (killed) continue
    if (equivalentActs[plain] !== undefined) equivalent.push(plain)
    else {
      survivors.push(name)
      console.log(`survives: ${name}`)
    }
  }
  console.log(
    `acts: ${tried} mutants, ${tried - survivors.length - equivalent.length} killed, ${equivalent.length} equivalent with reasons, survivors: ${survivors.length === 0 ? 'none' : survivors.length}; ${((performance.now() - began) / 1000).toFixed(0)} s`,
  )
  process.exitCode = survivors.length / Math.max(1, tried) > 0.05 ? 1 : 0
})
process.exit()

import { parseArgs } from 'node:util'
import {
  actTests,
  allChecks,
  keepKnown,
  placesOf,
  reachIsNew,
  reachOf,
  readKnown,
  tryWithout,
  verdictIsNew,
} from './act-trials.ts'
import { servePostgres } from './collected-database.ts'
import { equivalentActs } from './equivalent.ts'
import { withDatabases } from './own-database.ts'
import { fileOf } from './test-files.ts'

/*
 * node testing/mutants/acts.ts [WORD…]: every check inside the acts of the server, or those in files whose path holds one of the words,
 * taken out one at a time, against the tests of a real database. One process loads the server once, with a switch at each
 * check; a mutant costs a run of one test file up to the last test that comes by. How to read it: docs/guides/mutants.md
 */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    /** Every `of`th check, from this one on. */
    of: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
    /** Test files whose path holds one of these, divided by commas; otherwise all. */
    tests: { type: 'string', default: '' },
    /** Test files that are tried for one check, at most. */
    most: { type: 'string', default: '6' },
    /** What is known stays here, and a run goes on from there. */
    known: { type: 'string', default: fileOf('out/mutants/acts.json') },
    /** Ends after it is clear which test comes by which check. */
    reach: { type: 'boolean', default: false },
    /** Tries once more what survived. */
    again: { type: 'boolean', default: false },
  },
})
/** Share of the mutants that must be found. */
const wanted = 0.95
const holds = (words: readonly string[], text: string): boolean =>
  words.length === 0 || words.some((word) => text.includes(word))
const files = actTests().filter((file) => holds(values.tests.split(',').filter(Boolean), file))
const checks = allChecks.filter(
  ({ file, number }) => holds(positionals, file) && number % Number(values.of) === Number(values.from),
)
const known = readKnown(values.known)
const began = performance.now()
const seconds = (): string => `${((performance.now() - began) / 1000).toFixed(0)} s`

await withDatabases([], async (_none, url) => {
  servePostgres(url)
  for (const file of files) {
    if (reachIsNew(known, file)) continue
    const start = performance.now()
    const reach = await reachOf(file).catch((error: unknown) => {
      console.log(`not loaded: ${file}: ${String(error)}`)
      return null
    })
    if (reach === null) continue
    known.reach[file] = reach
    keepKnown(values.known, known)
    console.log(
      `${file}: comes by ${Object.keys(reach.places).length} checks, ${((performance.now() - start) / 1000).toFixed(1)} s`,
    )
    for (const name of reach.failing) console.log(`not counted, fails without a mutant: ${file}${name}`)
  }
  const come = checks.filter((check) => placesOf(known, check, files).length > 0)
  console.log(`${checks.length} checks, ${come.length} come by in ${files.length} files, ${seconds()}`)
  if (values.tests === '')
    for (const check of checks) {
      const places = placesOf(known, check, files)
      if (places.length === 0) console.log(`come by nowhere: ${check.name}`)
      else if (!places.some(({ place }) => place.refused)) console.log(`refuses nowhere: ${check.name}`)
    }
  if (values.reach) return
  for (const [at, check] of come.entries()) {
    if (verdictIsNew(known, check) && !(values.again && known.verdicts[check.key]?.by === undefined)) continue
    const start = performance.now()
    const verdict = await tryWithout(known, check, files, Number(values.most))
    known.verdicts[check.key] = verdict
    keepKnown(values.known, known)
    console.log(
      `${at + 1} of ${come.length}, ${((performance.now() - start) / 1000).toFixed(1)} s, ${verdict.by === undefined ? `survives ${verdict.unnoticed.length} files` : 'killed'}: ${check.name}`,
    )
  }
})

// What no test comes by is lost unnoticed, too; of a part of the test files that says nothing.
const counted = checks.filter((check) => known.verdicts[check.key] !== undefined || values.tests === '')
const alive = counted.filter((check) => known.verdicts[check.key]?.by === undefined)
const equivalent = alive.filter((check) => equivalentActs[check.key] !== undefined)
const survivors = alive.filter((check) => !equivalent.includes(check))
for (const { name, key } of survivors)
  console.log(`survives: ${name}${known.verdicts[key] === undefined ? ' (come by nowhere)' : ''}`)
const unfounded = Object.keys(equivalentActs).filter(
  (key) => !allChecks.some((check) => check.key === key) || known.verdicts[key]?.by !== undefined,
)
for (const key of unfounded) console.log(`a reason for what is gone or is noticed: ${key}`)
console.log(
  `acts: ${counted.length} mutants, ${counted.length - alive.length} killed, ${equivalent.length} equivalent with reasons, survivors: ${survivors.length === 0 ? 'none' : survivors.length}; ${seconds()}`,
)
process.exit(survivors.length <= (1 - wanted) * counted.length && unfounded.length === 0 ? 0 : 1)

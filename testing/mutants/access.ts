import { readFileSync } from 'node:fs'
import { posts } from '@zhongheng/domain/access/actor.ts'
import { type SourceMutant, conditionMutants } from './conditions.ts'
import { equivalent } from './equivalent.ts'
import { type Tables, matrixMutants } from './matrix-mutants.ts'
import { fileOf, firstFailure, loadTests, moduleOfLastRound } from './test-files.ts'

/*
 * node testing/mutants/access.ts: mutants of who may what, against the fast tests of it. Prints what survived; ends with 1
 * where fewer than 95 of 100 are found. How to read a survivor: docs/guides/mutants.md
 */

/** Files with conditions, and the tests that hold each of them. */
const conditions: readonly { readonly file: string; readonly tests: readonly string[] }[] = [
  'actor',
  'matrix',
  'separation',
  'two-persons',
  'break-glass',
  'held-posts',
  'sign-in',
  'work-team',
].map((name) => ({
  file: `domain/access/${name}.ts`,
  tests: [
    ...['matrix', 'separation', 'two-persons', 'break-glass', 'held-posts', 'sign-in', 'work-team'].map(
      (one) => `domain/access/${one}.test.ts`,
    ),
    'testing/access/matrix.test.ts',
  ],
}))
const matrixFile = 'domain/access/matrix.ts'
const wordsOfTheMatrix = ['domain/access/matrix.test.ts', 'domain/access/break-glass.test.ts']
const printedMatrix = ['testing/access/matrix.test.ts']
/** Share of the mutants that must be found. */
const wanted = 0.95

type Count = { readonly tried: number; readonly survivors: readonly string[] }
const report = (what: string, { tried, survivors }: Count): void =>
  console.log(
    `${what}: ${tried} mutants, ${tried - survivors.length} killed, survivors: ${survivors.length === 0 ? 'none' : `\n  ${survivors.join('\n  ')}`}`,
  )

/** Cells of the matrix, changed in the very object that the loaded tests look at. */
async function ofMatrix(tests: readonly string[]): Promise<Count> {
  const loaded = await loadTests(tests)
  const before = await firstFailure(loaded)
  if (before !== null) throw new Error(`the tests fail without a mutant: ${before}`)
  const mutants = matrixMutants((await moduleOfLastRound(matrixFile)) as unknown as Tables)
  const survivors: string[] = []
  for (const { name, apply, undo } of mutants) {
    apply()
    if ((await firstFailure(loaded)) === null) survivors.push(name)
    undo()
  }
  return { tried: mutants.length, survivors }
}

/** Conditions, changed in the text. A mutant that cannot even be loaded counts as found. */
async function ofConditions(): Promise<Count & { readonly named: readonly string[] }> {
  const survivors: string[] = []
  const named: string[] = []
  let tried = 0
  for (const { file, tests } of conditions) {
    const before = await firstFailure(await loadTests(tests))
    if (before !== null) throw new Error(`the tests fail without a mutant: ${before}`)
    const mutants: SourceMutant[] = conditionMutants(file, readFileSync(fileOf(file), 'utf8'), posts)
    for (const { name, source } of mutants) {
      const plain = name.replace(/:\d+ /, ' ')
      if (equivalent[plain] !== undefined) {
        named.push(plain)
        continue
      }
      tried++
      const found = await loadTests(tests, { file, source }).then(firstFailure, (error: unknown) => String(error))
      if (found === null) survivors.push(name)
    }
  }
  return { tried, survivors, named }
}

const byWords = await ofMatrix(wordsOfTheMatrix)
const matrix = await ofMatrix([...wordsOfTheMatrix, ...printedMatrix])
const rest = await ofConditions()
console.log(
  `cells of the matrix: ${byWords.tried - byWords.survivors.length} of ${byWords.tried} are found by a rule in words, the others by the printed matrix`,
)
report('cells of the matrix', matrix)
report('conditions', rest)
console.log(`${rest.named.length} mutants are named as equivalent, with reasons`)
const unknown = Object.keys(equivalent).filter((name) => !rest.named.includes(name))
if (unknown.length > 0) console.log(`reasons that speak of no mutant any more:\n  ${unknown.join('\n  ')}`)
const tried = matrix.tried + rest.tried
const survivors = [...matrix.survivors, ...rest.survivors]
report('access', { tried, survivors: survivors.map((name) => name.split('\n')[0] ?? name) })
const enough = ({ tried: all, survivors: alive }: Count): boolean => all > 0 && (all - alive.length) / all >= wanted
process.exitCode = enough(matrix) && enough(rest) && unknown.length === 0 ? 0 : 1

import { existsSync, readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { idsOf } from './bindings.ts'
import type { Case } from './cases.ts'

/** What became of one test that binds a case. */
export type BoundTest = {
  readonly file: string
  readonly name: string
  readonly status: 'passed' | 'failed' | 'not run'
  readonly reason?: string
}
export type CaseResult = Case & {
  readonly status: 'passed' | 'failed' | 'unbound'
  readonly tests: readonly BoundTest[]
  /** Why a case failed without a failed test. */
  readonly reason?: string
}
export type Summary = {
  readonly total: number
  readonly passed: number
  readonly failed: number
  readonly unbound: number
  readonly cases: readonly CaseResult[]
}

type Report = {
  readonly testResults: readonly {
    readonly name: string
    readonly message?: string
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[]
      readonly title: string
      readonly status: string
      readonly failureMessages?: readonly string[]
    }[]
  }[]
}

/** The tests in vitest's JSON reports whose own name, or that of a group around them, begins with case ids. */
export function boundTests(root: string, reports: readonly string[]): ReadonlyMap<string, readonly BoundTest[]> {
  const found = new Map<string, BoundTest[]>()
  for (const file of reports.filter((one) => existsSync(one)))
    for (const { name, assertionResults } of (JSON.parse(readFileSync(file, 'utf8')) as Report).testResults)
      for (const one of assertionResults) {
        const titles = [...one.ancestorTitles, one.title]
        for (const id of new Set(titles.flatMap(idsOf)))
          found.set(id, [...(found.get(id) ?? []), boundTest(relative(root, name), titles.join(' › '), one)])
      }
  return found
}

function boundTest(
  file: string,
  name: string,
  { status, failureMessages = [] }: { status: string; failureMessages?: readonly string[] },
): BoundTest {
  if (status === 'passed') return { file, name, status }
  const reason = failureMessages[0]?.split('\n')[0]?.slice(0, 300)
  return status === 'failed'
    ? { file, name, status, ...(reason === undefined ? {} : { reason }) }
    : { file, name, status: 'not run', reason: 'skipped: a program, a browser or data that it needs is not here' }
}

/** A case is passed when at least one test bears its id and every such test ran and passed. */
export function judge(cases: readonly Case[], tests: ReadonlyMap<string, readonly BoundTest[]>): Summary {
  const results = cases.map((one): CaseResult => {
    const bound = tests.get(one.id) ?? []
    if (bound.length === 0 && one.unbound !== undefined) return { ...one, status: 'unbound', tests: [] }
    if (bound.length === 0)
      return { ...one, status: 'failed', tests: [], reason: 'not run: no report names a test of it' }
    if (bound.every(({ status }) => status === 'passed')) return { ...one, status: 'passed', tests: bound }
    const notRun = bound.filter(({ status }) => status === 'not run').length
    return {
      ...one,
      status: 'failed',
      tests: bound,
      ...(notRun === 0 ? {} : { reason: `not run: ${notRun} of ${bound.length} tests` }),
    }
  })
  const count = (status: CaseResult['status']) => results.filter((one) => one.status === status).length
  return {
    total: results.length,
    passed: count('passed'),
    failed: count('failed'),
    unbound: count('unbound'),
    cases: results,
  }
}

/** One line for people: the counts, and the cases that failed with why. */
export function told({ total, passed, failed, unbound, cases }: Summary): string {
  const lines = cases
    .filter(({ status }) => status === 'failed')
    .map(({ id, reason, tests }) => {
      const why =
        reason ??
        tests
          .filter(({ status }) => status !== 'passed')
          .map(({ name }) => name)
          .join('; ')
      return `  ${id}: ${why}`
    })
  return [`Adversarial cases: ${total}, ${passed} passed, ${failed} failed, ${unbound} unbound`, ...lines].join('\n')
}

import { existsSync, readFileSync, writeFileSync } from 'node:fs'

export type Counts = { readonly passed: number; readonly failed: number; readonly skipped: readonly string[] }

type FileResult = {
  readonly name: string
  readonly status: string
  readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[]
}
type Report = {
  readonly success: boolean
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly testResults: readonly FileResult[]
}

const read = (file: string): Report => JSON.parse(readFileSync(file, 'utf8')) as Report
const countOf = (files: readonly FileResult[], wanted: string): number =>
  files.reduce((sum, one) => sum + one.assertionResults.filter(({ status }) => status === wanted).length, 0)

/**
 * Counts a test run out of vitest's JSON report. A file that could not be loaded, a run that left no report and an error outside any
 * test hold no failed test: each counts as one failure.
 */
export function countsOf(file: string, exitedWell: boolean): Counts {
  if (!existsSync(file)) return { passed: 0, failed: 1, skipped: [] }
  const report = read(file)
  const results = report.testResults.flatMap((one) => one.assertionResults)
  const brokenFiles = report.testResults.filter(
    (one) => one.status === 'failed' && !one.assertionResults.some(({ status }) => status === 'failed'),
  ).length
  const failed = report.numFailedTests + brokenFiles
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && !(exitedWell && report.success) ? 1 : failed,
    skipped: results
      .filter(({ status }) => status === 'skipped' || status === 'pending')
      .map(({ fullName }) => fullName),
  }
}

/** The test files of a run of which a test failed, or which could not be loaded. */
export function failedFiles(file: string): readonly string[] {
  return existsSync(file)
    ? read(file)
        .testResults.filter(({ status }) => status === 'failed')
        .map(({ name }) => name)
    : []
}

/**
 * Puts the results of a second attempt in the place of the first ones, file by file, in the first one's report; gives the files that
 * have passed now. A file of which the second attempt says nothing keeps its failure.
 */
export function takeSecondAttempt(first: string, second: string): readonly string[] {
  const before = read(first)
  const again = new Map(existsSync(second) ? read(second).testResults.map((one) => [one.name, one]) : [])
  const results = before.testResults.map((one) => (one.status === 'failed' ? (again.get(one.name) ?? one) : one))
  const merged: Report = {
    ...before,
    testResults: results,
    success: results.every(({ status }) => status === 'passed'),
    numPassedTests: countOf(results, 'passed'),
    numFailedTests: countOf(results, 'failed'),
  }
  writeFileSync(first, JSON.stringify(merged))
  return before.testResults
    .filter((one, index) => one.status === 'failed' && results[index]?.status === 'passed')
    .map(({ name }) => name)
}

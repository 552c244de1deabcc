import { existsSync, readFileSync } from 'node:fs'

export type Counts = { readonly passed: number; readonly failed: number; readonly skipped: readonly string[] }

type Report = {
  readonly success: boolean
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[]
  }[]
}

/**
 * Counts a test run out of vitest's JSON report. A file that could not be loaded, a run that left no report and an error outside any
 * test hold no failed test: each counts as one failure.
 */
export function countsOf(file: string, exitedWell: boolean): Counts {
  if (!existsSync(file)) return { passed: 0, failed: 1, skipped: [] }
  const report = JSON.parse(readFileSync(file, 'utf8')) as Report
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

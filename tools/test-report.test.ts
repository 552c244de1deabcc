import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { countsOf, failedFiles, takeSecondAttempt } from './test-report.ts'

describe('counting a test run', () => {
  let file = ''
  beforeEach(() => {
    file = join(mkdtempSync(join(tmpdir(), 'zh-report-')), 'report.json')
  })
  afterEach(() => rmSync(join(file, '..'), { recursive: true }))
  const report = (content: object): void => writeFileSync(file, JSON.stringify(content))
  const passing = { name: 'a.test.ts', status: 'passed', assertionResults: [{ status: 'passed', fullName: 'a' }] }

  it('takes passed and failed from the report and names what was skipped', () => {
    const mixed = {
      name: 'b.test.ts',
      status: 'failed',
      assertionResults: [
        { status: 'failed', fullName: 'b' },
        { status: 'skipped', fullName: 'needs a browser' },
      ],
    }
    report({ success: false, numPassedTests: 1, numFailedTests: 1, testResults: [passing, mixed] })
    expect(countsOf(file, false)).toEqual({ passed: 1, failed: 1, skipped: ['needs a browser'] })
  })

  it('counts a file that could not be loaded as a failure', () => {
    const broken = { name: 'c.test.ts', status: 'failed', assertionResults: [] }
    report({ success: false, numPassedTests: 1, numFailedTests: 0, testResults: [passing, broken] })
    expect(countsOf(file, false)).toMatchObject({ passed: 1, failed: 1 })
  })

  it('counts an error outside any test, and a run without a report, as a failure', () => {
    report({ success: true, numPassedTests: 1, numFailedTests: 0, testResults: [passing] })
    expect(countsOf(file, false)).toMatchObject({ passed: 1, failed: 1 })
    expect(countsOf(`${file}.absent`, true)).toMatchObject({ passed: 0, failed: 1 })
  })

  it('takes the second attempt of a failed file whole, and the first where the second says nothing', () => {
    const ofFile = (name: string, ...tests: string[]): object => ({
      name,
      status: tests.includes('failed') ? 'failed' : 'passed',
      assertionResults: tests.map((status, index) => ({ status, fullName: `${name} ${index}` })),
    })
    report({
      success: false,
      numPassedTests: 3,
      numFailedTests: 3,
      testResults: [passing, ofFile('b', 'passed', 'failed'), ofFile('c', 'failed'), ofFile('d', 'passed', 'failed')],
    })
    expect(failedFiles(file)).toEqual(['b', 'c', 'd'])
    const again = `${file}.again`
    const results = [ofFile('b', 'passed', 'passed'), ofFile('d', 'failed', 'failed')]
    writeFileSync(again, JSON.stringify({ success: false, numPassedTests: 2, numFailedTests: 2, testResults: results }))
    expect(takeSecondAttempt(file, again)).toEqual(['b'])
    expect(countsOf(file, false)).toMatchObject({ passed: 3, failed: 3 })
    expect(failedFiles(file)).toEqual(['c', 'd'])
  })

  it('is a success when every file has passed at one of two attempts', () => {
    const broken = { name: 'c.test.ts', status: 'failed', assertionResults: [] }
    report({ success: false, numPassedTests: 1, numFailedTests: 0, testResults: [passing, broken] })
    const again = `${file}.again`
    const results = [{ ...passing, name: 'c.test.ts' }]
    writeFileSync(again, JSON.stringify({ success: true, numPassedTests: 1, numFailedTests: 0, testResults: results }))
    takeSecondAttempt(file, again)
    expect(countsOf(file, true)).toMatchObject({ passed: 2, failed: 0 })
    expect(countsOf(file, false)).toMatchObject({ failed: 1 })
  })
})

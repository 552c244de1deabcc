import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cases } from '@zhongheng/testing/adversarial/cases.ts'
import { boundTests, judge, told } from '@zhongheng/testing/adversarial/results.ts'
import { projectGroups, sourceSteps, testStep } from './house-steps.ts'
import { runStep } from './steps.ts'
import { countsOf, failedFiles, takeSecondAttempt } from './test-report.ts'
import { prepareTestTools } from './test-tools.ts'

// `npm test`: everything. Goes on after a failure; the last line counts the tests, each check of the source being one.
// A few files that failed are run once more from their beginning, alone: many tests of one file share a scene, so a test tried again by
// itself meets what the first attempt left. What passed only then is named.

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'zh-test-'))
const { browser } = prepareTestTools()
const env = browser ? {} : { ZH_NO_BROWSER: '1' }

/** More failures than this are no pause of a busy machine. */
const fewFiles = 4

let passed = 0
let failed = 0
const second: string[] = []
const skipped: string[] = []
for (const step of sourceSteps(root)) {
  const { ok } = await runStep(root, step)
  if (ok) passed += 1
  else failed += 1
}
const reports: string[] = []
for (const projects of projectGroups) {
  const report = join(folder, `${projects.join('-')}.json`)
  reports.push(report)
  const ran = await runStep(root, testStep(root, projects, report, env))
  let { ok } = ran
  const files = failedFiles(report)
  if (files.length > 0 && files.length <= fewFiles && !ran.output.includes('Unhandled')) {
    const again = join(folder, `${projects.join('-')}-again.json`)
    ok = (await runStep(root, testStep(root, projects, again, env, { files }))).ok
    second.push(...takeSecondAttempt(report, again).map((file) => relative(root, file)))
  }
  const counts = countsOf(report, ok)
  passed += counts.passed
  failed += counts.failed
  skipped.push(...counts.skipped)
}
const adversarial = told(judge(cases, boundTests(root, reports)))
rmSync(folder, { recursive: true, force: true })
if (skipped.length > 0) console.log(`Skipped:\n${skipped.map((name) => `  ${name}`).join('\n')}`)
if (second.length > 0)
  console.log(`Passed at the second attempt only:\n${second.map((name) => `  ${name}`).join('\n')}`)
console.log(adversarial)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1

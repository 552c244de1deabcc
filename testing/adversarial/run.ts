import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { projectGroups, testStep } from '@zhongheng/tools/house-steps.ts'
import { runStep } from '@zhongheng/tools/steps.ts'
import { prepareTestTools } from '@zhongheng/tools/test-tools.ts'
import { bindingsIn, namePattern } from './bindings.ts'
import { cases } from './cases.ts'
import { boundTests, judge, told } from './results.ts'

// `npm run test:adversarial -- --json FILE`: only the tests that bind a case; `npm test` counts the same cases out of its own run.

const root = fileURLToPath(new URL('../..', import.meta.url))
const { json } = parseArgs({ options: { json: { type: 'string' } } }).values
const folder = mkdtempSync(join(tmpdir(), 'zh-adversarial-'))
const { browser } = prepareTestTools()
const env = browser ? {} : { ZH_NO_BROWSER: '1' }
const files = [...new Set([...bindingsIn(root).values()].flat())]

const reports: string[] = []
for (const projects of projectGroups) {
  const report = join(folder, `${projects.join('-')}.json`)
  reports.push(report)
  await runStep(root, testStep(root, projects, report, env, { files, name: namePattern }))
}
const summary = judge(cases, boundTests(root, reports))
rmSync(folder, { recursive: true, force: true })
if (json !== undefined) writeFileSync(json, `${JSON.stringify(summary, null, 2)}\n`)
console.log(told(summary))
process.exitCode = summary.failed === 0 ? 0 : 1

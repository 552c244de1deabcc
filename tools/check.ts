import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sourceSteps, testStep } from './house-steps.ts'
import { runStep } from './steps.ts'

// `npm run check`: what to run before each commit. Ends at the first failure.

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'zh-check-'))
const began = performance.now()
let ok = true
for (const step of [...sourceSteps(root), testStep(root, ['pure', 'database'], join(folder, 'fast.json'))]) {
  ok = (await runStep(root, step)).ok
  if (!ok) break
}
rmSync(folder, { recursive: true, force: true })
console.log(`${ok ? 'All good' : 'Not good'} · ${((performance.now() - began) / 1000).toFixed(1)} s`)
process.exitCode = ok ? 0 : 1

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { billOf } from './bill.ts'
import type { Lock } from './lock.ts'

const usage = 'npm run sbom -- --out FILE [--at 2026-01-31T00:00:00Z]'

/** Writes the bill of materials of the checkout at `root`. Answers the exit code: 0, or 2 when called wrongly. */
export async function sbomCommand(root: string, words: readonly string[]): Promise<0 | 2> {
  let asked: { readonly out?: string | undefined; readonly at?: string | undefined }
  try {
    asked = parseArgs({ args: [...words], options: { out: { type: 'string' }, at: { type: 'string' } } }).values
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error))
  }
  const { out, at } = asked
  if (out === undefined) return refuse('--out is missing')
  if (at !== undefined && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(at)) return refuse(`--at ${at} is no time in UTC`)
  const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as Lock
  const bill = billOf(lock, at)
  await writeFile(out, `${JSON.stringify(bill, null, 2)}\n`)
  console.log(`${out}: ${bill.components.length} components`)
  return 0
}

function refuse(why: string): 2 {
  console.error(`${why}\n${usage}`)
  return 2
}

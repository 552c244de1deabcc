import { globSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'

/** One measured figure. `reach` is what the design wants of it, in words. */
export type Figure = { readonly what: string; readonly value: number; readonly unit: string; readonly reach?: string }

/** What a benchmark file exports. Peers are measured in the same run: only ratios mean something from one day to another. */
export type Benchmark = { run(): Promise<readonly Figure[]> }

const folder = import.meta.dirname
const names = globSync('*.ts', { cwd: folder })
  .map((file) => basename(file, '.ts'))
  .filter((name) => name !== 'main' && !name.includes('.'))
  .sort()

const { values, positionals } = parseArgs({ options: { json: { type: 'string' } }, allowPositionals: true })
const [name] = positionals
if (name === undefined || !names.includes(name)) {
  if (name !== undefined) console.error(`No benchmark ${name}.`)
  console.log(`npm run bench -- NAME [--json FILE]\n${names.map((one) => `  ${one}`).join('\n')}`)
  process.exit(name === undefined ? 0 : 2)
}

const { run } = (await import(join(folder, `${name}.ts`))) as Benchmark
const figures = await run()
const width = Math.max(...figures.map((one) => one.what.length))
for (const one of figures) {
  const value = one.value.toLocaleString('en', { maximumSignificantDigits: 4 }).padStart(12)
  console.log(
    `${one.what.padEnd(width)} ${value} ${one.unit}${one.reach === undefined ? '' : `   (reach: ${one.reach})`}`,
  )
}
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ name, figures }, null, 2)}\n`)
process.exit(0)

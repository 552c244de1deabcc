import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'

/** One measured figure. `reach` is what the design wants of it, in words; `key` is its place in the JSON file: `figures.append_per_s`. */
export type Figure = {
  readonly what: string
  readonly value: number
  readonly unit: string
  readonly reach?: string
  readonly key?: `${'figures' | 'ratios'}.${string}`
}

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
const loadBefore = loadavg()[0] ?? 0
const busy = watchOthers()
const figures = await run()
const machine = {
  cores: availableParallelism(),
  processor: cpus()[0]?.model ?? '',
  node: process.version,
  loadBefore,
  othersBusy: busy(),
}
const width = Math.max(...figures.map((one) => one.what.length))
for (const one of figures) {
  const value = one.value.toLocaleString('en', { maximumSignificantDigits: 4 }).padStart(12)
  console.log(
    `${one.what.padEnd(width)} ${value} ${one.unit}${one.reach === undefined ? '' : `   (reach: ${one.reach})`}`,
  )
}
console.log(
  `${machine.cores} cores, ${machine.processor}, Node ${machine.node}; load before ${loadBefore.toFixed(2)}` +
    (machine.othersBusy === null
      ? ''
      : `; everything outside of this process, what it starts included, kept ${machine.othersBusy} cores busy`),
)
if (values.json !== undefined) {
  const keyed: { [group: string]: { [key: string]: number } } = { figures: {}, ratios: {} }
  for (const { key, value } of figures) {
    const [group = '', field = ''] = key?.split('.') ?? []
    if (keyed[group] !== undefined) keyed[group][field] = value
  }
  writeFileSync(values.json, `${JSON.stringify({ name, machine, ...keyed, measured: figures }, null, 2)}\n`)
}
process.exit(0)

/** @returns how many cores other programs used on average since now; null where the system does not tell */
function watchOthers(): () => number | null {
  const ticks = (): number | null => {
    try {
      const [, user = 0, nice = 0, system = 0] =
        readFileSync('/proc/stat', 'utf8').split('\n')[0]?.split(/\s+/).map(Number) ?? []
      return (user + nice + system) / 100
    } catch {
      return null
    }
  }
  const began = { at: performance.now(), ticks: ticks(), own: process.cpuUsage() }
  return () => {
    const now = ticks()
    if (now === null || began.ticks === null) return null
    const { user, system } = process.cpuUsage(began.own)
    const seconds = (performance.now() - began.at) / 1000
    return Math.max(0, Math.round(((now - began.ticks - (user + system) / 1e6) / seconds) * 100) / 100)
  }
}

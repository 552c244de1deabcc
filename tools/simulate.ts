import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { defaultInputs, defaultValues, inputNames, type InputName } from './simulation/inputs.ts'
import { planFor } from './simulation/plan.ts'
import { linesOf } from './simulation/print.ts'

// `npm run simulate`: what an installation of a size needs, out of measured figures, settings and assumptions.
const usage = `npm run simulate -- [--testers N] [--requests N] [--set NAME=VALUE]… [--json FILE] [--inputs]
  --testers   how many testers (${defaultValues.testers})
  --requests  exchanges of a tester on a day (${defaultValues.requestsPerTesterDay})
  --set       any other input, e.g. --set retentionMonths=12; --inputs lists them with where they come from`

function end(message: string): never {
  console.error(`${message}\n${usage}`)
  process.exit(2)
}

function words() {
  try {
    return parseArgs({
      options: {
        testers: { type: 'string' },
        requests: { type: 'string' },
        set: { type: 'string', multiple: true },
        json: { type: 'string' },
        inputs: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    }).values
  } catch (error) {
    return end(error instanceof Error ? error.message : String(error))
  }
}

const given = words()
if (given.help === true) {
  console.log(usage)
  process.exit(0)
}
const values: { [name in InputName]: number } = { ...defaultValues }
const changed = new Set<InputName>()
const change = (name: string, text: string): void => {
  const known = inputNames.find((one) => one === name)
  if (known === undefined) end(`No input ${name}.`)
  if (!/^\d+(\.\d+)?$/.test(text)) end(`${name}: must be a number, not “${text}”.`)
  values[known] = Number(text)
  changed.add(known)
}
if (given.testers !== undefined) change('testers', given.testers)
if (given.requests !== undefined) change('requestsPerTesterDay', given.requests)
for (const one of given.set ?? []) {
  const at = one.indexOf('=')
  if (at < 1) end(`--set ${one}: must be NAME=VALUE.`)
  change(one.slice(0, at), one.slice(at + 1))
}
if (given.inputs === true) {
  for (const name of inputNames) {
    const { unit, what, from, source } = defaultInputs[name]
    const origin = changed.has(name) ? 'given' : `${from}; ${source}`
    console.log(`${name.padEnd(22)} ${String(values[name]).padStart(9)} ${unit.padEnd(9)} ${what} (${origin})`)
  }
  process.exit(0)
}
try {
  const plan = planFor(values)
  for (const line of linesOf(plan, values)) console.log(line)
  if (given.json !== undefined) writeFileSync(given.json, `${JSON.stringify({ values, plan }, null, 2)}\n`)
} catch (error) {
  if (!(error instanceof RangeError)) throw error
  end(error.message)
}

import { createHash } from 'node:crypto'
import { globSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { dirname } from 'node:path'
import { type ActCheck, withSwitches } from './act-checks.ts'
import { fileOf } from './test-files.ts'

/*
 * The server with a switch at each check inside its acts, and test files that run against it in this process. Loading this module
 * is what puts the switches in: before anything of the server is loaded.
 */

const root = new URL('../../', import.meta.url)
const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16)
const read = (file: string): string => readFileSync(fileOf(file), 'utf8')

const switched = new Map<string, { readonly text: string; readonly hash: string }>()
const found: ActCheck[] = []
for (const file of globSync('server/{features,http,sign-in,work}/**/*.ts', { cwd: fileOf('') }).toSorted()) {
  if (file.endsWith('.test.ts')) continue
  const source = read(file)
  const { text, checks } = withSwitches(file, source, found.length)
  if (checks.length === 0) continue
  switched.set(file, { text, hash: hash(source) })
  found.push(...checks)
}
/** Every check inside the acts of the server. */
export const allChecks: readonly ActCheck[] = found

let off = -1
let passed = new Set<number>()
let refused = new Set<number>()
Object.assign(globalThis, {
  zhKeeps(number: number): boolean {
    passed.add(number)
    return number !== off
  },
  zhRefuses(number: number): boolean {
    refused.add(number)
    return false
  },
  zhWatches(number: number, answer: unknown): unknown {
    if (answer instanceof Promise) answer.catch(() => refused.add(number))
    return answer
  },
})

const shim = new URL('collected-database.ts', import.meta.url).href
registerHooks({
  resolve(specifier, context, next) {
    if (specifier === 'vitest' && !context.parentURL?.startsWith(shim)) return { url: shim, shortCircuit: true }
    return next(specifier, context)
  },
  load(url, context, next) {
    const it = url.startsWith(root.href) ? switched.get(url.slice(root.href.length)) : undefined
    return it === undefined ? next(url, context) : { format: 'module-typescript', source: it.text, shortCircuit: true }
  },
})
const { collect, runTests } = await import('./collected-database.ts')

// What a server without one of its checks leaves behind is no reason to end: the tests say what they notice.
for (const what of ['unhandledRejection', 'uncaughtException']) process.on(what, () => undefined)

/**
 * Test files in which checks may be come by: those that ask a server in their own process. Of the slow ones those that put
 * many requests before it.
 */
export const actTests = (): string[] =>
  [
    ...globSync('server/**/*.test.ts', { cwd: fileOf('') }),
    ...globSync('testing/{access,attacks,canaries,refusals}/**/*.test.ts', { cwd: fileOf('') }),
  ]
    .filter((file) => !/\.journey\.test\.ts$|^server\/(egress|examiner|ports|sealing|signing)\//.test(file))
    .filter((file) => !file.endsWith('.slow.test.ts') || /^(server\/(features|http|sign-in)|testing)\//.test(file))
    .toSorted(
      (one, other) => Number(one.includes('.slow.')) - Number(other.includes('.slow.')) || one.localeCompare(other),
    )

/** Where a check is come by: the tests of a file by their numbers, and how long it takes to get past the last of them (ms). */
export type Place = { readonly first: number; readonly last: number; readonly ms: number; readonly refused: boolean }

/** What one run of a test file without a mutant has shown. */
export type Reach = {
  readonly text: string
  /** Tests that fail in this process without a mutant: not counted. */
  readonly failing: readonly string[]
  readonly places: { readonly [check: string]: Place }
}

export type Verdict = {
  /** The text of the file that the check stands in. */
  readonly text: string
  /** The test that noticed, and with what words. */
  readonly by?: string
  /** Test files that ran to their end without noticing. */
  readonly unnoticed: readonly string[]
}

/** What is known so far: kept in a file, so that an interrupted run goes on. */
export type Known = { reach: { [file: string]: Reach }; verdicts: { [check: string]: Verdict } }

/** @param path nothing is known, and nothing kept, where it is empty */
export function readKnown(path: string): Known {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Known
  } catch {
    return { reach: {}, verdicts: {} }
  }
}
export function keepKnown(path: string, known: Known): void {
  if (path === '') return
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(`${path}.new`, JSON.stringify(known))
  renameSync(`${path}.new`, path)
}

export const reachIsNew = (known: Known, file: string): boolean => known.reach[file]?.text === hash(read(file))
export const verdictIsNew = (known: Known, check: ActCheck): boolean =>
  known.verdicts[check.key]?.text === switched.get(check.file)?.hash

let round = 0
const load = (file: string): ReturnType<typeof collect> =>
  collect(() => import(`${new URL(file, root).href}?again=${round++}`))

/** Runs a test file without a mutant to see by which tests each check is come by. */
export async function reachOf(file: string): Promise<Reach> {
  const places: { [check: string]: Place } = {}
  const began = performance.now()
  passed = new Set()
  refused = new Set()
  const { failed } = await runTests(await load(file), {
    known: 'all',
    after: (at) => {
      for (const number of passed) {
        const { key } = found[number] as ActCheck
        const before = places[key]
        places[key] = {
          first: before?.first ?? at,
          last: at,
          ms: Math.round(performance.now() - began),
          refused: before?.refused === true || refused.has(number),
        }
      }
      passed = new Set()
      refused = new Set()
    },
  })
  return { text: hash(read(file)), failing: failed.map((one) => one.name), places }
}

/** Test files that come by a check, the likeliest to notice first: where it refuses, in its own folder, quickly. */
export function placesOf(known: Known, check: ActCheck, files: readonly string[]): { file: string; place: Place }[] {
  const folder = check.file.slice(0, check.file.lastIndexOf('/') + 1)
  const cost = (one: { file: string; place: Place }): number =>
    one.place.ms * (one.file.startsWith(folder) ? 0.2 : 1) + (one.place.refused ? 0 : 1_000_000)
  return files
    .flatMap((file) => {
      const place = known.reach[file]?.places[check.key]
      return place === undefined ? [] : [{ file, place }]
    })
    .toSorted((one, other) => cost(one) - cost(other))
}

/** Takes a check out and runs those test files until one notices. */
export async function tryWithout(
  known: Known,
  check: ActCheck,
  files: readonly string[],
  most: number,
): Promise<Verdict> {
  const text = switched.get(check.file)?.hash ?? ''
  const unnoticed: string[] = []
  for (const { file, place } of placesOf(known, check, files).slice(0, most)) {
    // A failure before anything comes by the check is none of its own: once more.
    for (let attempt = 0; attempt < 2; attempt++) {
      off = check.number
      const { failed } = await runTests(await load(file), {
        last: place.last,
        known: new Set(known.reach[file]?.failing),
      }).finally(() => (off = -1))
      const [first] = failed
      if (first !== undefined && first.at < place.first) continue
      if (first !== undefined) return { text, by: `${file}${first.name}: ${first.why}`, unnoticed }
      unnoticed.push(file)
      break
    }
  }
  return { text, unnoticed }
}

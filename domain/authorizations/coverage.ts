import { explainScope } from './judge.ts'
import type { CompiledScope } from './scope/compile.ts'
import { describeScope } from './scope/describe.ts'

/** Requests that were counted together: one place of a target, one tester. `sample` is the path of one of them. */
export type CountedPlace = {
  readonly scheme: string
  readonly host: string
  readonly port: number
  readonly path: string
  readonly sample: string
  readonly testerId: string
  readonly passed: number
  readonly refused: number
}

/** A line of the scope with what was tried of it. `byTester` counts requests that passed, by person id. */
export type CoveredObject = {
  readonly rowId: string
  readonly asset: string
  /** False for what only the letter says: no traffic tells anything of it. */
  readonly enforced: boolean
  readonly passed: number
  readonly byTester: Readonly<Record<string, number>>
}

export type Coverage = {
  /** Every included line of the scope, in the owner's order, also those that nobody tried. */
  readonly objects: readonly CoveredObject[]
  /** The scope row that each place lies in, in the order of the places given; null outside of the scope. */
  readonly rowOf: readonly (string | null)[]
}

/** Which lines of the scope were exercised, by whom, and where each place lies. The scope is read as the gateway reads it. */
export function coverageOf(scope: CompiledScope, places: readonly CountedPlace[]): Coverage {
  const decided = new Map<string, string | null>()
  const rowOf = places.map(({ scheme, host, port, sample }) => {
    const name = host.includes(':') ? `[${host}]` : host
    const url = `${scheme === 'http' ? 'http' : 'https'}://${name}:${port}${sample.startsWith('/') ? sample : '/'}`
    const known = decided.get(url)
    if (known !== undefined) return known
    const found = explainScope(scope, url)
    const row = found.verdict === 'allow' ? (found.row?.rowId ?? null) : null
    decided.set(url, row)
    return row
  })
  const objects = describeScope(scope)
    .filter(({ effect }) => effect === 'in')
    .map(({ rowId, asset, enforced }) => {
      const byTester: Record<string, number> = {}
      let passed = 0
      for (const [at, place] of places.entries()) {
        if (rowOf[at] !== rowId || place.passed === 0) continue
        passed += place.passed
        byTester[place.testerId] = (byTester[place.testerId] ?? 0) + place.passed
      }
      return { rowId, asset, enforced, passed, byTester }
    })
  return { objects, rowOf }
}

import { explainDecision } from '../authorizations/scope/describe.ts'
import type { CompiledScope } from '../authorizations/scope/compile.ts'
import { decideScope, hostInScope } from '../authorizations/scope/match.ts'
import { parseAbsoluteTarget, parseConnectTarget, readHost } from '../authorizations/target.ts'
import { type Severity, scoreVector } from '../findings/severity.ts'
import { Problem, type Text, say } from '../shared/problem.ts'
import { importLimits } from './limits.ts'
import type { ScanRow } from './scan.ts'

/** Whether a place lies in the scope; `unknown` for what names no host, such as a file of source code. */
export type PlaceVerdict =
  | { readonly scope: 'in'; readonly asset: string; readonly why: null }
  | { readonly scope: 'out'; readonly asset: null; readonly why: Text }
  | { readonly scope: 'unknown'; readonly asset: null; readonly why: Text }

const noHost: PlaceVerdict = {
  scope: 'unknown',
  asset: null,
  why: say('位置中没有主机，无法与范围比对', 'the place names no host to hold against the scope'),
}

/**
 * Judges where a scanner found something by the same rule as the gateway judges a request (GBT43741-5.2: authorised objects only). An
 * address is judged with its path, a host with its port; a host alone is in scope where some line of the scope includes it.
 */
export function judgePlace(scope: CompiledScope, place: string): PlaceVerdict {
  if (/^https?:\/\//i.test(place)) {
    const read = parseAbsoluteTarget(withPath(place))
    return read.ok ? judged(scope, read.target) : { scope: 'out', asset: null, why: read.text }
  }
  if (/^(?:\[[0-9a-f:.]+\]|[^\s/\\:@]+):\d{1,5}$/i.test(place)) {
    const read = parseConnectTarget(place)
    return read.ok ? judged(scope, read.target) : { scope: 'out', asset: null, why: read.text }
  }
  if (!/^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.(?:[a-z][a-z0-9-]+|\d{1,3})$|^\[[0-9a-f:.]+\]$/i.test(place)) return noHost
  const host = readHost(place)
  if (
    !host.ok ||
    /\.(?:c|cc|cpp|cs|go|h|java|js|json|jsx|kt|lock|md|php|py|rb|rs|sh|sql|ts|tsx|xml|ya?ml)$/i.test(place)
  )
    return noHost
  if (!hostInScope(scope, host.host, host.address))
    return { scope: 'out', asset: null, why: say(`范围中没有 ${host.host}`, `${host.host} is not in the scope`) }
  const rule = [443, 80]
    .map((port) => decideScope(scope, { scheme: 'https', port, ...host }))
    .find((decision) => decision.in)
  return rule?.in
    ? { scope: 'in', asset: rule.rule.asset.trim(), why: null }
    : {
        scope: 'unknown',
        asset: null,
        why: say('范围只含该主机的部分端口或路径', 'the scope has some ports or paths of this host only'),
      }
}

/** Scanners leave out the slash after the host; a request never does. */
const withPath = (place: string): string =>
  place.replace(/^(https?:\/\/[^/?#]*)(?=$|[?#])/i, '$1/').replace(/#.*$/s, '')

function judged(scope: CompiledScope, target: Parameters<typeof decideScope>[1]): PlaceVerdict {
  const decision = decideScope(scope, target)
  return decision.in
    ? { scope: 'in', asset: decision.rule.asset.trim(), why: null }
    : { scope: 'out', asset: null, why: explainDecision(decision, target.host) }
}

/** A result that somebody may make a draft of. Of its places the first that lies in the scope counts. */
export type JudgedRow = ScanRow & PlaceVerdict

/**
 * Holds a result against the scope and the catalogue. A vector that scores sets the severity, as in a submission; one that does not is
 * left out.
 */
export function judgeRow(scope: CompiledScope, row: ScanRow, isWeakness: (cwe: string) => boolean): JudgedRow {
  const verdicts = row.places.map((place) => judgePlace(scope, place))
  const verdict =
    verdicts.find((one) => one.scope === 'in') ?? verdicts.find((one) => one.scope === 'out') ?? verdicts[0] ?? noHost
  const scored = row.cvssVector === null ? null : scoreOf(row.cvssVector)
  return {
    ...row,
    ...verdict,
    cwe: row.cwe !== null && isWeakness(row.cwe) ? row.cwe : null,
    cvssVector: scored === null ? null : row.cvssVector,
    severity: scored ?? row.severity,
    places: row.places.slice(0, importLimits.places),
  }
}

function scoreOf(vector: string): Severity | null {
  try {
    return scoreVector(vector).severity
  } catch (error) {
    if (error instanceof Problem) return null
    throw error
  }
}

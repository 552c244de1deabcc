import { say, type Text } from '../../shared/problem.ts'
import { mayMeet, type SpecialHandling } from './handling.ts'
import { patternKey } from './patterns.ts'
import { type OpenQuestion, questionOf, type SuggestedRow } from './questions.ts'
import { readRow } from './read-row.ts'
import type { AssetPattern, Effect, ScopeRow } from './rows.ts'

/** One rule of the gateway. Plain data: it travels in the signed policy snapshot. */
export type CompiledRule = AssetPattern & {
  readonly effect: Effect
  readonly rowId: string
  /** The row's asset as written, so that a refusal can quote it. */
  readonly asset: string
  readonly maxSeverity?: string
  readonly bountyEligible?: boolean
  /** Tunnels to it are not opened (`tunnel`) or may speak any protocol (`raw`); for inclusions without path rules only. */
  readonly handling?: SpecialHandling | undefined
}

/** A line that no gateway can enforce and that the letter prints instead. */
export type LetterLine = {
  readonly effect: Effect
  readonly rowId: string
  readonly asset: string
  readonly maxSeverity?: string
  readonly bountyEligible?: boolean
}

/** A scope version as the gateway judges by it. JSON in, JSON out. */
export type CompiledScope = {
  readonly format: 'zhongheng-scope/1'
  readonly versionId: string
  readonly rules: readonly CompiledRule[]
  readonly letterLines: readonly LetterLine[]
}

/** Something the owner may have meant too; nothing is wrong with the row. */
export type ScopeHint = {
  readonly rowId: string
  readonly asset: string
  readonly text: Text
  readonly suggestion: readonly SuggestedRow[]
}

export type Compilation = {
  readonly scope: CompiledScope
  readonly questions: readonly OpenQuestion[]
  readonly hints: readonly ScopeHint[]
}

/**
 * Compiles the rows of a scope version. Each row ends as at least one rule, question or letter line, unless a
 * person dropped it; nothing throws, whatever the rows say. Which rule wins for a target is decided in `match.ts`.
 */
export function compileScope(rows: readonly ScopeRow[], version: { readonly versionId: string }): Compilation {
  const read: CompiledRule[] = []
  const letterLines: LetterLine[] = []
  const questions: OpenQuestion[] = []
  for (const row of rows) {
    const line = {
      effect: row.effect,
      rowId: row.rowId,
      asset: row.asset,
      ...(row.maxSeverity === undefined ? {} : { maxSeverity: row.maxSeverity }),
      ...(row.bountyEligible === undefined ? {} : { bountyEligible: row.bountyEligible }),
    }
    if (row.outcome !== undefined) {
      if (row.outcome.kind === 'letter_only') letterLines.push(line)
      continue
    }
    const reading = readRow(row)
    for (const pattern of unique(reading.patterns)) {
      read.push({ ...line, ...pattern, ...(row.handling === undefined ? {} : { handling: row.handling }) })
    }
    for (const doubt of reading.doubts) {
      questions.push(questionOf(row, doubt.kind, reading.patterns.length > 0, doubt.suggest))
    }
    // Every doubt was settled "as it stands" and yet no rule can be made: what remains is the line in the letter.
    if (reading.patterns.length === 0 && reading.doubts.length === 0) letterLines.push(line)
  }
  const { rules, questions: doubtful } = settleHandling(rows, read)
  const scope: CompiledScope = { format: 'zhongheng-scope/1', versionId: version.versionId, rules, letterLines }
  return { scope, questions: [...questions, ...doubtful, ...listedBothWays(rows, rules)], hints: apexHints(rules) }
}

const unique = (patterns: readonly AssetPattern[]): readonly AssetPattern[] => [
  ...new Map(patterns.map((one) => [patternKey(one), one])).values(),
]

/** A closed tunnel and a path rule for the same object cannot both hold: the tunnel is then opened, and the row asks. */
function settleHandling(
  rows: readonly ScopeRow[],
  rules: readonly CompiledRule[],
): { readonly rules: readonly CompiledRule[]; readonly questions: readonly OpenQuestion[] } {
  if (!rules.some((rule) => rule.handling !== undefined)) return { rules, questions: [] }
  const withPath = rules.filter((rule) => rule.path !== null)
  const refused = new Set<string>()
  const settled = rules.map((rule): CompiledRule => {
    if (rule.handling === undefined) return rule
    if (rule.effect === 'in' && !withPath.some((other) => mayMeet(rule.host, other.host))) return rule
    refused.add(rule.rowId)
    const { handling: _, ...opened } = rule
    return opened
  })
  const asking = rows.filter((row) => refused.has(row.rowId) && !row.settled?.includes('handling_path'))
  return { rules: settled, questions: asking.map((row) => questionOf(row, 'handling_path', true)) }
}

/** A tie that cannot be won by any target. Both rows ask, so that either can be given up. */
function listedBothWays(rows: readonly ScopeRow[], rules: readonly CompiledRule[]): OpenQuestion[] {
  const keysOf = (effect: Effect): ReadonlySet<string> =>
    new Set(rules.filter((rule) => rule.effect === effect).map(patternKey))
  const included = keysOf('in')
  const excluded = keysOf('out')
  const rowIds = new Set(
    rules.filter((rule) => included.has(patternKey(rule)) && excluded.has(patternKey(rule))).map((rule) => rule.rowId),
  )
  return rows
    .filter((row) => rowIds.has(row.rowId) && !row.settled?.includes('listed_both_ways'))
    .map((row) => questionOf(row, 'listed_both_ways', true))
}

/**
 * `*.x` does not take in `x` itself: a permit is read by its letter, and one more row mends it. Because most owners mean
 * the apex too, each inclusion that leaves it open is pointed out, with the row to add.
 */
function apexHints(rules: readonly CompiledRule[]): ScopeHint[] {
  const named = new Set(rules.flatMap((rule) => (rule.host.kind === 'name' ? [rule.host.name] : [])))
  const hints = new Map<string, ScopeHint>()
  for (const rule of rules) {
    if (rule.effect !== 'in' || rule.host.kind !== 'below' || named.has(rule.host.base)) continue
    const { base } = rule.host
    hints.set(base, {
      rowId: rule.rowId,
      asset: rule.asset,
      text: say(`*.${base} 不包括 ${base} 本身`, `*.${base} does not include ${base} itself`),
      suggestion: [{ effect: 'in', asset: base }],
    })
  }
  return [...hints.values()]
}

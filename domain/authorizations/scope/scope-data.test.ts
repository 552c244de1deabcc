import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { explainScope } from '../judge.ts'
import { type Compilation, compileScope } from './compile.ts'
import { describeScope } from './describe.ts'
import { importProgramme, type ScopePlatform } from './import-programme.ts'
import type { ScopeRow } from './rows.ts'

const folder = new URL('../../../../shared/data/scopes/', import.meta.url)
const read = <T>(name: string): T[] =>
  readFileSync(new URL(name, folder), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T)

type Programme = { platform: ScopePlatform; programme: string; data: unknown }
type Compiled = Compilation & { readonly rows: readonly ScopeRow[] }

let compiled: ReadonlyMap<string, Compiled> | undefined
function programmes(): ReadonlyMap<string, Compiled> {
  compiled ??= new Map(
    read<Programme>('programmes.jsonl').map(({ platform, programme, data }) => {
      const rows = importProgramme(platform, data)
      return [`${platform}/${programme}`, { rows, ...compileScope(rows, { versionId: programme }) }]
    }),
  )
  return compiled
}
function programmeOf(of: { platform: string; programme: string }): Compiled {
  const found = programmes().get(`${of.platform}/${of.programme}`)
  if (found === undefined) throw new Error(`no programme ${of.platform}/${of.programme}`)
  return found
}

/** Whether the row that lists exactly this host, or the wildcard above it, gave no rule but a question. */
function openFor(host: string, { rows, questions }: Compiled): boolean {
  const asked = new Set(questions.filter((one) => !one.hasRules).map((one) => one.rowId))
  const listed = [host, `*.${host.slice(host.indexOf('.') + 1)}`]
  return rows.some((row) => {
    const asset = row.asset
      .trim()
      .toLowerCase()
      .replace(/^https?:\/\//, '')
      .replace(/\/$/, '')
    return asked.has(row.rowId) && listed.includes(asset)
  })
}

/** Plain text surgery, so that the expectation does not come from the parser under test. */
const twin = (url: string): string =>
  url.replace(/^https:\/\/([^/]*?)\.?\//, (_, host: string) => `https://${host.toLowerCase()}/`)

// Real scopes of real programmes lie outside the repository; on another machine these tests are skipped, and say so.
describe.skipIf(!existsSync(folder))(
  'real scopes (skipped where ../shared/data/scopes is absent)',
  { timeout: 60_000 },
  () => {
    it('leaves no row without a rule or a question', () => {
      const lost: string[] = []
      let count = 0
      let rules = 0
      const kinds: Record<string, number> = {}
      for (const [name, { rows, scope, questions }] of programmes()) {
        const seen = new Set([...scope.rules, ...scope.letterLines, ...questions].map((one) => one.rowId))
        for (const row of rows) if (!seen.has(row.rowId)) lost.push(`${name} ${row.rowId}`)
        for (const one of questions) kinds[one.kind] = (kinds[one.kind] ?? 0) + 1
        count += rows.length
        rules += scope.rules.length
        expect(JSON.parse(JSON.stringify(scope))).toEqual(scope)
        expect(describeScope(scope).length).toBeGreaterThanOrEqual(new Set(scope.rules.map((one) => one.rowId)).size)
      }
      console.info(`scope rows ${count}, rules ${rules}, questions ${JSON.stringify(kinds)}`)
      expect(lost).toEqual([])
      expect(count).toBeGreaterThan(1000)
    })

    it('gives every probe its verdict or an open question of its row', () => {
      type Probe = { platform: string; programme: string; url: string; expect: string; why: string }
      const wrong: string[] = []
      const counts = { verdict: 0, question: 0, policyAllow: 0, policyDeny: 0 }
      for (const probe of read<Probe>('probes.jsonl')) {
        const programme = programmeOf(probe)
        const { verdict } = explainScope(programme.scope, probe.url)
        if (probe.expect === 'policy') {
          // `*.x` does not take in `x`: it passes only where a row of its own lists it.
          if (verdict === 'allow') counts.policyAllow++
          else counts.policyDeny++
          continue
        }
        const expected = probe.expect.startsWith('same as')
          ? explainScope(programme.scope, twin(probe.url)).verdict
          : probe.expect
        if (verdict === expected) counts.verdict++
        else if (expected === 'allow' && openFor(new URL(probe.url).hostname, programme)) counts.question++
        else wrong.push(`${probe.programme} ${probe.url} ${probe.why}: ${verdict}`)
      }
      console.info(`probes ${JSON.stringify(counts)}`)
      expect(wrong).toEqual([])
    })

    it('decides every conflict by the more specific row, and asks about a tie', () => {
      type Conflict = { platform: string; programme: string; url: string; expect: string; kind: string }
      const counts: Record<string, number> = {}
      for (const conflict of read<Conflict>('conflicts.jsonl')) {
        const { scope, questions } = programmeOf(conflict)
        const { verdict } = explainScope(scope, conflict.url)
        const key = `${conflict.kind} ${verdict}`
        counts[key] = (counts[key] ?? 0) + 1
        const label = `${conflict.programme} ${conflict.url}`
        if (conflict.expect === 'ask') {
          expect(verdict, label).toBe('deny')
          expect(
            questions.map((one) => one.kind),
            label,
          ).toContain('listed_both_ways')
        } else expect(verdict, label).toBe(conflict.expect === 'deny' ? 'deny' : 'allow')
      }
      console.info(`conflicts ${JSON.stringify(counts)}`)
    })

    it('makes a rule or a question of every odd asset', () => {
      type Odd = { list: 'in' | 'out'; type: string; asset: string }
      let rules = 0
      let questions = 0
      for (const odd of read<Odd>('odd-assets.jsonl')) {
        const row: ScopeRow = { rowId: 'row', effect: odd.list, asset: odd.asset, type: odd.type, note: '' }
        const result = compileScope([row], { versionId: 'odd' })
        expect(result.scope.rules.length + result.questions.length, odd.asset).toBeGreaterThan(0)
        rules += result.scope.rules.length > 0 ? 1 : 0
        questions += result.questions.length > 0 ? 1 : 0
      }
      console.info(`odd assets with rules ${rules}, with questions ${questions}`)
    })
  },
)

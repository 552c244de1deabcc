import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { compileScope } from './compile.ts'
import type { ScopeRow } from './rows.ts'

const file = new URL('../../../../shared/data/scopes/scope-history.jsonl', import.meta.url)

describe.skipIf(!existsSync(file))('scopes over the years (skipped where ../shared/data/scopes is absent)', () => {
  it('compiles every version of every history and loses no row', { timeout: 120_000 }, () => {
    type Entry = { asset: string | null; type?: string; eligible_for_submission?: boolean }
    type History = { versions: { absent?: true; in_scope?: Entry[]; out_of_scope?: Entry[] }[] }
    const histories = readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as History)
    let versions = 0
    for (const history of histories) {
      for (const version of history.versions) {
        if (version.absent) continue
        const rows = (['in', 'out'] as const).flatMap((effect) =>
          ((effect === 'in' ? version.in_scope : version.out_of_scope) ?? []).map(
            (entry, at): ScopeRow => ({
              rowId: `${effect}-${at}`,
              effect: entry.eligible_for_submission === false ? 'out' : effect,
              asset: entry.asset ?? '',
              type: entry.type ?? '',
              note: '',
            }),
          ),
        )
        const { scope, questions } = compileScope(rows, { versionId: `v${versions}` })
        const seen = new Set([...scope.rules, ...questions].map((one) => one.rowId))
        expect(rows.filter((row) => !seen.has(row.rowId))).toEqual([])
        versions++
      }
    }
    expect(versions).toBeGreaterThan(1000)
  })
})

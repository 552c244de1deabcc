import type { TestRules } from '@zhongheng/domain/conduct/test-rules.ts'
import type { SealPlace } from '../../sealing/seal.ts'
import type { Db } from '../../work/work.ts'

/** What opens the values of one engagement. */
type Opener = { open(place: SealPlace, sealed: Uint8Array): string }

/** Where the words of a version are sealed. */
export const rulesAt = (id: string): SealPlace => ({ table: 'test_rules', column: 'sealed_rules', row: id })

export const openRules = (row: { readonly id: string; readonly sealed_rules: Buffer }, sealing: Opener): TestRules =>
  JSON.parse(sealing.open(rulesAt(row.id), row.sealed_rules)) as TestRules

/** The rules in force with their number; null where none were ever agreed on. */
export async function rulesInForce(
  db: Db,
  engagementId: string,
  sealing: Opener,
): Promise<{ readonly number: number; readonly rules: TestRules } | null> {
  const row = await db
    .selectFrom('test_rules')
    .select(['id', 'number', 'sealed_rules'])
    .where('engagement_id', '=', engagementId)
    .where('state', '=', 'in_force')
    .executeTakeFirst()
  return row ? { number: row.number, rules: openRules(row, sealing) } : null
}

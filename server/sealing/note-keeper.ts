import { canonicalJson } from '@zhongheng/contracts/records/canonical-json.ts'
import { type BareWork, sha256 } from '../work/work.ts'
import type { Keeper } from './keepers.ts'

/**
 * Records at a start what operators did to the keys' keeper while nothing ran, and that people unsealed the platform.
 * The first keeper that is seen is no change.
 */
export async function noteKeeper(work: BareWork, keeper: Keeper): Promise<void> {
  const now = `${keeper.kind}:${sha256(canonicalJson(keeper)).slice(0, 32)}`
  const { keeper: before } = await work.db
    .selectFrom('sealing_state')
    .select('keeper')
    .forUpdate()
    .executeTakeFirstOrThrow()
  const shared = { engagementId: null, subject: null, role: 'system', audience: 'house' } as const
  if (before !== now) await work.db.updateTable('sealing_state').set({ keeper: now }).execute()
  if (before !== null && before !== now)
    work.record({
      ...shared,
      kind: 'keeper.changed',
      facts: { from: before.split(':')[0] ?? '', to: keeper.kind },
    })
  if (keeper.kind === 'shares')
    work.record({ ...shared, kind: 'keeper.unsealed', facts: { needed: keeper.needed, of: keeper.of } })
}

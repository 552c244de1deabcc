import type { RotationView, SealingView } from '@zhongheng/contracts/http/sealing.ts'
import type { Keeper } from '../../sealing/keepers.ts'
import type { Work } from '../../work/work.ts'

/** How the keys are kept; nothing by which one could be found or opened. */
export async function viewSealing(work: Work): Promise<SealingView> {
  const { keys } = work.deps
  return {
    keeper: keeperOf(keys.keeper),
    suite: keys.suite.name,
    keys: keys
      .kekVersions()
      .map(({ version, madeAt }) => ({ version, madeAt }))
      .toReversed(),
    rotations: await rotations(work),
  }
}

/** Rows of the installation, which people do not read; the route asked for the post. */
const rotations = (work: Work): Promise<RotationView[]> =>
  work.asSystem(async (db) => {
    const rows = await db
      .selectFrom('key_rotations')
      .leftJoin('persons', 'persons.id', 'key_rotations.asked_by')
      .selectAll('key_rotations')
      .select('persons.name')
      .orderBy('asked_at', 'desc')
      .limit(20)
      .execute()
    return rows.map((row) => ({
      rotationId: row.id,
      kind: row.kind,
      state: row.state,
      progress: row.state === 'done' ? 100 : Math.min(99, Math.floor((100 * row.done) / Math.max(1, row.total))),
      askedBy: row.name ?? '',
      askedAt: row.asked_at.toISOString(),
      endedAt: row.ended_at?.toISOString() ?? null,
      fault: row.fault,
    }))
  })

function keeperOf(keeper: Keeper): SealingView['keeper'] {
  if (keeper.kind === 'shares') return { kind: 'shares', needed: keeper.needed, of: keeper.of }
  if (keeper.kind === 'token') return { kind: 'token', token: keeper.token }
  return { kind: keeper.kind }
}

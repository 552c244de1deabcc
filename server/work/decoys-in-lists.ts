import { decoysAreShownTo } from '@zhongheng/domain/findings/decoys.ts'
import { sql } from 'kysely'
import type { Work } from './work.ts'

/** Decoys that this person has in their lists now. Asked for everybody, so that no answer comes sooner for want of a decoy. */
export const decoysInLists = (work: Work) =>
  work.db
    .selectFrom('decoys')
    .where(sql<boolean>`${decoysAreShownTo(work.actor.orgKind)}::boolean`)
    .where('decoys.removed_at', 'is', null)
    .where('decoys.settles_at', '<=', work.now)

/** How many stand among this person's closed findings: the number beside a view counts what its list shows, or one subtraction would tell. */
export async function decoysCounted(work: Work, engagementId: string | undefined): Promise<number> {
  let query = decoysInLists(work).select(sql<number>`count(*)::int`.as('count'))
  if (engagementId) query = query.where('engagement_id', '=', engagementId)
  return (await query.executeTakeFirstOrThrow()).count
}

import type { Call } from '@zhongheng/contracts/http/index.ts'
import type { HoldView } from '@zhongheng/contracts/http/retention.ts'
import type { Work } from '../../work/work.ts'
import type { EngagementHandle } from '../engagements/reads.ts'
import { digestOf, sealWords } from './hold-words.ts'
import { viewHold } from './view-holds.ts'

/**
 * Places a legal hold on one engagement, or on everything that the person's organisation takes part in
 * (GBT43741-5.3-10, GBT32914-5.3.5-d). It stands from this commit on.
 */
export async function placeHold(
  work: Work,
  engagement: EngagementHandle | null,
  words: Call<'POST /api/holds'>['body'],
): Promise<HoldView> {
  const id = work.newId('hold')
  await work.db
    .insertInto('legal_holds')
    .values({
      id,
      org_id: work.actor.orgId,
      engagement_id: engagement?.id ?? null,
      sealed_words: sealWords(work, 'legal_holds', id, words),
      placed_by: work.actor.personId,
      placed_at: work.now,
      lift_asked_by: null,
      lift_asked_at: null,
      lifted_by: null,
      lifted_at: null,
    })
    .execute()
  work.record({
    kind: 'hold.placed',
    engagementId: engagement?.id ?? null,
    subject: id,
    role: engagement?.role ?? work.actor.orgKind,
    audience: engagement ? 'parties' : 'house',
    facts: {
      scope: engagement ? 'engagement' : 'house',
      reasonDigest: digestOf(work, words.reason),
      referenceDigest: digestOf(work, words.reference),
    },
  })
  return viewHold(work, id)
}

import type { Reply } from '@zhongheng/contracts/http/index.ts'
import { purposeMinutes } from '@zhongheng/domain/audit/reading-budget.ts'
import type { Work } from '../../work/work.ts'
import type { EngagementHandle } from '../engagements/reads.ts'

export const purposeAt = (id: string) => ({ table: 'reading_purposes', column: 'sealed_purpose', row: id })

/** Keeps, sealed, what somebody reads for; their readings beyond the budget name it for the next hour. */
export async function statePurpose(
  work: Work,
  engagement: EngagementHandle,
  purpose: string,
): Promise<Reply<'POST /api/engagements/:engagementId/reading-purposes'>> {
  const id = work.newId('readingPurpose')
  const until = new Date(work.now.getTime() + purposeMinutes * 60_000)
  await work.db
    .insertInto('reading_purposes')
    .values({
      id,
      engagement_id: engagement.id,
      org_id: work.actor.orgId,
      person_id: work.actor.personId,
      sealed_purpose: engagement.sealing.seal(purposeAt(id), purpose),
      at: work.now,
      until,
    })
    .execute()
  work.record({
    kind: 'reading.purpose_stated',
    engagementId: engagement.id,
    subject: id,
    role: engagement.role,
    audience: 'parties',
    facts: { purposeId: id, until: until.toISOString(), digest: engagement.sealing.commit(purpose) },
  })
  return { purposeId: id, until: until.toISOString() }
}

/** Purposes in words, by id, under the reader's own row policies; none where the engagement's keys were destroyed. */
export async function purposesOf(
  work: Work,
  engagement: EngagementHandle,
  ids: readonly string[],
): Promise<Map<string, string>> {
  if (ids.length === 0 || engagement.sealing.destroyed) return new Map()
  const rows = await work.db
    .selectFrom('reading_purposes')
    .select(['id', 'sealed_purpose'])
    .where('engagement_id', '=', engagement.id)
    .where('id', 'in', [...new Set(ids)])
    .execute()
  return new Map(rows.map(({ id, sealed_purpose }) => [id, engagement.sealing.open(purposeAt(id), sealed_purpose)]))
}

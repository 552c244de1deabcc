import type { RetentionPage } from '@zhongheng/contracts/http/retention.ts'
import { checkTerm } from '@zhongheng/domain/retention/retention.ts'
import type { Work } from '../../work/work.ts'
import type { EngagementHandle } from '../engagements/reads.ts'
import { digestOf } from './hold-words.ts'
import { factsOf, viewRetention } from './order-disposal.ts'

/**
 * Sets for how many days the engagement's recorded traffic is kept after its sealing (YDT3744-5.5.4-02, CSL-21-3).
 * @throws Problem as `checkTerm`
 */
export async function setTerm(
  work: Work,
  engagement: EngagementHandle,
  { trafficDays: days, reason }: { trafficDays: number; reason: string },
): Promise<RetentionPage> {
  const { lastSealedAt, ordered, trafficDays: before } = await factsOf(work, engagement)
  checkTerm({ days: before, recorded: lastSealedAt !== null, ordered: ordered.length > 0 }, days)
  // The database judges the change by segments and disposals that not every party sees.
  await work.asSystem((db) =>
    db.updateTable('engagements').set({ traffic_days: days }).where('id', '=', engagement.id).execute(),
  )
  work.record({
    kind: 'term.set',
    engagementId: engagement.id,
    subject: engagement.id,
    role: engagement.role,
    audience: 'parties',
    facts: { days, before, reasonDigest: digestOf(work, reason) },
  })
  return viewRetention(work, { ...engagement, row: { ...engagement.row, traffic_days: days } })
}

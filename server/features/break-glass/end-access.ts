import type { BreakGlassView } from '@zhongheng/contracts/http/break-glass.ts'
import { accessIsOpen } from '@zhongheng/domain/access/break-glass.ts'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import type { Selectable } from 'kysely'
import type { Database } from '../../database/schema.ts'
import type { Work } from '../../work/work.ts'
import { type EngagementHandle, ofEngagementRef } from '../engagements/reads.ts'
import { viewAccess } from './view-accesses.ts'
import { sealWords } from './words.ts'

type Row = Selectable<Database['break_glass']>

export const accessRef = ofEngagementRef('break_glass', 'emergency access', 'update')

/** From this commit on it opens nothing. @throws Problem wrong_state BREAK-3 when it is over */
export async function endAccess(
  work: Work,
  engagement: EngagementHandle,
  row: Row,
  reason: string,
): Promise<BreakGlassView> {
  if (!accessIsOpen({ endsAt: row.ends_at, ended: row.ended_at !== null }, work.now))
    throw new Problem('wrong_state', say('此紧急访问已结束', 'this emergency access is over'), { rule: 'BREAK-3' })
  await work.db
    .updateTable('break_glass')
    .set({
      ended_at: work.now,
      ended_by: work.actor.personId,
      ended_org_id: work.actor.orgId,
      sealed_reason: sealWords(work, 'sealed_reason', row.id, reason),
    })
    .where('id', '=', row.id)
    .execute()
  work.record({
    kind: 'break_glass.ended',
    engagementId: engagement.id,
    subject: row.id,
    role: engagement.role,
    audience: 'parties',
    facts: { openedBy: row.person_id },
  })
  return viewAccess(work, engagement, row.id)
}

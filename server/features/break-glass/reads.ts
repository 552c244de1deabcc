import { type breakGlassReads, checkInTeam } from '@zhongheng/domain/access/break-glass.ts'
import { mayInHouse } from '@zhongheng/domain/access/matrix.ts'
import type { Reference } from '../../http/registry.ts'
import type { Work } from '../../work/work.ts'
import { type EngagementHandle, openEngagement } from '../engagements/reads.ts'
import { actorWorksOn } from '../groups/reads.ts'

/**
 * The reference of the few routes that emergency access opens: who may read by the matrix, or who holds such an access to
 * this engagement now. What is read under it says so in its event.
 */
export const readableInEmergency = (action: (typeof breakGlassReads)[number]): Reference<EngagementHandle> => ({
  about: `${action}, or emergency access`,
  load: (work, id) => openEngagement(work, id, action, 'read', openAccessOf),
})

/**
 * The engagement that emergency access is asked for or opened. Who keeps the groups knows the titles of what the house gave to others, so they
 * are told why it is closed to them; to everybody else it is absent.
 * @throws Problem as `openEngagement`; wrong_state BREAK-4
 */
export async function openableEngagement(work: Work, id: string): Promise<EngagementHandle> {
  if (mayInHouse(work.actor, 'groups.keep')) checkInTeam(await actorWorksOn(work, id))
  return openEngagement(work, id, 'break_glass.open')
}
export const openableRef: Reference<EngagementHandle> = { about: 'break_glass.open', load: openableEngagement }

/** The person's open access, held against its end until this commit: an end that is under way is waited for. */
async function openAccessOf(work: Work, engagementId: string): Promise<string | null> {
  const row = await work.db
    .selectFrom('break_glass')
    .select('id')
    .where('engagement_id', '=', engagementId)
    .where('person_id', '=', work.actor.personId)
    .where('ended_at', 'is', null)
    .where('ends_at', '>', work.now)
    .limit(1)
    .forShare()
    .executeTakeFirst()
  return row?.id ?? null
}

export { accessesOpen } from './view-accesses.ts'

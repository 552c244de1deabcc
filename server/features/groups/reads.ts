import { notFound } from '../../http/problems.ts'
import { closedToActor } from '../../work/work-ends.ts'
import type { Work } from '../../work/work.ts'

/** All that somebody who does not work on an engagement of their house may be told of it, if they keep the groups. */
export type HouseEngagement = { readonly engagementId: string; readonly title: string }

/**
 * An engagement in which the actor's house has a part, whether or not the actor works on it. As the system, by the house's own part and
 * nothing else, because the row policies show it to its workers only. For who keeps the groups. @throws Problem not_found
 */
export async function houseEngagement(work: Work, id: string): Promise<HouseEngagement> {
  const row = await work.asSystem((db) =>
    db
      .selectFrom('engagements')
      .leftJoin('parties', (join) =>
        join.onRef('parties.engagement_id', '=', 'engagements.id').on('parties.org_id', '=', work.actor.orgId),
      )
      .select(['engagements.id', 'title', 'state', 'demand_org_id', 'parties.role'])
      .where('engagements.id', '=', id)
      .executeTakeFirst(),
  )
  const own = row?.demand_org_id === work.actor.orgId
  if (!row || (!own && (row.role === null || row.state === 'draft'))) throw notFound()
  return { engagementId: row.id, title: row.title }
}

/** Whether the house's grants reach the actor, on an engagement of the house. @throws Problem not_found */
export async function actorWorksOn(work: Work, id: string): Promise<boolean> {
  await houseEngagement(work, id)
  return !(await closedToActor(work)).has(id)
}

import type { Grant, Worker } from '@zhongheng/domain/access/work-team.ts'
import { grantOf } from '../../work/work-ends.ts'
import type { Work } from '../../work/work.ts'

export type Named = Worker & { readonly name: string }

/** Members of the actor's house who are not removed, with their groups. */
export async function workersOf(work: Work): Promise<Named[]> {
  const people = await work.db
    .selectFrom('persons')
    .select(['id', 'name', 'posts', 'post_ends', 'state'])
    .where('org_id', '=', work.actor.orgId)
    .where('state', '<>', 'removed')
    .orderBy('created_at')
    .execute()
  const memberships = await work.db
    .selectFrom('group_members')
    .select(['group_id', 'person_id'])
    .where('org_id', '=', work.actor.orgId)
    .execute()
  const groupsOf = Map.groupBy(memberships, (one) => one.person_id)
  return people.map(({ id, name, posts, post_ends, state }) => ({
    personId: id,
    name,
    posts,
    ends: post_ends,
    state,
    groupIds: (groupsOf.get(id) ?? []).map((one) => one.group_id),
  }))
}

/** To whom the actor's house gave these engagements, by engagement; one that all of it works on is not in it. */
export async function grantsOf(
  work: Work,
  engagementIds: readonly string[],
): Promise<ReadonlyMap<string, readonly Grant[]>> {
  if (engagementIds.length === 0) return new Map()
  const rows = await work.db
    .selectFrom('engagement_grants')
    .select(['engagement_id', 'group_id', 'person_id', 'ends_at'])
    .where('engagement_id', 'in', engagementIds)
    .where('org_id', '=', work.actor.orgId)
    .orderBy('given_at')
    .orderBy('group_id')
    .orderBy('person_id')
    .execute()
  const given = Map.groupBy(rows, (row) => row.engagement_id)
  return new Map([...given].map(([engagementId, grants]) => [engagementId, grants.map(grantOf)]))
}

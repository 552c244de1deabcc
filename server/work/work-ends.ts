import { type Grant, isOpen, worksUntil } from '@zhongheng/domain/access/work-team.ts'
import type { BareWork, Db } from './work.ts'

/**
 * Until when people work on their engagements, for what knows no row policies: the gateway, notices, one-time addresses. Read as the system.
 * @returns by engagement and person; null without an end
 */
export async function workEnds(
  db: Db,
  engagementIds: readonly string[],
): Promise<(engagementId: string, personId: string) => Date | null> {
  if (engagementIds.length === 0) return () => null
  const rows = await db
    .selectFrom('engagement_grants')
    .select(['engagement_id', 'org_id', 'group_id', 'person_id', 'ends_at'])
    .where('engagement_id', 'in', engagementIds)
    .execute()
  if (rows.length === 0) return () => null
  const houses = [...new Set(rows.map((row) => row.org_id))]
  const people = await db.selectFrom('persons').select(['id', 'org_id']).where('org_id', 'in', houses).execute()
  const groups = await db
    .selectFrom('group_members')
    .select(['group_id', 'person_id'])
    .where('org_id', 'in', houses)
    .execute()
  const houseOf = new Map(people.map(({ id, org_id }) => [id, org_id]))
  return (engagementId, personId) => {
    const grants: Grant[] = rows
      .filter((row) => row.engagement_id === engagementId && row.org_id === houseOf.get(personId))
      .map(({ group_id, person_id, ends_at }) => ({ groupId: group_id, personId: person_id, endsAt: ends_at }))
    const groupIds = groups.filter((one) => one.person_id === personId).map((one) => one.group_id)
    return worksUntil({ personId, groupIds }, grants)
  }
}

/**
 * Which engagements the actor's house gave to others of it: the first wall, asked by the rule of the domain. The row policies are the second,
 * and know nothing of this one.
 */
export async function closedToActor(work: BareWork): Promise<ReadonlySet<string>> {
  const { orgId, personId } = work.actor
  const rows = await work.db
    .selectFrom('engagement_grants')
    .select(['engagement_id', 'group_id', 'person_id', 'ends_at'])
    .where('org_id', '=', orgId)
    .execute()
  if (rows.length === 0) return new Set()
  const groups = await work.db
    .selectFrom('group_members')
    .select('group_id')
    .where('person_id', '=', personId)
    .execute()
  const groupIds = groups.map((one) => one.group_id)
  const given = Map.groupBy(rows, (row) => row.engagement_id)
  return new Set(
    [...given].flatMap(([engagementId, grants]) => {
      const until = worksUntil(
        { personId, groupIds },
        grants.map(({ group_id, person_id, ends_at }) => ({ groupId: group_id, personId: person_id, endsAt: ends_at })),
      )
      return isOpen(until, work.now) ? [] : [engagementId]
    }),
  )
}

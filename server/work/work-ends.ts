import { type Grant, isOpen, worksUntil } from '@zhongheng/domain/access/work-team.ts'
import type { BareWork, Db } from './work.ts'

type GrantRow = {
  readonly group_id: string | null
  readonly person_id: string | null
  readonly ends_at: Date | null
}
/** A row of `engagement_grants` as the domain knows it. */
export const grantOf = ({ group_id, person_id, ends_at }: GrantRow): Grant => ({
  groupId: group_id,
  personId: person_id,
  endsAt: ends_at,
})

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
  const groupsOf = Map.groupBy(groups, (one) => one.person_id)
  const given = Map.groupBy(rows, (row) => `${row.engagement_id} ${row.org_id}`)
  return (engagementId, personId) => {
    const grants = given.get(`${engagementId} ${houseOf.get(personId)}`) ?? []
    const groupIds = (groupsOf.get(personId) ?? []).map((one) => one.group_id)
    return worksUntil({ personId, groupIds }, grants.map(grantOf))
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
      const until = worksUntil({ personId, groupIds }, grants.map(grantOf))
      return isOpen(until, work.now) ? [] : [engagementId]
    }),
  )
}

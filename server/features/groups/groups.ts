import type { Group } from '@zhongheng/contracts/http/groups.ts'
import { type Grant, checkSomebodyStays, worksUntil } from '@zhongheng/domain/access/work-team.ts'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import { notFound } from '../../http/problems.ts'
import { announcePolicy } from '../../work/notices.ts'
import { checkVersion } from '../../work/versions.ts'
import type { Work } from '../../work/work.ts'
import { type Named, grantsOf, workersOf } from './house.ts'
import type { GroupRow as Row } from './own.ts'
import { refuseOneself } from './work-team.ts'

type Wish = { readonly name: string; readonly personIds: readonly string[] }

/** More groups nobody keeps by hand. */
const most = 200

export async function listGroups(work: Work, groupId?: string): Promise<Group[]> {
  let query = work.db
    .selectFrom('groups')
    .select(['id', 'name', 'version'])
    .where('org_id', '=', work.actor.orgId)
    .orderBy('name')
  if (groupId !== undefined) query = query.where('id', '=', groupId)
  const groups = await query.execute()
  const members = await work.db
    .selectFrom('group_members')
    .innerJoin('persons', 'persons.id', 'group_members.person_id')
    .select(['group_id', 'person_id', 'persons.name'])
    .where('group_members.org_id', '=', work.actor.orgId)
    .where('persons.state', '<>', 'removed')
    .orderBy('persons.created_at')
    .execute()
  const membersOf = Map.groupBy(members, (one) => one.group_id)
  return groups.map(({ id, name, version }) => ({
    groupId: id,
    name,
    version,
    members: (membersOf.get(id) ?? []).map((one) => ({ personId: one.person_id, name: one.name })),
  }))
}

const view = async (work: Work, groupId: string): Promise<Group> => {
  const [found] = await listGroups(work, groupId)
  if (!found) throw notFound()
  return found
}

/** @param but the group that may keep its name; null for a new one */
async function refuseTaken(work: Work, name: string, but: string | null): Promise<void> {
  const groups = await work.db
    .selectFrom('groups')
    .select(['id', 'name'])
    .where('org_id', '=', work.actor.orgId)
    .execute()
  if (groups.length >= most && but === null)
    throw new Problem('too_many', say(`最多 ${most} 个小组`, `at most ${most} groups`), {
      rule: 'TEAM-4',
      retryAfter: 3600,
    })
  if (groups.some((one) => one.name === name && one.id !== but))
    throw new Problem('conflict', say('已有同名小组', 'a group has this name already'), {
      rule: 'TEAM-5',
      fields: [
        { field: 'body.name', limit: say('名称须唯一', 'names are unique'), fix: say('换一个名称', 'choose another') },
      ],
    })
}

async function putMembers(work: Work, groupId: string, personIds: readonly string[]): Promise<void> {
  await work.db.deleteFrom('group_members').where('group_id', '=', groupId).execute()
  const unique = [...new Set(personIds)]
  if (unique.length > 0)
    await work.db
      .insertInto('group_members')
      .values(unique.map((person_id) => ({ group_id: groupId, org_id: work.actor.orgId, person_id })))
      .execute()
}

const record = (
  work: Work,
  kind: 'group.made' | 'group.changed' | 'group.removed',
  groupId: string,
  members: readonly string[],
) =>
  work.record({
    kind,
    engagementId: null,
    subject: groupId,
    role: work.actor.orgKind,
    audience: 'house',
    facts: { members: [...new Set(members)] },
  })

/** @throws Problem conflict TEAM-5, too_many TEAM-4 */
export async function makeGroup(work: Work, { name, personIds }: Wish): Promise<Group> {
  await refuseTaken(work, name, null)
  const id = work.newId('group')
  await work.db.insertInto('groups').values({ id, org_id: work.actor.orgId, name, created_at: work.now }).execute()
  await putMembers(work, id, personIds)
  record(work, 'group.made', id, personIds)
  return view(work, id)
}

/** Until when the actor works on engagements that were given to these. */
function ownParts(work: Work, members: readonly Named[], teams: Iterable<readonly Grant[]>): (Date | null)[] {
  const me = members.find((one) => one.personId === work.actor.personId) ?? { personId: '', groupIds: [] }
  return [...teams].map((grants) => worksUntil(me, grants))
}

/**
 * Renames a group and says who is in it; what was given to it comes and goes with that.
 * @throws Problem conflict VERSION-1, TEAM-5; wrong_state TEAM-1 where an engagement would be left to nobody; forbidden TEAM-6
 */
export async function changeGroup(work: Work, row: Row, wish: Wish & { version: number }): Promise<Group> {
  checkVersion(row.version, wish.version)
  await refuseTaken(work, wish.name, row.id)
  const given = (
    await work.db.selectFrom('engagement_grants').select('engagement_id').where('group_id', '=', row.id).execute()
  ).map((one) => one.engagement_id)
  const teams = await grantsOf(work, given)
  const before = ownParts(work, await workersOf(work), teams.values())
  await work.db
    .updateTable('groups')
    .set({ name: wish.name, version: row.version + 1 })
    .where('id', '=', row.id)
    .execute()
  await putMembers(work, row.id, wish.personIds)
  const members = await workersOf(work)
  await refuseOneself(work, before, ownParts(work, members, teams.values()))
  for (const grants of teams.values()) checkSomebodyStays(grants, members, 'body.personIds')
  record(work, 'group.changed', row.id, wish.personIds)
  // Leases of who left it end at the gateway now.
  if (given.length > 0) await announcePolicy(work)
  return view(work, row.id)
}

/** @throws Problem wrong_state TEAM-2 while an engagement is given to it */
export async function removeGroup(work: Work, row: Row): Promise<void> {
  const given = await work.db
    .selectFrom('engagement_grants')
    .select('engagement_id')
    .where('group_id', '=', row.id)
    .executeTakeFirst()
  if (given)
    throw new Problem(
      'wrong_state',
      say('仍有项目交给此小组，须先改由他人参与', 'an engagement is given to this group; give it to others first'),
      { rule: 'TEAM-2' },
    )
  await work.db.deleteFrom('group_members').where('group_id', '=', row.id).execute()
  await work.db.deleteFrom('groups').where('id', '=', row.id).execute()
  record(work, 'group.removed', row.id, [])
}

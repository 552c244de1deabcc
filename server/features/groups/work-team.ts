import type { WorkTeam } from '@zhongheng/contracts/http/groups.ts'
import { mayInHouse } from '@zhongheng/domain/access/matrix.ts'
import {
  type Grant,
  checkGrantEnds,
  checkNotOneself,
  checkSomebodyStays,
  isOpen,
  worksUntil,
} from '@zhongheng/domain/access/work-team.ts'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import { notFound } from '../../http/problems.ts'
import type { Reference } from '../../http/registry.ts'
import { announcePolicy } from '../../work/notices.ts'
import { checkVersion } from '../../work/versions.ts'
import type { Work } from '../../work/work.ts'
import { ruleOf } from '../administration/reads.ts'
import { rulesOf } from '../approvals/reads.ts'
import { openEngagement } from '../engagements/reads.ts'
import { type Named, grantsOf, workersOf } from './house.ts'
import { type HouseEngagement, houseEngagement } from './reads.ts'

type Wish = {
  readonly grants: readonly ({ endsAt?: string | undefined } & ({ groupId: string } | { personId: string }))[]
  readonly version: number
}

/**
 * An engagement of the own house whose workers this person may read: who works on it, and who keeps the groups. The latter may not be
 * among its workers and is told nothing of it but its title. What is loaded bears no `id`: a refusal here is an event of no engagement,
 * because whoever is refused may not see this one.
 */
export const teamRef: Reference<HouseEngagement> = {
  about: 'engagement of my organisation',
  async load(work, id) {
    if (mayInHouse(work.actor, 'groups.keep')) return houseEngagement(work, id)
    const { row } = await openEngagement(work, id, 'engagement.read')
    return { engagementId: row.id, title: row.title }
  },
}

/** The work teams of these engagements, in their order. */
async function viewTeams(work: Work, engagements: readonly HouseEngagement[]): Promise<WorkTeam[]> {
  const ids = engagements.map((one) => one.engagementId)
  if (ids.length === 0) return []
  const members = await workersOf(work)
  const given = await grantsOf(work, ids)
  const groups = await work.db
    .selectFrom('groups')
    .select(['id', 'name'])
    .where('org_id', '=', work.actor.orgId)
    .execute()
  const stands = await work.db
    .selectFrom('work_teams')
    .select(['engagement_id', 'version'])
    .where('engagement_id', 'in', ids)
    .where('org_id', '=', work.actor.orgId)
    .execute()
  const versions = new Map(stands.map((one) => [one.engagement_id, one.version]))
  const names = new Map([
    ...groups.map(({ id, name }) => [id, name] as const),
    ...members.map(({ personId, name }) => [personId, name] as const),
  ])
  return engagements.map(({ engagementId, title }) => {
    const grants = given.get(engagementId) ?? []
    return {
      engagementId,
      title,
      grants: grants.map(({ groupId, personId, endsAt }) => ({
        groupId,
        personId,
        name: names.get(groupId ?? personId ?? '') ?? '',
        endsAt: endsAt?.toISOString() ?? null,
      })),
      workers: members
        .filter((one) => one.state === 'active' && isOpen(worksUntil(one, grants), work.now))
        .map((one) => one.name),
      mayGive: mayGive(work),
      version: versions.get(engagementId) ?? 0,
    }
  })
}

export async function viewTeam(work: Work, engagement: HouseEngagement): Promise<WorkTeam> {
  const [team] = await viewTeams(work, [engagement])
  if (!team) throw notFound()
  return team
}

/** Who keeps the groups, and signatories: these only of engagements that they work on themselves, see `teamRef`. */
const mayGive = (work: Work): boolean => mayInHouse(work.actor, 'groups.keep') || work.actor.posts.includes('signatory')

/** Engagements that the house gave to some of its members, by title. As the system: who keeps the groups may not work on them. */
export async function listTeams(work: Work): Promise<WorkTeam[]> {
  const given = await work.asSystem((db) =>
    db
      .selectFrom('engagements')
      .select(['id', 'title'])
      .where('id', 'in', (eb) =>
        eb.selectFrom('engagement_grants').select('engagement_id').where('org_id', '=', work.actor.orgId),
      )
      .orderBy('created_at', 'desc')
      .limit(200)
      .execute(),
  )
  return viewTeams(
    work,
    given.map(({ id, title }) => ({ engagementId: id, title })),
  )
}

/**
 * The giver's own part in engagements, before and after a change to who works on them.
 * @throws Problem forbidden TEAM-6
 */
export async function refuseOneself(
  work: Work,
  before: readonly (Date | null)[],
  after: readonly (Date | null)[],
): Promise<void> {
  const rules = {
    separated: (await ruleOf(work, work.actor.orgId)).separated,
    members: (await rulesOf(work)).members,
  }
  before.forEach((was, at) => checkNotOneself(was, after[at] ?? null, rules))
}

/**
 * Groups that are given something stay as they are until it is.
 * @throws Problem not_found for a group or a member of another house, as for none
 */
async function refuseStrangers(work: Work, wished: Wish['grants'], members: readonly Named[]): Promise<void> {
  const groupIds = new Set(wished.flatMap((one) => ('groupId' in one ? [one.groupId] : [])))
  const ours = new Set(members.map((one) => one.personId))
  if (wished.some((one) => 'personId' in one && !ours.has(one.personId))) throw notFound()
  if (groupIds.size === 0) return
  const found = await work.db
    .selectFrom('groups')
    .select('id')
    .where('id', 'in', [...groupIds])
    .where('org_id', '=', work.actor.orgId)
    .orderBy('id')
    .forUpdate()
    .execute()
  if (found.length < groupIds.size) throw notFound()
}

/**
 * Gives an engagement to these of the house, or to all of it again. What somebody loses ends with this commit: rows by the row policies,
 * open streams at the notice of the event, leases at the gateway.
 * @throws Problem forbidden ROLE-1, TEAM-6; conflict VERSION-1; wrong_state TEAM-1; malformed TEAM-3
 */
export async function changeTeam(work: Work, engagement: HouseEngagement, wish: Wish): Promise<WorkTeam> {
  if (!mayGive(work))
    throw new Problem(
      'forbidden',
      say(
        '须由安全管理员或参与此项目的签署人办理',
        'for security administrators, and signatories who work on this engagement',
      ),
      { rule: 'ROLE-1' },
    )
  const members = await workersOf(work)
  await refuseStrangers(work, wish.grants, members)
  const { engagementId } = engagement
  const stand = await lockTeam(work, engagementId)
  checkVersion(stand, wish.version)
  const grants = uniqueOf(
    wish.grants.map((one) => ({
      groupId: 'groupId' in one ? one.groupId : null,
      personId: 'personId' in one ? one.personId : null,
      endsAt: one.endsAt === undefined ? null : new Date(one.endsAt),
    })),
  )
  checkGrantEnds(grants, work.now)
  checkSomebodyStays(grants, members, 'body.grants')
  const me = members.find((one) => one.personId === work.actor.personId) ?? { personId: '', groupIds: [] }
  const before = (await grantsOf(work, [engagementId])).get(engagementId) ?? []
  await refuseOneself(work, [worksUntil(me, before)], [worksUntil(me, grants)])
  await putGrants(work, engagementId, grants, stand + 1)
  // Of no engagement: the own house's matter, and who gives it may not see the engagement.
  work.record({
    kind: 'work_team.changed',
    engagementId: null,
    subject: engagementId,
    role: work.actor.orgKind,
    audience: 'house',
    facts: {
      grants: grants.map(({ groupId, personId, endsAt }) => ({
        to: groupId ?? personId ?? '',
        until: endsAt?.toISOString() ?? null,
      })),
    },
  })
  await announcePolicy(work)
  return viewTeam(work, engagement)
}

/**
 * The version of the house's team, locked; 0 where there never was one. As the system: nobody of the house writes these rows, and who keeps the
 * groups may not see the engagement.
 */
const lockTeam = (work: Work, engagementId: string): Promise<number> =>
  work.asSystem(async (db) => {
    const team = { engagement_id: engagementId, org_id: work.actor.orgId }
    await db
      .insertInto('work_teams')
      .values({ ...team, changed_at: work.now, version: 0 })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
    const { version } = await db
      .selectFrom('work_teams')
      .select('version')
      .where('engagement_id', '=', team.engagement_id)
      .where('org_id', '=', team.org_id)
      .forUpdate()
      .executeTakeFirstOrThrow()
    return version
  })

/** As the system, for the same reason; every row written bears the own house. */
const putGrants = (work: Work, engagementId: string, grants: readonly Grant[], version: number): Promise<void> =>
  work.asSystem(async (db) => {
    const team = { engagement_id: engagementId, org_id: work.actor.orgId }
    await db
      .updateTable('work_teams')
      .set({ changed_at: work.now, version })
      .where('engagement_id', '=', team.engagement_id)
      .where('org_id', '=', team.org_id)
      .execute()
    await db
      .deleteFrom('engagement_grants')
      .where('engagement_id', '=', team.engagement_id)
      .where('org_id', '=', team.org_id)
      .execute()
    if (grants.length === 0) return
    await db
      .insertInto('engagement_grants')
      .values(
        grants.map(({ groupId, personId, endsAt }) => ({
          ...team,
          group_id: groupId,
          person_id: personId,
          ends_at: endsAt,
          given_by: work.actor.personId,
          given_at: work.now,
        })),
      )
      .execute()
  })

/** The last word on each group and member counts. */
const uniqueOf = (grants: readonly Grant[]): Grant[] => [
  ...new Map(grants.map((grant) => [grant.groupId ?? grant.personId, grant])).values(),
]

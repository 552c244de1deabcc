import type { SeparationView } from '@zhongheng/contracts/http/administration.ts'
import { type Post, administratorPosts } from '@zhongheng/domain/access/actor.ts'
import { mayInHouse } from '@zhongheng/domain/access/matrix.ts'
import {
  type Holder,
  type Standing,
  administering,
  checkKept,
  checkMaySeparate,
  checkOneOfThree,
  takenAway,
  unheld,
} from '@zhongheng/domain/access/separation.ts'
import { checkVersion } from '../../work/versions.ts'
import type { Work } from '../../work/work.ts'
import { spendApproval } from '../approvals/reads.ts'

/** Whether a house keeps its three administrators apart. */
export async function ruleOf(work: Work, orgId: string): Promise<{ separated: boolean; version: number }> {
  const row = await work.db
    .selectFrom('separation_rules')
    .select(['separated', 'version'])
    .where('org_id', '=', orgId)
    .executeTakeFirst()
  return row ?? { separated: false, version: 0 }
}

/**
 * Before posts are given in a house, to a member or by an invitation.
 * @throws Problem wrong_state SEP-1
 */
export async function refuseTwoOfThree(work: Work, orgId: string, posts: readonly Post[]): Promise<void> {
  if (administering(posts).length > 1 && (await ruleOf(work, orgId)).separated) checkOneOfThree(posts)
}

/**
 * Before a member of the actor's house changes: somebody keeps each post that the house cannot be without. The others are locked, so
 * that two who leave at once see each other. @throws Problem wrong_state MEMBER-1
 */
export async function keepAdministrators(work: Work, id: string, before: Standing, after: Standing): Promise<void> {
  const { separated } = await ruleOf(work, work.actor.orgId)
  const taken = takenAway(before, after, separated)
  if (taken.length === 0) return
  const others = await work.db
    .selectFrom('persons')
    .select(['posts', 'post_ends'])
    .where('org_id', '=', work.actor.orgId)
    .where('state', '=', 'active')
    .where('id', '<>', id)
    .forUpdate()
    .execute()
  checkKept(
    others.map((one) => ({ posts: one.posts, ends: one.post_ends })),
    taken,
  )
}

async function holdersOf(work: Work): Promise<{ members: (Holder & { state: string })[]; invited: Holder[] }> {
  const members = await work.db
    .selectFrom('persons')
    .select(['name', 'posts', 'post_ends', 'state'])
    .where('org_id', '=', work.actor.orgId)
    .where('state', '<>', 'removed')
    .orderBy('created_at')
    .execute()
  const invited = await work.db
    .selectFrom('invitations')
    .select(['name', 'posts'])
    .where('org_id', '=', work.actor.orgId)
    .where('accepted_at', 'is', null)
    .where('ended_at', 'is', null)
    .where('expires_at', '>', work.now)
    .orderBy('created_at')
    .execute()
  return {
    members: members.map(({ name, posts, post_ends, state }) => ({ name, posts, ends: post_ends, state })),
    invited: invited.map(({ name, posts }) => ({ name, posts, ends: {} })),
  }
}

const active = <T extends { state: string }>(members: readonly T[]): T[] =>
  members.filter(({ state }) => state === 'active')

export async function viewSeparation(work: Work): Promise<SeparationView> {
  const { members, invited } = await holdersOf(work)
  const overlap = (holders: readonly Holder[], isInvited: boolean) =>
    holders
      .map(({ name, posts }) => ({ name, posts: administering(posts), invited: isInvited }))
      .filter(({ posts }) => posts.length > 1)
  return {
    ...(await ruleOf(work, work.actor.orgId)),
    overlapping: [...overlap(members, false), ...overlap(invited, true)],
    missing: unheld(active(members), administratorPosts),
    mayChange: mayInHouse(work.actor, 'separation.rules'),
  }
}

/**
 * Switches the separation on or off, by two persons either way: one alone could give two posts in between.
 * @throws Problem conflict VERSION-1; wrong_state SEP-3, SEP-4, TWO-1
 */
export async function changeSeparation(
  work: Work,
  asked: { separated: boolean; version: number },
): Promise<SeparationView> {
  const { separated, version } = asked
  checkVersion((await ruleOf(work, work.actor.orgId)).version, version)
  if (separated) {
    const { members, invited } = await holdersOf(work)
    checkMaySeparate(active(members), invited.concat(members.filter(({ state }) => state !== 'active')))
  }
  await spendApproval(work, { kind: 'separation', separated, version })
  const row = { separated, changed_at: work.now, version: version + 1 }
  await work.db
    .insertInto('separation_rules')
    .values({ org_id: work.actor.orgId, ...row })
    .onConflict((conflict) => conflict.column('org_id').doUpdateSet(row))
    .execute()
  work.record({
    kind: 'separation.changed',
    engagementId: null,
    subject: work.actor.orgId,
    role: work.actor.orgKind,
    audience: 'house',
    facts: { separated },
  })
  return viewSeparation(work)
}

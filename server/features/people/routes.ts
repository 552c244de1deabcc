import { type Post, type Role, posts as allPosts } from '@zhongheng/domain/access/actor.ts'
import { type PostEnds, checkedEnds, longerHeld } from '@zhongheng/domain/access/held-posts.ts'
import { checkNotToOneself } from '@zhongheng/domain/access/separation.ts'
import { givesHeavyPost } from '@zhongheng/domain/access/two-persons.ts'
import { checkPassword } from '@zhongheng/domain/access/password-rules.ts'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import { notFound } from '../../http/problems.ts'
import { type Feature, type Reference, route } from '../../http/registry.ts'
import { type Work, sha256 } from '../../work/work.ts'
import { endTokens } from '../../sign-in/access-tokens.ts'
import { endInvitations } from '../../sign-in/end-invitations.ts'
import { beginLogin, endLogins, rotateLogin } from '../../sign-in/logins.ts'
import { hashPassword } from '../../sign-in/passwords.ts'
import { throttle } from '../../sign-in/throttle.ts'
import { keepAdministrators, refuseTwoOfThree, ruleOf } from '../administration/reads.ts'
import { passSecondPerson } from '../approvals/reads.ts'
import { invite, makeOrganisation, makePerson } from './accounts.ts'
import { waitingFor } from './home.ts'
import { endRights } from './end-rights.ts'
import { organisationRef, placeMember, placeOrganisation } from './places.ts'
import { describeMe, ofOwnHouse } from './reads.ts'
import { memberColumns, organisationColumns, viewMember, viewOrganisation } from './views.ts'
import { readSetup, spendSetup } from './setup.ts'

/** A member of the caller's own organisation. */
const ownMember: Reference<{ id: string; version: number; posts: string[]; post_ends: PostEnds; state: string }> = {
  about: 'member of my organisation',
  async load(work, id) {
    const row = await ofOwnHouse(work, id)
      .select(['id', 'version', 'posts', 'post_ends', 'state'])
      .forUpdate()
      .executeTakeFirst()
    if (!row) throw notFound()
    return row
  },
}

const openInvitation: Reference<{ id: string }> = {
  about: 'invitation of my organisation that was neither accepted nor taken back',
  async load(work, id) {
    const row = await work.db
      .selectFrom('invitations')
      .select('id')
      .where('id', '=', id)
      .where('org_id', '=', work.actor.orgId)
      .where('accepted_at', 'is', null)
      .where('ended_at', 'is', null)
      .executeTakeFirst()
    if (!row) throw notFound()
    return row
  },
}

export const peopleRoutes: Feature = (deps) => [
  route('GET /api/setup', {
    access: 'public',
    references: {},
    handle: async ({ work }) => ({ needed: await readSetup(work) }),
  }),
  route('POST /api/setup', {
    access: 'public',
    references: {},
    before: (caller) => throttle(deps, caller.address, 'setup'),
    async handle({ work, body, caller, setLogin }) {
      checkPassword(body.password, body)
      await spendSetup(work, body.token)
      const { orgId } = await makeOrganisation(work, body.organisation, 'organizer', body.jurisdiction)
      const personId = await makePerson(work, {
        orgId,
        orgKind: 'organizer',
        name: body.name,
        posts: allPosts,
        login: body.login,
        passwordHash: await hashPassword(body.password),
      })
      work.record({
        kind: 'installation.set_up',
        engagementId: null,
        subject: orgId,
        role: 'system',
        audience: 'house',
        facts: { personId },
      })
      setLogin(await beginLogin(work, personId, caller, { method: 'invitation', strong: false }))
      return describeMe(work, personId)
    },
  }),
  route('GET /api/me', {
    access: 'signed_in',
    references: {},
    handle: ({ work }) => describeMe(work, work.actor.personId),
  }),
  route('PATCH /api/me', {
    access: 'signed_in',
    references: {},
    async handle({ work, body }) {
      await work.db.updateTable('persons').set({ locale: body.locale }).where('id', '=', work.actor.personId).execute()
      return describeMe(work, work.actor.personId)
    },
  }),
  route('GET /api/home', {
    access: 'signed_in',
    references: {},
    handle: async ({ work }) => ({ waiting: await waitingFor(work) }),
  }),
  route('GET /api/members', {
    access: 'members.read',
    references: {},
    async handle({ work }) {
      const members = await work.db
        .selectFrom('persons')
        .innerJoin('credentials', 'credentials.person_id', 'persons.id')
        .select(memberColumns)
        .where('persons.org_id', '=', work.actor.orgId)
        .orderBy('persons.created_at')
        .limit(1000)
        .execute()
      const invitations = await work.db
        .selectFrom('invitations')
        .selectAll()
        .where('org_id', '=', work.actor.orgId)
        .orderBy('created_at', 'desc')
        .limit(200)
        .execute()
      return {
        members: members.map(viewMember),
        invitations: invitations.map((one) => ({
          invitationId: one.id,
          name: one.name,
          posts: one.posts as Post[],
          createdAt: one.created_at.toISOString(),
          expiresAt: one.expires_at.toISOString(),
          acceptedAt: one.accepted_at?.toISOString() ?? null,
          endedAt: one.ended_at?.toISOString() ?? null,
        })),
      }
    },
  }),
  route('PATCH /api/members/:personId', {
    access: 'members.change',
    references: { 'params.personId': ownMember },
    async handle({ work, body, on, caller, setLogin }) {
      const member = on['params.personId']
      if (member.version !== body.version)
        throw new Problem(
          'conflict',
          say('成员信息已被他人修改，请刷新', 'somebody changed this member; load it again'),
          { rule: 'VERSION-1' },
        )
      if (body.state === 'active') await checkNotClosed(work, member.id)
      const posts = body.posts ?? (member.posts as Post[])
      const ends = body.posts ? checkedEnds(posts, body.ends ?? {}, work.now) : member.post_ends
      const given = body.posts
        ? longerHeld({ posts: member.posts, ends: member.post_ends }, { posts, ends }, work.now)
        : []
      const state = body.state ?? member.state
      if (state !== 'removed') await refuseTwoOfThree(work, work.actor.orgId, posts)
      if ((await ruleOf(work, work.actor.orgId)).separated) checkNotToOneself(work.actor.personId, member.id, given)
      // The version is part of what is approved: a member who changed meanwhile is another.
      if (givesHeavyPost([], given))
        await passSecondPerson(work, {
          kind: 'member_posts',
          personId: member.id,
          posts,
          ...(body.ends ? { ends: body.ends } : {}),
          version: body.version,
        })
      await keepAdministrators(
        work,
        member.id,
        { posts: member.posts, ends: member.post_ends, state: member.state },
        { posts, ends, state },
      )
      await work.db
        .updateTable('persons')
        .set({ posts: [...posts], post_ends: ends, state, version: member.version + 1 })
        .where('id', '=', member.id)
        .execute()
      // Another person's logins and leases are not the admin's rows; a right that ended ends everywhere in this commit.
      if (state === 'removed') {
        await endRights(work, member.id, 'removed')
        await endInvitations(work, { givenBy: member.id })
      } else if (!samePosts(posts, member.posts)) {
        // Other rights, other cookie: what was taken from a browser before is worth nothing after.
        const own = caller.login?.actor.personId === member.id ? caller.login.loginId : null
        await endLogins(work, member.id, { but: own }, 'posts_changed')
        await endTokens(work, member.id)
        if (own) setLogin({ token: await rotateLogin(work, own, false) })
      }
      work.record({
        kind: 'member.changed',
        engagementId: null,
        subject: member.id,
        role: work.actor.orgKind,
        audience: 'house',
        facts: { posts: [...posts], state, ends: { ...ends } },
      })
      const row = await work.db
        .selectFrom('persons')
        .innerJoin('credentials', 'credentials.person_id', 'persons.id')
        .select(memberColumns)
        .where('persons.id', '=', member.id)
        .executeTakeFirstOrThrow()
      return viewMember(row)
    },
  }),
  route('PUT /api/members/:personId/jurisdiction', {
    access: 'members.change',
    references: { 'params.personId': ownMember },
    handle: ({ work, on, body, caller }) =>
      placeMember(work, on['params.personId'], body, caller.login?.loginId ?? null),
  }),
  route('PUT /api/organisations/:orgId/jurisdiction', {
    access: 'organisations.place',
    references: { 'params.orgId': organisationRef },
    handle: ({ work, on, body, caller }) =>
      placeOrganisation(work, on['params.orgId'], body, caller.login?.loginId ?? null),
  }),
  route('POST /api/invitations', {
    access: 'members.invite',
    references: {},
    async handle({ work, body }) {
      await refuseTwoOfThree(work, work.actor.orgId, body.posts)
      if (givesHeavyPost([], body.posts))
        await passSecondPerson(work, { kind: 'invitation', name: body.name, posts: body.posts })
      const made = await invite(work, work.actor.orgId, body.name, body.posts)
      work.record({
        kind: 'member.invited',
        engagementId: null,
        subject: made.invitationId,
        role: work.actor.orgKind,
        audience: 'house',
        facts: { posts: [...body.posts] },
      })
      return {
        invitation: {
          invitationId: made.invitationId,
          name: body.name,
          posts: body.posts,
          createdAt: work.now.toISOString(),
          expiresAt: made.expiresAt.toISOString(),
          acceptedAt: null,
          endedAt: null,
        },
        link: made.link,
      }
    },
  }),
  route('DELETE /api/invitations/:invitationId', {
    access: 'members.invite',
    references: { 'params.invitationId': openInvitation },
    handle: ({ work, on }) => endInvitations(work, { invitationId: on['params.invitationId'].id }),
  }),
  route('POST /api/invitations/acceptance', {
    access: 'public',
    references: {},
    before: (caller) => throttle(deps, caller.address, 'invitation'),
    async handle({ work, body, caller, setLogin }) {
      const row = await work.db
        .selectFrom('invitations')
        .innerJoin('organisations', 'organisations.id', 'invitations.org_id')
        .select(['invitations.id', 'org_id', 'invitations.name', 'posts', 'kind', 'organisations.name as organisation'])
        .where('token_digest', '=', sha256(body.token))
        .where('accepted_at', 'is', null)
        .where('ended_at', 'is', null)
        .where('expires_at', '>', work.now)
        .forUpdate('invitations')
        .executeTakeFirst()
      if (!row)
        throw new Problem(
          'refused',
          say(
            '邀请链接无效、已使用、已撤回或已过期，请索取新链接',
            'the invitation is not valid, was used, was taken back or has expired; ask for a new link',
          ),
          { rule: 'INVITE-1' },
        )
      checkPassword(body.password, { login: body.login, name: row.name, organisation: row.organisation })
      const personId = await makePerson(work, {
        orgId: row.org_id,
        orgKind: row.kind as Role,
        name: row.name,
        posts: row.posts as Post[],
        login: body.login,
        passwordHash: await hashPassword(body.password),
      })
      await work.db.updateTable('invitations').set({ accepted_at: work.now }).where('id', '=', row.id).execute()
      work.record({
        kind: 'member.joined',
        engagementId: null,
        subject: personId,
        role: 'system',
        audience: 'house',
        facts: { invitationId: row.id },
      })
      setLogin(await beginLogin(work, personId, caller, { method: 'invitation', strong: false }))
      return describeMe(work, personId)
    },
  }),
  route('GET /api/organisations', {
    access: 'organisations.read',
    references: {},
    async handle({ work, query }) {
      let rows = work.db.selectFrom('organisations').select(organisationColumns).orderBy('name').limit(500)
      if (query.kind) rows = rows.where('kind', '=', query.kind)
      return {
        organisations: (await rows.execute()).map(viewOrganisation),
      }
    },
  }),
  route('POST /api/organisations', {
    access: 'organisations.create',
    references: {},
    async handle({ work, body }) {
      if (body.kind === 'organizer')
        throw new Problem('refused', say('一个平台只有一个组织方', 'an installation has one organizer'), {
          rule: 'ORG-1',
          fields: [
            {
              field: 'body.kind',
              limit: say('demand、tester 或 auditor', 'demand, tester or auditor'),
              fix: say('换一种类型', 'choose another kind'),
            },
          ],
        })
      const { orgId, fingerprint } = await makeOrganisation(work, body.name, body.kind, body.jurisdiction)
      const made = await invite(work, orgId, body.adminName, allPosts)
      work.record({
        kind: 'organisation.taken_in',
        engagementId: null,
        subject: orgId,
        role: work.actor.orgKind,
        audience: 'house',
        facts: { kind: body.kind, jurisdiction: body.jurisdiction },
      })
      const organisation = {
        orgId,
        name: body.name,
        kind: body.kind,
        keyFingerprint: fingerprint,
        jurisdiction: body.jurisdiction,
        jurisdictionStatedAt: work.now.toISOString(),
        version: 1,
      }
      return { organisation, link: made.link }
    },
  }),
]

const samePosts = (some: readonly string[], others: readonly string[]): boolean =>
  some.length === others.length && some.every((post) => others.includes(post))

/** An account that its owner closed stays closed: who comes back is invited anew. @throws Problem wrong_state CLOSE-3 */
async function checkNotClosed(work: Work, personId: string): Promise<void> {
  const closed = await work.db
    .selectFrom('account_closures')
    .select('person_id')
    .where('person_id', '=', personId)
    .executeTakeFirst()
  if (closed)
    throw new Problem(
      'wrong_state',
      say('该账号已由本人注销，请重新邀请', 'its owner closed this account; invite them anew'),
      { rule: 'CLOSE-3' },
    )
}

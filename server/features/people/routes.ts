import type { Member } from '@zhongheng/contracts/http/people.ts'
import type { Post, Role } from '@zhongheng/domain/access/actor.ts'
import { type PostEnds, checkedEnds, longerHeld } from '@zhongheng/domain/access/held-posts.ts'
import { givesHeavyPost } from '@zhongheng/domain/access/two-persons.ts'
import { checkPassword } from '@zhongheng/domain/access/password-rules.ts'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import { notFound } from '../../http/problems.ts'
import { type Feature, type Reference, route } from '../../http/registry.ts'
import { fingerprintOf } from '../../sealing/keys.ts'
import { announcePolicy } from '../../work/notices.ts'
import { type Work, sha256 } from '../../work/work.ts'
import { endTokens } from '../../sign-in/access-tokens.ts'
import { beginLogin, endLogins, rotateLogin } from '../../sign-in/logins.ts'
import { hashPassword } from '../../sign-in/passwords.ts'
import { throttle } from '../../sign-in/throttle.ts'
import { passSecondPerson } from '../approvals/reads.ts'
import { invite, makeOrganisation, makePerson } from './accounts.ts'
import { waitingFor } from './home.ts'
import { describeMe } from './reads.ts'
import { readSetup, spendSetup } from './setup.ts'

/** A member of the caller's own organisation. */
const ownMember: Reference<{ id: string; version: number; posts: string[]; post_ends: PostEnds; state: string }> = {
  about: 'member of my organisation',
  async load(work, id) {
    const row = await work.db
      .selectFrom('persons')
      .select(['id', 'version', 'posts', 'post_ends', 'state'])
      .where('id', '=', id)
      .where('org_id', '=', work.actor.orgId)
      .forUpdate()
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
      const { orgId } = await makeOrganisation(work, body.organisation, 'organizer')
      const personId = await makePerson(work, {
        orgId,
        orgKind: 'organizer',
        name: body.name,
        posts: ['admin', 'signatory', 'member'],
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
        .select(['persons.id', 'name', 'posts', 'post_ends', 'state', 'created_at', 'version', 'login', 'last_seen_at'])
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
      const posts = body.posts ?? (member.posts as Post[])
      const ends = body.posts ? checkedEnds(posts, body.ends ?? {}, work.now) : member.post_ends
      const given = body.posts
        ? longerHeld({ posts: member.posts, ends: member.post_ends }, { posts, ends }, work.now)
        : []
      const state = body.state ?? member.state
      // The version is part of what is approved: a member who changed meanwhile is another.
      if (givesHeavyPost([], given))
        await passSecondPerson(work, {
          kind: 'member_posts',
          personId: member.id,
          posts,
          ...(body.ends ? { ends: body.ends } : {}),
          version: body.version,
        })
      if (!posts.includes('admin') || ends.admin !== undefined || state === 'removed')
        await keepAnAdmin(work, member.id)
      await work.db
        .updateTable('persons')
        .set({ posts: [...posts], post_ends: ends, state, version: member.version + 1 })
        .where('id', '=', member.id)
        .execute()
      // Another person's logins and leases are not the admin's rows; a right that ended ends everywhere in this commit.
      if (state === 'removed') await endRights(work, member.id)
      else if (!samePosts(posts, member.posts)) {
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
        .select(['persons.id', 'name', 'posts', 'post_ends', 'state', 'created_at', 'version', 'login', 'last_seen_at'])
        .where('persons.id', '=', member.id)
        .executeTakeFirstOrThrow()
      return viewMember(row)
    },
  }),
  route('POST /api/invitations', {
    access: 'members.invite',
    references: {},
    async handle({ work, body }) {
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
        },
        link: made.link,
      }
    },
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
        .where('expires_at', '>', work.now)
        .forUpdate('invitations')
        .executeTakeFirst()
      if (!row)
        throw new Problem(
          'refused',
          say(
            '邀请链接无效、已使用或已过期，请向邀请人索取新链接',
            'the invitation is not valid, was used or has expired; ask for a new link',
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
      let rows = work.db
        .selectFrom('organisations')
        .select(['id', 'name', 'kind', 'public_key'])
        .orderBy('name')
        .limit(500)
      if (query.kind) rows = rows.where('kind', '=', query.kind)
      return {
        organisations: (await rows.execute()).map((row) => ({
          orgId: row.id,
          name: row.name,
          kind: row.kind as Role,
          keyFingerprint: fingerprintOf(row.public_key),
        })),
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
      const { orgId, fingerprint } = await makeOrganisation(work, body.name, body.kind)
      const made = await invite(work, orgId, body.adminName, ['admin', 'signatory', 'member'])
      work.record({
        kind: 'organisation.taken_in',
        engagementId: null,
        subject: orgId,
        role: work.actor.orgKind,
        audience: 'house',
        facts: { kind: body.kind },
      })
      return { organisation: { orgId, name: body.name, kind: body.kind, keyFingerprint: fingerprint }, link: made.link }
    },
  }),
]

const samePosts = (some: readonly string[], others: readonly string[]): boolean =>
  some.length === others.length && some.every((post) => others.includes(post))

type MemberRow = {
  id: string
  name: string
  posts: string[]
  post_ends: PostEnds
  state: string
  created_at: Date
  version: number
  login: string
  last_seen_at: Date | null
}
const viewMember = (row: MemberRow): Member => ({
  personId: row.id,
  name: row.name,
  login: row.login,
  posts: row.posts as Post[],
  state: row.state as Member['state'],
  createdAt: row.created_at.toISOString(),
  lastSeenAt: row.last_seen_at?.toISOString() ?? null,
  postEnds: row.post_ends,
  version: row.version,
})

async function keepAnAdmin(work: Work, leaving: string): Promise<void> {
  const others = await work.db
    .selectFrom('persons')
    .select(['id', 'posts', 'post_ends'])
    .where('org_id', '=', work.actor.orgId)
    .where('state', '=', 'active')
    .where('id', '<>', leaving)
    .forUpdate()
    .execute()
  if (!others.some((one) => one.posts.includes('admin') && one.post_ends.admin === undefined))
    throw new Problem(
      'wrong_state',
      say('单位至少保留一名长期管理员', 'an organisation keeps at least one admin without an end'),
      {
        rule: 'MEMBER-1',
      },
    )
}

/** Ends every login and lease of a removed member in this commit; each lease is an event and the gateway hears at once. */
async function endRights(work: Work, personId: string): Promise<void> {
  await endLogins(work, personId, { but: null }, 'removed')
  await endTokens(work, personId)
  const leases = await work.asSystem((db) =>
    db
      .updateTable('leases')
      .set({ state: 'revoked', ended_at: work.now, reason: 'member removed' })
      .where('person_id', '=', personId)
      .where('state', '<>', 'revoked')
      .returning(['id', 'engagement_id'])
      .execute(),
  )
  for (const lease of leases)
    work.record({
      kind: 'lease.revoked',
      engagementId: lease.engagement_id,
      subject: lease.id,
      role: 'tester',
      audience: 'everyone',
      facts: { personId, by: 'member.changed' },
    })
  if (leases.length > 0) await announcePolicy(work)
}

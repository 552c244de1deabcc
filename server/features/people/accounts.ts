import { randomBytes } from 'node:crypto'
import type { Me } from '@zhongheng/contracts/http/people.ts'
import type { Actor, Post, Role } from '@zhongheng/domain/access/actor.ts'
import { type HouseAction, housePermissions, mayInHouse } from '@zhongheng/domain/access/matrix.ts'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import { fingerprintOf, newSigningKey } from '../../sealing/keys.ts'
import { seal } from '../../sealing/seal.ts'
import type { Deps } from '../../work/deps.ts'
import { type Work, sha256 } from '../../work/work.ts'
import { loginLimits } from './reads.ts'

/** 256 random bits as 43 characters: login tokens and links. Only its SHA-256 is stored. */
export const newToken = (): string => randomBytes(32).toString('base64url')

/** Makes an organisation with its own signing key; the private half is sealed under the house key. */
export async function makeOrganisation(
  work: Work,
  name: string,
  kind: Role,
): Promise<{ orgId: string; fingerprint: string }> {
  const orgId = work.newId('organisation')
  const pair = newSigningKey()
  await work.db
    .insertInto('organisations')
    .values({
      id: orgId,
      name,
      kind,
      public_key: pair.publicPem,
      sealed_private_key: seal(
        work.deps.keys.house('organisation-keys'),
        { table: 'organisations', column: 'sealed_private_key', row: orgId },
        pair.privatePem,
      ),
      created_at: work.now,
    })
    .execute()
  return { orgId, fingerprint: fingerprintOf(pair.publicPem) }
}

/** Makes a person with login and password hash. Runs as the system: sign-up has no signed-in person yet. @throws Problem conflict LOGIN-3 */
export async function makePerson(
  work: Work,
  person: { orgId: string; orgKind: Role; name: string; posts: readonly Post[]; login: string; passwordHash: string },
): Promise<string> {
  const taken = await work.db
    .selectFrom('credentials')
    .select('person_id')
    .where('login', '=', person.login)
    .executeTakeFirst()
  if (taken)
    throw new Problem('conflict', say('登录名不可用，请换一个', 'this login name cannot be used; choose another'), {
      rule: 'LOGIN-3',
      fields: [
        {
          field: 'body.login',
          limit: say('登录名须唯一', 'login names are unique'),
          fix: say('换一个登录名', 'choose another'),
        },
      ],
    })
  const personId = work.newId('person')
  await work.db
    .insertInto('persons')
    .values({ id: personId, org_id: person.orgId, name: person.name, posts: [...person.posts], created_at: work.now })
    .execute()
  await work.db
    .insertInto('credentials')
    .values({
      person_id: personId,
      org_id: person.orgId,
      login: person.login,
      password_hash: person.passwordHash,
      last_seen_at: null,
    })
    .execute()
  if (person.orgKind === 'tester')
    await work.db
      .insertInto('testers')
      .values({
        person_id: personId,
        org_id: person.orgId,
        identity_digest: null,
        sealed_identity: null,
        identity_verified_at: null,
        grade_basis: null,
      })
      .execute()
  return personId
}

/** Begins a login and answers its token. */
export async function beginLogin(work: Work, personId: string, agent: string): Promise<string> {
  const token = newToken()
  await work.db
    .insertInto('logins')
    .values({
      id: work.newId('login'),
      person_id: personId,
      token_digest: sha256(token),
      created_at: work.now,
      seen_at: work.now,
      expires_at: new Date(work.now.getTime() + loginLimits.absolute),
      ended_at: null,
      agent,
    })
    .execute()
  await work.db.updateTable('credentials').set({ last_seen_at: work.now }).where('person_id', '=', personId).execute()
  return token
}

/** Invites somebody; the link holds the only copy of the token. Valid for seven days. */
export async function invite(
  work: Work,
  orgId: string,
  name: string,
  posts: readonly Post[],
): Promise<{ invitationId: string; link: string; expiresAt: Date }> {
  const invitationId = work.newId('invitation')
  const token = newToken()
  const expiresAt = new Date(work.now.getTime() + 7 * 86_400_000)
  await work.db
    .insertInto('invitations')
    .values({
      id: invitationId,
      org_id: orgId,
      name,
      posts: [...posts],
      token_digest: sha256(token),
      created_by: work.actor.personId,
      created_at: work.now,
      expires_at: expiresAt,
      accepted_at: null,
    })
    .execute()
  return { invitationId, link: `${work.deps.settings.publicUrl}/invitations/accept?token=${token}`, expiresAt }
}

/** What the web needs to know of the signed-in person. */
export async function describeMe(work: Work, deps: Deps, personId: string): Promise<Me> {
  const row = await work.db
    .selectFrom('persons')
    .innerJoin('credentials', 'credentials.person_id', 'persons.id')
    .innerJoin('organisations', 'organisations.id', 'persons.org_id')
    .select([
      'persons.id',
      'persons.name',
      'persons.posts',
      'persons.locale',
      'credentials.login',
      'organisations.id as org_id',
      'organisations.name as org_name',
      'organisations.kind',
    ])
    .where('persons.id', '=', personId)
    .executeTakeFirstOrThrow()
  const actor: Actor = {
    personId: row.id,
    orgId: row.org_id,
    orgKind: row.kind as Role,
    posts: row.posts as Post[],
    name: row.name,
  }
  return {
    personId: row.id,
    name: row.name,
    login: row.login,
    orgId: row.org_id,
    orgName: row.org_name,
    orgKind: actor.orgKind,
    posts: row.posts as Post[],
    may: (Object.keys(housePermissions) as HouseAction[]).filter((action) => mayInHouse(actor, action)),
    locale: row.locale as Me['locale'],
    demo: deps.settings.demo,
  }
}

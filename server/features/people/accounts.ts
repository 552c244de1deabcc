import type { Post, Role } from '@zhongheng/domain/access/actor.ts'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import { fingerprintOf, newSigningKey } from '../../sealing/keys.ts'
import { seal } from '../../sealing/seal.ts'
import { newToken } from '../../sign-in/logins.ts'
import { type Work, sha256 } from '../../work/work.ts'
import { refuseTwoOfThree } from '../administration/reads.ts'

/** Makes an organisation with its own signing key; the private half is sealed under the house key. */
export async function makeOrganisation(
  work: Work,
  name: string,
  kind: Role,
  jurisdiction: string,
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
      jurisdiction,
      jurisdiction_stated_at: work.now,
    })
    .execute()
  return { orgId, fingerprint: fingerprintOf(pair.publicPem) }
}

/**
 * Makes a person with login and password hash. Runs as the system: sign-up has no signed-in person yet.
 * @throws Problem conflict LOGIN-3; wrong_state SEP-1 where the house came to separate its administrators after the invitation
 */
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
  await refuseTwoOfThree(work, person.orgId, person.posts)
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
      password_set_at: work.now,
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
      ended_at: null,
    })
    .execute()
  // In the fragment: it is sent to no server, stands in no log and in no Referer.
  return { invitationId, link: `${work.deps.settings.publicUrl}/invitations/accept#token=${token}`, expiresAt }
}

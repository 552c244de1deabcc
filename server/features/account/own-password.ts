import { checkPassword } from '@zhongheng/domain/access/password-rules.ts'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import { endTokens } from '../../sign-in/access-tokens.ts'
import { endLogins } from '../../sign-in/logins.ts'
import { hashPassword, verifyPassword } from '../../sign-in/passwords.ts'
import { tellOwner } from '../../sign-in/security-notices.ts'
import type { Work } from '../../work/work.ts'

/** Whether this is the signed-in person's password. Hashes belong to the system role. */
export async function ownPasswordIs(work: Work, password: string): Promise<boolean> {
  const row = await work.asSystem((db) =>
    db
      .selectFrom('credentials')
      .select('password_hash')
      .where('person_id', '=', work.actor.personId)
      .executeTakeFirstOrThrow(),
  )
  return verifyPassword(row.password_hash, password)
}

/**
 * Sets a password by the rules, and ends what the former one had opened: other logins, access tokens, links to reset it.
 * The second factor stays as it is. @throws Problem malformed PASSWORD-1 to PASSWORD-5
 */
export async function setPassword(
  work: Work,
  personId: string,
  password: string,
  keepLogin: string | null,
): Promise<void> {
  await work.asSystem(async (db) => {
    const owner = await db
      .selectFrom('persons')
      .innerJoin('credentials', 'credentials.person_id', 'persons.id')
      .innerJoin('organisations', 'organisations.id', 'persons.org_id')
      .select(['credentials.login', 'credentials.password_hash', 'persons.name', 'organisations.name as organisation'])
      .where('persons.id', '=', personId)
      .executeTakeFirstOrThrow()
    checkPassword(password, owner)
    if (await verifyPassword(owner.password_hash, password))
      throw new Problem('malformed', say('新密码须与原密码不同', 'the new password must differ from the former one'), {
        rule: 'PASSWORD-5',
        fields: [
          {
            field: 'body.password',
            limit: say('须与原密码不同', 'must differ from the former one'),
            fix: say('换一个密码', 'choose another'),
          },
        ],
      })
    await db
      .updateTable('credentials')
      .set({ password_hash: await hashPassword(password), password_set_at: work.now })
      .where('person_id', '=', personId)
      .execute()
    await db
      .updateTable('password_resets')
      .set({ ended_at: work.now })
      .where('person_id', '=', personId)
      .where('ended_at', 'is', null)
      .execute()
  })
  await endLogins(work, personId, { but: keepLogin }, 'password_changed')
  await endTokens(work, personId)
  await tellOwner(work, personId, 'password_changed')
}

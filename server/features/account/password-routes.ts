import { minutes } from '@zhongheng/domain/shared/clock.ts'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import { type Feature, route } from '../../http/registry.ts'
import { newToken, rotateLogin, settleLogin } from '../../sign-in/logins.ts'
import { admit, forgive, throttle } from '../../sign-in/throttle.ts'
import { sha256 } from '../../work/work.ts'
import { attemptOf, badPassword, loginOf, recordOf, refuseAfter } from './answers.ts'
import { ownPasswordIs, setPassword } from './own-password.ts'
import { activePerson, recoverablePerson } from './recoverable.ts'

/** How long a link to reset a password counts (milliseconds). */
const linkLife = minutes(15)

/** Changing a password, and getting a new one when it is lost. */
export const passwordRoutes: Feature = (deps) => [
  route('POST /api/account/password', {
    access: 'signed_in',
    whileWaiting: ['new_password'],
    references: {},
    before: (caller) => admit(deps, attemptOf(caller, loginOf(caller).account)),
    async handle({ work, body, caller, setLogin }) {
      const login = loginOf(caller)
      const { personId } = work.actor
      if (!(await ownPasswordIs(work, body.current))) {
        recordOf(work, 'login.refused', personId, { rule: 'LOGIN-6' })
        return refuseAfter(badPassword('body.current'))
      }
      await forgive(work, attemptOf(caller, login.account))
      await setPassword(work, personId, body.password, login.loginId)
      recordOf(work, 'password.changed', personId)
      const token = await rotateLogin(work, login.loginId, false)
      const settled =
        login.waitsFor === null
          ? {}
          : await work.asSystem(() => settleLogin(work, { loginId: login.loginId, personId, strong: true }, caller))
      setLogin({ token, ...settled })
    },
  }),
  route('POST /api/password-resets', {
    access: 'public',
    references: {},
    before: (caller) => throttle(deps, caller.address, 'password-reset'),
    async handle({ work, body }) {
      const found = await activePerson(work, body.login)
      // The same statements for a name that nobody has: nothing about the answer tells them apart.
      const open = await work.db
        .selectFrom('password_resets')
        .select('id')
        .where('person_id', '=', found?.id ?? 'nobody')
        .where('ended_at', 'is', null)
        .where('issued_at', 'is', null)
        .executeTakeFirst()
      if (found && !open) {
        await work.db
          .insertInto('password_resets')
          .values({
            id: work.newId('passwordReset'),
            person_id: found.id,
            org_id: found.org_id,
            asked_at: work.now,
            issued_at: null,
            issued_by: null,
            token_digest: null,
            expires_at: null,
            ended_at: null,
          })
          .execute()
      }
      recordOf(work, 'password.reset_asked', found?.id ?? null)
      return { asked: true as const }
    },
  }),
  route('POST /api/password-resets/use', {
    access: 'public',
    references: {},
    before: (caller) => throttle(deps, caller.address, 'password-reset-use'),
    async handle({ work, body }) {
      const spent = await work.db
        .updateTable('password_resets')
        .set({ ended_at: work.now })
        .where('token_digest', '=', sha256(body.token))
        .where('ended_at', 'is', null)
        .where('expires_at', '>', work.now)
        .returning('person_id')
        .executeTakeFirst()
      if (!spent)
        throw new Problem(
          'refused',
          say(
            '重置链接无效、已使用或已过期，请向管理员索取新链接',
            'the link is not valid, was used or has expired; ask an administrator for a new one',
          ),
          { rule: 'RESET-1' },
        )
      await setPassword(work, spent.person_id, body.password, null)
      recordOf(work, 'password.reset', spent.person_id)
    },
  }),
  route('POST /api/password-links', {
    access: 'members.recover',
    references: {},
    async handle({ work, body }) {
      const person = await recoverablePerson(work, body.login)
      const token = newToken()
      const expiresAt = new Date(work.now.getTime() + linkLife)
      // Requests and links belong to the account, not to the administrator, so the system keeps them.
      await work.asSystem(async (db) => {
        await db
          .updateTable('password_resets')
          .set({ ended_at: work.now })
          .where('person_id', '=', person.id)
          .where('ended_at', 'is', null)
          .execute()
        await db
          .insertInto('password_resets')
          .values({
            id: work.newId('passwordReset'),
            person_id: person.id,
            org_id: person.org_id,
            asked_at: work.now,
            issued_at: work.now,
            issued_by: work.actor.personId,
            token_digest: sha256(token),
            expires_at: expiresAt,
            ended_at: null,
          })
          .execute()
      })
      recordOf(work, 'password.reset_issued', person.id)
      // In the fragment: it is sent to no server, stands in no log and in no Referer.
      return { link: `${deps.settings.publicUrl}/password-reset#token=${token}`, expiresAt: expiresAt.toISOString() }
    },
  }),
]

import { isFresh } from '@zhongheng/domain/access/sign-in.ts'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import { type Feature, route } from '../../http/registry.ts'
import { beginLogin, endLogins, rotateLogin, settleLogin, standingOf } from '../../sign-in/logins.ts'
import { checkCode } from '../../sign-in/one-time-codes.ts'
import { passkeysWork } from '../../sign-in/passkeys.ts'
import { verifyPassword } from '../../sign-in/passwords.ts'
import { recoveryCodesLeft, spendRecoveryCode } from '../../sign-in/recovery-codes.ts'
import { tellOwner } from '../../sign-in/security-notices.ts'
import { admit, forgive } from '../../sign-in/throttle.ts'
import { attemptOf, badCode, badCredentials, badPassword, loginOf, recordOf, refuseAfter, signedIn } from './answers.ts'
import { ownPasswordIs } from './own-password.ts'

/** Signing in step by step, signing out, and confirming again that it is me. */
export const signInRoutes: Feature = (deps) => [
  route('GET /api/sign-in', {
    access: 'public',
    references: {},
    async handle({ work, caller }) {
      const waitsFor = caller.login?.waitsFor ?? null
      const passkeys = passkeysWork(deps.settings)
      if (waitsFor !== 'second_factor' || !caller.login) return { passkeys, waitsFor, factors: [] }
      const { personId } = caller.login.actor
      const standing = await standingOf(work, personId)
      const recovery = (await recoveryCodesLeft(work, personId)) > 0
      return {
        passkeys,
        waitsFor,
        factors: [
          ...(standing.hasPasskey && passkeys ? (['passkey'] as const) : []),
          ...(standing.hasCode ? (['code'] as const) : []),
          ...(recovery ? (['recovery'] as const) : []),
        ],
      }
    },
  }),
  route('POST /api/sign-in', {
    access: 'public',
    references: {},
    before: (caller, body) => admit(deps, attemptOf(caller, body.login)),
    async handle({ work, body, caller, setLogin }) {
      const found = await work.db
        .selectFrom('credentials')
        .innerJoin('persons', 'persons.id', 'credentials.person_id')
        .select(['credentials.person_id', 'credentials.password_hash', 'persons.state'])
        .where('login', '=', body.login)
        .executeTakeFirst()
      const right = await verifyPassword(found && found.state !== 'removed' ? found.password_hash : null, body.password)
      if (!right || !found) {
        recordOf(work, 'login.refused', found?.person_id ?? null, { rule: 'LOGIN-4' })
        return refuseAfter(badCredentials())
      }
      if (found.state === 'held') {
        recordOf(work, 'login.refused', found.person_id, { rule: 'LOGIN-9' })
        return refuseAfter(
          new Problem(
            'forbidden',
            say(
              '平台已自备份恢复，您的账号须由本单位管理员确认后才能登录',
              'the platform was restored from a backup; an administrator of your organisation has to confirm your account first',
            ),
            { rule: 'LOGIN-9' },
          ),
        )
      }
      await forgive(work, attemptOf(caller, body.login))
      const begun = await beginLogin(work, found.person_id, caller, { method: 'password', strong: false })
      setLogin(begun)
      return signedIn(work, found.person_id, begun.waitsFor)
    },
  }),
  route('POST /api/sign-in/second-factor', {
    access: 'signed_in',
    whileWaiting: ['second_factor'],
    references: {},
    before: (caller) => admit(deps, attemptOf(caller, loginOf(caller).account)),
    async handle({ work, body, caller, setLogin }) {
      const login = loginOf(caller)
      const { personId } = login.actor
      if (login.waitsFor !== 'second_factor')
        throw new Problem('wrong_state', say('此登录无需第二因素', 'this login waits for no second factor'), {
          rule: 'LOGIN-8',
        })
      const right =
        'code' in body
          ? await checkCode(work, personId, body.code)
          : await spendRecoveryCode(work, personId, body.recoveryCode)
      if (!right) {
        recordOf(work, 'login.refused', personId, { rule: 'LOGIN-7' })
        return refuseAfter(badCode('code' in body ? 'body.code' : 'body.recoveryCode'))
      }
      await forgive(work, attemptOf(caller, login.account))
      if ('recoveryCode' in body) {
        recordOf(work, 'recovery_code.used', personId)
        await tellOwner(work, personId, 'recovery_code_used')
      }
      // Shown a second factor, the login is another one: so is its cookie.
      const token = await rotateLogin(work, login.loginId, true)
      const settled = await work.asSystem(() =>
        settleLogin(work, { loginId: login.loginId, personId, strong: true }, caller),
      )
      setLogin({ token, ...settled })
      return signedIn(work, personId, settled.waitsFor)
    },
  }),
  route('POST /api/sign-out', {
    access: 'signed_in',
    whileWaiting: ['second_factor', 'enrolment', 'new_password'],
    references: {},
    async handle({ work, caller, setLogin }) {
      await endLogins(work, work.actor.personId, { only: loginOf(caller).loginId }, 'signed_out')
      recordOf(work, 'login.ended', work.actor.personId)
      setLogin(null)
    },
  }),
  route('GET /api/step-up', {
    access: 'signed_in',
    whileWaiting: ['enrolment', 'new_password'],
    references: {},
    async handle({ work, caller }) {
      const { hasCode, hasPasskey } = await work.asSystem(() => standingOf(work, work.actor.personId))
      return {
        fresh: isFresh(loginOf(caller).steppedUpAt, work.now),
        code: hasCode,
        passkey: hasPasskey && passkeysWork(deps.settings),
      }
    },
  }),
  route('POST /api/step-up', {
    access: 'signed_in',
    whileWaiting: ['enrolment', 'new_password'],
    references: {},
    before: (caller) => admit(deps, attemptOf(caller, loginOf(caller).account)),
    async handle({ work, body, caller, setLogin }) {
      const login = loginOf(caller)
      const { personId } = work.actor
      const { hasCode, hasPasskey } = await work.asSystem(() => standingOf(work, personId))
      if (!(await ownPasswordIs(work, body.password))) {
        recordOf(work, 'step_up.refused', personId, { rule: 'LOGIN-6' })
        return refuseAfter(badPassword('body.password'))
      }
      // Who has a second factor confirms with it: a password alone is what a thief of the cookie may know.
      const right = hasCode ? body.code !== undefined && (await checkCode(work, personId, body.code)) : !hasPasskey
      if (!right) {
        recordOf(work, 'step_up.refused', personId, { rule: 'LOGIN-7' })
        return refuseAfter(badCode('body.code'))
      }
      await forgive(work, attemptOf(caller, login.account))
      setLogin({ token: await rotateLogin(work, login.loginId, true) })
      recordOf(work, 'step_up.done', personId, { method: hasCode ? 'password_and_code' : 'password' })
    },
  }),
]

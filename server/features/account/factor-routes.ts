import { type LoginWait } from '@zhongheng/domain/access/sign-in.ts'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import { type Caller, type Feature, route } from '../../http/registry.ts'
import { type BegunLogin, rotateLogin, settleLogin, standingOf } from '../../sign-in/logins.ts'
import { beginCodes, confirmCodes, endCodes } from '../../sign-in/one-time-codes.ts'
import { endRecoveryCodes, makeRecoveryCodes, recoveryCodesLeft } from '../../sign-in/recovery-codes.ts'
import { tellOwner } from '../../sign-in/security-notices.ts'
import { admit, forgive } from '../../sign-in/throttle.ts'
import type { Work } from '../../work/work.ts'
import { attemptOf, badCode, loginOf, recordOf, refuseAfter } from './answers.ts'

/** One-time codes and recovery codes of the signed-in person. */
export const factorRoutes: Feature = (deps) => [
  route('POST /api/account/code', {
    access: 'signed_in',
    whileWaiting: ['enrolment'],
    references: {},
    handle: ({ work, caller }) => beginCodes(work, loginOf(caller).account),
  }),
  route('POST /api/account/code/confirmation', {
    access: 'signed_in',
    whileWaiting: ['enrolment'],
    references: {},
    before: (caller) => admit(deps, attemptOf(caller, loginOf(caller).account)),
    async handle({ work, body, caller, setLogin }) {
      const done = await confirmCodes(work, body.code)
      if (done === null) {
        recordOf(work, 'login.refused', work.actor.personId, { rule: 'LOGIN-7' })
        return refuseAfter(badCode('body.code'))
      }
      await forgive(work, attemptOf(caller, loginOf(caller).account))
      return factorAdded(work, caller, setLogin, done === 'enrolled' ? 'code.enrolled' : 'code.replaced')
    },
  }),
  route('DELETE /api/account/code', {
    access: 'signed_in',
    references: {},
    async handle({ work }) {
      await keepAFactor(work, 'code')
      if (!(await endCodes(work, work.actor.personId)))
        throw new Problem('wrong_state', say('尚未启用验证码', 'one-time codes are not in use'), { rule: 'FACTOR-1' })
      await factorEnded(work, 'code.removed')
    },
  }),
  route('POST /api/account/recovery-codes', {
    access: 'signed_in',
    references: {},
    async handle({ work }) {
      const { hasFactor } = await work.asSystem(() => standingOf(work, work.actor.personId))
      if (!hasFactor)
        throw new Problem('wrong_state', say('请先启用通行密钥或验证码', 'set up a passkey or one-time codes first'), {
          rule: 'FACTOR-2',
        })
      recordOf(work, 'recovery_codes.made', work.actor.personId)
      return { recoveryCodes: await makeRecoveryCodes(work, work.actor.personId) }
    },
  }),
]

/**
 * After a factor was added: the first one of an account brings recovery codes, a login that waited for it becomes whole, and
 * the cookie is another one.
 */
export async function factorAdded(
  work: Work,
  caller: Caller,
  setLogin: (begun: { token: string } & Partial<BegunLogin>) => void,
  kind: string,
): Promise<{ recoveryCodes: string[] | null; waitsFor: LoginWait | null }> {
  const login = loginOf(caller)
  const { personId } = work.actor
  recordOf(work, kind, personId)
  await tellOwner(work, personId, 'factor_added')
  const first = (await recoveryCodesLeft(work, personId)) === 0
  const recoveryCodes = first ? await makeRecoveryCodes(work, personId) : null
  if (first) recordOf(work, 'recovery_codes.made', personId)
  const token = await rotateLogin(work, login.loginId, true)
  if (login.waitsFor !== 'enrolment') {
    setLogin({ token })
    return { recoveryCodes, waitsFor: null }
  }
  const settled = await work.asSystem(() =>
    settleLogin(work, { loginId: login.loginId, personId, strong: true }, caller),
  )
  setLogin({ token, ...settled })
  return { recoveryCodes, waitsFor: settled.waitsFor }
}

/** @throws Problem refused FACTOR-3 where a second factor is demanded and this is the last one */
export async function keepAFactor(work: Work, which: 'code' | 'passkey', passkeys = 0): Promise<void> {
  const { demanded, hasCode, hasPasskey } = await work.asSystem(() => standingOf(work, work.actor.personId))
  const other = which === 'code' ? hasPasskey : hasCode || passkeys > 1
  if (demanded && !other)
    throw new Problem(
      'refused',
      say('您的岗位须有第二因素；请先添加另一种', 'your post needs a second factor; add another one first'),
      { rule: 'FACTOR-3' },
    )
}

/** With the last factor go the recovery codes that stood for it. */
export async function factorEnded(work: Work, kind: string): Promise<void> {
  const { personId } = work.actor
  const { hasFactor } = await work.asSystem(() => standingOf(work, personId))
  if (!hasFactor) await endRecoveryCodes(work, personId)
  recordOf(work, kind, personId)
  await tellOwner(work, personId, 'factor_removed')
}

import type { SignedIn } from '@zhongheng/contracts/http/account.ts'
import type { LoginWait } from '@zhongheng/domain/access/sign-in.ts'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import type { Caller } from '../../http/registry.ts'
import type { Login } from '../../sign-in/logins.ts'
import type { Attempt } from '../../sign-in/throttle.ts'
import type { Work } from '../../work/work.ts'
import { describeMe } from '../people/reads.ts'

/** What the page is told after a step of signing in: who is signed in stays unsaid until the login is whole. */
export const signedIn = async (work: Work, personId: string, waitsFor: LoginWait | null): Promise<SignedIn> => ({
  waitsFor,
  me: waitsFor === null ? await work.asSystem(() => describeMe(work, personId)) : null,
})

export const attemptOf = (caller: Caller, account: string): Attempt => ({
  account,
  address: caller.address,
  devices: caller.devices,
})

/** The login of a route that only logins reach. @throws Problem unauthenticated LOGIN-1 */
export function loginOf(caller: Caller): Login {
  if (!caller.login) throw new Problem('unauthenticated', say('请先登录', 'sign in first'), { rule: 'LOGIN-1' })
  return caller.login
}

/** One answer for an unknown name and a wrong password. */
export const badCredentials = (): Problem =>
  new Problem('unauthenticated', say('登录名或密码不正确', 'login name or password is wrong'), { rule: 'LOGIN-4' })
export const badPassword = (field: string): Problem =>
  new Problem('refused', say('当前密码不正确', 'the current password is wrong'), {
    rule: 'LOGIN-6',
    fields: [{ field, limit: say('当前密码', 'the current password'), fix: say('重新输入', 'type it again') }],
  })
export const badCode = (field: string): Problem =>
  new Problem('refused', say('验证码不正确、已过期或已用过', 'the code is wrong, too old or was used'), {
    rule: 'LOGIN-7',
    fields: [
      {
        field,
        limit: say('每个验证码只能用一次', 'each code counts once'),
        fix: say('等待下一个验证码再试', 'wait for the next code and try again'),
      },
    ],
  })

/** An event about a person's own sign-in; facts are ids and words of ours, never what was typed. */
export function recordOf(
  work: Work,
  kind: string,
  personId: string | null,
  facts: { readonly [name: string]: string | number | boolean | null } = {},
): void {
  work.record({
    kind,
    engagementId: null,
    subject: personId,
    role: work.actor.orgId ? work.actor.orgKind : 'system',
    audience: 'house',
    facts,
  })
}

/** Refuses after the commit, so that what was counted and recorded about the refusal stays. */
export const refuseAfter = (problem: Problem): { later: () => Promise<never> } => ({
  later: () => Promise.reject(problem),
})

import type { Actor } from '@zhongheng/domain/access/actor.ts'
import { mayInHouse } from '@zhongheng/domain/access/matrix.ts'
import { isFresh } from '@zhongheng/domain/access/sign-in.ts'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import type { FastifyRequest } from 'fastify'
import { type AccessToken, findAccessToken, tokenStillLives } from '../sign-in/access-tokens.ts'
import { type Login, findLogin, loginStillLives } from '../sign-in/logins.ts'
import type { Deps } from '../work/deps.ts'
import type { Route } from './registry.ts'

/** Who calls: a login in a browser, or a program with a token that somebody gave it. */
export type Who = {
  readonly actor: Actor
  readonly locale: string
  readonly login: Login | null
  readonly token: AccessToken | null
  /** Whether this right still holds, for streams that outlive their request. */
  stillLives(): Promise<boolean>
}

/**
 * Finds who calls. A call with `Authorization` is a program's and nothing else: its cookie does not count.
 * @param counts whether the call is a use of the login, which then does not fall idle
 * @throws Problem unauthenticated TOKEN-1, for a token that does not hold
 */
export async function whoCalls(
  deps: Deps,
  request: FastifyRequest,
  cookie: string | undefined,
  counts = true,
): Promise<Who | null> {
  if (request.headers.authorization !== undefined) {
    const text = /^Bearer (\S{1,100})$/i.exec(request.headers.authorization)?.[1] ?? ''
    const token = await findAccessToken(deps, text)
    if (!token)
      throw new Problem(
        'unauthenticated',
        say('访问令牌无效、已过期或已收回', 'the access token is not valid, has expired or was ended'),
        { rule: 'TOKEN-1' },
      )
    const { actor, locale } = token
    return { actor, locale, login: null, token, stillLives: () => tokenStillLives(deps, token.tokenId, actor.posts) }
  }
  const login = cookie ? await findLogin(deps, cookie, counts) : null
  if (!login) return null
  const { actor, locale, loginId } = login
  return { actor, locale, login, token: null, stillLives: () => loginStillLives(deps, loginId, actor.posts) }
}

/**
 * Whether this caller may use this route at all, before anything of the request is read. What they may do with the
 * objects it names is decided by the references. @throws Problem unauthenticated or forbidden
 */
export function checkEntry(who: Who | null, one: Route): asserts who is Who {
  if (!who) throw new Problem('unauthenticated', say('请先登录', 'sign in first'), { rule: 'LOGIN-1' })
  const waitsFor = who.login?.waitsFor ?? null
  if (waitsFor !== null && !one.whileWaiting.includes(waitsFor))
    throw new Problem('unauthenticated', say('请先完成登录', 'finish signing in first'), { rule: 'LOGIN-5' })
  if (who.token) checkToken(who.token, one)
  if (one.access !== 'signed_in' && one.access !== 'public' && !mayInHouse(who.actor, one.access))
    throw new Problem(
      'forbidden',
      say('您的单位类型或岗位不能执行此操作', 'your kind of organisation or your post may not do this'),
      { rule: 'ROLE-2' },
    )
}

/** A token opens what its scopes name, and never what asks for a person in front of the screen. */
function checkToken(token: AccessToken, one: Route): void {
  if (one.endpoint.stepUp || one.endpoint.personOnly)
    throw new Problem(
      'forbidden',
      say('此操作须本人登录后进行，不能使用访问令牌', 'this needs a person who is signed in, not an access token'),
      { rule: 'TOKEN-2' },
    )
  const scope = `${one.area ?? 'none'}:${one.method === 'GET' ? 'read' : 'write'}`
  if (!token.scopes.includes(scope))
    throw new Problem('forbidden', say(`访问令牌没有权限 ${scope}`, `the access token lacks the scope ${scope}`), {
      rule: 'TOKEN-3',
    })
}

/** Dangerous acts want a re-authentication of the last five minutes. @throws Problem forbidden STEPUP-1 */
export function checkStepUp(who: Who, one: Route, body: unknown, now: Date): void {
  const { stepUp } = one.endpoint
  if (!stepUp || (stepUp !== true && !one.stepUpWhen?.(body as never))) return
  if (isFresh(who.login?.steppedUpAt ?? null, now)) return
  throw new Problem(
    'forbidden',
    say('此操作需要重新验证身份，五分钟内有效', 'confirm that it is you; this holds for five minutes'),
    { rule: 'STEPUP-1' },
  )
}

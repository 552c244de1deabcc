import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import type { Work } from '../work/work.ts'
import type { Who } from './who.ts'

/**
 * Holds the caller's right until this commit: an end of it that is under way is waited for and then counts, one that comes now waits for
 * us. So nothing is revealed or changed by a right after the commit that ended it. @throws Problem unauthenticated LOGIN-1
 */
export async function holdRight(work: Work, who: Who): Promise<void> {
  const held = await work.asSystem(async (db) => {
    const person = await db
      .selectFrom('persons')
      .select('state')
      .where('id', '=', who.actor.personId)
      .forShare()
      .executeTakeFirst()
    const right =
      who.login !== null
        ? await db
            .selectFrom('logins')
            .select('ended_at')
            .where('id', '=', who.login.loginId)
            .forShare()
            .executeTakeFirst()
        : await db
            .selectFrom('access_tokens')
            .select('ended_at')
            .where('id', '=', who.token?.tokenId ?? '')
            .forShare()
            .executeTakeFirst()
    return person?.state === 'active' && right !== undefined && right.ended_at === null
  })
  if (!held) throw new Problem('unauthenticated', say('请先登录', 'sign in first'), { rule: 'LOGIN-1' })
}

import { minutes } from '@zhongheng/domain/shared/clock.ts'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import { sql } from 'kysely'
import type { Deps } from '../work/deps.ts'
import { type Work, inSystemWork, sha256 } from '../work/work.ts'

const span = minutes(10)

/** Checks of one kind are counted apart from those of another, each in ten minutes. */
export type ThrottleKind = { readonly mark: string; readonly name: number; readonly address: number }
const signIn: ThrottleKind = { mark: '', name: 10, address: 60 }
/** Every witness hands in a line several times a minute, and several may share an address. */
export const cosigning: ThrottleKind = { mark: 'cosign ', name: 200, address: 1000 }

/**
 * The one throttle over every check of a credential: per name from one address, and per address. It counts before the
 * check, in a transaction of its own, so that a refused guess stays counted. Naming somebody else's login from
 * another address does not lock them out.
 * @throws Problem too_many
 */
export async function throttle(deps: Deps, address: string, name: string, kind: ThrottleKind = signIn): Promise<void> {
  const keys: [string, number][] = [
    [sha256(`${kind.mark}name ${name} ${address}`), kind.name],
    [sha256(`${kind.mark}address ${address}`), kind.address],
  ]
  const over = await inSystemWork(deps, async (work) => {
    const since = new Date(work.now.getTime() - span)
    let tooMany = false
    for (const [key, limit] of keys) {
      const counted = await sql<{ count: number }>`
        insert into throttles (key, since, count) values (${key}, ${work.now}, 1)
        on conflict (key) do update set
          count = case when throttles.since < ${since} then 1 else throttles.count + 1 end,
          since = case when throttles.since < ${since} then ${work.now} else throttles.since end
        returning count`.execute(work.db)
      if ((counted.rows[0]?.count ?? 0) > limit) tooMany = true
    }
    return tooMany
  })
  if (over)
    throw new Problem('too_many', say('尝试次数过多，请 10 分钟后再试', 'too many attempts; try again in 10 minutes'), {
      rule: 'LOGIN-2',
      fields: [
        {
          field: 'login',
          limit: say(`10 分钟内最多 ${kind.name} 次`, `at most ${kind.name} attempts in 10 minutes`),
          fix: say('稍后再试', 'wait and try again'),
        },
      ],
    })
}

/** A right password clears the name's count, so that people who mistype are not punished afterwards. */
export async function forgive(work: Work, address: string, name: string): Promise<void> {
  await work.db
    .deleteFrom('throttles')
    .where('key', '=', sha256(`name ${name} ${address}`))
    .execute()
}

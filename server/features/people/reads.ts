import type { Actor, Post, Role } from '@zhongheng/domain/access/actor.ts'
import { hours, minutes } from '@zhongheng/domain/shared/clock.ts'
import type { Deps } from '../../work/deps.ts'
import { inSystemWork, sha256 } from '../../work/work.ts'

export type Login = { readonly loginId: string; readonly actor: Actor; readonly locale: string }

/** Idle and absolute limits of a login (GBT43741-PS-03). */
export const loginLimits = { idle: hours(2), absolute: hours(12) }

/** Finds the live login behind a cookie. Ended, idle and expired logins and removed people answer null. */
export async function findLogin(deps: Deps, token: string): Promise<Login | null> {
  if (!/^[\w-]{43}$/.test(token)) return null
  return inSystemWork(deps, async (work) => {
    const row = await work.db
      .selectFrom('logins')
      .innerJoin('persons', 'persons.id', 'logins.person_id')
      .innerJoin('organisations', 'organisations.id', 'persons.org_id')
      .select([
        'logins.id',
        'logins.seen_at',
        'persons.id as person_id',
        'persons.name',
        'persons.posts',
        'persons.locale',
        'organisations.id as org_id',
        'organisations.kind',
      ])
      .where('logins.token_digest', '=', sha256(token))
      .where('logins.ended_at', 'is', null)
      .where('logins.expires_at', '>', work.now)
      .where('logins.seen_at', '>', new Date(work.now.getTime() - loginLimits.idle))
      .where('persons.state', '=', 'active')
      .executeTakeFirst()
    if (!row) return null
    // One write a minute is enough for the idle limit and keeps reads cheap.
    if (work.now.getTime() - row.seen_at.getTime() > minutes(1))
      await work.db.updateTable('logins').set({ seen_at: work.now }).where('id', '=', row.id).execute()
    return {
      loginId: row.id,
      locale: row.locale,
      actor: {
        personId: row.person_id,
        orgId: row.org_id,
        orgKind: row.kind as Role,
        posts: row.posts as Post[],
        name: row.name,
      },
    }
  })
}

/** Whether a login that began earlier still holds: for streams that outlive their request. */
export async function loginStillLives(deps: Deps, loginId: string | null): Promise<boolean> {
  if (!loginId) return false
  return inSystemWork(deps, async (work) => {
    const row = await work.db
      .selectFrom('logins')
      .innerJoin('persons', 'persons.id', 'logins.person_id')
      .select('logins.id')
      .where('logins.id', '=', loginId)
      .where('ended_at', 'is', null)
      .where('expires_at', '>', work.now)
      .where('seen_at', '>', new Date(work.now.getTime() - loginLimits.idle))
      .where('persons.state', '=', 'active')
      .executeTakeFirst()
    return row !== undefined
  })
}

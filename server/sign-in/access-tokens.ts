import type { Actor, Post, Role } from '@zhongheng/domain/access/actor.ts'
import { heldPosts } from '@zhongheng/domain/access/held-posts.ts'
import { minutes } from '@zhongheng/domain/shared/clock.ts'
import { stillHolds } from './logins.ts'
import type { Deps } from '../work/deps.ts'
import { type Work, inSystemWork, sha256 } from '../work/work.ts'

export type AccessToken = {
  readonly tokenId: string
  readonly actor: Actor
  readonly locale: string
  readonly scopes: readonly string[]
}

/** What tokens begin with, so that a leaked one is recognised by scanners and people. */
export const tokenPrefix = 'zhp_'

const liveTokens = (work: Work) =>
  work.db
    .selectFrom('access_tokens')
    .innerJoin('persons', 'persons.id', 'access_tokens.person_id')
    .innerJoin('organisations', 'organisations.id', 'persons.org_id')
    .where('access_tokens.ended_at', 'is', null)
    .where('access_tokens.expires_at', '>', work.now)
    .where('persons.state', '=', 'active')

/** The person behind a token; null when it is unknown, ended or expired, or its owner is gone. */
export async function findAccessToken(deps: Deps, text: string): Promise<AccessToken | null> {
  if (!/^zhp_[\w-]{43}$/.test(text)) return null
  return inSystemWork(deps, async (work) => {
    const row = await liveTokens(work)
      .select([
        'access_tokens.id',
        'access_tokens.scopes',
        'access_tokens.last_used_at',
        'persons.id as person_id',
        'persons.name',
        'persons.posts',
        'persons.post_ends',
        'persons.locale',
        'organisations.id as org_id',
        'organisations.kind',
      ])
      .where('access_tokens.token_digest', '=', sha256(text))
      .executeTakeFirst()
    if (!row) return null
    if (work.now.getTime() - (row.last_used_at?.getTime() ?? 0) > minutes(1))
      await work.db.updateTable('access_tokens').set({ last_used_at: work.now }).where('id', '=', row.id).execute()
    return {
      tokenId: row.id,
      locale: row.locale,
      scopes: row.scopes,
      actor: {
        personId: row.person_id,
        orgId: row.org_id,
        orgKind: row.kind as Role,
        posts: heldPosts(row.posts, row.post_ends, work.now),
        name: row.name,
      },
    }
  })
}

export const tokenStillLives = (deps: Deps, tokenId: string, posts: readonly Post[]): Promise<boolean> =>
  inSystemWork(deps, async (work) => {
    const row = await liveTokens(work)
      .select(['persons.posts', 'persons.post_ends'])
      .where('access_tokens.id', '=', tokenId)
      .executeTakeFirst()
    return row !== undefined && stillHolds(row, posts, work.now)
  })

/** Ends every token of a person, with the logins that they could have been made from. */
export async function endTokens(work: Work, personId: string): Promise<string[]> {
  return work.asSystem(async (db) => {
    const rows = await db
      .updateTable('access_tokens')
      .set({ ended_at: work.now })
      .where('person_id', '=', personId)
      .where('ended_at', 'is', null)
      .returning('id')
      .execute()
    return rows.map((row) => row.id)
  })
}

import { heldPosts } from '@zhongheng/domain/access/held-posts.ts'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import { sql } from 'kysely'
import { notFound } from '../../http/problems.ts'
import type { Work } from '../../work/work.ts'

export const activePerson = (work: Work, login: string) =>
  work.db
    .selectFrom('credentials')
    .innerJoin('persons', 'persons.id', 'credentials.person_id')
    .select(['persons.id', 'persons.org_id', 'persons.name'])
    .where('login', '=', login)
    .where('persons.state', '=', 'active')
    .executeTakeFirst()

/**
 * Somebody whose account an administrator may help back: of the own house; the organizer also helps houses in which nobody
 * is left to ask. Never oneself: who is signed in changes the password, and a lost factor is a matter for others.
 * @throws Problem not_found, RECOVER-1, RECOVER-4
 */
export async function recoverablePerson(
  work: Work,
  login: string,
): Promise<{ id: string; org_id: string; name: string }> {
  const found = await work.asSystem(() => activePerson(work, login))
  if (!found || (found.org_id !== work.actor.orgId && work.actor.orgKind !== 'organizer')) throw notFound()
  if (found.id === work.actor.personId)
    throw new Problem('refused', say('不能为自己办理', 'not for yourself'), { rule: 'RECOVER-1' })
  const helpers = await helpersAtHome(work, [found.org_id])
  if (!mayHelp(work, found.org_id, helpers, [found.id])) throw helpedAtHome()
  return found
}

export const helpedAtHome = (): Problem =>
  new Problem(
    'refused',
    say(
      '该单位有自己的安全管理员，须由其办理',
      'that organisation has a security administrator of its own, who does this',
    ),
    { rule: 'RECOVER-4' },
  )

/** Who could help somebody back in these houses, by house: ids of those whose post of security administrator holds. */
export async function helpersAtHome(work: Work, orgIds: readonly string[]): Promise<ReadonlyMap<string, Set<string>>> {
  const found = new Map<string, Set<string>>(orgIds.map((orgId) => [orgId, new Set()]))
  if (orgIds.length === 0) return found
  const rows = await work.asSystem((db) =>
    db
      .selectFrom('persons')
      .select(['id', 'org_id', 'posts', 'post_ends'])
      .where('org_id', 'in', orgIds)
      .where('state', '=', 'active')
      .where(sql<boolean>`'security_admin' = any (posts)`)
      .execute(),
  )
  for (const { id, org_id, posts, post_ends } of rows)
    if (heldPosts(posts, post_ends, work.now).includes('security_admin')) found.get(org_id)?.add(id)
  return found
}

/** Whether it is for the actor to help: of the own house always; elsewhere only where nobody but these is there to do it. */
export const mayHelp = (
  work: Work,
  orgId: string,
  helpers: ReadonlyMap<string, ReadonlySet<string>>,
  but: readonly string[],
): boolean => orgId === work.actor.orgId || [...(helpers.get(orgId) ?? [])].every((id) => but.includes(id))

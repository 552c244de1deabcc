import type { Me } from '@zhongheng/contracts/http/people.ts'
import { heldPosts } from '@zhongheng/domain/access/held-posts.ts'
import type { Actor, Role } from '@zhongheng/domain/access/actor.ts'
import { type HouseAction, housePermissions, mayInHouse } from '@zhongheng/domain/access/matrix.ts'
import type { Work } from '../../work/work.ts'
import { noticeDueOf } from '../privacy/reads.ts'

export { placeMember } from './places.ts'

/** What the web needs to know of the signed-in person. */
export async function describeMe(work: Work, personId: string): Promise<Me> {
  const row = await work.db
    .selectFrom('persons')
    .innerJoin('credentials', 'credentials.person_id', 'persons.id')
    .innerJoin('organisations', 'organisations.id', 'persons.org_id')
    .select([
      'persons.id',
      'persons.name',
      'persons.posts',
      'persons.post_ends',
      'persons.locale',
      'credentials.login',
      'organisations.id as org_id',
      'organisations.name as org_name',
      'organisations.kind',
    ])
    .where('persons.id', '=', personId)
    .executeTakeFirstOrThrow()
  const posts = heldPosts(row.posts, row.post_ends, work.now)
  const actor: Actor = {
    personId: row.id,
    orgId: row.org_id,
    orgKind: row.kind as Role,
    posts,
    name: row.name,
  }
  return {
    personId: row.id,
    name: row.name,
    login: row.login,
    orgId: row.org_id,
    orgName: row.org_name,
    orgKind: actor.orgKind,
    posts,
    may: (Object.keys(housePermissions) as HouseAction[]).filter((action) => mayInHouse(actor, action)),
    locale: row.locale as Me['locale'],
    demo: work.deps.settings.demo,
    noticeDue: await noticeDueOf(work, row.id),
  }
}

/** Somebody of the actor's own house, in whatever state; what is wanted of them is the asker's to select. */
export const ofOwnHouse = (work: Work, personId: string) =>
  work.db.selectFrom('persons').where('id', '=', personId).where('org_id', '=', work.actor.orgId)

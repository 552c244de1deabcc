import { randomBytes } from 'node:crypto'
import type { Actor, Role } from '@zhongheng/domain/access/actor.ts'
import { heldPosts } from '@zhongheng/domain/access/held-posts.ts'
import { type NewNotice, noticesFrom } from '@zhongheng/domain/notices/from-events.ts'
import { isOpen } from '@zhongheng/domain/access/work-team.ts'
import { mayBeTold } from '@zhongheng/domain/notices/kinds.ts'
import { isInside } from '@zhongheng/domain/jurisdiction/border.ts'
import { makeId } from '@zhongheng/domain/shared/ids.ts'
import { sql } from 'kysely'
import type { BareWork, Db, NewEvent } from './work.ts'
import { workEnds } from './work-ends.ts'

/** The channel on which pages hear that there is something new for one person; what is said is that person's id. */
export const personChannel = 'zh_notices'

type Reader = { readonly actor: Actor; readonly role: Role | null; readonly inside: boolean }

/**
 * Makes the notices of a commit's events, in that commit. As the system, because whoever acts neither sees nor chooses
 * who is told. Locks are taken in one order, so that acts at the same moment do not hold up each other for ever.
 */
export async function makeNotices(work: BareWork, events: readonly NewEvent[]): Promise<void> {
  const told = noticesFrom(events)
  if (told.length === 0) return
  await work.asSystem(async (db) => {
    const rows = new Map<string, { notice: NewNotice; personId: string; orgId: string }>()
    for (const notice of told)
      for (const { actor } of await readersOf(work, db, notice))
        rows.set(`${actor.personId} ${notice.kind} ${notice.about}`, {
          notice,
          personId: actor.personId,
          orgId: actor.orgId,
        })
    if (rows.size === 0) return
    await db
      .insertInto('notices')
      .values(
        [...rows]
          .toSorted(([one], [other]) => (one < other ? -1 : 1))
          .map(([, { notice, personId, orgId }]) => ({
            id: makeId('notice', work.now, randomBytes(10)),
            person_id: personId,
            org_id: orgId,
            kind: notice.kind,
            engagement_id: notice.engagementId,
            finding_id: notice.findingId,
            about: notice.about,
            facts: JSON.stringify(notice.facts),
            at: work.now,
            read_at: null,
          })),
      )
      .onConflict((conflict) =>
        conflict
          .columns(['person_id', 'kind', 'about'])
          .where('read_at', 'is', null)
          .doUpdateSet((eb) => ({
            at: eb.ref('excluded.at'),
            facts: eb.ref('excluded.facts'),
            finding_id: eb.ref('excluded.finding_id'),
            times: eb('notices.times', '+', 1),
          })),
      )
      .execute()
    const people = [...new Set([...rows.values()].map(({ personId }) => personId))]
    await queueMails(work, db, people)
    await sql`select pg_notify(${personChannel}, person) from unnest(${people}::text[]) as person`.execute(db)
  })
}

/** Lets a line wait for each of those who have a mail address: that there is something, and not what. */
async function queueMails(work: BareWork, db: Db, people: readonly string[]): Promise<void> {
  const mailed = await db
    .selectFrom('mail_addresses')
    .select(['person_id', 'org_id'])
    .where('person_id', 'in', [...people])
    .where('verified_at', 'is not', null)
    .orderBy('person_id')
    .execute()
  if (mailed.length === 0) return
  await db
    .insertInto('mail_queue')
    .values(
      mailed.map((row) => ({
        ...row,
        id: makeId('mail', work.now, randomBytes(10)),
        purpose: 'notices',
        state: 'waiting',
        at: work.now,
        next_try_at: work.now,
      })),
    )
    // One that failed keeps its wait; one that waits for company is looked at again, for this may be urgent.
    .onConflict((conflict) =>
      conflict
        .columns(['person_id', 'purpose'])
        .where('state', '=', 'waiting')
        .doUpdateSet({
          next_try_at: sql`case when mail_queue.tries = 0 then least(mail_queue.next_try_at, ${work.now}) else mail_queue.next_try_at end`,
        }),
    )
    .execute()
}

/** Those who are addressed, hold the right, and may know of the finding. */
async function readersOf(work: BareWork, db: Db, notice: NewNotice): Promise<Reader[]> {
  const found = notice.findingId === null ? null : await findingOf(db, notice.findingId)
  const within = notice.engagementId ?? notice.within ?? null
  const workEnd = await workEnds(db, within === null ? [] : [within])
  return (await addressed(work, db, notice)).filter(({ actor, role, inside }) => {
    // Whom the house did not give the engagement to is told nothing of it.
    if (within !== null && !isOpen(workEnd(within, actor.personId), work.now)) return false
    if (actor.personId === work.actor.personId && notice.to.who !== 'account') return false
    if (!mayBeTold(actor, notice.kind, role, { facts: notice.facts, inside })) return false
    // What was not passed on is not there for the demand side; of testers each knows of their own.
    if (found === null) return true
    return role === 'demand' ? found.passed : role !== 'tester' || found.personId === actor.personId
  })
}

async function findingOf(db: Db, id: string): Promise<{ personId: string; passed: boolean } | null> {
  const row = await db.selectFrom('findings').select(['person_id', 'passed_at']).where('id', '=', id).executeTakeFirst()
  return row ? { personId: row.person_id, passed: row.passed_at !== null } : null
}

async function addressed(work: BareWork, db: Db, notice: NewNotice): Promise<Reader[]> {
  const { to } = notice
  switch (to.who) {
    case 'roles':
      return (await partiesOf(work, db, notice)).filter(({ role }) => role !== null && to.roles.includes(role))
    case 'own_side':
      return (await partiesOf(work, db, notice)).filter(({ actor }) => actor.orgId === work.actor.orgId)
    case 'house':
      return people(work, db, notice, (query) => query.where('persons.org_id', '=', work.actor.orgId))
    case 'members':
      return people(work, db, notice, (query) => query.where('persons.org_id', '=', to.orgId))
    case 'person':
    case 'account':
      return people(work, db, notice, (query) => query.where('persons.id', '=', to.personId))
    case 'owner': {
      const owner = await db.selectFrom(to.of).select('person_id').where('id', '=', to.id).executeTakeFirst()
      return owner ? people(work, db, notice, (query) => query.where('persons.id', '=', owner.person_id)) : []
    }
  }
}

/** Everybody of the parties; of testers those who were admitted. */
const partiesOf = (work: BareWork, db: Db, notice: NewNotice): Promise<Reader[]> =>
  people(work, db, notice, (query) =>
    query.where((eb) =>
      eb.or([
        eb('parties.role', 'in', ['demand', 'organizer', 'auditor']),
        eb.and([
          eb('parties.role', '=', 'tester'),
          eb.exists(
            eb
              .selectFrom('enrollments')
              .select('enrollments.id')
              .whereRef('enrollments.person_id', '=', 'persons.id')
              .where('enrollments.engagement_id', '=', notice.engagementId)
              .where('enrollments.state', '=', 'admitted'),
          ),
        ]),
      ]),
    ),
  )

const peopleQuery = (db: Db, engagementId: string | null) =>
  db
    .selectFrom('persons')
    .innerJoin('organisations', 'organisations.id', 'persons.org_id')
    .leftJoin('parties', (join) =>
      join.onRef('parties.org_id', '=', 'persons.org_id').on('parties.engagement_id', '=', engagementId ?? ''),
    )
    .select([
      'persons.id',
      'persons.org_id',
      'persons.name',
      'persons.posts',
      'persons.post_ends',
      'persons.jurisdiction',
    ])
    .select(['organisations.kind', 'organisations.jurisdiction as house_jurisdiction', 'parties.role'])
    .where('persons.state', '=', 'active')

type Query = ReturnType<typeof peopleQuery>

async function people(work: BareWork, db: Db, notice: NewNotice, which: (query: Query) => Query): Promise<Reader[]> {
  const rows = await which(peopleQuery(db, notice.engagementId)).execute()
  return rows.map((row) => ({
    actor: {
      personId: row.id,
      orgId: row.org_id,
      orgKind: row.kind as Role,
      posts: heldPosts(row.posts, row.post_ends, work.now),
      name: row.name,
    },
    role: row.role as Role | null,
    inside: isInside({ organisation: row.house_jurisdiction, person: row.jurisdiction }),
  }))
}

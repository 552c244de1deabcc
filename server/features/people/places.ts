import { mayInHouse } from '@zhongheng/domain/access/matrix.ts'
import type { Member, Organisation } from '@zhongheng/contracts/http/people.ts'
import { isInside } from '@zhongheng/domain/jurisdiction/border.ts'
import { notFound } from '../../http/problems.ts'
import type { Reference } from '../../http/registry.ts'
import { checkVersion } from '../../work/versions.ts'
import { placeOf } from '../../work/border.ts'
import type { Work } from '../../work/work.ts'
import { endRights } from './end-rights.ts'
import { memberColumns, organisationColumns, viewMember, viewOrganisation } from './views.ts'

type Placed = { id: string; jurisdiction: string | null; version: number }

/** An organisation of this installation; only the organizer's routes declare it. */
export const organisationRef: Reference<Placed> = {
  about: 'organisation of this installation',
  async load(work, id) {
    const row = await work.db
      .selectFrom('organisations')
      .select(['id', 'jurisdiction', 'version'])
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirst()
    if (!row) throw notFound()
    return row
  },
}

/**
 * Says where an organisation is. Of people who are not in the mainland any more, logins, tokens and leases end in the same
 * commit, so that no stream outlives the change.
 */
export async function placeOrganisation(
  work: Work,
  organisation: Placed,
  given: { jurisdiction: string; version: number },
  askedBy: string | null,
): Promise<Organisation> {
  checkVersion(organisation.version, given.version)
  // Members of another house are not this person's rows.
  const before = await work.asSystem((db) =>
    db.selectFrom('persons').select(['id', 'jurisdiction']).where('org_id', '=', organisation.id).execute(),
  )
  await work.db
    .updateTable('organisations')
    .set({
      jurisdiction: given.jurisdiction,
      jurisdiction_stated_at: work.now,
      version: organisation.version + 1,
    })
    .where('id', '=', organisation.id)
    .execute()
  for (const { id, jurisdiction: person } of before)
    if (
      isInside({ organisation: organisation.jurisdiction, person }) &&
      !isInside({ organisation: given.jurisdiction, person })
    )
      await endRights(work, id, 'moved_abroad', askedBy)
  work.record({
    kind: 'organisation.placed',
    engagementId: null,
    subject: organisation.id,
    role: work.actor.orgKind,
    audience: 'house',
    facts: { from: organisation.jurisdiction, to: given.jurisdiction },
  })
  const row = await work.db
    .selectFrom('organisations')
    .select(organisationColumns)
    .where('id', '=', organisation.id)
    .executeTakeFirstOrThrow()
  return viewOrganisation(row)
}

/** Says where a member works; null: where the organisation is. @throws Problem conflict VERSION-1 */
export async function placeMember(
  work: Work,
  member: { id: string; version: number },
  given: { jurisdiction: string | null; version: number },
  askedBy: string | null,
): Promise<Member> {
  checkVersion(member.version, given.version)
  const before = await placeOf(work.db, member.id)
  await work.db
    .updateTable('persons')
    .set({ jurisdiction: given.jurisdiction, version: member.version + 1 })
    .where('id', '=', member.id)
    .execute()
  if (isInside(before) && !isInside({ ...before, person: given.jurisdiction }))
    await endRights(work, member.id, 'moved_abroad', askedBy)
  work.record({
    kind: 'member.placed',
    engagementId: null,
    subject: member.id,
    role: work.actor.orgKind,
    audience: 'house',
    facts: { from: before.person, to: given.jurisdiction },
  })
  const row = await work.db
    .selectFrom('persons')
    .innerJoin('credentials', 'credentials.person_id', 'persons.id')
    .select(memberColumns)
    .where('persons.id', '=', member.id)
    .executeTakeFirstOrThrow()
  return viewMember(row)
}

/** Organisations whose place an administrator of the organizer has yet to confirm. */
export async function placesWaiting(work: Work): Promise<number> {
  if (!mayInHouse(work.actor, 'organisations.place')) return 0
  const { count } = await work.db
    .selectFrom('organisations')
    .select((eb) => eb.fn.countAll<string>().as('count'))
    .where('jurisdiction_stated_at', 'is', null)
    .executeTakeFirstOrThrow()
  return Number(count)
}

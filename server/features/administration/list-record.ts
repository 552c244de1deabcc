import type { Call, Reply } from '@zhongheng/contracts/http/index.ts'
import type { LedgerLeaf } from '@zhongheng/contracts/records/ledger-leaf.ts'
import {
  administrationKinds,
  areaOfKind,
  describeAdministration,
  namedIn,
} from '@zhongheng/domain/audit/administration.ts'
import { describeEvent } from '@zhongheng/domain/audit/describe-event.ts'
import { closedToActor } from '../../work/work-ends.ts'
import type { Db, Work } from '../../work/work.ts'

type Key = 'GET /api/administration-record'
type Filter = NonNullable<Call<Key>['query']> & { limit: number }

/**
 * The administration record of the actor's house, newest first, by keyset. Its own people's acts, what sign-in wrote of them, and
 * emergency access to engagements of the house, whoever opened it; which of these rows exist for the house is the row policy's word.
 */
export async function listRecord(work: Work, filter: Filter): Promise<Reply<Key>> {
  const rows = await rowsOf(work, filter)
  const shown = rows.slice(0, filter.limit)
  const nameOf = await namesIn(
    work,
    shown.flatMap(({ actor, subject, kind, leaf }) => [
      actor,
      ...(subject === null ? [] : [subject]),
      ...namedIn(kind, (JSON.parse(leaf) as LedgerLeaf).facts),
    ]),
    shown.flatMap(({ kind, subject }) => (kind === 'work_team.changed' && subject !== null ? [subject] : [])),
  )
  return {
    entries: shown.map((row) => {
      const { facts } = JSON.parse(row.leaf) as LedgerLeaf
      // Sign-in works as the platform itself; whom it speaks of is who did it.
      const self = row.actor === 'system' && areaOfKind(row.kind) !== 'platform'
      const actor = self && row.subject !== null ? row.subject : row.actor
      const name = nameOf.get(actor)
      return {
        eventId: row.id,
        at: row.at.toISOString(),
        area: areaOfKind(row.kind),
        kind: row.kind,
        text: describeEvent(row.kind, facts),
        detail: describeAdministration(row.kind, facts, (id) => nameOf.get(id)),
        by: name === undefined ? null : { personId: actor, name },
        about: row.subject === null || row.subject === actor ? null : (nameOf.get(row.subject) ?? null),
        ledgerIndex: row.ledger_index === null ? null : Number(row.ledger_index),
      }
    }),
    next: rows.length > filter.limit ? (shown.at(-1)?.seq ?? null) : null,
  }
}

/** One more than a page, so that it shows whether there is another. */
async function rowsOf(work: Work, filter: Filter) {
  const house = work.actor.orgId
  const query = (db: Db) => {
    let page = db
      .selectFrom('events')
      .select(['seq', 'id', 'at', 'kind', 'subject', 'actor', 'leaf', 'ledger_index'])
      .where('kind', 'in', administrationKinds(filter.area))
      .orderBy('seq', 'desc')
      .limit(filter.limit + 1)
    const { personId } = filter
    if (personId) page = page.where((eb) => eb.or([eb('actor', '=', personId), eb('subject', '=', personId)]))
    if (filter.since) page = page.where('at', '>=', new Date(filter.since))
    if (filter.until) page = page.where('at', '<', new Date(filter.until))
    if (filter.after && /^\d{1,18}$/.test(filter.after)) page = page.where('seq', '<', filter.after)
    return page
  }
  const seen = await query(work.db)
    .where((eb) =>
      eb.or([eb('org_id', '=', house), eb('org_id', 'is', null), eb('kind', 'in', administrationKinds('emergency'))]),
    )
    .execute()
  // What the house gave to others than its auditor is not unseen by them: who acted is on the record, and nothing of the engagement. As the
  // system, because the row policies hide those events with all else; only what they would show without the work team.
  const closed = [...(await closedToActor(work))]
  if (closed.length === 0) return seen
  const beyond = await work.asSystem((db) =>
    query(db)
      .where('engagement_id', 'in', closed)
      .where((eb) =>
        eb.or([
          eb('org_id', '=', house),
          ...(work.actor.orgKind === 'tester' ? [] : [eb('kind', 'in', administrationKinds('emergency'))]),
        ]),
      )
      .execute(),
  )
  return [...seen, ...beyond]
    .toSorted((one, other) => Number(BigInt(other.seq) - BigInt(one.seq)))
    .slice(0, filter.limit + 1)
}

/**
 * Names of members and groups, of people invited and of organisations taken in, as far as the row policies show them; and titles of what the
 * house gave to some, as the system: who gave which engagement to whom is what this record is for, also where it is closed to its reader.
 */
async function namesIn(
  work: Work,
  ids: readonly string[],
  engagementIds: readonly string[],
): Promise<Map<string, string>> {
  const wanted = [...new Set(ids), '']
  const named = (table: 'persons' | 'groups' | 'invitations' | 'organisations') =>
    work.db.selectFrom(table).select(['id', 'name']).where('id', 'in', wanted).execute()
  const titles = await work.asSystem((db) =>
    db
      .selectFrom('engagements')
      .select(['id', 'title as name'])
      .where('id', 'in', [...engagementIds, ''])
      .execute(),
  )
  const rows = [
    ...(await named('persons')),
    ...(await named('groups')),
    ...(await named('invitations')),
    ...(await named('organisations')),
    ...titles,
  ]
  return new Map(rows.map(({ id, name }) => [id, name]))
}

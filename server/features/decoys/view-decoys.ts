import type { Reply } from '@zhongheng/contracts/http/index.ts'
import type { DecoyView } from '@zhongheng/contracts/http/decoys.ts'
import type { Role } from '@zhongheng/domain/access/actor.ts'
import { may } from '@zhongheng/domain/access/matrix.ts'
import { type DecoyWay, listsDecoysOfAll } from '@zhongheng/domain/findings/decoys.ts'
import type { Severity } from '@zhongheng/domain/findings/severity.ts'
import { sql } from 'kysely'
import type { Work } from '../../work/work.ts'
import { type EngagementHandle, assetsOf, readScope } from '../engagements/reads.ts'
import { nameableTesters } from './nameable-testers.ts'
import { openNote, openWords } from './words.ts'

/** Decoys as what they are: those of the own house, and for the auditor all. */
function known(work: Work, engagement: EngagementHandle) {
  const query = work.db
    .selectFrom('decoys')
    .leftJoin('persons as named', 'named.id', 'decoys.person_id')
    .leftJoin('persons as placer', 'placer.id', 'decoys.placed_by')
    .leftJoin('persons as remover', 'remover.id', 'decoys.removed_by')
    .leftJoin('organisations', 'organisations.id', 'decoys.org_id')
    .selectAll('decoys')
    .select(['named.name as tester_name', 'placer.name as placer_name', 'remover.name as remover_name'])
    .select('organisations.name as org_name')
    .select(sql<number>`(select count(*)::int from decoy_openings o where o.decoy_id = decoys.id)`.as('openings'))
    .where('decoys.engagement_id', '=', engagement.id)
  return listsDecoysOfAll(engagement.role) ? query : query.where('decoys.org_id', '=', work.actor.orgId)
}
type Known = Awaited<ReturnType<ReturnType<typeof known>['execute']>>[number]

const viewOf = (work: Work, engagement: EngagementHandle, row: Known): DecoyView => ({
  ...openWords(engagement, row),
  note: openNote(engagement, row),
  findingId: row.id,
  number: row.number,
  severity: row.severity as Severity,
  cwe: row.cwe,
  testerName: row.tester_name ?? '',
  placedBy: row.placer_name ?? '',
  placedByOrganisation: row.org_name ?? '',
  placedAt: row.submitted_at.toISOString(),
  settlesAt: row.settles_at.toISOString(),
  removed: row.removed_at === null ? null : { by: row.remover_name ?? '', at: row.removed_at.toISOString() },
  openings: row.openings,
  own: row.org_id === work.actor.orgId,
  version: row.version,
})

export async function viewDecoy(work: Work, engagement: EngagementHandle, id: string): Promise<DecoyView> {
  return viewOf(work, engagement, await known(work, engagement).where('decoys.id', '=', id).executeTakeFirstOrThrow())
}

export async function listDecoys(
  work: Work,
  engagement: EngagementHandle,
): Promise<Reply<'GET /api/engagements/:engagementId/decoys'>> {
  const rows = await known(work, engagement).orderBy('decoys.submitted_at', 'desc').orderBy('decoys.id').execute()
  const mayPlace = may(work.actor, 'decoy.place', engagement.role)
  const scope = mayPlace ? await readScope(work.db, engagement.row, engagement.sealing) : null
  return {
    decoys: rows.map((row) => viewOf(work, engagement, row)),
    mayPlace,
    testers: mayPlace ? (await nameableTesters(work, engagement)).map(({ id, name }) => ({ personId: id, name })) : [],
    assets: scope ? assetsOf(scope) : [],
  }
}

/** So many are shown; of more the ledger says the rest. */
const mostShown = 200

/** Who came upon decoys of this engagement, whoever placed them. */
export async function listOpenings(
  work: Work,
  engagement: EngagementHandle,
): Promise<Reply<'GET /api/engagements/:engagementId/decoy-openings'>> {
  const rows = await work.db
    .selectFrom('decoy_openings')
    .leftJoin('persons', 'persons.id', 'decoy_openings.person_id')
    .leftJoin('organisations', 'organisations.id', 'decoy_openings.org_id')
    .selectAll('decoy_openings')
    .select(['persons.name', 'organisations.name as org_name', 'organisations.kind'])
    .where('decoy_openings.engagement_id', '=', engagement.id)
    .orderBy('decoy_openings.at', 'desc')
    .orderBy('event_id', 'desc')
    .limit(mostShown)
    .execute()
  // The demand side sees no decoy by its own rows, and no entry of another house: number and position alone are read for it.
  const { numbers, positions } = await work.asSystem(async (db) => ({
    numbers: new Map(
      (await db.selectFrom('decoys').select(['id', 'number']).where('engagement_id', '=', engagement.id).execute()).map(
        (one) => [one.id, one.number],
      ),
    ),
    positions: new Map(
      (
        await db
          .selectFrom('events')
          .select(['id', 'ledger_index'])
          .where('id', 'in', rows.length > 0 ? rows.map((one) => one.event_id) : [''])
          .execute()
      ).map((one) => [one.id, one.ledger_index]),
    ),
  }))
  return {
    openings: rows.map((row) => {
      const position = positions.get(row.event_id)
      return {
        eventId: row.event_id,
        at: row.at.toISOString(),
        way: row.way as DecoyWay,
        personName: row.name ?? '',
        orgName: row.org_name ?? '',
        role: (row.kind as Role | null) ?? null,
        number: numbers.get(row.decoy_id) ?? '',
        ledgerIndex: position === null || position === undefined ? null : Number(position),
      }
    }),
  }
}

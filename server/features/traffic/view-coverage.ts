import type { CoverageView } from '@zhongheng/contracts/http/traffic.ts'
import { coverageOf } from '@zhongheng/domain/authorizations/coverage.ts'
import { sql } from 'kysely'
import type { Work } from '../../work/work.ts'
import { type EngagementHandle, readScope } from '../engagements/reads.ts'
import { chosenExchanges } from './chosen-exchanges.ts'

/** Places shown at most, the most visited ones; the sums of the objects are over these. */
const mostPlaces = 5000

/** The beginning of a path: two steps, with numbers and long hexadecimal names taken as one, without the query. */
const placeOf = sql<string>`coalesce(substring(
  regexp_replace(split_part(exchanges.path, '?', 1), '/([0-9]+|[0-9a-fA-F-]{24,36})(?=/|$)', '/{id}', 'g') from '^/[^/]*(?:/[^/]*)?'
), '')`

/** Which lines of the scope, and which places there, were exercised by whom: one aggregated question over the index. */
export async function viewCoverage(work: Work, engagement: EngagementHandle): Promise<CoverageView> {
  const scope = await readScope(work.db, engagement.row, engagement.sealing)
  const rows = await chosenExchanges(work, engagement, {})
    .select(['exchanges.scheme', 'exchanges.host', 'exchanges.port', 'exchanges.person_id'])
    .select(placeOf.as('place'))
    .select((eb) => [
      eb.fn.min<string>(sql`split_part(exchanges.path, '?', 1)`).as('sample'),
      eb.fn.countAll<string>().filterWhere('exchanges.kind', '<>', 'refusal').as('passed'),
      eb.fn.countAll<string>().filterWhere('exchanges.kind', '=', 'refusal').as('refused'),
      eb.fn.max('exchanges.started_at').as('last'),
    ])
    .groupBy(['exchanges.scheme', 'exchanges.host', 'exchanges.port', 'exchanges.person_id', 'place'])
    .orderBy(sql`count(*)`, 'desc')
    .orderBy('exchanges.host')
    .orderBy('place')
    .limit(mostPlaces + 1)
    .execute()
  const shown = rows.slice(0, mostPlaces)
  const people = [...new Set(shown.map((row) => row.person_id))]
  const names =
    people.length === 0
      ? []
      : await work.db.selectFrom('persons').select(['id', 'name']).where('id', 'in', people).execute()
  const counted = shown.map((row) => ({
    scheme: row.scheme,
    host: row.host,
    port: row.port,
    path: row.place,
    sample: row.sample,
    testerId: row.person_id,
    passed: Number(row.passed),
    refused: Number(row.refused),
  }))
  const { objects, rowOf } = scope ? coverageOf(scope.compiled, counted) : { objects: [], rowOf: [] }
  return {
    objects: objects.map(({ byTester, ...object }) => ({
      ...object,
      testers: Object.entries(byTester).map(([testerId, passed]) => ({ testerId, passed })),
    })),
    places: counted.map(({ sample: _sample, ...place }, at) => ({
      ...place,
      rowId: rowOf[at] ?? null,
      lastAt: shown[at]?.last?.toISOString() ?? '',
    })),
    testers: people.map((testerId) => ({ testerId, name: names.find(({ id }) => id === testerId)?.name ?? '' })),
    more: rows.length > mostPlaces,
  }
}

import { Readable } from 'node:stream'
import type { Call } from '@zhongheng/contracts/http/index.ts'
import { captureFormats } from '@zhongheng/contracts/records/capture-formats.ts'
import type { CapturedExchange } from '@zhongheng/documents/captures/capture.ts'
import { writeCaptures } from '@zhongheng/documents/captures/write-captures.ts'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import type { FileReply, Later } from '../../http/registry.ts'
import { type Work, inWork } from '../../work/work.ts'
import { type EngagementHandle, openEngagement } from '../engagements/reads.ts'
import { exportWithinBudget } from '../readings/reads.ts'
import { chosenExchanges } from './chosen-exchanges.ts'
import { capturedOf } from './captured.ts'

export type ExportQuery = NonNullable<Call<'GET /api/engagements/:engagementId/captures'>['query']>

/** Exchanges in one file at most. */
export const mostExported = 100_000
const page = 200

/**
 * Exchanges as a file. Which ones is fixed before the first byte and recorded as a reading, with their number and
 * first and last sequence; the bytes are opened one exchange after the other while they are sent, under the right to
 * them as it then is.
 */
export async function exportCaptures(
  work: Work,
  engagement: EngagementHandle,
  query: ExportQuery,
  stillSignedIn: () => Promise<boolean>,
): Promise<Later<FileReply>> {
  const { deps, actor, now } = work
  const found = await chosen(work, engagement, query)
    .select((eb) => [
      eb.fn.countAll<string>().as('count'),
      eb.fn.min('exchanges.sequence').as('first'),
      eb.fn.max('exchanges.sequence').as('last'),
    ])
    .executeTakeFirstOrThrow()
  const count = Number(found.count)
  if (count > mostExported) throw tooMany(count)
  const first = Number(found.first ?? 0)
  const last = Number(found.last ?? 0)
  const budget = await exportWithinBudget(work, engagement, count)
  work.record({
    kind: 'traffic.read',
    engagementId: engagement.id,
    subject: null,
    role: engagement.role,
    audience: 'parties',
    facts: {
      part: 'export',
      format: query.format,
      exchanges: count,
      firstSequence: first,
      lastSequence: last,
      ...budget,
    },
  })
  async function* exchanges(): AsyncGenerator<CapturedExchange> {
    for (let after = first - 1; after < last; ) {
      if (!(await stillSignedIn())) throw new Error('the right to read ended')
      const since = after
      const rows = await inWork(deps, actor, async (again) => {
        const handle = await openEngagement(again, engagement.id, 'captures.read')
        return chosen(again, handle, { ...query, since, until: last })
          .leftJoin('persons', 'persons.id', 'exchanges.person_id')
          .selectAll('exchanges')
          .select('persons.name as tester_name')
          .orderBy('exchanges.sequence')
          .limit(page)
          .execute()
      })
      for (const row of rows) yield capturedOf(deps, row, row.tester_name ?? '')
      if (rows.length < page) return
      after = Number(rows.at(-1)?.sequence)
    }
  }
  const { type, ending } = captureFormats[query.format]
  const range = count === 1 ? `${first}` : `${first}-${last}`
  return {
    later: async () => ({
      bytes: Readable.from(writeCaptures(query.format, exchanges(), now), { objectMode: false }),
      type,
      name: `${engagement.row.number}-${range}.${ending}`,
    }),
  }
}

function chosen(work: Work, engagement: EngagementHandle, { format: _format, only, until, ...filter }: ExportQuery) {
  let query = chosenExchanges(work, engagement, filter)
  if (until !== undefined) query = query.where('exchanges.sequence', '<=', String(Number(until)))
  if (only !== undefined) query = query.where('exchanges.sequence', 'in', only.split(','))
  return query
}

const tooMany = (count: number): Problem =>
  new Problem(
    'refused',
    say(
      `所选流量共 ${count} 条，一次最多导出 ${mostExported} 条`,
      `${count} exchanges are chosen; one file holds at most ${mostExported}`,
    ),
    {
      rule: 'EXPORT-1',
      fields: [
        {
          field: 'query',
          limit: say(`最多 ${mostExported} 条`, `at most ${mostExported}`),
          fix: say('用筛选或起止序号分次导出', 'narrow it by filters, or by since and until'),
        },
      ],
    },
  )

import { Readable } from 'node:stream'
import type { Reply } from '@zhongheng/contracts/http/index.ts'
import type { CapturesQuery } from '@zhongheng/contracts/http/traffic.ts'
import { captureFormats } from '@zhongheng/contracts/records/capture-formats.ts'
import type { CapturedExchange } from '@zhongheng/documents/captures/capture.ts'
import { writeCaptures } from '@zhongheng/documents/captures/write-captures.ts'
import { isBulk } from '@zhongheng/domain/audit/reading-budget.ts'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import type { FileReply, Later } from '../../http/registry.ts'
import { type Work, inWork } from '../../work/work.ts'
import { passSecondPerson, rulesOf } from '../approvals/reads.ts'
import { type EngagementHandle, openEngagement } from '../engagements/reads.ts'
import { exportWithinBudget, markOfCopy } from '../readings/reads.ts'
import { checkTrafficIsThere } from '../retention/reads.ts'
import { chosenExchanges } from './chosen-exchanges.ts'
import { capturedOf } from './captured.ts'
import { inOrder, since as spansSince, spansOf, upTo, within } from './spans.ts'

/** Exchanges in one file at most. */
export const mostExported = 100_000
const page = 200

/**
 * Exchanges as a file. Which ones is fixed before the first byte and recorded as a reading, with their number and
 * first and last sequence; the bytes are opened one exchange after the other while they are sent, under the right to
 * them as it then is.
 * @throws Problem wrong_state DISPOSED-2 of traffic that was destroyed; refused EXPORT-1; too_many READING-1; TWO-1 where the house has two persons for many at once
 */
export async function exportCaptures(
  work: Work,
  engagement: EngagementHandle,
  query: CapturesQuery,
  stillSignedIn: () => Promise<boolean>,
): Promise<Later<FileReply>> {
  await checkTrafficIsThere(work, engagement.id)
  const { deps, actor, now } = work
  const { count, first, last } = await measured(work, engagement, query)
  const budget = await exportWithinBudget(work, engagement, count)
  if (mayWantSecond(work, engagement, count))
    await passSecondPerson(work, {
      kind: 'captures',
      engagementId: engagement.id,
      captures: query,
      exchanges: count,
    })
  const reading = work.record({
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
    for (let after = first - 1; ; ) {
      if (!(await stillSignedIn())) throw new Error('the right to read ended')
      const since = after
      const rows = await inWork(deps, actor, async (again) => {
        const handle = await openEngagement(again, engagement.id, 'captures.read')
        return inOrder(upTo(spansSince(spansOf(handle.row), since), last), false, page, (span, most) =>
          chosen(again, handle, query)
            .where(within([span]))
            .leftJoin('persons', 'persons.id', 'exchanges.person_id')
            .selectAll('exchanges')
            .select('persons.name as tester_name')
            .orderBy('exchanges.sequence')
            .limit(most)
            .execute(),
        )
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
      bytes: Readable.from(writeCaptures(query.format, exchanges(), now, markOfCopy(reading)), { objectMode: false }),
      type,
      name: `${engagement.row.number}-${range}.${ending}`,
    }),
  }
}

/**
 * What such an export would hold, and whether somebody else must let it pass first.
 * @throws Problem wrong_state DISPOSED-2; refused EXPORT-1; too_many READING-1
 */
export async function sizeOfExport(
  work: Work,
  engagement: EngagementHandle,
  query: CapturesQuery,
): Promise<Reply<'GET /api/engagements/:engagementId/captures/size'>> {
  await checkTrafficIsThere(work, engagement.id)
  const { count, last } = await measured(work, engagement, query)
  await exportWithinBudget(work, engagement, count)
  const { exports } = await rulesOf(work)
  return { exchanges: count, until: last, secondPerson: exports && mayWantSecond(work, engagement, count) }
}

/** Testers take along what they sent themselves. */
const mayWantSecond = (work: Work, engagement: EngagementHandle, count: number): boolean =>
  engagement.role !== 'tester' && isBulk(count, work.deps.settings.readingBudgets.recordings)

/** @throws Problem refused EXPORT-1 */
async function measured(work: Work, engagement: EngagementHandle, query: CapturesQuery) {
  const found = await chosen(work, engagement, query)
    .select((eb) => eb.fn.countAll<string>().as('count'))
    .executeTakeFirstOrThrow()
  const count = Number(found.count)
  if (count > mostExported) throw tooMany(count)
  const end = async (newestFirst: boolean): Promise<number> => {
    const [row] = await inOrder(spansOf(engagement.row), newestFirst, 1, (span) =>
      chosen(work, engagement, query)
        .where(within([span]))
        .select((eb) =>
          (newestFirst ? eb.fn.max('exchanges.sequence') : eb.fn.min('exchanges.sequence')).as('sequence'),
        )
        .execute()
        .then((rows) => rows.filter(({ sequence }) => sequence !== null)),
    )
    return Number(row?.sequence ?? 0)
  }
  return { count, first: await end(false), last: await end(true) }
}

function chosen(work: Work, engagement: EngagementHandle, { format: _format, only, until, ...filter }: CapturesQuery) {
  let query = chosenExchanges(work, engagement, filter)
  if (until !== undefined) query = query.where(within(upTo(spansOf(engagement.row), Number(until))))
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

import { Readable } from 'node:stream'
import { writeCsv } from '@zhongheng/documents/spreadsheets/csv.ts'
import { type TableFormat, tableFormats } from '@zhongheng/documents/spreadsheets/table.ts'
import { writeXlsx } from '@zhongheng/documents/spreadsheets/xlsx.ts'
import { severityWords } from '@zhongheng/domain/findings/severity.ts'
import { findingStateName } from '@zhongheng/domain/findings/states.ts'
import { Problem, type Text, say } from '@zhongheng/domain/shared/problem.ts'
import { sql } from 'kysely'
import type { FileReply, Later } from '../../http/registry.ts'
import { type Work, inWork } from '../../work/work.ts'
import { type EngagementHandle, openEngagement } from '../engagements/reads.ts'
import type { FindingDbRow } from './reads.ts'

/** Findings in one file at most. */
const mostListed = 10_000
const page = 500

type Listed = FindingDbRow & { tester_name: string | null; org_name: string | null; citations: number }

/** What a list says of a finding. Nothing of it is sealed: titles, assets and texts leave by reading the finding alone. */
const columns: readonly (readonly [Text, (row: Listed, words: (text: Text) => string) => string])[] = [
  [say('编号', 'Number'), (row) => row.number],
  [say('状态', 'State'), (row, words) => words(findingStateName(row.state))],
  [say('级别', 'Severity'), (row, words) => words(severityWords[row.severity as keyof typeof severityWords])],
  [say('类型', 'Weakness'), (row) => row.cwe],
  [say('CVSS 分值', 'CVSS score'), (row) => row.cvss_score ?? ''],
  [say('测试者', 'Tester'), (row) => row.tester_name ?? ''],
  [say('测试方', 'Organisation'), (row) => row.org_name ?? ''],
  [say('提交时间', 'Submitted'), (row) => row.submitted_at.toISOString()],
  [say('更新时间', 'Updated'), (row) => row.updated_at.toISOString()],
  [say('证据数', 'Evidence'), (row) => String(row.citations)],
]

/**
 * The findings of an engagement that this person may know of, as a table, oldest first. It opens nothing that is sealed, so it is no reading;
 * that it was taken is an event. Rows are fetched while they are sent, under the right to them as it then is.
 * @throws Problem refused EXPORT-1 with the count, where there are more than one file holds
 */
export async function exportList(
  work: Work,
  engagement: EngagementHandle,
  format: TableFormat,
  caller: { readonly chinese: boolean; stillLives(): Promise<boolean> },
): Promise<Later<FileReply>> {
  const { deps, actor } = work
  const counted = await known(work, engagement)
    .select((eb) => eb.fn.countAll<string>().as('count'))
    .executeTakeFirstOrThrow()
  const count = Number(counted.count)
  if (count > mostListed) throw tooMany(count)
  work.record({
    kind: 'findings.exported',
    engagementId: engagement.id,
    subject: null,
    role: engagement.role,
    audience: 'house',
    facts: { format, findings: count },
  })
  const words = (text: Text): string => (caller.chinese ? text.zh : text.en)
  async function* table(): AsyncGenerator<readonly string[]> {
    yield columns.map(([title]) => words(title))
    for (let after = ''; ; ) {
      if (!(await caller.stillLives())) throw new Error('the right to read ended')
      const since = after
      const rows = await inWork(deps, actor, async (again) => {
        const handle = await openEngagement(again, engagement.id, 'finding.list')
        return known(again, handle)
          .leftJoin('persons', 'persons.id', 'findings.person_id')
          .leftJoin('organisations', 'organisations.id', 'findings.org_id')
          .selectAll('findings')
          .select(['persons.name as tester_name', 'organisations.name as org_name'])
          .select(
            sql<number>`(select count(*)::int from finding_citations c where c.finding_id = findings.id)`.as(
              'citations',
            ),
          )
          .where('findings.id', '>', since)
          .orderBy('findings.id')
          .limit(page)
          .execute()
      })
      for (const row of rows) yield columns.map(([, cell]) => cell(row, words))
      const last = rows.at(-1)
      if (!last || rows.length < page) return
      after = last.id
    }
  }
  const { type, ending } = tableFormats[format]
  return {
    later: async () => ({
      bytes: Readable.from(format === 'csv' ? writeCsv(table()) : writeXlsx(table()), { objectMode: false }),
      type,
      name: `${engagement.row.number}-findings.${ending}`,
    }),
  }
}

/** A tester knows of their own only, also inside a team. */
function known(work: Work, engagement: EngagementHandle) {
  const query = work.db.selectFrom('findings').where('findings.engagement_id', '=', engagement.id)
  return engagement.role === 'tester' ? query.where('findings.person_id', '=', work.actor.personId) : query
}

const tooMany = (count: number): Problem =>
  new Problem(
    'refused',
    say(
      `共 ${count} 个漏洞，一次最多导出 ${mostListed} 个`,
      `there are ${count} findings; one file holds at most ${mostListed}`,
    ),
    { rule: 'EXPORT-1' },
  )

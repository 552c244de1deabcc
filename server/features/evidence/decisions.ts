import type { AuditReportModel } from '@zhongheng/documents/models/audit-report.ts'
import type { Locale } from '@zhongheng/documents/models/common.ts'
import { findingStateName } from '@zhongheng/domain/findings/states.ts'
import type { Work } from '../../work/work.ts'
import type { EngagementHandle } from '../engagements/reads.ts'

/**
 * Decisions on findings as the auditor's report lists them, oldest first. A decision counts as examined when the ledger
 * shows that the auditor opened the finding; signing the report without naming a reservation is agreement with those.
 */
export async function decisionsOf(
  work: Work,
  engagement: EngagementHandle,
  locale: Locale,
): Promise<AuditReportModel['content']['decisions']> {
  const read = await work.db
    .selectFrom('events')
    .select('subject')
    .distinct()
    .where('engagement_id', '=', engagement.id)
    .where('kind', '=', 'finding.read')
    .where('role', '=', 'auditor')
    .execute()
  const examined = new Set(read.map((row) => row.subject))
  const rows = await work.db
    .selectFrom('finding_decisions')
    .innerJoin('findings', 'findings.id', 'finding_decisions.finding_id')
    .leftJoin('persons', 'persons.id', 'finding_decisions.person_id')
    .select([
      'findings.id',
      'findings.number',
      'from_state',
      'to_state',
      'persons.name',
      'finding_decisions.at',
      'reason_code',
    ])
    .where('finding_decisions.engagement_id', '=', engagement.id)
    .orderBy('finding_decisions.at')
    .limit(2000)
    .execute()
  return rows.map((row) => ({
    finding: row.number,
    decision: [row.from_state, row.to_state]
      .map((state) => findingStateName(state)[locale === 'en' ? 'en' : 'zh'])
      .join(' → '),
    by: row.name ?? '',
    at: row.at.toISOString(),
    result: examined.has(row.id) ? 'agreed' : 'not_examined',
    note: row.reason_code ?? '',
  }))
}

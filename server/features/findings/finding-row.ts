import type { FindingRow } from '@zhongheng/contracts/http/findings.ts'
import { isUnderWay } from '@zhongheng/domain/findings/assignment.ts'
import type { EngagementHandle } from '../engagements/reads.ts'
import type { FindingDbRow } from './reads.ts'

/** What a row of a list is made of, of whichever table. */
type Listed = Pick<
  FindingDbRow,
  'id' | 'engagement_id' | 'number' | 'state' | 'severity' | 'cwe' | 'submitted_at' | 'updated_at'
> & { readonly opened: (engagement: EngagementHandle) => { title: string; asset: string } }
type Around = {
  engagement: EngagementHandle
  title: string
  tester: string
  citations: number
  waits: boolean
  assignee: FindingRow['assignee']
}

/** Out of a row that was joined with `assigneesOf`. */
export const assigneeOf = (row: {
  readonly assignee_id: string | null
  readonly assignee_name: string | null
}): FindingRow['assignee'] =>
  row.assignee_id === null ? null : { personId: row.assignee_id, name: row.assignee_name ?? '' }

/** A row that does not open takes nobody's list away: it says so, and reading it is the alarm. */
function listed(engagement: EngagementHandle, row: Listed): { title: string; asset: string } {
  try {
    return row.opened(engagement)
  } catch {
    return { title: '⚠ 无法打开 · cannot be opened', asset: '—' }
  }
}

/** A finding as it stands in lists. */
export const rowOf = (row: Listed, around: Around): FindingRow => ({
  findingId: row.id,
  engagementId: row.engagement_id,
  engagementTitle: around.title,
  number: row.number,
  state: row.state as FindingRow['state'],
  severity: row.severity as FindingRow['severity'],
  ...listed(around.engagement, row),
  cwe: row.cwe,
  testerName: around.tester,
  submittedAt: row.submitted_at.toISOString(),
  updatedAt: row.updated_at.toISOString(),
  citations: around.citations,
  waitsForMe: around.waits,
  assignee: around.assignee,
  assignable: isUnderWay(row.state),
})

import type { Call } from '@zhongheng/contracts/http/index.ts'
import { type FindingState, afterFindingMove, findingMoves, isFindingMove } from '@zhongheng/domain/findings/moves.ts'
import type { Severity } from '@zhongheng/domain/findings/severity.ts'
import { badField, say } from '@zhongheng/domain/shared/problem.ts'
import type { Work } from '../../work/work.ts'
import { checkVersion } from '../../work/versions.ts'
import type { EngagementHandle } from '../engagements/reads.ts'
import type { FindingDbRow } from './reads.ts'

type Given = Call<'POST /api/engagements/:engagementId/findings/:findingId/moves'>['body']

export const judgedOf = (row: FindingDbRow) => ({
  state: row.state as FindingState,
  submitterId: row.person_id,
  submitterOrgId: row.org_id,
  severity: row.severity as Severity,
  submittedAt: row.submitted_at.toISOString(),
})

/** One decision on a finding: guard, row, decision with its sealed reason, event, in one commit (GBT43741-4.2-06). */
export async function moveFinding(
  work: Work,
  engagement: EngagementHandle,
  finding: FindingDbRow,
  original: FindingDbRow | undefined,
  given: Given,
): Promise<void> {
  if (!isFindingMove(given.move))
    throw badField(
      'body.move',
      say(`只能是：${Object.keys(findingMoves).join('、')}`, `one of: ${Object.keys(findingMoves).join(', ')}`),
      say('见允许的操作', 'see the allowed moves'),
    )
  checkVersion(finding.version, given.version)
  const after = afterFindingMove(
    judgedOf(finding),
    given.move,
    { actor: work.actor, role: engagement.role },
    {
      reason: given.reason,
      reasonCode: given.reasonCode,
      cites: given.cites,
      severity: given.severity,
      retestOutcome: given.retestOutcome,
      original:
        original && original.id !== finding.id
          ? { submittedAt: original.submitted_at.toISOString(), state: original.state as FindingState }
          : undefined,
    },
  )
  const reason = given.reason?.trim() ?? ''
  const decisionId = work.newId('review')
  const differs = after.severity !== finding.tester_severity
  await work.db
    .updateTable('findings')
    .set({
      state: after.state,
      severity: after.severity,
      ...(given.severity && differs ? { severity_reason: engagement.sealing.commit(reason) } : {}),
      ...(given.move === 'pass' ? { passed_at: work.now } : {}),
      ...(given.move === 'mark_duplicate' && original ? { duplicate_of: original.id } : {}),
      updated_at: work.now,
      version: finding.version + 1,
    })
    .where('id', '=', finding.id)
    .execute()
  const eventId = work.record({
    kind: 'finding.moved',
    engagementId: engagement.id,
    subject: finding.id,
    role: engagement.role,
    audience: 'parties',
    facts: {
      move: given.move,
      from: finding.state,
      to: after.state,
      severity: after.severity,
      reasonCode: after.reasonCode,
      reasonDigest: engagement.sealing.commit(reason),
      citesDigest: engagement.sealing.commit(after.cites),
      duplicateOf: original?.id ?? null,
      retestOutcome: given.retestOutcome ?? null,
      clauses: [...findingMoves[given.move].clauses],
      version: finding.version + 1,
    },
  })
  await work.db
    .insertInto('finding_decisions')
    .values({
      id: decisionId,
      finding_id: finding.id,
      engagement_id: engagement.id,
      move: given.move,
      from_state: finding.state,
      to_state: after.state,
      person_id: work.actor.personId,
      role: engagement.role,
      reason_code: after.reasonCode,
      sealed_reason: engagement.sealing.seal(
        { table: 'finding_decisions', column: 'sealed_reason', row: decisionId },
        JSON.stringify({ reason, cites: after.cites }),
      ),
      cites: null,
      event_id: eventId,
      at: work.now,
    })
    .execute()
}

import type { FindingPage } from '@zhongheng/contracts/http/findings.ts'
import { type EngagementAction, engagementPermissions, may } from '@zhongheng/domain/access/matrix.ts'
import type { Role } from '@zhongheng/domain/access/actor.ts'
import { allowedFindingMoves, findingMoves, isFindingMove } from '@zhongheng/domain/findings/moves.ts'
import { waitsFor } from '@zhongheng/domain/findings/waits-for.ts'
import { say } from '@zhongheng/domain/shared/problem.ts'
import { citedExchange } from '../../work/cited-exchange.ts'
import { inBlocks } from '../../database/traffic-blocks.ts'
import type { Work } from '../../work/work.ts'
import { type EngagementHandle, underWhat } from '../engagements/reads.ts'
import { attachmentsOf } from '../attachments/reads.ts'
import { markOf, withinBudget } from '../readings/reads.ts'
import { goneCitations } from '../retention/reads.ts'
import { openAsSubmitted } from './as-submitted.ts'
import { assigneesOf } from './assignees.ts'
import { assigneeOf, rowOf } from './finding-row.ts'
import { judgedOf } from './move-finding.ts'
import type { FindingDbRow } from './reads.ts'
import { rewardOf } from './rewards.ts'

/**
 * A reveal: the event is committed first, then the body is decrypted and answered. Its ledger position is known a moment
 * later; the page shows the position of the submission and asks again for its own.
 */
export async function revealFinding(
  work: Work,
  engagement: EngagementHandle,
  row: FindingDbRow,
  opened: 'by_itself' | 'after_an_act' = 'by_itself',
): Promise<{ later: () => Promise<FindingPage> }> {
  const page = await pageOf(work, engagement, row)
  // Whoever acts has read it: an act is not undone for the sake of its answer.
  const budget = opened === 'by_itself' ? await withinBudget(work, engagement, 'finding', row.id) : {}
  const event = work.record({
    kind: 'finding.read',
    engagementId: engagement.id,
    subject: row.id,
    role: engagement.role,
    audience: 'parties',
    facts: { version: row.version, ...underWhat(engagement), ...budget },
  })
  return { later: async () => ({ ...(await page()), mark: markOf(work, event) }) }
}

/** Reads everything around a finding now and answers a function that decrypts its body. */
async function pageOf(
  work: Work,
  engagement: EngagementHandle,
  row: FindingDbRow,
): Promise<() => Promise<Omit<FindingPage, 'mark'>>> {
  const open = openAsSubmitted(work, engagement, row)
  const person = await work.db
    .selectFrom('persons')
    .innerJoin('organisations', 'organisations.id', 'persons.org_id')
    .select(['persons.name', 'organisations.name as org_name'])
    .where('persons.id', '=', row.person_id)
    .executeTakeFirst()
  const assigned = await work.db
    .selectFrom(assigneesOf(work))
    .select(['person_id as assignee_id', 'name as assignee_name'])
    .where('finding_id', '=', row.id)
    .executeTakeFirst()
  const evidence = await work.db
    .selectFrom('finding_citations')
    .innerJoin('exchanges', 'exchanges.id', 'finding_citations.exchange_id')
    .select([
      'exchanges.id',
      'started_at',
      'method',
      'scheme',
      'host',
      'port',
      'path',
      'status',
      'finding_citations.request_digest',
      'finding_citations.response_digest',
    ])
    .where('finding_id', '=', row.id)
    .where(inBlocks('exchanges.sequence', engagement.row.traffic_blocks))
    .orderBy('place')
    .execute()
  const disposed = await goneCitations(work, engagement.id, evidence)
  const decisions = await work.db
    .selectFrom('finding_decisions')
    .leftJoin('persons', 'persons.id', 'finding_decisions.person_id')
    .leftJoin('events', 'events.id', 'finding_decisions.event_id')
    .selectAll('finding_decisions')
    .select(['persons.name', 'events.ledger_index'])
    .where('finding_id', '=', row.id)
    .orderBy('finding_decisions.at')
    .execute()
  const comments = await work.db
    .selectFrom('comments')
    .leftJoin('persons', 'persons.id', 'comments.person_id')
    .selectAll('comments')
    .select('persons.name')
    .where('finding_id', '=', row.id)
    .orderBy('comments.at')
    .limit(500)
    .execute()
  const original = row.duplicate_of
    ? await work.db
        .selectFrom('findings')
        .select(['id', 'number', 'person_id'])
        .where('id', '=', row.duplicate_of)
        .executeTakeFirst()
    : undefined
  const submitted = await work.db
    .selectFrom('events')
    .select('ledger_index')
    .where('subject', '=', row.id)
    .where('kind', '=', 'finding.submitted')
    .orderBy('seq')
    .executeTakeFirst()
  const scope = await work.db
    .selectFrom('scope_versions')
    .select('number')
    .where('id', '=', row.scope_version_id)
    .executeTakeFirst()
  const reward = await rewardOf(work, engagement, row.id)
  const attached = await attachmentsOf(work, engagement, row.id)
  const judged = judgedOf(row)
  const moves = allowedFindingMoves(judged, { actor: work.actor, role: engagement.role })
  const waits = waitsFor[work.actor.orgKind].includes(row.state)
  return async () => {
    const opened = await open()
    return {
      ...rowOf(
        { ...row, opened: () => ({ title: opened.title, asset: opened.asset }) },
        {
          engagement,
          title: engagement.row.title,
          tester: person?.name ?? '',
          citations: evidence.length,
          waits,
          assignee: assigned ? assigneeOf(assigned) : null,
        },
      ),
      description: opened.description,
      steps: opened.steps,
      impact: opened.impact,
      repair: opened.repair,
      cvssVector: row.cvss_vector,
      cvssScore: row.cvss_score === null ? null : Number(row.cvss_score),
      testerSeverity: row.tester_severity as FindingPage['testerSeverity'],
      severityReason: null,
      testerId: row.person_id,
      testerOrgName: person?.org_name ?? '',
      evidence: evidence.map(citedExchange),
      disposed,
      duplicateOf: original
        ? {
            findingId: engagement.role === 'tester' && original.person_id !== work.actor.personId ? null : original.id,
            number: original.number,
          }
        : null,
      attachments: attached(),
      decisions: decisions.map((one) => {
        const { reason, cites } = JSON.parse(
          engagement.sealing.open(
            { table: 'finding_decisions', column: 'sealed_reason', row: one.id },
            one.sealed_reason,
          ),
        ) as { reason: string; cites: string | null }
        return {
          move: one.move,
          title: isFindingMove(one.move) ? findingMoves[one.move].title : say(one.move, one.move),
          from: one.from_state,
          to: one.to_state,
          byName: one.name ?? '',
          role: one.role as Role,
          at: one.at.toISOString(),
          reasonCode: one.reason_code,
          reason,
          cites,
          ledgerIndex: one.ledger_index === null || one.ledger_index === undefined ? null : Number(one.ledger_index),
        }
      }),
      comments: comments.map((one) => ({
        commentId: one.id,
        audience: one.audience as 'internal',
        body: engagement.sealing.open({ table: 'comments', column: 'sealed_body', row: one.id }, one.sealed_body),
        byName: one.name ?? '',
        role: one.role as Role,
        at: one.at.toISOString(),
      })),
      reward,
      moves,
      may: (Object.keys(engagementPermissions) as EngagementAction[]).filter((action) =>
        may(work.actor, action, engagement.role),
      ),
      letterNumber: row.letter_number,
      scopeNumber: scope?.number ?? 0,
      ledger: { submitted: submitted?.ledger_index == null ? null : Number(submitted.ledger_index), reveal: null },
      nextBy: nextRole(row.state),
      version: row.version,
    }
  }
}

const nextRole = (state: string): Role | null =>
  (['organizer', 'demand', 'auditor', 'tester'] as const).find((role) => waitsFor[role].includes(state)) ?? null

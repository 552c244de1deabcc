import type { Role } from '@zhongheng/domain/access/actor.ts'
import type { EngagementFacts } from '@zhongheng/domain/engagements/facts.ts'
import type { RecordKind } from '@zhongheng/domain/engagements/records.ts'
import type { EngagementState } from '@zhongheng/domain/engagements/states.ts'
import { type FindingState, unfinishedStates } from '@zhongheng/domain/findings/moves.ts'
import type { Work } from '../../work/work.ts'
import { nodeServing } from '../../work/nodes.ts'
import { holdsOver } from '../retention/reads.ts'
import { witnessFacts } from '../witnesses/reads.ts'
import { goalsAt } from './goals.ts'
import type { EngagementHandle } from './reads.ts'
import { readScope } from './scope-store.ts'
import { openStop } from './stop-reason.ts'

/**
 * Reads what the guards ask about one engagement. The guards judge the engagement, not the reader, so rows that the
 * reader may not see (another tester's enrollment, a finding in first review) are counted as the system.
 */
export async function readFacts(work: Work, engagement: EngagementHandle): Promise<EngagementFacts> {
  const { row, sealing } = engagement
  const witnesses = await witnessFacts(work, row.id)
  const holds = await holdsOver(work, row.id)
  return work.asSystem(async (db) => {
    const records = await db
      .selectFrom('engagement_records')
      .select(['kind', 'role', 'person_id', 'scope_version_id', 'choices'])
      .where('engagement_id', '=', row.id)
      .where('withdrawn_at', 'is', null)
      .execute()
    const proofs = await db
      .selectFrom('ownership_proofs')
      .select(['object', 'state', 'expires_at', 'letter_digest'])
      .where('engagement_id', '=', row.id)
      .where('state', 'in', ['proven', 'waiting'])
      .execute()
    const enrollments = await db
      .selectFrom('enrollments')
      .innerJoin('testers', 'testers.person_id', 'enrollments.person_id')
      .leftJoin('leases', (join) =>
        join
          .onRef('leases.enrollment_id', '=', 'enrollments.id')
          .on('leases.state', '=', 'active')
          .on('leases.closes', '>', work.now),
      )
      .select([
        'enrollments.person_id',
        'enrollments.state',
        'testers.identity',
        'testers.grade',
        'quiz_passed_at',
        'pledged_at',
        'leases.id as lease_id',
      ])
      .where('enrollments.engagement_id', '=', row.id)
      .execute()
    const findings = await db.selectFrom('findings').select(['state']).where('engagement_id', '=', row.id).execute()
    const reports = await db
      .selectFrom('reports')
      .select(['kind'])
      .where('engagement_id', '=', row.id)
      .where('state', '=', 'signed')
      .execute()
    const rewards = await db
      .selectFrom('rewards')
      .select('id')
      .where('engagement_id', '=', row.id)
      .where('state', 'in', ['proposed', 'approved'])
      .execute()
    const scope = sealing.destroyed ? null : await readScope(db, row, sealing)
    const proven = new Set(
      proofs
        .filter((proof) => proof.state === 'proven' && proof.expires_at && proof.expires_at > work.now)
        .map((proof) => proof.object),
    )
    const letters = new Set(
      proofs.filter((proof) => proof.state === 'waiting' && proof.letter_digest).map((proof) => proof.object),
    )
    const gateway = await nodeServing(work.deps, row).gateway.status()
    const recorder = gateway?.recorder === 'connected'
    return {
      id: row.id,
      state: row.state as EngagementState,
      title: row.title,
      goals: sealing.destroyed ? '' : sealing.open(goalsAt(row), row.sealed_goals),
      auditMode: row.audit_mode as EngagementFacts['auditMode'],
      dataLevel: row.data_level as EngagementFacts['dataLevel'],
      environment: row.environment as EngagementFacts['environment'],
      windowOpens: row.window_opens?.toISOString() ?? null,
      windowCloses: row.window_closes?.toISOString() ?? null,
      organizerOrgId: row.organizer_org_id,
      auditorOrgId: row.auditor_org_id,
      scope: scope
        ? {
            versionId: scope.id,
            frozen: scope.state === 'frozen',
            allowRules: scope.allowRules,
            unanswered: scope.unanswered,
            objects: scope.objects.map((name) => ({
              name,
              proven: proven.has(name),
              letterGiven: letters.has(name),
            })),
          }
        : null,
      records: records.map((record) => ({
        kind: record.kind as RecordKind,
        role: record.role as Role,
        personId: record.person_id,
        scopeVersionId: record.scope_version_id,
        choices: record.choices,
      })),
      enrollments: enrollments.map((one) => ({
        personId: one.person_id,
        state: one.state as EngagementFacts['enrollments'][number]['state'],
        identityVerified: one.identity === 'verified',
        graded: one.grade >= Math.max(1, row.min_grade),
        quizPassed: one.quiz_passed_at !== null,
        pledged: one.pledged_at !== null,
        activeLease: one.lease_id !== null,
      })),
      stop: openStop(row, sealing) as EngagementFacts['stop'],
      findings: {
        inFirstReview: findings.filter((one) => one.state === 'submitted' || one.state === 'initial_review').length,
        unsettled: findings.filter((one) => unfinishedStates.includes(one.state as FindingState)).length,
      },
      reports: {
        testSigned: reports.some((one) => one.kind === 'test'),
        auditSigned: reports.some((one) => one.kind === 'audit'),
      },
      witnesses,
      rewardsOpen: rewards.length,
      holds,
      sources: { gateway: gateway !== null, recorder },
    }
  })
}

import type { EnrollmentView } from '@zhongheng/contracts/http/testers.ts'
import { type Text, say } from '@zhongheng/domain/shared/problem.ts'
import { sql } from 'kysely'
import { notFound } from '../../http/problems.ts'
import type { Work } from '../../work/work.ts'
import { type EngagementHandle, ofTesterRef } from '../engagements/reads.ts'

export const enrollmentRef = ofTesterRef('enrollments', 'enrollment')

export async function listEnrollments(work: Work, engagement: EngagementHandle): Promise<EnrollmentView[]> {
  let query = enrollmentQuery(work)
    .where('enrollments.engagement_id', '=', engagement.id)
    .orderBy('enrollments.created_at')
  if (engagement.role === 'tester') query = query.where('enrollments.person_id', '=', work.actor.personId)
  return (await query.limit(500).execute()).map((row) => viewRow(row, work.now))
}

export async function viewEnrollment(work: Work, id: string): Promise<EnrollmentView> {
  const row = await enrollmentQuery(work).where('enrollments.id', '=', id).executeTakeFirst()
  if (!row) throw notFound()
  return viewRow(row, work.now)
}

const enrollmentQuery = (work: Work) =>
  work.db
    .selectFrom('enrollments')
    .innerJoin('persons', 'persons.id', 'enrollments.person_id')
    .innerJoin('organisations', 'organisations.id', 'enrollments.org_id')
    .innerJoin('testers', 'testers.person_id', 'enrollments.person_id')
    .select([
      'enrollments.id',
      'enrollments.engagement_id',
      'enrollments.person_id',
      'persons.name',
      'organisations.name as org_name',
      'enrollments.state',
      'testers.identity',
      'testers.grade',
      'quiz_score',
      'quiz_passed_at',
      'pledged_at',
      'enrollments.version',
    ])
    .select([
      sql<
        string | null
      >`(select state from leases l where l.enrollment_id = enrollments.id order by l.issued_at desc limit 1)`.as(
        'lease_state',
      ),
      sql<Date | null>`(select closes from leases l where l.enrollment_id = enrollments.id order by l.issued_at desc limit 1)`.as(
        'lease_closes',
      ),
    ])

type ViewedRow = Awaited<ReturnType<ReturnType<typeof enrollmentQuery>['execute']>>[number]

function viewRow(row: ViewedRow, now: Date): EnrollmentView {
  const lease =
    row.lease_state === null
      ? 'none'
      : row.lease_state === 'active' && row.lease_closes && row.lease_closes <= now
        ? 'expired'
        : row.lease_state
  const lacks: Text[] = []
  if (row.identity !== 'verified') lacks.push(say('实名核验', 'identity check'))
  if (row.grade < 1) lacks.push(say('能力分级', 'grade'))
  if (!row.quiz_passed_at) lacks.push(say('行为准则测验', 'conduct quiz'))
  if (!row.pledged_at) lacks.push(say('承诺书', 'pledge'))
  if (lease !== 'active') lacks.push(say('接入凭证', 'access lease'))
  return {
    enrollmentId: row.id,
    engagementId: row.engagement_id,
    personId: row.person_id,
    name: row.name,
    orgName: row.org_name,
    state: row.state as EnrollmentView['state'],
    identity: row.identity as EnrollmentView['identity'],
    grade: row.grade,
    quizScore: row.quiz_score,
    quizPassed: row.quiz_passed_at !== null,
    pledgedAt: row.pledged_at?.toISOString() ?? null,
    lease: lease as EnrollmentView['lease'],
    lacks: row.state === 'admitted' ? lacks : [],
    version: row.version,
  }
}

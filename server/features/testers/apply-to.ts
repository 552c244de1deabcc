import type { EnrollmentView } from '@zhongheng/contracts/http/testers.ts'
import { may } from '@zhongheng/domain/access/matrix.ts'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import { notFound } from '../../http/problems.ts'
import type { Work } from '../../work/work.ts'
import { checkAskerInside } from '../../work/border.ts'
import { sealingOf } from '../engagements/reads.ts'
import { viewEnrollment } from './view-enrollment.ts'

/** A tester applies to an engagement that recruits. Everything an outsider may not know answers as absent. */
export async function applyTo(
  work: Work,
  engagementId: string,
  given: { statement: string; conflicts: string },
): Promise<EnrollmentView> {
  const { personId, orgId } = work.actor
  if (!may(work.actor, 'enrollment.apply', 'tester'))
    throw new Problem('forbidden', say('您的岗位不能报名', 'your post may not apply'), { rule: 'ROLE-1' })
  const row = await work.asSystem((db) =>
    db
      .selectFrom('engagements')
      .select(['id', 'state', 'min_grade', 'demand_org_id', 'wrapped_key'])
      .where('id', '=', engagementId)
      .executeTakeFirst(),
  )
  const existing = await work.db
    .selectFrom('enrollments')
    .select('id')
    .where('engagement_id', '=', engagementId)
    .where('person_id', '=', personId)
    .executeTakeFirst()
  if (!row || (!['recruiting', 'ready', 'testing'].includes(row.state) && !existing)) throw notFound()
  if (existing)
    throw new Problem('wrong_state', say('您已报名或受邀', 'you applied or were invited already'), { rule: 'ENROLL-1' })
  const tester = await work.db
    .selectFrom('testers')
    .select(['identity', 'grade'])
    .where('person_id', '=', personId)
    .executeTakeFirst()
  await checkAskerInside(work, false)
  if (tester?.identity !== 'verified')
    throw new Problem('refused', say('请先完成实名核验', 'have your identity verified first'), {
      rule: 'GBT43741-5.1-11',
    })
  if (tester.grade < row.min_grade)
    throw new Problem(
      'refused',
      say(
        `该项目要求等级 ${row.min_grade}，您的等级为 ${tester.grade}`,
        `this engagement asks for grade ${row.min_grade}; yours is ${tester.grade}`,
      ),
      { rule: 'GBT43741-4.1-06' },
    )
  const id = work.newId('enrollment')
  await work.db
    .insertInto('enrollments')
    .values({
      id,
      engagement_id: engagementId,
      person_id: personId,
      org_id: orgId,
      state: 'applied',
      sealed_statement: sealingOf(work, row).seal(
        { table: 'enrollments', column: 'sealed_statement', row: id },
        JSON.stringify(given),
      ),
      quiz_score: null,
      quiz_passed_at: null,
      pledge_digest: null,
      pledged_at: null,
      created_at: work.now,
    })
    .execute()
  work.record({
    kind: 'enrollment.applied',
    engagementId,
    subject: id,
    role: 'tester',
    audience: 'parties',
    facts: { personId },
  })
  return viewEnrollment(work, id)
}

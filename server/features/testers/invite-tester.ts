import type { EnrollmentView } from '@zhongheng/contracts/http/testers.ts'
import { checkGiven } from '@zhongheng/domain/jurisdiction/border.ts'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import { notFound } from '../../http/problems.ts'
import { placeOf } from '../../work/border.ts'
import type { Work } from '../../work/work.ts'
import type { EngagementHandle } from '../engagements/reads.ts'
import { takesTesters } from './decide-enrollment.ts'
import { viewEnrollment } from './view-enrollment.ts'

export async function inviteTester(
  work: Work,
  engagement: EngagementHandle,
  tester: { person_id: string },
): Promise<EnrollmentView> {
  if (!takesTesters.includes(engagement.row.state))
    throw new Problem('wrong_state', say('当前状态不能邀请测试者', 'testers cannot be invited in this state'), {
      rule: 'STATE-1',
    })
  const person = await work.db
    .selectFrom('persons')
    .select(['id', 'org_id'])
    .where('id', '=', tester.person_id)
    .executeTakeFirst()
  if (!person) throw notFound()
  checkGiven(await placeOf(work.db, person.id), false, 'body.personId')
  const existing = await work.db
    .selectFrom('enrollments')
    .select(['id', 'state', 'version'])
    .where('engagement_id', '=', engagement.id)
    .where('person_id', '=', person.id)
    .forUpdate()
    .executeTakeFirst()
  if (existing && existing.state !== 'declined' && existing.state !== 'removed')
    throw new Problem('wrong_state', say('该测试者已报名或受邀', 'this tester applied or was invited already'), {
      rule: 'ENROLL-1',
    })
  const id = existing?.id ?? work.newId('enrollment')
  // Who comes back begins anew: quiz and pledge of before do not count.
  const fresh = { state: 'invited', quiz_score: null, quiz_passed_at: null, pledge_digest: null, pledged_at: null }
  if (existing)
    await work.db
      .updateTable('enrollments')
      .set({ ...fresh, version: existing.version + 1 })
      .where('id', '=', id)
      .execute()
  else
    await work.db
      .insertInto('enrollments')
      .values({
        id,
        engagement_id: engagement.id,
        person_id: person.id,
        org_id: person.org_id,
        sealed_statement: null,
        ...fresh,
        created_at: work.now,
      })
      .execute()
  work.record({
    kind: 'enrollment.invited',
    engagementId: engagement.id,
    subject: id,
    role: engagement.role,
    audience: 'parties',
    facts: { personId: person.id },
  })
  return viewEnrollment(work, id)
}

import type { EnrollmentView } from '@zhongheng/contracts/http/testers.ts'
import { checkGiven } from '@zhongheng/domain/jurisdiction/border.ts'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import type { Selectable } from 'kysely'
import type { Database } from '../../database/schema.ts'
import { notFound } from '../../http/problems.ts'
import type { Reference } from '../../http/registry.ts'
import { placeOf } from '../../work/border.ts'
import { announcePolicy } from '../../work/notices.ts'
import { checkVersion } from '../../work/versions.ts'
import type { Work } from '../../work/work.ts'
import { type EngagementHandle, openEngagement } from '../engagements/reads.ts'
import { viewEnrollment } from './view-enrollment.ts'

type EnrollmentRow = Selectable<Database['enrollments']>

/** States in which testers may join. */
export const takesTesters: readonly string[] = ['authorised', 'recruiting', 'ready', 'testing', 'suspended']

/**
 * The engagement of a decision: for its parties as everywhere; for an invited tester, who is no party yet, the few
 * columns the decision needs, and only where an enrollment of their own exists.
 */
export const decidedEngagementRef: Reference<
  Pick<EngagementHandle, 'id' | 'role'> & {
    row: { state: string; min_grade: number; demand_org_id: string; auditor_org_id: string | null }
  }
> = {
  about: 'enrollment.decide, or the own enrollment',
  async load(work, id) {
    if (work.actor.orgKind !== 'tester') return openEngagement(work, id, 'enrollment.decide')
    const own = await work.db
      .selectFrom('enrollments')
      .select('id')
      .where('engagement_id', '=', id)
      .where('person_id', '=', work.actor.personId)
      .executeTakeFirst()
    const row = own
      ? await work.asSystem((db) =>
          db
            .selectFrom('engagements')
            .select(['id', 'state', 'min_grade', 'demand_org_id', 'auditor_org_id'])
            .where('id', '=', id)
            .executeTakeFirst(),
        )
      : undefined
    if (!row) throw notFound()
    return { id, role: 'tester', row }
  },
}

/** Admit, decline, remove (organizer); accept, decline (the invited tester, who is no party yet and comes by `offers`). */
export async function decideEnrollment(
  work: Work,
  engagement: {
    id: string
    row: { state: string; min_grade: number; demand_org_id: string; auditor_org_id: string | null }
    role: string
  },
  row: EnrollmentRow,
  given: { verdict: 'admit' | 'decline' | 'remove' | 'accept'; reason: string; version: number },
): Promise<EnrollmentView> {
  checkVersion(row.version, given.version)
  const mine = row.person_id === work.actor.personId
  const allowed: { [verdict: string]: readonly string[] } = mine
    ? { accept: ['invited'], decline: ['invited', 'applied'] }
    : { admit: ['applied'], decline: ['applied'], remove: ['admitted', 'invited'] }
  if (!allowed[given.verdict]?.includes(row.state))
    throw new Problem(
      'wrong_state',
      say(
        `当前为“${row.state}”，不能执行“${given.verdict}”`,
        `cannot ${given.verdict} an enrollment that is ${row.state}`,
      ),
      { rule: 'ENROLL-2' },
    )
  const state =
    given.verdict === 'admit' || given.verdict === 'accept'
      ? 'admitted'
      : given.verdict === 'remove'
        ? 'removed'
        : 'declined'
  if (state === 'admitted') {
    if (!takesTesters.includes(engagement.row.state))
      throw new Problem('wrong_state', say('该项目已不再接纳测试者', 'this engagement takes no testers any more'), {
        rule: 'STATE-1',
      })
    // Of whoever is admitted, not of whoever decides.
    checkGiven(await work.asSystem((db) => placeOf(db, row.person_id)), false, 'params.enrollmentId')
    await checkAdmission(work, engagement, row)
  }
  await work.db
    .updateTable('enrollments')
    .set({ state, version: row.version + 1 })
    .where('id', '=', row.id)
    .execute()
  // Parties of another organisation, and that organisation's leases, are out of reach for the actor's own policies.
  const ended = await work.asSystem(async (db) => {
    if (state === 'admitted')
      await db
        .insertInto('parties')
        .values({ engagement_id: engagement.id, org_id: row.org_id, role: 'tester' })
        .onConflict((conflict) => conflict.columns(['engagement_id', 'org_id']).doNothing())
        .execute()
    if (state !== 'removed') return []
    const leases = await db
      .updateTable('leases')
      .set({ state: 'revoked', ended_at: work.now, reason: 'removed' })
      .where('enrollment_id', '=', row.id)
      .where('state', '<>', 'revoked')
      .returning('id')
      .execute()
    const others = await db
      .selectFrom('enrollments')
      .select('id')
      .where('engagement_id', '=', engagement.id)
      .where('org_id', '=', row.org_id)
      .where('state', '=', 'admitted')
      .executeTakeFirst()
    if (!others)
      await db
        .deleteFrom('parties')
        .where('engagement_id', '=', engagement.id)
        .where('org_id', '=', row.org_id)
        .where('role', '=', 'tester')
        .execute()
    return leases
  })
  for (const lease of ended)
    work.record({
      kind: 'lease.revoked',
      engagementId: engagement.id,
      subject: lease.id,
      role: 'organizer',
      audience: 'everyone',
      facts: { personId: row.person_id, by: 'enrollment.decided' },
    })
  work.record({
    kind: 'enrollment.decided',
    engagementId: engagement.id,
    subject: row.id,
    role: mine ? 'tester' : 'organizer',
    audience: 'parties',
    facts: { personId: row.person_id, from: row.state, to: state },
  })
  await announcePolicy(work)
  return viewEnrollment(work, row.id)
}

/** Identity, grade and separation of roles: one person, one role per engagement (GBT43741-4.1-01, GBT43741-4.1-06). */
async function checkAdmission(
  work: Work,
  engagement: { id: string; row: { min_grade: number; demand_org_id: string; auditor_org_id: string | null } },
  row: EnrollmentRow,
): Promise<void> {
  const tester = await work.asSystem((db) =>
    db.selectFrom('testers').select(['identity', 'grade']).where('person_id', '=', row.person_id).executeTakeFirst(),
  )
  if (tester?.identity !== 'verified')
    throw new Problem('refused', say('测试者尚未通过实名核验', 'the tester’s identity is not verified'), {
      rule: 'GBT43741-5.1-11',
    })
  if (tester.grade < Math.max(1, engagement.row.min_grade))
    throw new Problem(
      'refused',
      say(`测试者等级 ${tester.grade} 低于要求`, `the tester’s grade ${tester.grade} is below what is asked`),
      { rule: 'GBT43741-4.1-06' },
    )
  const party = await work.asSystem((db) =>
    db
      .selectFrom('parties')
      .select('role')
      .where('engagement_id', '=', engagement.id)
      .where('org_id', '=', row.org_id)
      .where('role', '<>', 'tester')
      .executeTakeFirst(),
  )
  if (party)
    throw new Problem(
      'refused',
      say('同一人员或单位在一个项目中只能担任一种角色', 'a person or organisation holds one role per engagement'),
      { rule: 'SOD-1' },
    )
}

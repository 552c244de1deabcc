import { createHash } from 'node:crypto'
import type { EnrollmentView, OfferView } from '@zhongheng/contracts/http/testers.ts'
import { Problem, type Text, say } from '@zhongheng/domain/shared/problem.ts'
import { conductQuiz, quizPassMark } from '@zhongheng/registers/catalogues/conduct-quiz.ts'
import { conductRules } from '@zhongheng/registers/catalogues/conduct-rules.ts'
import { type Selectable, sql } from 'kysely'
import type { Database } from '../../database/schema.ts'
import { notFound } from '../../http/problems.ts'
import type { Reference } from '../../http/registry.ts'
import type { Work } from '../../work/work.ts'
import { checkVersion } from '../../work/versions.ts'
import type { EngagementKeyRow } from '../../sealing/engagement-envelope.ts'
import { type EngagementHandle, openEngagement, sealingOf, ofTesterRef } from '../engagements/reads.ts'
import { announcePolicy } from '../../work/notices.ts'

type EnrollmentRow = Selectable<Database['enrollments']>

export const enrollmentRef = ofTesterRef('enrollments', 'enrollment')

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

/** Engagements that recruit, and those that invited me: title and announcement only, never a target (GBT43741-5.1-06). */
export async function listOffers(work: Work): Promise<OfferView[]> {
  const { personId } = work.actor
  // An outsider is no party yet, so the few public columns are read as the system.
  const rows = await work.asSystem((db) =>
    db
      .selectFrom('engagements')
      .leftJoin('enrollments', (join) =>
        join.onRef('enrollments.engagement_id', '=', 'engagements.id').on('enrollments.person_id', '=', personId),
      )
      .select([
        'engagements.id',
        'number',
        'title',
        'window_opens',
        'window_closes',
        'min_grade',
        'engagements.state',
        'demand_org_id',
        'wrapped_key',
        'enrollments.id as enrollment_id',
        'enrollments.state as my_state',
      ])
      .where((eb) =>
        eb.or([
          eb('engagements.state', 'in', ['recruiting', 'ready', 'testing']),
          eb('enrollments.id', 'is not', null),
        ]),
      )
      .orderBy('window_opens', 'desc')
      .limit(100)
      .execute(),
  )
  const offers: OfferView[] = []
  for (const row of rows) {
    if (!row.window_opens || !row.window_closes) continue
    offers.push({
      engagementId: row.id,
      number: row.number,
      title: row.title,
      announcement: await announcementOf(work, row),
      windowOpens: row.window_opens.toISOString(),
      windowCloses: row.window_closes.toISOString(),
      minGrade: row.min_grade,
      myState: (row.my_state ?? 'none') as OfferView['myState'],
      enrollmentId: row.enrollment_id,
    })
  }
  return offers
}

async function announcementOf(work: Work, row: EngagementKeyRow): Promise<string> {
  const plan = await work.asSystem((db) =>
    db
      .selectFrom('engagement_records')
      .select(['id', 'sealed_fields'])
      .where('engagement_id', '=', row.id)
      .where('kind', '=', 'test_plan')
      .where('withdrawn_at', 'is', null)
      .orderBy('at', 'desc')
      .executeTakeFirst(),
  )
  if (!plan) return ''
  const fields = JSON.parse(
    sealingOf(work, row).open(
      { table: 'engagement_records', column: 'sealed_fields', row: plan.id },
      plan.sealed_fields,
    ),
  ) as { announcement?: string }
  return fields.announcement ?? ''
}

/** A tester applies to an engagement that recruits. Everything an outsider may not know answers as absent. */
export async function applyTo(
  work: Work,
  engagementId: string,
  given: { statement: string; conflicts: string },
): Promise<EnrollmentView> {
  const { personId, orgId } = work.actor
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

/** States in which testers may join. */
const takesTesters: readonly string[] = ['authorised', 'recruiting', 'ready', 'testing', 'suspended']

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

/** The caller's own admitted enrollment. @throws Problem refused ENROLL-3 */
export async function myEnrollment(work: Work, engagement: EngagementHandle): Promise<EnrollmentRow> {
  const row = await work.db
    .selectFrom('enrollments')
    .selectAll()
    .where('engagement_id', '=', engagement.id)
    .where('person_id', '=', work.actor.personId)
    .forUpdate()
    .executeTakeFirst()
  if (row?.state !== 'admitted')
    throw new Problem('refused', say('您尚未获准参加该项目', 'you are not admitted to this engagement'), {
      rule: 'ENROLL-3',
    })
  return row
}

/** Marks the quiz (GBT43741-5.1-15). Every try is an event; wrong answers name the rule to read again. */
export async function answerQuiz(work: Work, engagement: EngagementHandle, answers: { [questionId: string]: number }) {
  const row = await myEnrollment(work, engagement)
  const wrong = conductQuiz.filter((question) => answers[question.id] !== question.right)
  const score = conductQuiz.length - wrong.length
  const passed = score >= quizPassMark
  if (!row.quiz_passed_at)
    await work.db
      .updateTable('enrollments')
      .set({ quiz_score: score, quiz_passed_at: passed ? work.now : null, version: row.version + 1 })
      .where('id', '=', row.id)
      .execute()
  work.record({
    kind: 'quiz.answered',
    engagementId: engagement.id,
    subject: row.id,
    role: 'tester',
    audience: 'parties',
    facts: { score, passed },
  })
  return {
    score,
    passed,
    wrong: wrong.map((question) => {
      const rule = conductRules.find((one) => one.id === question.rule)
      return { questionId: question.id, rule: question.rule, ruleText: say(rule?.zh ?? '', rule?.en ?? '') }
    }),
  }
}

/** The code as it is signed: its digest names exactly these words, so a new wording needs a new pledge (GBT43741-5.1-14). */
export const conductDigest = createHash('sha256').update(JSON.stringify(conductRules)).digest('hex')
export const conductVersion = `B/${conductRules.length}/${conductDigest.slice(0, 8)}`

/** Signs the pledge to exactly these words. @throws Problem wrong_state GBT43741-5.1-15, conflict GBT43741-5.1-14 */
export async function signPledge(work: Work, engagement: EngagementHandle, digest: string): Promise<EnrollmentView> {
  const row = await myEnrollment(work, engagement)
  if (!row.quiz_passed_at)
    throw new Problem('wrong_state', say('请先通过行为准则测验', 'pass the conduct quiz first'), {
      rule: 'GBT43741-5.1-15',
    })
  if (digest !== conductDigest)
    throw new Problem(
      'conflict',
      say('行为准则已更新，请重新阅读后签署', 'the code of conduct changed; read it again and sign'),
      { rule: 'GBT43741-5.1-14' },
    )
  await work.db
    .updateTable('enrollments')
    .set({ pledge_digest: digest, pledged_at: work.now, version: row.version + 1 })
    .where('id', '=', row.id)
    .execute()
  work.record({
    kind: 'pledge.signed',
    engagementId: engagement.id,
    subject: row.id,
    role: 'tester',
    audience: 'parties',
    facts: { digest, codeVersion: conductVersion },
  })
  return viewEnrollment(work, row.id)
}

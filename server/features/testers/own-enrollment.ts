import { createHash } from 'node:crypto'
import type { EnrollmentView } from '@zhongheng/contracts/http/testers.ts'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import { conductQuiz, quizPassMark } from '@zhongheng/registers/catalogues/conduct-quiz.ts'
import { conductRules } from '@zhongheng/registers/catalogues/conduct-rules.ts'
import type { Selectable } from 'kysely'
import type { Database } from '../../database/schema.ts'
import type { Work } from '../../work/work.ts'
import type { EngagementHandle } from '../engagements/reads.ts'
import { viewEnrollment } from './view-enrollment.ts'

type EnrollmentRow = Selectable<Database['enrollments']>

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

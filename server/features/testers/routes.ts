import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import { conductQuiz, quizPassMark } from '@zhongheng/registers/catalogues/conduct-quiz.ts'
import { conductRules } from '@zhongheng/registers/catalogues/conduct-rules.ts'
import { type Feature, checkedBy, route } from '../../http/registry.ts'
import { engagementRef } from '../engagements/reads.ts'
import {
  askIdentity,
  decideIdentity,
  gradeTester,
  listTesters,
  oneTester,
  stateSkills,
  testerRef,
} from './directory.ts'
import { applyTo } from './apply-to.ts'
import { decideEnrollment, decidedEngagementRef, takesTesters } from './decide-enrollment.ts'
import { inviteTester } from './invite-tester.ts'
import { listOffers } from './list-offers.ts'
import { answerQuiz, conductDigest, conductVersion, myEnrollment, signPledge } from './own-enrollment.ts'
import { enrollmentRef, listEnrollments } from './view-enrollment.ts'
import { changeLease, leaseRef, listLeases, takeLease } from './leases.ts'

export const testerRoutes: Feature = () => [
  route('GET /api/testers', {
    access: 'testers.read',
    references: {},
    handle: async ({ work, query }) => ({ testers: await listTesters(work, query) }),
  }),
  route('GET /api/testers/me', {
    access: 'testers.own',
    references: {},
    handle: ({ work }) => oneTester(work, work.actor.personId),
  }),
  route('POST /api/testers/me/identity', {
    access: 'testers.own',
    references: {},
    handle: ({ work, body }) => askIdentity(work, body),
  }),
  route('PUT /api/testers/me/skills', {
    access: 'testers.own',
    references: {},
    handle: ({ work, body }) => stateSkills(work, body),
  }),
  route('POST /api/testers/:personId/identity-decision', {
    access: 'testers.verify',
    references: { 'params.personId': testerRef },
    handle: ({ work, body, on }) => decideIdentity(work, on['params.personId'], body),
  }),
  route('POST /api/testers/:personId/grade', {
    access: 'testers.verify',
    references: { 'params.personId': testerRef },
    handle: ({ work, body, on }) => gradeTester(work, on['params.personId'], body),
  }),
  route('GET /api/offers', {
    access: 'offers.read',
    references: {},
    handle: async ({ work }) => ({ offers: await listOffers(work) }),
  }),
  route('POST /api/engagements/:engagementId/applications', {
    access: 'offers.read',
    references: { 'params.engagementId': checkedBy('apply-to') },
    handle: ({ work, params, body }) => applyTo(work, params.engagementId, body),
  }),
  route('POST /api/engagements/:engagementId/tester-invitations', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('enrollment.decide'), 'body.personId': testerRef },
    handle: ({ work, on }) => inviteTester(work, on['params.engagementId'], on['body.personId']),
  }),
  route('GET /api/engagements/:engagementId/enrollments', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('enrollment.list') },
    handle: async ({ work, on }) => ({
      enrollments: await listEnrollments(work, on['params.engagementId']),
      takesTesters: takesTesters.includes(on['params.engagementId'].row.state),
    }),
  }),
  route('POST /api/engagements/:engagementId/enrollments/:enrollmentId/decision', {
    access: 'signed_in',
    references: { 'params.engagementId': decidedEngagementRef, 'params.enrollmentId': enrollmentRef },
    handle: ({ work, body, on }) => decideEnrollment(work, on['params.engagementId'], on['params.enrollmentId'], body),
  }),
  route('GET /api/engagements/:engagementId/quiz', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('enrollment.join') },
    handle: async () => ({
      passMark: quizPassMark,
      questions: conductQuiz.map((question) => ({
        questionId: question.id,
        text: say(question.zh, question.en),
        options: question.options.map((option) => say(option.zh, option.en)),
      })),
    }),
  }),
  route('POST /api/engagements/:engagementId/quiz', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('enrollment.join') },
    handle: ({ work, body, on }) => answerQuiz(work, on['params.engagementId'], body.answers),
  }),
  route('GET /api/engagements/:engagementId/pledge', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('enrollment.join') },
    async handle({ work, on }) {
      const enrollment = await myEnrollment(work, on['params.engagementId'])
      return {
        codeVersion: conductVersion,
        digest: conductDigest,
        rules: conductRules.map((rule) => ({
          rule: rule.id,
          text: say(rule.zh, rule.en),
          confidence: rule.confidence,
        })),
        pledgedAt: enrollment.pledged_at?.toISOString() ?? null,
      }
    },
  }),
  route('POST /api/engagements/:engagementId/pledge', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('enrollment.join') },
    handle: ({ work, body, on }) => signPledge(work, on['params.engagementId'], body.digest),
  }),
  route('GET /api/engagements/:engagementId/leases', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('lease.list') },
    handle: async ({ work, on }) => ({ leases: await listLeases(work, on['params.engagementId']) }),
  }),
  route('POST /api/engagements/:engagementId/leases', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('lease.issue') },
    handle: ({ work, on }) => takeLease(work, on['params.engagementId']),
  }),
  route('POST /api/engagements/:engagementId/leases/:leaseId/state', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('lease.revoke'), 'params.leaseId': leaseRef },
    handle: ({ work, body, on }) => changeLease(work, on['params.engagementId'], on['params.leaseId'], body),
  }),
  route('GET /api/engagements/:engagementId/ca.pem', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('letter.read') },
    async handle({ on }) {
      const { row } = on['params.engagementId']
      if (!row.ca_certificate)
        throw new Problem('wrong_state', say('授权后才有证书', 'there is a certificate after authorisation'), {
          rule: 'STATE-1',
        })
      return { bytes: Buffer.from(row.ca_certificate), name: `zhongheng-${row.number}-ca.pem` }
    },
  }),
]

import { z } from 'zod'
import { Bilingual, Digest, type HttpContract, Moment, Version, idOf, lineOf, textOf } from './shape.ts'

const inEngagement = z.strictObject({ engagementId: idOf('engagement') })

export const TesterView = z
  .strictObject({
    personId: idOf('person'),
    name: z.string(),
    orgName: z.string(),
    /** none → asked → verified | refused. Evidence itself is sealed and never listed. */
    identity: z.enum(['none', 'asked', 'verified', 'refused']),
    identityVerifiedAt: Moment.nullable(),
    grade: z.number().int().min(0).max(5),
    gradeBasis: z.string().nullable(),
    skills: z.array(z.string()),
    engagements: z.number().int(),
    findingsConfirmed: z.number().int(),
    version: Version,
  })
  .meta({ id: 'Tester' })
export type TesterView = z.infer<typeof TesterView>

export const EnrollmentView = z
  .strictObject({
    enrollmentId: idOf('enrollment'),
    engagementId: idOf('engagement'),
    personId: idOf('person'),
    name: z.string(),
    orgName: z.string(),
    state: z.enum(['applied', 'invited', 'admitted', 'declined', 'removed']),
    identity: z.enum(['none', 'asked', 'verified', 'refused']),
    grade: z.number().int(),
    quizScore: z.number().int().nullable(),
    quizPassed: z.boolean(),
    pledgedAt: Moment.nullable(),
    lease: z.enum(['none', 'active', 'suspended', 'revoked', 'expired']),
    /** What still lacks before testing, in words. */
    lacks: z.array(Bilingual),
    version: Version,
  })
  .meta({ id: 'Enrollment' })
export type EnrollmentView = z.infer<typeof EnrollmentView>

export const LeaseView = z
  .strictObject({
    leaseId: idOf('lease'),
    personId: idOf('person'),
    name: z.string(),
    proxyName: z.string(),
    /** Where it is used, `host:port`: the gateway that serves the engagement now. */
    gateway: z.string(),
    state: z.enum(['active', 'suspended', 'revoked', 'expired']),
    opens: Moment,
    closes: Moment,
    issuedAt: Moment,
    endedAt: Moment.nullable(),
    reason: z.string().nullable(),
    limits: z.strictObject({ requestsPerSecond: z.number().int(), concurrency: z.number().int() }),
  })
  .meta({ id: 'Lease' })
export type LeaseView = z.infer<typeof LeaseView>

/** An engagement as an outside tester sees it before being admitted: never the targets. */
export const OfferView = z
  .strictObject({
    engagementId: idOf('engagement'),
    number: z.string(),
    title: z.string(),
    announcement: z.string(),
    windowOpens: Moment,
    windowCloses: Moment,
    minGrade: z.number().int(),
    myState: z.enum(['none', 'applied', 'invited', 'admitted', 'declined', 'removed']),
    enrollmentId: idOf('enrollment').nullable(),
  })
  .meta({ id: 'Offer' })
export type OfferView = z.infer<typeof OfferView>

export const testersHttp = {
  'GET /api/testers': {
    summary: 'Directory of testers, for the organizer',
    query: z.strictObject({ search: lineOf(0, 100).optional() }),
    reply: z.strictObject({ testers: z.array(TesterView) }),
  },
  'GET /api/testers/me': { summary: 'My own tester page', reply: TesterView },
  'POST /api/testers/me/identity': {
    stepUp: true,
    summary: 'Ask for identity verification; the document number is kept as a keyed digest only',
    body: z.strictObject({
      realName: lineOf(2, 60),
      documentKind: z.enum(['cn_id', 'passport']),
      documentNumber: lineOf(5, 30),
      skills: z.array(lineOf(1, 40)).max(20),
    }),
    reply: TesterView,
  },
  'PUT /api/testers/me/skills': {
    summary: 'State my skills anew, or none; needs my consent to their use',
    body: z.strictObject({ skills: z.array(lineOf(1, 40)).max(20), version: Version }),
    reply: TesterView,
  },
  'POST /api/testers/:personId/identity-decision': {
    stepUp: true,
    summary: 'The organizer’s manual identity check',
    params: z.strictObject({ personId: idOf('person') }),
    body: z.strictObject({ verdict: z.enum(['verified', 'refused']), reason: textOf(4, 1000), version: Version }),
    reply: TesterView,
  },
  'POST /api/testers/:personId/grade': {
    summary: 'Grade a tester on a stated basis',
    params: z.strictObject({ personId: idOf('person') }),
    body: z.strictObject({
      grade: z.number().int().min(1).max(5),
      basis: z.enum(['exam', 'history', 'certificate', 'interview']),
      note: textOf(4, 1000),
      version: Version,
    }),
    reply: TesterView,
  },
  'GET /api/offers': {
    summary: 'Engagements that recruit or invited me',
    reply: z.strictObject({ offers: z.array(OfferView) }),
  },
  'POST /api/engagements/:engagementId/applications': {
    summary: 'A tester applies',
    params: inEngagement,
    body: z.strictObject({ statement: textOf(10, 2000), conflicts: textOf(1, 1000) }),
    reply: EnrollmentView,
    status: 201,
  },
  'POST /api/engagements/:engagementId/tester-invitations': {
    summary: 'The organizer invites a tester',
    params: inEngagement,
    body: z.strictObject({ personId: idOf('person') }),
    reply: EnrollmentView,
    status: 201,
  },
  'GET /api/engagements/:engagementId/enrollments': {
    summary: 'Testers of this engagement; a tester sees only their own',
    params: inEngagement,
    reply: z.strictObject({
      enrollments: z.array(EnrollmentView),
      /** Whether testers may still join, by the engagement's state. */
      takesTesters: z.boolean(),
    }),
  },
  'POST /api/engagements/:engagementId/enrollments/:enrollmentId/decision': {
    summary: 'The organizer admits, declines or removes; an invited tester accepts or declines',
    params: inEngagement.extend({ enrollmentId: idOf('enrollment') }),
    body: z.strictObject({
      verdict: z.enum(['admit', 'decline', 'remove', 'accept']),
      reason: textOf(4, 1000),
      version: Version,
    }),
    reply: EnrollmentView,
  },
  'GET /api/engagements/:engagementId/quiz': {
    summary: 'Questions of the conduct quiz',
    params: inEngagement,
    reply: z.strictObject({
      passMark: z.number().int(),
      questions: z.array(z.strictObject({ questionId: z.string(), text: Bilingual, options: z.array(Bilingual) })),
    }),
  },
  'POST /api/engagements/:engagementId/quiz': {
    summary: 'Answer the conduct quiz',
    params: inEngagement,
    body: z.strictObject({ answers: z.record(z.string().max(40), z.number().int().min(0).max(9)) }),
    reply: z.strictObject({
      score: z.number().int(),
      passed: z.boolean(),
      wrong: z.array(z.strictObject({ questionId: z.string(), rule: z.string(), ruleText: Bilingual })),
    }),
  },
  'GET /api/engagements/:engagementId/pledge': {
    summary: 'The code of conduct as it is to be signed (Annex B)',
    params: inEngagement,
    reply: z.strictObject({
      codeVersion: z.string(),
      digest: Digest,
      rules: z.array(
        z.strictObject({ rule: z.string(), text: Bilingual, confidence: z.enum(['primary', 'secondary', 'inferred']) }),
      ),
      pledgedAt: Moment.nullable(),
    }),
  },
  'POST /api/engagements/:engagementId/pledge': {
    summary: 'Sign the pledge for this engagement',
    params: inEngagement,
    body: z.strictObject({ digest: Digest, agreed: z.literal(true) }),
    reply: EnrollmentView,
    status: 201,
  },
  'GET /api/engagements/:engagementId/leases': {
    summary: 'Access leases; a tester sees only their own',
    params: inEngagement,
    reply: z.strictObject({ leases: z.array(LeaseView) }),
  },
  'POST /api/engagements/:engagementId/leases': {
    personOnly: true,
    summary: 'A tester takes their personal access lease; the secret is shown once and a former lease ends',
    params: inEngagement,
    reply: z.strictObject({
      lease: LeaseView,
      secret: z.string(),
      proxyUrl: z.string(),
      caCertificate: z.string(),
      curlExample: z.string(),
    }),
    status: 201,
  },
  'POST /api/engagements/:engagementId/leases/:leaseId/state': {
    summary: 'Suspend, reactivate or revoke a lease',
    params: inEngagement.extend({ leaseId: idOf('lease') }),
    body: z.strictObject({ state: z.enum(['active', 'suspended', 'revoked']), reason: textOf(4, 1000) }),
    reply: LeaseView,
  },
  'GET /api/engagements/:engagementId/ca.pem': {
    summary: 'Certificate of the engagement’s own CA, for the tester’s tools',
    params: inEngagement,
    file: 'application/x-pem-file',
  },
} as const satisfies HttpContract

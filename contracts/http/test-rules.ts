import { payloadClasses, signalKinds } from '@zhongheng/domain/conduct/signals.ts'
import { responses } from '@zhongheng/domain/conduct/test-rules.ts'
import { z } from 'zod'
import { Bilingual, Digest, type HttpContract, Moment, RoleName, idOf, lineOf, textOf } from './shape.ts'

const inEngagement = z.strictObject({ engagementId: idOf('engagement') })
const Clock = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'HH:MM')

/** Absent: not limited. Bytes are per minute, counted apart in each direction. */
const Limits = z.strictObject({
  requestsPerSecond: z.number().int().min(1).max(100_000).optional(),
  concurrency: z.number().int().min(1).max(10_000).optional(),
  sentPerMinute: z.number().int().min(65_536).max(1_000_000_000_000).optional(),
  receivedPerMinute: z.number().int().min(65_536).max(1_000_000_000_000).optional(),
})

export const TestRulesBody = z
  .strictObject({
    /** IANA name of the time zone of the quiet hours. */
    zone: lineOf(1, 60),
    /** Every day, `from` inside, `to` outside; `to` before `from` crosses midnight. */
    quietHours: z.array(z.strictObject({ from: Clock, to: Clock })).max(10),
    lease: Limits,
    engagement: Limits,
    /** For each host and port without a line of its own. */
    target: Limits,
    targets: z.array(z.strictObject({ host: lineOf(1, 253), limits: Limits })).max(100),
    forbiddenMethods: z.array(z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,40}$/)).max(40),
    forbiddenPayloads: z.array(z.enum(payloadClasses)).max(payloadClasses.length),
    /** What follows a signal of conduct; one that is not named raises an alert. */
    responses: z.partialRecord(z.enum(signalKinds), z.enum(responses)),
  })
  .meta({ id: 'TestRulesBody' })
export type TestRulesBody = z.infer<typeof TestRulesBody>

export const TestRulesView = z
  .strictObject({
    rulesId: idOf('rulesVersion'),
    number: z.number().int(),
    state: z.enum(['proposed', 'in_force', 'superseded', 'refused']),
    rules: TestRulesBody,
    /** The rules as sentences; empty where nothing is limited. */
    lines: z.array(Bilingual),
    reason: z.string(),
    digest: Digest,
    /** Sides whose signatories approved it; empty where it allowed nothing new and took force at once. */
    approvals: z.array(RoleName),
    proposedBy: z.string(),
    proposedRole: RoleName,
    proposedAt: Moment,
    inForceAt: Moment.nullable(),
  })
  .meta({ id: 'TestRules' })
export type TestRulesView = z.infer<typeof TestRulesView>

export const TestRulesPage = z.strictObject({
  /** Newest first, at most 50. The one in force, and one that waits, are among them. */
  versions: z.array(TestRulesView),
  /** Whether this person may write or decide now. */
  mayWrite: z.boolean(),
  mayDecide: z.boolean(),
})
export type TestRulesPage = z.infer<typeof TestRulesPage>

export const testRulesHttp = {
  'GET /api/engagements/:engagementId/test-rules': {
    summary: 'Test rules: rates, quiet hours, methods, payloads, and what follows a signal of conduct',
    params: inEngagement,
    reply: TestRulesPage,
  },
  'POST /api/engagements/:engagementId/test-rules': {
    summary: 'Write a version. One that allows nothing new takes force at once; another waits for both signatories',
    params: inEngagement,
    body: z.strictObject({
      rules: TestRulesBody,
      reason: textOf(5, 1000),
      /** Number of the newest version that the writer saw; 0 for none. */
      after: z.number().int().min(0),
    }),
    reply: TestRulesPage,
    status: 201,
  },
  'POST /api/engagements/:engagementId/test-rules/:rulesId/decision': {
    summary: 'A signatory of the demand side or the organizer approves or refuses a proposed version',
    params: inEngagement.extend({ rulesId: idOf('rulesVersion') }),
    body: z.strictObject({ verdict: z.enum(['approve', 'refuse']) }),
    reply: TestRulesPage,
  },
} as const satisfies HttpContract

import { signalKinds } from '@zhongheng/domain/conduct/signals.ts'
import { z } from 'zod'
import { Bilingual, Digest, type HttpContract, Moment, Paging, idOf, textOf } from './shape.ts'

const inEngagement = z.strictObject({ engagementId: idOf('engagement') })
export const AlertState = z.enum(['open', 'acknowledged', 'settled'])
export const AlertOutcome = z.enum(['violation', 'permitted', 'false_alarm'])

export const AlertView = z
  .strictObject({
    alertId: idOf('alert'),
    kind: z.enum(signalKinds),
    title: Bilingual,
    /** What a reader should know before judging, false alarms included. */
    about: Bilingual,
    clauses: z.array(z.string()),
    severity: z.enum(['low', 'medium', 'high']),
    state: AlertState,
    /** What followed at once. */
    response: z.enum(['alarm', 'slow', 'stop']),
    testerId: idOf('person'),
    testerName: z.string(),
    /** The lease that the tester holds now; the one of the traffic where they hold none. */
    leaseId: idOf('lease'),
    leaseState: z.enum(['active', 'suspended', 'revoked']),
    /** Requests a second to which the lease is held now; null: its own pace. */
    slowedTo: z.number().int().nullable(),
    host: z.string(),
    exchanges: z.number().int(),
    /** The most different values in one exchange. */
    most: z.number().int(),
    firstAt: Moment,
    lastAt: Moment,
    /** The newest ones. Digests are keyed: the same values give the same digest within an engagement. */
    hits: z.array(
      z.strictObject({
        exchangeId: idOf('exchange'),
        side: z.enum(['request', 'response', 'pattern']),
        count: z.number().int(),
        position: z.number().int(),
        digest: Digest,
      }),
    ),
    handledBy: z.string().nullable(),
    handledAt: Moment.nullable(),
    outcome: AlertOutcome.nullable(),
    reason: z.string().nullable(),
  })
  .meta({ id: 'Alert' })
export type AlertView = z.infer<typeof AlertView>

export const alertsHttp = {
  'GET /api/engagements/:engagementId/alerts': {
    summary: 'Alerts of conduct, newest first; a tester sees only their own',
    params: inEngagement,
    query: z.strictObject({
      state: AlertState.optional(),
      kind: z.enum(signalKinds).optional(),
      testerId: idOf('person').optional(),
      ...Paging,
    }),
    reply: z.strictObject({
      alerts: z.array(AlertView),
      next: z.string().nullable(),
      open: z.number().int(),
      /** Seconds that the detectors are behind the index. */
      lagSeconds: z.number(),
      mayHandle: z.boolean(),
    }),
  },
  'POST /api/engagements/:engagementId/alerts/:alertId/decision': {
    summary: 'Take an alert up, or settle it with its outcome; a slow pace ends when it was no violation',
    params: inEngagement.extend({ alertId: idOf('alert') }),
    body: z.strictObject({
      act: z.enum(['acknowledge', 'settle']),
      /** Needed to settle. */
      outcome: AlertOutcome.optional(),
      reason: textOf(5, 1000),
    }),
    reply: AlertView,
  },
} as const satisfies HttpContract

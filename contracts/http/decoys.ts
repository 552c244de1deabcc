import { decoyLimits, decoyWays } from '@zhongheng/domain/findings/decoys.ts'
import { z } from 'zod'
import { FindingText } from './findings.ts'
import { type HttpContract, Moment, RoleName, Version, idOf, textOf } from './shape.ts'

const inEngagement = z.strictObject({ engagementId: idOf('engagement') })
/** Its id is a finding's, as everything about it that its readers see. */
const oneDecoy = inEngagement.extend({ findingId: idOf('finding') })
const [soonest, latest] = decoyLimits.settleHours

const DecoyText = FindingText.extend({
  /** Why it was placed; for those who may know that it is a decoy. */
  note: textOf(4, 1000),
})

export const DecoyView = DecoyText.extend({
  findingId: idOf('finding'),
  number: z.string(),
  testerName: z.string(),
  placedBy: z.string(),
  placedByOrganisation: z.string(),
  placedAt: Moment,
  /** From then on it shows. */
  settlesAt: Moment,
  removed: z.strictObject({ by: z.string(), at: Moment }).nullable(),
  /** How often somebody came upon it. */
  openings: z.number().int(),
  /** Of the own house, so that its administrators may change it. */
  own: z.boolean(),
  version: Version,
}).meta({ id: 'Decoy' })
export type DecoyView = z.infer<typeof DecoyView>

export const decoysHttp = {
  'GET /api/engagements/:engagementId/decoys': {
    personOnly: true,
    summary: 'Decoy findings that the own house placed; the auditor sees all of them',
    params: inEngagement,
    reply: z.strictObject({
      decoys: z.array(DecoyView),
      mayPlace: z.boolean(),
      /** Testers whom one may name, where the reader may place any. */
      testers: z.array(z.strictObject({ personId: idOf('person'), name: z.string() })),
      assets: z.array(z.string()),
    }),
  },
  'POST /api/engagements/:engagementId/decoys': {
    stepUp: true,
    summary: 'Place a finding that nobody submitted, to learn who looks beyond their work',
    params: inEngagement,
    body: DecoyText.extend({ testerId: idOf('person'), settleHours: z.number().int().min(soonest).max(latest) }),
    reply: DecoyView,
    status: 201,
  },
  'PUT /api/engagements/:engagementId/decoys/:findingId': {
    stepUp: true,
    summary: 'Change what a decoy of the own house says',
    params: oneDecoy,
    body: DecoyText.extend({ version: Version }),
    reply: DecoyView,
  },
  'POST /api/engagements/:engagementId/decoys/:findingId/removal': {
    stepUp: true,
    summary: 'Take a decoy of the own house away; who came upon it stays on record',
    params: oneDecoy,
    body: z.strictObject({ version: Version }),
    reply: DecoyView,
  },
  'GET /api/engagements/:engagementId/decoy-openings': {
    personOnly: true,
    summary: 'Who came upon a decoy of this engagement, newest first; the demand side is among those who see it',
    params: inEngagement,
    reply: z.strictObject({
      openings: z.array(
        z.strictObject({
          eventId: idOf('event'),
          at: Moment,
          way: z.enum(decoyWays),
          /** Empty, and the role null, for somebody whom this reader may not know: of no side here. */
          personName: z.string(),
          orgName: z.string(),
          role: RoleName.nullable(),
          number: z.string(),
          ledgerIndex: z.number().int().nullable(),
        }),
      ),
    }),
  },
} as const satisfies HttpContract

import { correctionFields, correctionStates } from '@zhongheng/domain/personal-data/corrections.ts'
import { z } from 'zod'
import { Bilingual, type HttpContract, Jurisdiction, Moment, idOf, lineOf, textOf } from './shape.ts'

export const CorrectionView = z
  .strictObject({
    correctionId: idOf('correction'),
    field: z.enum(correctionFields),
    what: Bilingual,
    state: z.enum(correctionStates),
    /** Whose data they are. */
    by: z.string(),
    byOrganisation: z.string(),
    askedAt: Moment,
    /** The end of the term in which it is to be answered. */
    dueAt: Moment,
    overdue: z.boolean(),
    decidedAt: Moment.nullable(),
    /** Why it was granted or refused; for whose it is alone. */
    answer: z.string().nullable(),
  })
  .meta({ id: 'Correction' })
export type CorrectionView = z.infer<typeof CorrectionView>

const reason = textOf(4, 1000)
const DocumentKind = z.enum(['cn_id', 'passport'])
export const CorrectionWish = z.discriminatedUnion('field', [
  z.strictObject({ field: z.literal('name'), value: lineOf(1, 60), reason }),
  z.strictObject({ field: z.literal('jurisdiction'), value: Jurisdiction.nullable(), reason }),
  z.strictObject({
    field: z.literal('identity'),
    realName: lineOf(2, 60),
    documentKind: DocumentKind,
    /** Kept as a keyed digest only. */
    documentNumber: lineOf(5, 30),
    reason,
  }),
])
export type CorrectionWish = z.infer<typeof CorrectionWish>

/** What the decider reads: old and new, side by side. */
export const OpenedCorrection = z
  .strictObject({
    correction: CorrectionView,
    now: z.string().nullable(),
    wished: z.string().nullable(),
    reason: z.string(),
  })
  .meta({ id: 'OpenedCorrection' })
export type OpenedCorrection = z.infer<typeof OpenedCorrection>

const one = z.strictObject({ correctionId: idOf('correction') })

export const correctionsHttp = {
  'GET /api/account/corrections': {
    personOnly: true,
    summary: 'What I asked to have corrected, newest first',
    reply: z.strictObject({ corrections: z.array(CorrectionView) }),
  },
  'POST /api/account/corrections': {
    stepUp: true,
    summary: 'Ask to have corrected what others rely on; one open request for each field',
    body: CorrectionWish,
    reply: CorrectionView,
    status: 201,
  },
  'POST /api/account/corrections/:correctionId/withdrawal': {
    stepUp: true,
    summary: 'Take my request back',
    params: one,
    reply: CorrectionView,
  },
  'GET /api/corrections': {
    personOnly: true,
    summary: 'Requests that wait for my decision, oldest first; what they say is opened one by one',
    reply: z.strictObject({ corrections: z.array(CorrectionView) }),
  },
  'POST /api/corrections/:correctionId/opening': {
    personOnly: true,
    summary: 'Read what one of them says; entered before it is opened',
    params: one,
    reply: OpenedCorrection,
  },
  'POST /api/corrections/:correctionId/decision': {
    stepUp: true,
    summary: 'Grant or refuse it; the value is replaced with the grant, documents signed before stay as they are',
    params: one,
    body: z.strictObject({ verdict: z.enum(['granted', 'refused']), reason }),
    reply: CorrectionView,
  },
} as const satisfies HttpContract

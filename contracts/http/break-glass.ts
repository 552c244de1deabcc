import { z } from 'zod'
import { type HttpContract, Moment, idOf, textOf } from './shape.ts'

/** Minutes of one emergency access. */
export const BreakGlassMinutes = z.number().int().min(5).max(240)

export const BreakGlassView = z
  .strictObject({
    breakGlassId: idOf('breakGlass'),
    reader: z.string(),
    orgName: z.string(),
    approvedBy: z.string(),
    purpose: z.string(),
    openedAt: Moment,
    endsAt: Moment,
    ended: z.strictObject({ by: z.string(), orgName: z.string(), at: Moment, reason: z.string() }).nullable(),
    open: z.boolean(),
    mine: z.boolean(),
    /** Findings and exchanges that were read under it, each time counted. */
    readings: z.number().int(),
  })
  .meta({ id: 'BreakGlass' })
export type BreakGlassView = z.infer<typeof BreakGlassView>

const inEngagement = z.strictObject({ engagementId: idOf('engagement') })

export const breakGlassHttp = {
  'GET /api/engagements/:engagementId/break-glass': {
    summary: 'Emergency access to this engagement’s findings, open and past, newest first',
    params: inEngagement,
    reply: z.strictObject({ accesses: z.array(BreakGlassView), mayAsk: z.boolean(), mayEnd: z.boolean() }),
  },
  'POST /api/engagements/:engagementId/break-glass': {
    stepUp: true,
    summary: 'Open the emergency access that a second person approved; the demand side is told at once',
    params: inEngagement,
    body: z.strictObject({ minutes: BreakGlassMinutes }),
    reply: BreakGlassView,
    status: 201,
  },
  'POST /api/engagements/:engagementId/break-glass/:breakGlassId/end': {
    summary: 'End an emergency access early; the demand side may, and the organizer',
    params: z.strictObject({ engagementId: idOf('engagement'), breakGlassId: idOf('breakGlass') }),
    body: z.strictObject({ reason: textOf(4, 2000) }),
    reply: BreakGlassView,
  },
} as const satisfies HttpContract

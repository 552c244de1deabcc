import { z } from 'zod'
import { Bilingual, type HttpContract, Moment, RoleName, idOf, lineOf, textOf } from './shape.ts'

const words = {
  /** Why: an investigation, a suit, an authority's order. */
  reason: textOf(10, 2000),
  /** The number under which it is known outside. */
  reference: lineOf(1, 200),
}

export const HoldView = z
  .strictObject({
    holdId: idOf('hold'),
    /** Null for everything that the placing organisation takes part in. */
    engagement: z.strictObject({ engagementId: idOf('engagement'), title: z.string() }).nullable(),
    orgName: z.string(),
    orgKind: RoleName,
    reason: z.string(),
    reference: z.string(),
    placedBy: z.string(),
    placedAt: Moment,
    liftAsked: z.strictObject({ by: z.string(), at: Moment }).nullable(),
    lifted: z.strictObject({ by: z.string(), at: Moment }).nullable(),
    /** What this person may say of it now. */
    mayAsk: z.boolean(),
    mayConfirm: z.boolean(),
    mayKeep: z.boolean(),
  })
  .meta({ id: 'Hold' })
export type HoldView = z.infer<typeof HoldView>

/** What is to be destroyed: the body of that call, which an approval binds word for word. */
export const DisposalWish = z.strictObject({
  what: z.enum(['traffic', 'file']),
  /** The agreement's clause or the law that asks for it. */
  basis: lineOf(2, 200),
  /** Who sees to it besides the person who orders. */
  witness: lineOf(2, 100),
})

/** What stands where content stood that was destroyed. */
export const DisposalNote = z
  .strictObject({
    what: z.enum(['traffic', 'file']),
    at: Moment,
    /** Who ordered it; null where the rows of that order were lost to a backup of before. */
    by: z.string().nullable(),
    /** Who let it pass as the second person. */
    second: z.string().nullable(),
    /** The row whose time of retention was over. */
    rule: z.string(),
    words: Bilingual,
  })
  .meta({ id: 'DisposalNote' })
export type DisposalNote = z.infer<typeof DisposalNote>

const Term = z.strictObject({
  /** Until when it is kept; null where there is nothing of it. */
  keptUntil: Moment.nullable(),
  ordered: z
    .strictObject({
      by: z.string(),
      /** Who let it pass as the second person; null where the house did not want two. */
      second: z.string().nullable(),
      at: Moment,
      basis: z.string(),
      witness: z.string(),
    })
    .nullable(),
  doneAt: Moment.nullable(),
  /** Why it may not be destroyed now; null when it may. */
  refused: z.strictObject({ rule: z.string(), why: Bilingual }).nullable(),
})

export const RetentionPage = z
  .strictObject({
    holds: z.array(HoldView),
    traffic: Term,
    file: Term,
    /** For how many days after its sealing recorded traffic is kept, and between which limits this may be set. */
    trafficDays: z.strictObject({ days: z.number().int(), least: z.number().int(), most: z.number().int() }),
    /** The fewest days that this person may set now; null where they may set none. */
    mayKeepFrom: z.number().int().nullable(),
    mayPlace: z.boolean(),
    mayDispose: z.boolean(),
  })
  .meta({ id: 'Retention' })
export type RetentionPage = z.infer<typeof RetentionPage>

const inEngagement = z.strictObject({ engagementId: idOf('engagement') })

export const retentionHttp = {
  'GET /api/engagements/:engagementId/retention': {
    summary: 'Until when this engagement’s data is kept, which holds stand over it, what was destroyed',
    params: inEngagement,
    reply: RetentionPage,
  },
  'PUT /api/engagements/:engagementId/retention': {
    summary: 'Set for how many days recorded traffic is kept; once there is any, only more of them',
    params: inEngagement,
    body: z.strictObject({
      /** 184 to 1,827; `checkTerm` says so in words. */
      trafficDays: z.number().int().min(1).max(100_000),
      reason: textOf(10, 2000),
    }),
    reply: RetentionPage,
  },
  'POST /api/engagements/:engagementId/holds': {
    summary: 'Place a legal hold on this engagement: nothing of it is disposed of or deleted while it stands',
    params: inEngagement,
    body: z.strictObject(words),
    reply: HoldView,
    status: 201,
    stepUp: true,
  },
  'POST /api/engagements/:engagementId/disposals': {
    summary: 'Order the destruction of recorded traffic, or of everything that the engagement’s keys seal',
    params: inEngagement,
    body: DisposalWish,
    reply: RetentionPage,
    status: 202,
    stepUp: true,
  },
  'GET /api/holds': {
    summary: 'Legal holds that I may know of, standing ones first',
    reply: z.strictObject({ holds: z.array(HoldView), mayPlace: z.boolean() }),
  },
  'POST /api/holds': {
    summary: 'Place a legal hold on everything that my organisation takes part in',
    body: z.strictObject(words),
    reply: HoldView,
    status: 201,
    stepUp: true,
  },
  'POST /api/holds/:holdId/lift': {
    summary: 'Ask to lift a hold of my organisation, confirm it as another person, or keep the hold',
    params: z.strictObject({ holdId: idOf('hold') }),
    body: z.strictObject({ verdict: z.enum(['ask', 'confirm', 'keep']), reason: textOf(10, 2000) }),
    reply: HoldView,
    stepUp: true,
  },
} as const satisfies HttpContract

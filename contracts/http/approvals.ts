import { z } from 'zod'
import { BreakGlassMinutes } from './break-glass.ts'
import { PackRequest } from './packs.ts'
import { PostEnds } from './people.ts'
import { SeparationWish } from './administration.ts'
import { DisposalWish } from './retention.ts'
import { CapturesQuery } from './traffic.ts'
import { Bilingual, Digest, type HttpContract, Moment, PostNames, Version, idOf, lineOf, textOf } from './shape.ts'

/** Exactly what the asker will do: the bodies of those calls, and the objects of their paths. */
export const TwoPersonAct = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('member_posts'),
      personId: idOf('person'),
      posts: PostNames,
      ends: PostEnds.optional(),
      version: Version,
    }),
    z.strictObject({ kind: z.literal('invitation'), name: lineOf(1, 60), posts: PostNames }),
    z.strictObject({ kind: z.literal('pack'), engagementId: idOf('engagement'), pack: PackRequest }),
    z.strictObject({
      kind: z.literal('break_glass'),
      engagementId: idOf('engagement'),
      minutes: BreakGlassMinutes,
    }),
    z.strictObject({ kind: z.literal('evidence'), engagementId: idOf('engagement') }),
    z.strictObject({
      kind: z.literal('captures'),
      engagementId: idOf('engagement'),
      captures: CapturesQuery,
      exchanges: z.number().int().min(1).max(1_000_000_000),
    }),
    z.strictObject({
      kind: z.literal('two_person_rules'),
      members: z.boolean(),
      exports: z.boolean(),
      disposals: z.boolean(),
      version: z.number().int().min(0).max(1_000_000_000),
    }),
    z.strictObject({ kind: z.literal('separation'), ...SeparationWish.shape }),
    z.strictObject({ kind: z.literal('disposal'), engagementId: idOf('engagement'), disposal: DisposalWish }),
  ])
  .meta({ id: 'TwoPersonAct' })
export type TwoPersonAct = z.infer<typeof TwoPersonAct>

export const ApprovalView = z
  .strictObject({
    approvalId: idOf('approval'),
    act: TwoPersonAct,
    /** What would be done, in words. */
    title: Bilingual,
    details: z.array(z.strictObject({ name: Bilingual, value: Bilingual })),
    /** The canonical JSON that the digest is made of. */
    canonical: z.string(),
    /** SHA-256 of `canonical`. */
    digest: Digest,
    state: z.enum(['waiting', 'approved', 'used', 'refused', 'withdrawn', 'lapsed']),
    purpose: z.string(),
    askedBy: z.string(),
    askedAt: Moment,
    expiresAt: Moment,
    decided: z.strictObject({ by: z.string(), at: Moment, reason: z.string() }).nullable(),
    usedAt: Moment.nullable(),
    mine: z.boolean(),
    /** Whether it waits for this person’s word. */
    mayDecide: z.boolean(),
  })
  .meta({ id: 'Approval' })
export type ApprovalView = z.infer<typeof ApprovalView>

export const TwoPersonRulesView = z
  .strictObject({
    members: z.boolean(),
    exports: z.boolean(),
    disposals: z.boolean(),
    version: z.number().int(),
    /** Members who could be the second person for somebody else. */
    approvers: z.number().int(),
    mayChange: z.boolean(),
  })
  .meta({ id: 'TwoPersonRules' })
export type TwoPersonRulesView = z.infer<typeof TwoPersonRulesView>

const oneApproval = z.strictObject({ approvalId: idOf('approval') })

export const approvalsHttp = {
  'GET /api/approvals': {
    summary: 'Requests for a second person: those that I asked for and those that I may decide, newest first',
    reply: z.strictObject({ approvals: z.array(ApprovalView) }),
  },
  'POST /api/approvals': {
    summary: 'Ask a second person to let one act pass; it is then done unchanged, once, before the request lapses',
    body: z.strictObject({ act: TwoPersonAct, purpose: textOf(10, 2000) }),
    reply: ApprovalView,
    status: 201,
  },
  'POST /api/approvals/:approvalId/decision': {
    stepUp: true,
    summary: 'Approve or refuse what another person asked for; the digest says what was seen',
    params: oneApproval,
    body: z.strictObject({ verdict: z.enum(['approved', 'refused']), digest: Digest, reason: textOf(4, 2000) }),
    reply: ApprovalView,
  },
  'POST /api/approvals/:approvalId/withdrawal': {
    summary: 'Take an own request back',
    params: oneApproval,
    reply: ApprovalView,
  },
  'GET /api/two-person-rules': { summary: 'What my organisation has two persons for', reply: TwoPersonRulesView },
  'PUT /api/two-person-rules': {
    stepUp: true,
    summary: 'Change what my organisation has two persons for; switching off needs two persons itself',
    body: z.strictObject({
      members: z.boolean(),
      exports: z.boolean(),
      disposals: z.boolean(),
      version: z.number().int().min(0).max(1_000_000_000),
    }),
    reply: TwoPersonRulesView,
  },
} as const satisfies HttpContract

import { z } from 'zod'
import { type HttpContract, Jurisdiction, Moment, RoleName, idOf } from './shape.ts'

/** `waiting`: nothing cosigned yet; `disagrees`: vouches for another history than ours. */
export const WitnessState = z.enum(['waiting', 'good', 'late', 'disagrees', 'removed'])

export const WitnessView = z
  .strictObject({
    witnessId: idOf('witness'),
    name: z.string(),
    orgName: z.string(),
    orgKind: RoleName,
    /** Of my own organisation, so that I may remove it if my post allows. */
    mine: z.boolean(),
    verifierKey: z.string(),
    fingerprint: z.string(),
    jurisdiction: Jurisdiction.nullable(),
    registeredAt: Moment,
    removedAt: Moment.nullable(),
    state: WitnessState,
    lateSince: Moment.nullable(),
    disagrees: z.strictObject({ since: Moment, size: z.number().int() }).nullable(),
    /** The newest cosignature. */
    last: z.strictObject({ size: z.number().int(), at: Moment }).nullable(),
    /** Entries that were added since. */
    lag: z.number().int().nullable(),
  })
  .meta({ id: 'Witness' })
export type WitnessView = z.infer<typeof WitnessView>

/** How many of which witnesses must have cosigned the reports' entries before they are delivered. */
export const WitnessRuleView = z
  .strictObject({
    ruleId: idOf('witnessRule'),
    needed: z.number().int(),
    witnesses: z.array(
      z.strictObject({
        witnessId: idOf('witness'),
        name: z.string(),
        orgName: z.string(),
        state: WitnessState,
        lastSize: z.number().int().nullable(),
      }),
    ),
    /** Sides that approved it. */
    approvals: z.array(RoleName),
    proposedBy: z.string(),
    proposedAt: Moment,
    inForceAt: Moment.nullable(),
  })
  .meta({ id: 'WitnessRule' })
export type WitnessRuleView = z.infer<typeof WitnessRuleView>

const inEngagement = z.strictObject({ engagementId: idOf('engagement') })

export const WitnessRulePage = z.strictObject({
  inForce: WitnessRuleView.nullable(),
  proposed: WitnessRuleView.nullable(),
  /** Witnesses of the demand side and the auditor of this engagement. */
  candidates: z.array(WitnessView),
  /** Whether this person may propose or decide now, and whether the state still allows it. */
  mayPropose: z.boolean(),
  mayDecide: z.boolean(),
})
export type WitnessRulePage = z.infer<typeof WitnessRulePage>

export const witnessesHttp = {
  'GET /api/ledger/witnesses': {
    summary: 'Witnesses of the ledger that I may know of, with what they cosigned last',
    reply: z.strictObject({ size: z.number().int(), witnesses: z.array(WitnessView) }),
  },
  'POST /api/ledger/witnesses': {
    summary: 'Register a witness of my organisation, with the two lines that `heng witness init` printed',
    body: z.strictObject({ registration: z.string().min(1).max(600), jurisdiction: Jurisdiction }),
    reply: WitnessView,
    status: 201,
  },
  'DELETE /api/ledger/witnesses/:witnessId': {
    summary: 'Remove a witness of my organisation; its key is never taken again',
    params: z.strictObject({ witnessId: idOf('witness') }),
    reply: WitnessView,
  },
  'POST /api/ledger/cosignatures': {
    summary: 'A witness hands in the checkpoint that it cosigned; the cosignature itself is the credential',
    body: z.strictObject({ note: z.string().min(1).max(8000) }),
  },
  'GET /api/engagements/:engagementId/witness-rule': {
    summary: 'How many of which witnesses the reports of this engagement need',
    params: inEngagement,
    reply: WitnessRulePage,
  },
  'POST /api/engagements/:engagementId/witness-rule': {
    summary: 'Propose the rule, before testing starts; the other side approves it',
    params: inEngagement,
    body: z.strictObject({
      needed: z.number().int().min(0).max(10),
      witnessIds: z.array(idOf('witness')).max(10),
    }),
    reply: WitnessRulePage,
    status: 201,
  },
  'POST /api/engagements/:engagementId/witness-rule/:ruleId/decision': {
    summary: 'A signatory of the demand side or the organizer approves or refuses the proposed rule',
    params: inEngagement.extend({ ruleId: idOf('witnessRule') }),
    body: z.strictObject({ verdict: z.enum(['approve', 'refuse']) }),
    reply: WitnessRulePage,
  },
} as const satisfies HttpContract

import { engagementStates } from '@zhongheng/domain/engagements/states.ts'
import { z } from 'zod'
import {
  Bilingual,
  Digest,
  type HttpContract,
  Moment,
  Paging,
  RoleName,
  Version,
  idOf,
  lineOf,
  textOf,
} from './shape.ts'

const inEngagement = z.strictObject({ engagementId: idOf('engagement') })
export const StateName = z.enum(engagementStates)

export const EngagementRow = z
  .strictObject({
    engagementId: idOf('engagement'),
    number: z.string(),
    title: z.string(),
    state: StateName,
    myRole: RoleName,
    demandName: z.string(),
    organizerName: z.string().nullable(),
    auditorName: z.string().nullable(),
    windowOpens: Moment.nullable(),
    windowCloses: Moment.nullable(),
    updatedAt: Moment,
  })
  .meta({ id: 'EngagementRow' })
export type EngagementRow = z.infer<typeof EngagementRow>

/** A step that starts from here, with the reason when it is refused now. */
export const AllowedMove = z.strictObject({
  move: z.string(),
  title: Bilingual,
  to: StateName,
  reason: z.boolean(),
  refused: z.strictObject({ rule: z.string(), why: Bilingual }).nullable(),
})

export const EngagementPage = EngagementRow.extend({
  goals: z.string(),
  auditMode: z.enum(['third_party', 'organizer_post']).nullable(),
  dataLevel: z.enum(['general', 'important', 'core']),
  environment: z.enum(['prod', 'staging', 'dedicated']),
  demandOrgId: idOf('organisation'),
  organizerOrgId: idOf('organisation').nullable(),
  auditorOrgId: idOf('organisation').nullable(),
  minGrade: z.number().int().min(0).max(5),
  rewardTable: z.array(
    z.strictObject({
      severity: z.enum(['critical', 'high', 'medium', 'low', 'info']),
      minFen: z.number().int(),
      maxFen: z.number().int(),
    }),
  ),
  /** Null for the tester side: what may be spent is between the other two. */
  budgetFen: z.number().int().nullable(),
  version: Version,
  stop: z.strictObject({ byRole: RoleName, reason: z.string(), at: Moment }).nullable(),
  moves: z.array(AllowedMove),
  /** Engagement actions this person may take here. */
  may: z.array(z.string()),
  counts: z.strictObject({
    findings: z.number().int(),
    exchanges: z.number().int(),
    refusals: z.number().int(),
    testers: z.number().int(),
  }),
}).meta({ id: 'EngagementPage' })
export type EngagementPage = z.infer<typeof EngagementPage>

const Money = z.number().int().min(0).max(100_000_000_000)
const EngagementDraft = z.strictObject({
  title: lineOf(4, 120),
  goals: textOf(10, 4000),
  windowOpens: Moment,
  windowCloses: Moment,
  auditMode: z.enum(['third_party', 'organizer_post']),
  dataLevel: z.enum(['general', 'important', 'core']),
  environment: z.enum(['prod', 'staging', 'dedicated']),
  organizerOrgId: idOf('organisation'),
  auditorOrgId: idOf('organisation'),
  minGrade: z.number().int().min(0).max(5),
  rewardTable: z
    .array(
      z.strictObject({ severity: z.enum(['critical', 'high', 'medium', 'low', 'info']), minFen: Money, maxFen: Money }),
    )
    .max(5),
  budgetFen: Money,
})

export const RecordView = z
  .strictObject({
    recordId: idOf('signature'),
    kind: z.string(),
    title: Bilingual,
    role: RoleName,
    byName: z.string(),
    orgName: z.string(),
    at: Moment,
    fields: z.array(
      z.strictObject({
        name: z.string(),
        label: Bilingual,
        value: z.string(),
        /** What a choice, or the name of a move, means; left out where the value speaks for itself. */
        words: Bilingual.optional(),
      }),
    ),
    digest: Digest,
    signature: z.string().nullable(),
    keyFingerprint: z.string().nullable(),
    scopeVersionId: idOf('scopeVersion').nullable(),
    /** False when the scope changed since: the record no longer counts. */
    current: z.boolean(),
  })
  .meta({ id: 'RecordView' })
export type RecordView = z.infer<typeof RecordView>

/** A form that this person can fill in now, or the reason why not. */
export const RecordForm = z.strictObject({
  kind: z.string(),
  title: Bilingual,
  signed: z.boolean(),
  clauses: z.array(z.string()),
  fields: z.array(
    z.strictObject({
      name: z.string(),
      label: Bilingual,
      kind: z.enum(['line', 'long', 'choice', 'confirm']),
      min: z.number().int().optional(),
      max: z.number().int().optional(),
      options: z.array(z.strictObject({ value: z.string(), label: Bilingual })).optional(),
    }),
  ),
  done: z.boolean(),
  refused: z.strictObject({ rule: z.string(), why: Bilingual }).nullable(),
})
export type RecordForm = z.infer<typeof RecordForm>

export const ScopeRuleView = z.strictObject({
  rowId: z.string(),
  effect: z.enum(['allow', 'deny']),
  asset: z.string(),
  /** The rule in words, as the letter prints it. */
  text: z.string(),
  /** Tunnels to it are passed on closed, or may speak any protocol; null: opened and judged. */
  handling: z.enum(['tunnel', 'raw']).nullable(),
})
export const ScopeAsset = z.strictObject({ effect: z.enum(['in', 'out']), asset: lineOf(1, 500) })
export const ScopeQuestionView = z.strictObject({
  questionId: z.string(),
  rowId: z.string(),
  asset: z.string(),
  effect: z.enum(['in', 'out']),
  kind: z.string(),
  why: Bilingual,
  /** Ignoring it could let traffic out that the owner forbade: shown first. */
  mayHideDenial: z.boolean(),
  /** Rules of the row are in force beside the question. */
  hasRules: z.boolean(),
  suggestion: z.array(ScopeAsset),
})
export const ScopeVersionView = z
  .strictObject({
    scopeVersionId: idOf('scopeVersion'),
    number: z.number().int(),
    state: z.enum(['draft', 'proposed', 'frozen', 'superseded', 'refused']),
    createdAt: Moment,
    createdBy: z.string(),
    effectiveAt: Moment.nullable(),
    digest: Digest,
    text: z.string(),
    rules: z.array(ScopeRuleView),
    questions: z.array(ScopeQuestionView),
    /** Lines that no gateway enforces; the letter prints them. */
    letterLines: z.array(z.strictObject({ effect: z.enum(['in', 'out']), asset: z.string() })),
    hints: z.array(z.strictObject({ asset: z.string(), text: Bilingual, suggestion: z.array(ScopeAsset) })),
    approvals: z.array(RoleName),
  })
  .meta({ id: 'ScopeVersion' })
export type ScopeVersionView = z.infer<typeof ScopeVersionView>

export const ProofView = z
  .strictObject({
    proofId: idOf('proof'),
    object: z.string(),
    method: z.enum(['dns', 'file', 'letter']),
    state: z.enum(['waiting', 'proven', 'failed', 'expired']),
    challenge: z.string(),
    /** What to do, in both languages: the DNS record or file to make, or the letter to send. */
    instruction: Bilingual,
    lastCheck: z.strictObject({ at: Moment, result: Bilingual }).nullable(),
    expiresAt: Moment.nullable(),
  })
  .meta({ id: 'OwnershipProof' })
export type ProofView = z.infer<typeof ProofView>

export const TimelineEvent = z
  .strictObject({
    eventId: idOf('event'),
    at: Moment,
    kind: z.string(),
    text: Bilingual,
    actorName: z.string(),
    role: z.string(),
    subject: z.string().nullable(),
    /** Null until the sequencer has entered it (at most a second). */
    ledgerIndex: z.number().int().nullable(),
  })
  .meta({ id: 'TimelineEvent' })
export type TimelineEvent = z.infer<typeof TimelineEvent>

export const LetterView = z
  .strictObject({
    letterId: idOf('letter'),
    number: z.string(),
    checkCode: z.string(),
    scopeVersionId: idOf('scopeVersion'),
    scopeNumber: z.number().int(),
    opens: Moment,
    closes: Moment,
    issuedAt: Moment,
    state: z.enum(['valid', 'superseded', 'revoked', 'expired', 'not_yet']),
    sha256: z.strictObject({ docx: Digest, pdf: Digest }),
    verifyPath: z.string(),
  })
  .meta({ id: 'Letter' })
export type LetterView = z.infer<typeof LetterView>

export const engagementsHttp = {
  'GET /api/engagements': {
    summary: 'Engagements my organisation is a party of',
    query: z.strictObject({ state: StateName.optional(), search: lineOf(0, 100).optional(), ...Paging }),
    reply: z.strictObject({ engagements: z.array(EngagementRow), next: z.string().nullable() }),
  },
  'POST /api/engagements': {
    summary: 'Begin a demand (draft); the scope is written afterwards',
    body: EngagementDraft,
    reply: EngagementPage,
    status: 201,
  },
  'GET /api/engagements/:engagementId': {
    summary: 'One engagement with the moves allowed now',
    params: inEngagement,
    reply: EngagementPage,
  },
  'PATCH /api/engagements/:engagementId': {
    summary: 'Change a draft',
    params: inEngagement,
    body: EngagementDraft.partial().extend({ version: Version }),
    reply: EngagementPage,
  },
  'POST /api/engagements/:engagementId/moves': {
    summary: 'Make a move of the engagement’s state machine',
    params: inEngagement,
    body: z.strictObject({ move: z.string().max(40), reason: z.string().max(2000).optional(), version: Version }),
    reply: EngagementPage,
  },
  'GET /api/engagements/:engagementId/records': {
    summary: 'Written acts so far and the forms open to me',
    params: inEngagement,
    reply: z.strictObject({ records: z.array(RecordView), forms: z.array(RecordForm) }),
  },
  'POST /api/engagements/:engagementId/records': {
    stepUp: 'signed_acts',
    summary: 'Write an act: review, agreement, permit, plan, certificate …',
    params: inEngagement,
    body: z.strictObject({
      kind: z.string().max(40),
      fields: z.record(z.string().max(40), z.union([z.string().max(4000), z.boolean()])),
    }),
    reply: RecordView,
    status: 201,
  },
  'GET /api/engagements/:engagementId/scope': {
    summary: 'All scope versions, newest first',
    params: inEngagement,
    reply: z.strictObject({
      versions: z.array(ScopeVersionView),
      inForce: idOf('scopeVersion').nullable(),
      assets: z.array(z.string()),
    }),
  },
  'PUT /api/engagements/:engagementId/scope': {
    summary: 'Write the scope of a draft, by hand or from a platform’s JSON',
    params: inEngagement,
    body: z.strictObject({
      format: z.enum(['text', 'hackerone', 'bugcrowd', 'intigriti', 'yeswehack', 'federacy']),
      content: z.string().max(2_000_000),
      version: Version,
    }),
    reply: ScopeVersionView,
  },
  'POST /api/engagements/:engagementId/scope/answers': {
    summary: 'Answer an open question of the newest scope version',
    params: inEngagement,
    body: z.strictObject({
      scopeVersionId: idOf('scopeVersion'),
      questionId: z.string().max(120),
      answer: z.discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('rows'), rows: z.array(ScopeAsset).min(1).max(50) }),
        z.strictObject({ kind: z.literal('letter_only'), note: textOf(2, 1000).optional() }),
        z.strictObject({ kind: z.literal('drop'), note: textOf(2, 1000) }),
        z.strictObject({ kind: z.literal('as_it_stands') }),
      ]),
    }),
    reply: ScopeVersionView,
  },
  'POST /api/engagements/:engagementId/scope/probe': {
    summary: 'What the gateway would say to an address',
    params: inEngagement,
    body: z.strictObject({ url: z.string().min(1).max(4000), scopeVersionId: idOf('scopeVersion').optional() }),
    reply: z.strictObject({
      verdict: z.enum(['allow', 'deny']),
      rule: z.string(),
      why: Bilingual,
      row: z.strictObject({ rowId: z.string(), asset: z.string() }).nullable(),
      canonical: z.string().nullable(),
    }),
  },
  'POST /api/engagements/:engagementId/scope/changes': {
    summary: 'Propose a new scope version while the old one is in force',
    params: inEngagement,
    body: z.strictObject({ content: z.string().min(1).max(2_000_000), reason: textOf(10, 2000) }),
    reply: ScopeVersionView,
    status: 201,
  },
  'POST /api/engagements/:engagementId/scope/changes/:scopeVersionId/decision': {
    summary: 'A signatory of the demand side or the organizer approves or refuses a proposed scope version',
    params: inEngagement.extend({ scopeVersionId: idOf('scopeVersion') }),
    body: z.strictObject({ verdict: z.enum(['approve', 'refuse']), reason: textOf(2, 2000) }),
    reply: ScopeVersionView,
  },
  'GET /api/engagements/:engagementId/proofs': {
    summary: 'Ownership proofs, one per object of the scope',
    params: inEngagement,
    reply: z.strictObject({ proofs: z.array(ProofView), missing: z.array(z.string()) }),
  },
  'POST /api/engagements/:engagementId/proofs': {
    summary: 'Ask for a challenge for one object',
    params: inEngagement,
    body: z.strictObject({ object: lineOf(1, 300), method: z.enum(['dns', 'file', 'letter']) }),
    reply: ProofView,
    status: 201,
  },
  'POST /api/engagements/:engagementId/proofs/:proofId/check': {
    summary: 'Look whether the record or file is there',
    params: inEngagement.extend({ proofId: idOf('proof') }),
    reply: ProofView,
  },
  'POST /api/engagements/:engagementId/proofs/:proofId/letter': {
    summary: 'The demand side gives the signed letter’s reference and digest',
    params: inEngagement.extend({ proofId: idOf('proof') }),
    body: z.strictObject({ reference: lineOf(2, 200), sha256: Digest }),
    reply: ProofView,
  },
  'POST /api/engagements/:engagementId/proofs/:proofId/confirmation': {
    summary: 'The organizer confirms a letter it has seen',
    params: inEngagement.extend({ proofId: idOf('proof') }),
    body: z.strictObject({ verdict: z.enum(['proven', 'failed']), note: textOf(2, 1000) }),
    reply: ProofView,
  },
  'GET /api/engagements/:engagementId/timeline': {
    summary: 'Everything that happened, with ledger positions',
    params: inEngagement,
    query: z.strictObject({ ...Paging }),
    reply: z.strictObject({ events: z.array(TimelineEvent), next: z.string().nullable() }),
  },
  'GET /api/engagements/:engagementId/letters': {
    summary: 'Authorisation letters, newest first',
    params: inEngagement,
    reply: z.strictObject({ letters: z.array(LetterView) }),
  },
  'GET /api/engagements/:engagementId/letters/:letterId/file.pdf': {
    summary: 'The letter as PDF',
    params: inEngagement.extend({ letterId: idOf('letter') }),
    file: 'application/pdf',
  },
  'GET /api/engagements/:engagementId/letters/:letterId/file.docx': {
    summary: 'The letter as DOCX',
    params: inEngagement.extend({ letterId: idOf('letter') }),
    file: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  },
  'POST /api/public/letter-checks': {
    summary: 'Anybody checks an authorisation letter by its number and check code',
    body: z.strictObject({ number: lineOf(4, 40), checkCode: lineOf(4, 40) }),
    reply: z.strictObject({
      state: z.enum(['valid', 'superseded', 'revoked', 'expired', 'not_yet', 'unknown']),
      number: z.string(),
      demandName: z.string().nullable(),
      organizerName: z.string().nullable(),
      opens: Moment.nullable(),
      closes: Moment.nullable(),
      scopeNumber: z.number().int().nullable(),
      sha256: z.strictObject({ docx: Digest, pdf: Digest }).nullable(),
    }),
  },
} as const satisfies HttpContract

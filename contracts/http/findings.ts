import { assignmentLimits } from '@zhongheng/domain/findings/assignment.ts'
import { attachmentLimits } from '@zhongheng/domain/attachments/limits.ts'
import { likenesses } from '@zhongheng/domain/findings/candidates.ts'
import { submissionLimits } from '@zhongheng/domain/findings/submission.ts'
import { z } from 'zod'
import { AttachmentView } from './attachments.ts'
import { ScanPreview } from './imports.ts'
import { DisposalNote } from './retention.ts'
import {
  Bilingual,
  Digest,
  type HttpContract,
  idOf,
  lineOf,
  Moment,
  Paging,
  ReaderMark,
  RoleName,
  textOf,
  Version,
} from './shape.ts'

const inEngagement = z.strictObject({ engagementId: idOf('engagement') })
const oneFinding = inEngagement.extend({ findingId: idOf('finding') })
export const SeverityName = z.enum(['critical', 'high', 'medium', 'low', 'info'])
export const FindingStateName = z.enum([
  'draft',
  'submitted',
  'initial_review',
  'passed',
  'returned',
  'invalid',
  'out_of_scope',
  'duplicate',
  'demand_review',
  'confirmed',
  'disputed',
  'rejected_by_demand',
  'remediation',
  'retest',
  'fixed',
  'risk_accepted',
  'closed',
])

/** A list row never carries a finding's body; the title is sealed too and shown only to those who may read it. */
export const FindingRow = z
  .strictObject({
    findingId: idOf('finding'),
    engagementId: idOf('engagement'),
    engagementTitle: z.string(),
    number: z.string(),
    title: z.string(),
    state: FindingStateName,
    severity: SeverityName,
    asset: z.string(),
    cwe: z.string(),
    testerName: z.string(),
    submittedAt: Moment,
    updatedAt: Moment,
    citations: z.number().int(),
    waitsForMe: z.boolean(),
    /** Who of the reader's own house takes care of it. */
    assignee: z.strictObject({ personId: idOf('person'), name: z.string() }).nullable(),
    /** Whether somebody may be named for it now. */
    assignable: z.boolean(),
  })
  .meta({ id: 'FindingRow' })
export type FindingRow = z.infer<typeof FindingRow>

export const AllowedFindingMove = z.strictObject({
  move: z.string(),
  title: Bilingual,
  to: z.string(),
  needs: z.array(
    z.enum(['reason', 'reasonCode', 'cites', 'duplicateOf', 'severity', 'retestOutcome', 'plan', 'acceptanceOfRisk']),
  ),
  reasonCodes: z.array(z.strictObject({ value: z.string(), label: Bilingual })),
  refused: z.strictObject({ rule: z.string(), why: Bilingual }).nullable(),
})

export const CommentView = z.strictObject({
  commentId: idOf('comment'),
  audience: z.enum(['internal', 'parties', 'everyone']),
  body: z.string(),
  byName: z.string(),
  role: RoleName,
  at: Moment,
})
export type CommentView = z.infer<typeof CommentView>

export const DecisionView = z.strictObject({
  move: z.string(),
  title: Bilingual,
  from: z.string(),
  to: z.string(),
  byName: z.string(),
  role: RoleName,
  at: Moment,
  reasonCode: z.string().nullable(),
  reason: z.string(),
  cites: z.string().nullable(),
  ledgerIndex: z.number().int().nullable(),
})

export const RewardView = z
  .strictObject({
    rewardId: idOf('reward'),
    findingId: idOf('finding'),
    findingNumber: z.string(),
    testerName: z.string(),
    amountFen: z.number().int(),
    state: z.enum(['proposed', 'approved', 'refused', 'paid']),
    proposedAt: Moment,
    note: z.string(),
    version: Version,
  })
  .meta({ id: 'Reward' })
export type RewardView = z.infer<typeof RewardView>

export const FindingPage = FindingRow.extend({
  description: z.string(),
  steps: z.string(),
  impact: z.string(),
  repair: z.string(),
  cvssVector: z.string().nullable(),
  cvssScore: z.number().nullable(),
  testerSeverity: SeverityName,
  severityReason: z.string().nullable(),
  testerId: idOf('person'),
  testerOrgName: z.string(),
  evidence: z.array(
    z.strictObject({
      exchangeId: idOf('exchange'),
      startedAt: Moment,
      method: z.string(),
      scheme: z.string(),
      host: z.string(),
      port: z.number().int(),
      path: z.string(),
      status: z.number().int(),
      requestDigest: Digest,
      responseDigest: Digest,
    }),
  ),
  /** Where the recording of what it cites was destroyed: host and path are empty then, times and digests stay. */
  disposed: DisposalNote.nullable(),
  duplicateOf: z.strictObject({ findingId: idOf('finding').nullable(), number: z.string() }).nullable(),
  attachments: z.array(AttachmentView),
  decisions: z.array(DecisionView),
  comments: z.array(CommentView),
  reward: RewardView.nullable(),
  moves: z.array(AllowedFindingMove),
  may: z.array(z.string()),
  letterNumber: z.string().nullable(),
  scopeNumber: z.number().int(),
  ledger: z.strictObject({ submitted: z.number().int().nullable(), reveal: z.number().int().nullable() }),
  mark: ReaderMark,
  /** Whose move it is. */
  nextBy: RoleName.nullable(),
  version: Version,
}).meta({ id: 'FindingPage' })
export type FindingPage = z.infer<typeof FindingPage>

/** What a finding says. */
export const FindingText = z.strictObject({
  title: lineOf(...submissionLimits.title),
  asset: lineOf(1, 300),
  cwe: z.string().regex(/^CWE-\d{1,5}$/),
  severity: SeverityName,
  description: textOf(...submissionLimits.description),
  steps: textOf(...submissionLimits.steps),
  impact: textOf(...submissionLimits.impact),
  repair: textOf(...submissionLimits.repair),
})
const Submission = FindingText.extend({
  cvssVector: z.string().max(300).nullable(),
  cites: z.array(idOf('exchange')).min(1).max(50),
  /** Own files, uploaded here and attached to nothing yet. */
  attachments: z.array(idOf('attachment')).max(attachmentLimits.ofFinding).default([]),
})

export const findingsHttp = {
  'PUT /api/engagements/:engagementId/imports/preview': {
    summary:
      'Read a scanner’s results (SARIF, Nuclei, Nessus, Burp, ZAP, Nmap, XLSX) to choose drafts from; nothing is kept or submitted',
    params: inEngagement,
    takes: 'application/octet-stream',
    reply: ScanPreview,
  },
  'GET /api/findings': {
    summary: 'Inbox: findings of all my engagements',
    query: z.strictObject({
      engagementId: idOf('engagement').optional(),
      view: z.enum(['mine', 'new', 'waiting', 'confirmed', 'remediation', 'retest', 'closed', 'all']).default('all'),
      severity: SeverityName.optional(),
      state: FindingStateName.optional(),
      /** Those that I take care of, or nobody of my house. */
      assignee: z.enum(['me', 'nobody']).optional(),
      ...Paging,
    }),
    reply: z.strictObject({
      findings: z.array(FindingRow),
      next: z.string().nullable(),
      views: z.array(z.strictObject({ view: z.string(), count: z.number().int() })),
      /** Whether I may say who of my house takes care of findings. */
      mayAssign: z.boolean(),
    }),
  },
  'POST /api/findings/search': {
    summary:
      'Findings by words of their titles, assets, texts and comments, best first; words never stand in an address',
    body: z.strictObject({ words: lineOf(2, 200), engagementId: idOf('engagement').optional() }),
    reply: z.strictObject({
      findings: z.array(FindingRow),
      /** Nothing in the words can be searched: signs alone. */
      nothingAsked: z.boolean(),
    }),
  },
  'POST /api/findings/assignments': {
    summary: 'Say who of my house takes care of these findings; all of them, or none where one cannot be assigned',
    body: z.strictObject({
      findings: z
        .array(
          z.strictObject({
            engagementId: idOf('engagement'),
            findingId: idOf('finding'),
            /** Who was named when it was looked at: a change meanwhile refuses all. */
            was: idOf('person').nullable(),
          }),
        )
        .min(1)
        .max(assignmentLimits.findings),
      /** Null: nobody any more. */
      to: idOf('person').nullable(),
    }),
    reply: z.strictObject({ assigned: z.number().int() }),
  },
  'GET /api/weaknesses': {
    summary: 'The weakness catalogue',
    reply: z.strictObject({
      weaknesses: z.array(z.strictObject({ cwe: z.string(), name: Bilingual, category: z.string() })),
    }),
  },
  'POST /api/cvss': {
    summary: 'Score a CVSS 3.1 or 4.0 vector',
    body: z.strictObject({ vector: z.string().min(1).max(300) }),
    reply: z.strictObject({ version: z.string(), score: z.number(), severity: SeverityName }),
  },
  'GET /api/engagements/:engagementId/findings.csv': {
    summary: 'The list of findings as CSV: numbers, states, severities, people and dates; nothing that is sealed',
    params: inEngagement,
    file: 'text/csv',
  },
  'GET /api/engagements/:engagementId/findings.xlsx': {
    summary: 'The same as a workbook',
    params: inEngagement,
    file: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  },
  'POST /api/engagements/:engagementId/findings': {
    summary: 'Submit a finding that cites own recorded exchanges',
    params: inEngagement,
    body: Submission,
    reply: FindingPage,
    status: 201,
  },
  'GET /api/engagements/:engagementId/findings/:findingId': {
    personOnly: true,
    summary: 'Read a finding; the reading is an entry of the ledger',
    params: oneFinding,
    reply: FindingPage,
  },
  'GET /api/engagements/:engagementId/findings/:findingId/candidates': {
    personOnly: true,
    summary: 'Earlier findings that this one may double, likeliest first, for who reviews it',
    params: oneFinding,
    reply: z.strictObject({
      candidates: z.array(z.strictObject({ ...FindingRow.shape, why: z.array(z.enum(likenesses)) })),
    }),
  },
  'PUT /api/engagements/:engagementId/findings/:findingId': {
    summary: 'The tester mends a returned finding and submits it again',
    params: oneFinding,
    body: Submission.extend({ version: Version }),
    reply: FindingPage,
  },
  'POST /api/engagements/:engagementId/findings/:findingId/moves': {
    summary: 'Review, confirm, dispute, repair, retest, close',
    params: oneFinding,
    body: z.strictObject({
      move: z.string().max(40),
      version: Version,
      reasonCode: z.string().max(40).optional(),
      reason: textOf(0, 4000).optional(),
      cites: lineOf(0, 300).optional(),
      duplicateOf: idOf('finding').optional(),
      severity: SeverityName.optional(),
      retestOutcome: z.enum(['not_reproducible', 'still_there', 'cannot_test']).optional(),
    }),
    reply: FindingPage,
  },
  'POST /api/engagements/:engagementId/findings/:findingId/comments': {
    summary: 'Comment for one of three audiences',
    params: oneFinding,
    body: z.strictObject({
      audience: z.enum(['internal', 'parties', 'everyone']),
      body: textOf(1, 10_000),
      attachments: z.array(idOf('attachment')).max(attachmentLimits.ofComment).default([]),
    }),
    reply: CommentView,
    status: 201,
  },
  'POST /api/engagements/:engagementId/findings/:findingId/rewards': {
    summary: 'The organizer proposes a reward from the engagement’s table',
    params: oneFinding,
    body: z.strictObject({ amountFen: z.number().int().min(0).max(100_000_000_000), note: textOf(2, 1000) }),
    reply: RewardView,
    status: 201,
  },
  'POST /api/engagements/:engagementId/rewards/:rewardId/state': {
    summary: 'The demand side approves or refuses; the organizer records the payment',
    params: inEngagement.extend({ rewardId: idOf('reward') }),
    body: z.strictObject({ state: z.enum(['approved', 'refused', 'paid']), note: textOf(2, 1000), version: Version }),
    reply: RewardView,
  },
  'GET /api/engagements/:engagementId/rewards': {
    summary: 'Rewards and what is left of the budget; a tester sees only their own',
    params: inEngagement,
    reply: z.strictObject({
      rewards: z.array(RewardView),
      /** Both null for the tester side. */
      budgetFen: z.number().int().nullable(),
      heldFen: z.number().int().nullable(),
    }),
  },
} as const satisfies HttpContract

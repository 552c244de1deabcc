import { z } from 'zod'
import { Bilingual, Digest, type HttpContract, Moment, Paging, Version, idOf, textOf } from './shape.ts'

const inEngagement = z.strictObject({ engagementId: idOf('engagement') })
const ReportKind = z.enum(['test', 'audit'])
const oneReport = inEngagement.extend({ reportId: idOf('report') })

/** A section that people write; the figures and tables around it come from records. */
export const ReportSection = z.strictObject({
  sectionId: z.string(),
  title: Bilingual,
  clause: z.string(),
  /** Text written by hand; empty where the section is made of records only. */
  text: z.string(),
  /** False where records fill the section by themselves. */
  writable: z.boolean(),
  /** Where the text is one of a few choices. */
  options: z.array(z.strictObject({ value: z.string(), label: Bilingual })).optional(),
  /** What the section lacks, when it is empty: it blocks signing. */
  missing: Bilingual.nullable(),
})

export const ReportView = z
  .strictObject({
    reportId: idOf('report'),
    engagementId: idOf('engagement'),
    kind: ReportKind,
    title: Bilingual,
    locale: z.enum(['zh-CN', 'en']),
    state: z.enum(['draft', 'signed', 'superseded']),
    revision: z.number().int(),
    sections: z.array(ReportSection),
    signedBy: z.string().nullable(),
    signedAt: Moment.nullable(),
    keyFingerprint: z.string().nullable(),
    anchor: z.strictObject({ position: z.number().int(), root: z.string(), checkCode: z.string() }).nullable(),
    sha256: z.strictObject({ docx: Digest, pdf: Digest }).nullable(),
    version: Version,
  })
  .meta({ id: 'Report' })
export type ReportView = z.infer<typeof ReportView>

export const LedgerStatus = z
  .strictObject({
    origin: z.string(),
    size: z.number().int(),
    root: z.string(),
    checkpoint: z.string(),
    checkpointAt: Moment.nullable(),
    waiting: z.number().int(),
    keyFingerprint: z.string(),
  })
  .meta({ id: 'LedgerStatus' })
export type LedgerStatus = z.infer<typeof LedgerStatus>

export const evidenceHttp = {
  'GET /api/engagements/:engagementId/reports': {
    summary: 'Both reports, newest revision first',
    params: inEngagement,
    reply: z.strictObject({ reports: z.array(ReportView) }),
  },
  'POST /api/engagements/:engagementId/reports': {
    summary: 'Begin a report: figures come from records at signing',
    params: inEngagement,
    body: z.strictObject({ kind: ReportKind, locale: z.enum(['zh-CN', 'en']).default('zh-CN') }),
    reply: ReportView,
    status: 201,
  },
  'GET /api/engagements/:engagementId/reports/:reportId': {
    personOnly: true,
    summary: 'One report',
    params: oneReport,
    reply: ReportView,
  },
  'PATCH /api/engagements/:engagementId/reports/:reportId': {
    summary: 'Write sections of a draft',
    params: oneReport,
    body: z.strictObject({ sections: z.record(z.string().max(20), textOf(0, 20_000)), version: Version }),
    reply: ReportView,
  },
  'POST /api/engagements/:engagementId/reports/:reportId/signature': {
    stepUp: true,
    summary: 'Sign: fixes ledger position and bytes; an empty section is refused',
    params: oneReport,
    body: z.strictObject({ version: Version }),
    reply: ReportView,
  },
  'GET /api/engagements/:engagementId/reports/:reportId/file.pdf': {
    personOnly: true,
    summary: 'As PDF',
    params: oneReport,
    file: 'application/pdf',
  },
  'GET /api/engagements/:engagementId/reports/:reportId/file.docx': {
    personOnly: true,
    summary: 'As DOCX',
    params: oneReport,
    file: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  },
  'GET /api/engagements/:engagementId/evidence.zip': {
    stepUp: true,
    summary: 'Evidence pack: entries, proofs, checkpoint, cited exchanges, documents; checked offline by heng verify',
    params: inEngagement,
    file: 'application/zip',
  },
  'GET /api/ledger': { summary: 'State of the ledger', reply: LedgerStatus },
  'GET /api/ledger/entries/:index/proof': {
    summary: 'Inclusion proof of one entry of my engagements',
    params: z.strictObject({ index: z.coerce.number().int().min(0) }),
    reply: z.strictObject({
      index: z.number().int(),
      leaf: z.string(),
      size: z.number().int(),
      path: z.array(z.string()),
      checkpoint: z.string(),
    }),
  },
  'GET /api/engagements/:engagementId/ledger': {
    summary: 'Ledger entries of an engagement, as they stand',
    params: inEngagement,
    query: z.strictObject({ ...Paging }),
    reply: z.strictObject({
      entries: z.array(
        z.strictObject({
          index: z.number().int().nullable(),
          at: Moment,
          kind: z.string(),
          subject: z.string().nullable(),
          actor: z.string(),
          leaf: z.string(),
        }),
      ),
      next: z.string().nullable(),
    }),
  },
} as const satisfies HttpContract

import type { ReportView } from '@zhongheng/contracts/http/evidence.ts'
import type { Anchor, Locale, Signature } from '@zhongheng/documents/models/common.ts'
import type { DocumentModel } from '@zhongheng/documents/models/document.ts'
import {
  auditReportSections,
  missingSections,
  refuseIncomplete,
  sections as sectionTitles,
  testReportSections,
} from '@zhongheng/documents/models/sections.ts'
import { may } from '@zhongheng/domain/access/matrix.ts'
import { leafHash } from '@zhongheng/ledger/verify/merkle.ts'
import { nodeCrypto } from '@zhongheng/ledger/verify/node-crypto.ts'
import { verifyInclusion } from '@zhongheng/ledger/verify/proofs.ts'
import { Problem, type Text, badField, say } from '@zhongheng/domain/shared/problem.ts'
import type { Selectable } from 'kysely'
import type { Database } from '../../database/schema.ts'
import { notFound } from '../../http/problems.ts'
import { type Work, sha256 } from '../../work/work.ts'
import { checkVersion } from '../../work/versions.ts'
import { newCheckCode } from '../../work/document-marks.ts'
import { documentAt } from '../../work/sealed-documents.ts'
import { type EngagementHandle, ofEngagementRef } from '../engagements/reads.ts'
import { signAsOrganisation } from '../../work/sign-as-organisation.ts'
import { type Sections, buildAuditReport, buildTestReport } from './build-reports.ts'
import { decisionsOf } from './decisions.ts'
import { gather } from './gather.ts'

export type ReportRow = Selectable<Database['reports']>

export const reportRef = ofEngagementRef('reports', 'report')

const capacities = {
  test: say('组织方签署人', 'Signatory of the organizer'),
  audit: say('审计方签署人', 'Signatory of the auditor'),
}
const place = (row: { id: string; text_version: number }) => ({
  table: 'reports',
  column: 'sealed_sections',
  row: row.id,
  version: row.text_version,
})
const writable = { test: ['TR4', 'TR5', 'TR8'], audit: ['AR2', 'AR4', 'AR5', 'OPINION'] } as const
const opinions = ['conforming', 'conforming_with_findings', 'not_conforming'] as const
const titles: { readonly [kind: string]: Text } = {
  test: say('安全众测报告', 'Security crowd-test report'),
  audit: say('安全审计报告', 'Security audit report'),
}

const rights = {
  test: { draft: 'report.draft_test', sign: 'report.sign_test' },
  audit: { draft: 'report.draft_audit', sign: 'report.sign_audit' },
} as const

/**
 * The organizer drafts the test report, the auditor the audit report; neither touches the other's. In either house it is for
 * those whose work it is: who keeps rights, machines or records reads reports and writes none.
 * @throws Problem forbidden ROLE-3, ROLE-1, SIGN-1
 */
function checkAuthor(work: Work, engagement: EngagementHandle, kind: string, act: 'draft' | 'sign'): void {
  const author = kind === 'audit' ? 'auditor' : 'organizer'
  if (engagement.role !== author)
    throw new Problem(
      'forbidden',
      kind === 'audit'
        ? say('审计报告只能由审计方编写', 'only the auditor writes the audit report')
        : say('众测报告只能由组织方编写', 'only the organizer writes the test report'),
      { rule: 'ROLE-3' },
    )
  if (may(work.actor, rights[kind === 'audit' ? 'audit' : 'test'][act], engagement.role)) return
  if (act === 'sign') throw new Problem('forbidden', say('须由签署人签署', 'a signatory must sign'), { rule: 'SIGN-1' })
  throw new Problem('forbidden', say('您的岗位不能编写报告', 'your post may not write reports'), { rule: 'ROLE-1' })
}

export async function beginReport(
  work: Work,
  engagement: EngagementHandle,
  kind: 'test' | 'audit',
  locale: Locale,
): Promise<ReportView> {
  checkAuthor(work, engagement, kind, 'draft')
  if (!['window_closed', 'reporting', 'delivered'].includes(engagement.row.state))
    throw new Problem('wrong_state', say('测试结束后才能编写报告', 'reports are written after testing'), {
      rule: 'STATE-1',
    })
  const open = await work.db
    .selectFrom('reports')
    .select('id')
    .where('engagement_id', '=', engagement.id)
    .where('kind', '=', kind)
    .where('state', 'in', ['draft', 'signed'])
    .executeTakeFirst()
  if (open) throw new Problem('wrong_state', say('该报告已存在', 'this report exists already'), { rule: 'REPORT-1' })
  const last = await work.db
    .selectFrom('reports')
    .select((eb) => eb.fn.max('revision').as('last'))
    .where('engagement_id', '=', engagement.id)
    .where('kind', '=', kind)
    .executeTakeFirst()
  const former = await work.db
    .selectFrom('reports')
    .selectAll()
    .where('engagement_id', '=', engagement.id)
    .where('kind', '=', kind)
    .where('state', '=', 'superseded')
    .orderBy('revision', 'desc')
    .executeTakeFirst()
  const id = work.newId('report')
  const kept = former ? readSections(engagement, former) : {}
  await work.db
    .insertInto('reports')
    .values({
      id,
      engagement_id: engagement.id,
      kind,
      locale,
      state: 'draft',
      revision: (last?.last ?? 0) + 1,
      sealed_sections: engagement.sealing.seal(place({ id, text_version: 1 }), JSON.stringify(kept)),
      text_version: 1,
      pdf: null,
      docx: null,
      pdf_sha256: null,
      docx_sha256: null,
      signature: null,
      key_fingerprint: null,
      signed_by: null,
      signed_at: null,
      anchor: 'null',
      created_at: work.now,
    })
    .execute()
  work.record({
    kind: 'report.drafted',
    engagementId: engagement.id,
    subject: id,
    role: engagement.role,
    audience: 'parties',
    facts: { report: kind, revision: (last?.last ?? 0) + 1, locale },
  })
  return viewReport(work, engagement, id)
}

export async function writeSections(
  work: Work,
  engagement: EngagementHandle,
  report: ReportRow,
  given: { sections: { [id: string]: string }; version: number },
): Promise<ReportView> {
  checkAuthor(work, engagement, report.kind, 'draft')
  checkVersion(report.version, given.version)
  mustBeDraft(report)
  const allowed: readonly string[] = writable[report.kind as 'test' | 'audit']
  for (const [id, text] of Object.entries(given.sections)) {
    if (!allowed.includes(id))
      throw badField(
        `body.sections.${id}`,
        say(`可编写：${allowed.join('、')}`, `writable: ${allowed.join(', ')}`),
        say('其余章节由记录生成', 'the other sections come from records'),
      )
    if (id === 'OPINION' && !(opinions as readonly string[]).includes(text))
      throw badField(
        'body.sections.OPINION',
        say(`只能是：${opinions.join('、')}`, `one of: ${opinions.join(', ')}`),
        say('选择审计意见', 'choose an opinion'),
      )
  }
  const merged = { ...readSections(engagement, report), ...given.sections }
  await work.db
    .updateTable('reports')
    .set({
      sealed_sections: engagement.sealing.seal(
        place({ id: report.id, text_version: report.text_version + 1 }),
        JSON.stringify(merged),
      ),
      text_version: report.text_version + 1,
      version: report.version + 1,
    })
    .where('id', '=', report.id)
    .execute()
  work.record({
    kind: 'report.edited',
    engagementId: engagement.id,
    subject: report.id,
    role: engagement.role,
    audience: 'parties',
    facts: { sections: Object.keys(given.sections), version: report.version + 1 },
  })
  return viewReport(work, engagement, report.id)
}

/**
 * Signs: the record set is fixed at the ledger position of this moment, both files are made and their digests become
 * entries of the same commit. An empty section is refused with its register row (GBT43741-5.3-TR1 … AR5).
 */
export async function signReport(
  work: Work,
  engagement: EngagementHandle,
  report: ReportRow,
  version: number,
): Promise<ReportView> {
  checkAuthor(work, engagement, report.kind, 'sign')
  checkVersion(report.version, version)
  mustBeDraft(report)
  if (engagement.row.state !== 'reporting')
    throw new Problem('wrong_state', say('仅在报告阶段签署', 'reports are signed while reporting'), { rule: 'STATE-1' })
  const anchor = anchorOf(work, newCheckCode())
  const fingerprint = (await signAsOrganisation(work, 'fingerprint')).fingerprint
  const signature: Signature = {
    name: work.actor.name,
    organization: '',
    capacity: capacities[report.kind === 'audit' ? 'audit' : 'test'][report.locale === 'en' ? 'en' : 'zh'],
    signedAt: work.now.toISOString(),
    keyFingerprint: fingerprint,
  }
  const model = await buildModel(work, engagement, report, anchor, [signature], work.now)
  refuseIncomplete(model)
  const pdf = Buffer.from(await work.deps.documents.pdf(model))
  const docx = Buffer.from(await work.deps.documents.docx(model))
  const digests = { pdf: sha256(pdf), docx: sha256(docx) }
  const signed = await signAsOrganisation(
    work,
    `${report.id} ${digests.pdf} ${digests.docx} ${anchor.position} ${anchor.root}`,
  )
  await work.db
    .updateTable('reports')
    .set({
      state: 'signed',
      pdf: engagement.sealing.seal(documentAt('reports', 'pdf', report.id), pdf),
      docx: engagement.sealing.seal(documentAt('reports', 'docx', report.id), docx),
      pdf_sha256: digests.pdf,
      docx_sha256: digests.docx,
      signature: signed.signature,
      key_fingerprint: signed.fingerprint,
      signed_by: work.actor.personId,
      signed_at: work.now,
      anchor: JSON.stringify({ position: anchor.position, root: anchor.root, checkCode: anchor.checkCode }),
      version: report.version + 1,
    })
    .where('id', '=', report.id)
    .execute()
  for (const form of ['pdf', 'docx'] as const)
    work.record({
      kind: 'document.signed',
      engagementId: engagement.id,
      subject: report.id,
      role: engagement.role,
      audience: 'parties',
      facts: {
        name: `${report.kind}-report.${form}`,
        sha256: digests[form],
        position: anchor.position,
        root: anchor.root,
        signature: signed.signature,
        key: signed.fingerprint,
      },
    })
  return viewReport(work, engagement, report.id)
}

export async function buildModel(
  work: Work,
  engagement: EngagementHandle,
  report: ReportRow,
  anchor: Anchor,
  signatures: readonly Signature[],
  at: Date,
): Promise<DocumentModel> {
  const events = await work.db
    .selectFrom('events')
    .select(['ledger_index', 'leaf'])
    .where('engagement_id', '=', engagement.id)
    .where('ledger_index', 'is not', null)
    .where('ledger_index', '<', String(anchor.position))
    .execute()
  const frame = {
    engagement,
    gathered: await gather(work, engagement, report.locale as Locale),
    sections: readSections(engagement, report),
    locale: report.locale as Locale,
    issuedAt: at.toISOString(),
    anchor,
    number: `${engagement.row.number}-${report.kind === 'audit' ? 'A' : 'T'}${report.revision}`,
    signatures,
    ledgerEntries: events.length,
    ledgerIntact: report.kind === 'audit' ? await entriesHold(work, events, anchor) : true,
    decisions: report.kind === 'audit' ? await decisionsOf(work, engagement, report.locale as Locale) : [],
  }
  const withNames = {
    ...frame,
    signatures: signatures.map((one) => ({
      ...one,
      organization: report.kind === 'audit' ? frame.gathered.names.auditor : frame.gathered.names.organizer,
    })),
  }
  return report.kind === 'audit' ? buildAuditReport(withNames) : buildTestReport(withNames)
}

/** Proves every entry of the engagement against the root that the report prints. */
async function entriesHold(
  work: Work,
  events: readonly { ledger_index: string | null; leaf: string }[],
  anchor: Anchor,
): Promise<boolean> {
  const root = Buffer.from(anchor.root, 'hex')
  for (const event of events) {
    const index = Number(event.ledger_index)
    const path = await work.deps.ledger.inclusionProof(index, anchor.position)
    const leaf = leafHash(nodeCrypto.sha256, Buffer.from(event.leaf, 'utf8'))
    if (
      !verifyInclusion(nodeCrypto.sha256, {
        index,
        size: anchor.position,
        leafHash: leaf,
        path: path.map((hash) => Buffer.from(hash, 'hex')),
        root,
      })
    )
      return false
  }
  return true
}

export const anchorOf = (work: Work, checkCode: string): Anchor => ({
  position: work.deps.ledger.size(),
  root: work.deps.ledger.root(),
  checkCode,
  verifyAt: `${work.deps.settings.publicUrl}/check`,
})

const readSections = (engagement: EngagementHandle, report: ReportRow): Sections =>
  JSON.parse(engagement.sealing.open(place(report), report.sealed_sections)) as Sections

function mustBeDraft(report: ReportRow): void {
  if (report.state !== 'draft')
    throw new Problem('wrong_state', say('报告已签署，不能修改', 'a signed report does not change'), {
      rule: 'REPORT-2',
    })
}

export async function listReports(work: Work, engagement: EngagementHandle): Promise<ReportView[]> {
  const rows = await work.db
    .selectFrom('reports')
    .select('id')
    .where('engagement_id', '=', engagement.id)
    .orderBy('created_at', 'desc')
    .limit(20)
    .execute()
  const views: ReportView[] = []
  for (const row of rows) views.push(await viewReport(work, engagement, row.id))
  return views
}

export async function viewReport(work: Work, engagement: EngagementHandle, id: string): Promise<ReportView> {
  const row = await work.db
    .selectFrom('reports')
    .leftJoin('persons', 'persons.id', 'reports.signed_by')
    .selectAll('reports')
    .select('persons.name as signer')
    .where('reports.id', '=', id)
    .executeTakeFirst()
  if (!row) throw notFound()
  const written = readSections(engagement, row)
  const missing =
    row.state === 'draft'
      ? missingSections(await buildModel(work, engagement, row, anchorOf(work, ''), [], work.now))
      : []
  const allowed: readonly string[] = writable[row.kind as 'test' | 'audit']
  const ids = row.kind === 'audit' ? auditReportSections : testReportSections
  return {
    reportId: row.id,
    engagementId: row.engagement_id,
    kind: row.kind as ReportView['kind'],
    title: titles[row.kind] ?? say(row.kind, row.kind),
    locale: row.locale as Locale,
    state: row.state as ReportView['state'],
    revision: row.revision,
    sections: [
      ...ids.map((section) => ({
        sectionId: section as string,
        title: sectionTitles[section].title,
        clause: sectionTitles[section].row,
        text: written[section] ?? '',
        writable: allowed.includes(section),
        missing: missing.includes(section)
          ? say('本章节为空，签署前须补充', 'this section is empty; fill it in before signing')
          : null,
      })),
      ...(row.kind === 'audit' ? [opinionSection(written['OPINION'] ?? '')] : []),
    ],
    signedBy: row.signer,
    signedAt: row.signed_at?.toISOString() ?? null,
    keyFingerprint: row.key_fingerprint,
    anchor: row.anchor,
    sha256: row.pdf_sha256 && row.docx_sha256 ? { pdf: row.pdf_sha256, docx: row.docx_sha256 } : null,
    version: row.version,
  }
}

const opinionSection = (text: string): ReportView['sections'][number] => ({
  sectionId: 'OPINION',
  title: say('审计意见类型', 'Kind of opinion'),
  clause: 'GBT43741-5.3-AR5',
  text: text || 'conforming',
  writable: true,
  options: [
    { value: 'conforming', label: say('符合', 'Conforming') },
    { value: 'conforming_with_findings', label: say('基本符合，有保留', 'Conforming with reservations') },
    { value: 'not_conforming', label: say('不符合', 'Not conforming') },
  ],
  missing: null,
})

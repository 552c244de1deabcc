import { timingSafeEqual } from 'node:crypto'
import type { LetterView } from '@zhongheng/contracts/http/engagements.ts'
import type { AuthorizationLetterModel } from '@zhongheng/documents/models/authorization-letter.ts'
import type { RecordKind } from '@zhongheng/domain/engagements/records.ts'
import { describeRules } from '@zhongheng/domain/conduct/describe-rules.ts'
import { conductRules } from '@zhongheng/registers/catalogues/conduct-rules.ts'
import { documentZone, newCheckCode } from '../../work/document-marks.ts'
import { documentAt } from '../../work/sealed-documents.ts'
import { type Work, sha256 } from '../../work/work.ts'
import { rulesInForce } from './rules-in-force.ts'
import { type EngagementHandle, ofEngagementRef } from './reads.ts'
import { readRecords } from './records.ts'
import { readScope } from './scope-store.ts'
import { namesOf } from './view-engagement.ts'

export const letterRef = ofEngagementRef('letters', 'letter')

/**
 * Issues the authorisation letter for the scope version in force (GBT43741-4.1-02, GBT43741-4.2-03); an earlier letter
 * of the engagement becomes superseded. The digests of both files are an event of the same commit.
 */
export async function issueLetter(work: Work, engagement: EngagementHandle): Promise<void> {
  const { row } = engagement
  const scope = await readScope(work.db, row, engagement.sealing)
  if (!scope || !row.window_opens || !row.window_closes)
    throw new Error('a letter needs a scope and a window; the guards of authorise hold that')
  const id = work.newId('letter')
  const number = `${row.number}-L${row.letter_count + 1}`
  const checkCode = newCheckCode()
  const names = await namesOf(work, [row.demand_org_id, row.organizer_org_id])
  const demandName = names.get(row.demand_org_id) ?? ''
  const organizerName = names.get(row.organizer_org_id ?? '') ?? ''
  const records = await readRecords(work, engagement)
  const agreed = await rulesInForce(work.db, row.id, engagement.sealing)
  const field = (kind: RecordKind, name: string): string =>
    records.find((record) => record.kind === kind && record.current)?.fields.find((one) => one.name === name)?.value ??
    ''
  const model: AuthorizationLetterModel = {
    kind: 'authorization-letter',
    locale: 'zh-CN',
    issuedAt: work.now.toISOString(),
    zone: documentZone,
    anchor: {
      position: work.deps.ledger.size(),
      root: work.deps.ledger.root(),
      checkCode,
      verifyAt: verifyAddress(work, number),
    },
    organization: organizerName,
    classification: '内部',
    number,
    engagement: { number: row.number, title: row.title },
    signatures: records
      .filter((record) => record.kind === 'permit_run_service' || record.kind === 'permit_admit_testers')
      .map((record) => ({
        name: record.byName,
        organization: record.orgName,
        capacity: record.title.zh,
        signedAt: record.at,
        keyFingerprint: record.keyFingerprint ?? '',
      })),
    demandSide: { name: demandName, identifier: row.demand_org_id },
    organizer: { name: organizerName, identifier: row.organizer_org_id ?? '' },
    permits: ['run_service', 'admit_testers'],
    testers: { who: 'lease-holders' },
    scope: {
      version: scope.number,
      digest: scope.digest,
      frozenAt: (scope.effectiveAt ?? work.now).toISOString(),
      linesIn: scope.linesIn,
      linesOut: scope.linesOut,
    },
    rules: {
      version: 1 + (agreed?.number ?? 0),
      digest: sha256(JSON.stringify(agreed === null ? conductRules : [conductRules, agreed.rules])),
      summary: [
        ...conductRules.map((rule) => `${rule.id} ${rule.zh}`),
        ...(agreed === null ? [] : describeRules(agreed.rules).map(({ zh }) => zh)),
      ],
    },
    validity: { from: row.window_opens.toISOString(), to: row.window_closes.toISOString() },
    permitted: [
      '在授权范围与有效期内，经专用网关对所列对象进行安全测试',
      '为证明漏洞存在所必需的最小限度验证',
      '通过平台提交漏洞并配合复测',
    ],
    forbidden: [
      '测试范围以外的任何系统',
      '拒绝服务、破坏数据、植入后门、横向移动和社会工程',
      '读取超出证明所需的数据，或向第三方披露漏洞',
    ],
    contacts: contactsOf(
      field('readiness', 'contact'),
      field('emergency_plan', 'escalation'),
      demandName,
      organizerName,
    ),
  }
  const pdf = Buffer.from(await work.deps.documents.pdf(model))
  const docx = Buffer.from(await work.deps.documents.docx(model))
  await work.db
    .updateTable('letters')
    .set({ state: 'superseded' })
    .where('engagement_id', '=', row.id)
    .where('state', '=', 'valid')
    .execute()
  await work.db
    .insertInto('letters')
    .values({
      id,
      engagement_id: row.id,
      number,
      check_code: checkCode,
      scope_version_id: scope.id,
      opens: row.window_opens,
      closes: row.window_closes,
      state: 'valid',
      pdf: engagement.sealing.seal(documentAt('letters', 'pdf', id), pdf),
      docx: engagement.sealing.seal(documentAt('letters', 'docx', id), docx),
      pdf_sha256: sha256(pdf),
      docx_sha256: sha256(docx),
      issued_at: work.now,
    })
    .execute()
  await work.db
    .updateTable('engagements')
    .set({ letter_count: row.letter_count + 1 })
    .where('id', '=', row.id)
    .execute()
  work.record({
    kind: 'letter.issued',
    engagementId: row.id,
    subject: id,
    role: engagement.role,
    audience: 'everyone',
    facts: { number, scopeVersionId: scope.id },
  })
  for (const [name, bytes] of [
    ['authorization-letter.pdf', pdf],
    ['authorization-letter.docx', docx],
  ] as const)
    work.record({
      kind: 'document.issued',
      engagementId: row.id,
      subject: id,
      role: engagement.role,
      audience: 'everyone',
      facts: { name, sha256: sha256(bytes) },
    })
}

/** Before the demand side named a contact, the letter sends people to the platform itself. */
function contactsOf(
  demand: string,
  organizer: string,
  demandName: string,
  organizerName: string,
): AuthorizationLetterModel['contacts'] {
  return [
    { name: demandName, duty: '需求方紧急联系', phone: demand || '见平台项目页', email: '' },
    { name: organizerName, duty: '组织方应急值守', phone: organizer || '见平台项目页', email: '' },
  ]
}

const verifyAddress = (work: Work, number: string): string =>
  `${work.deps.settings.publicUrl}/check?number=${encodeURIComponent(number)}`

export async function listLetters(work: Work, engagement: EngagementHandle): Promise<LetterView[]> {
  const rows = await work.db
    .selectFrom('letters')
    .innerJoin('scope_versions', 'scope_versions.id', 'letters.scope_version_id')
    .select([
      'letters.id',
      'letters.number',
      'check_code',
      'scope_version_id',
      'scope_versions.number as scope_number',
      'opens',
      'closes',
      'issued_at',
      'letters.state',
      'pdf_sha256',
      'docx_sha256',
    ])
    .where('letters.engagement_id', '=', engagement.id)
    .orderBy('issued_at', 'desc')
    .limit(50)
    .execute()
  return rows.map((row) => ({
    letterId: row.id,
    number: row.number,
    checkCode: row.check_code,
    scopeVersionId: row.scope_version_id,
    scopeNumber: row.scope_number,
    opens: row.opens.toISOString(),
    closes: row.closes.toISOString(),
    issuedAt: row.issued_at.toISOString(),
    state: stateOf(row, work.now),
    sha256: { docx: row.docx_sha256, pdf: row.pdf_sha256 },
    verifyPath: `/check?number=${encodeURIComponent(row.number)}&code=${encodeURIComponent(row.check_code)}`,
  }))
}

/** A letter is valid only inside its window, whatever is stored. */
function stateOf(row: { state: string; opens: Date; closes: Date }, now: Date): LetterView['state'] {
  if (row.state !== 'valid') return row.state as LetterView['state']
  if (now < row.opens) return 'not_yet'
  return now < row.closes ? 'valid' : 'expired'
}

/** The public check: number and code together, or nothing. A wrong code and an unknown number answer alike. */
export async function checkLetter(work: Work, number: string, code: string) {
  const row = await work.db
    .selectFrom('letters')
    .innerJoin('engagements', 'engagements.id', 'letters.engagement_id')
    .innerJoin('scope_versions', 'scope_versions.id', 'letters.scope_version_id')
    .innerJoin('organisations as demand', 'demand.id', 'engagements.demand_org_id')
    .leftJoin('organisations as organizer', 'organizer.id', 'engagements.organizer_org_id')
    .select([
      'letters.number',
      'check_code',
      'opens',
      'closes',
      'letters.state',
      'pdf_sha256',
      'docx_sha256',
      'scope_versions.number as scope_number',
      'demand.name as demand_name',
      'organizer.name as organizer_name',
    ])
    .where('letters.number', '=', number.toUpperCase())
    .executeTakeFirst()
  const right =
    row !== undefined && timingSafeEqual(Buffer.from(sha256(plain(code))), Buffer.from(sha256(plain(row.check_code))))
  if (!right)
    return {
      state: 'unknown' as const,
      number,
      demandName: null,
      organizerName: null,
      opens: null,
      closes: null,
      scopeNumber: null,
      sha256: null,
    }
  return {
    state: stateOf(row, work.now),
    number: row.number,
    demandName: row.demand_name,
    organizerName: row.organizer_name,
    opens: row.opens.toISOString(),
    closes: row.closes.toISOString(),
    scopeNumber: row.scope_number,
    sha256: { docx: row.docx_sha256, pdf: row.pdf_sha256 },
  }
}

const plain = (code: string): string => code.toUpperCase().replace(/[^0-9A-Z]/g, '')

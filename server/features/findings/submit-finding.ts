import type { Call } from '@zhongheng/contracts/http/index.ts'
import { scoreVector } from '@zhongheng/domain/findings/severity.ts'
import { type CitedRow, checkCitations, submittingStates } from '@zhongheng/domain/findings/submission.ts'
import { Problem, badField, say } from '@zhongheng/domain/shared/problem.ts'
import type { Work } from '../../work/work.ts'
import { checkVersion } from '../../work/versions.ts'
import { type Attached, attach } from '../attachments/reads.ts'
import type { EngagementHandle } from '../engagements/reads.ts'
import { myLease } from '../testers/reads.ts'
import { digestOfText, textsOf } from './as-submitted.ts'
import { type FindingDbRow, letterInForce, scopeOfWords, sealFinding, takeNumber } from './reads.ts'
import { indexTexts } from './search-index.ts'

type Submission = Call<'POST /api/engagements/:engagementId/findings'>['body']

/**
 * Submits a finding that cites own recorded traffic (GBT43741-5.2-06). The event names each cited exchange with the
 * recorder's digests and holds a keyed digest of the text: proof of discovery without the discovery.
 * @returns its id
 */
export async function submitFinding(work: Work, engagement: EngagementHandle, given: Submission): Promise<string> {
  if (!submittingStates.some((one) => one === engagement.row.state))
    throw new Problem('wrong_state', say('当前状态不能提交漏洞', 'findings cannot be submitted in this state'), {
      rule: 'STATE-1',
    })
  const lease = await myLease(work, engagement.id)
  if (!lease)
    throw new Problem('refused', say('您在本项目中没有接入凭证', 'you hold no access lease of this engagement'), {
      rule: 'LEASE-1',
    })
  const checked = await check(work, engagement, given)
  const id = work.newId('finding')
  const number = await takeNumber(work, engagement)
  await work.db
    .insertInto('findings')
    .values({
      id,
      engagement_id: engagement.id,
      number,
      person_id: work.actor.personId,
      org_id: work.actor.orgId,
      state: 'submitted',
      severity: checked.severity,
      tester_severity: checked.severity,
      severity_reason: null,
      cwe: given.cwe,
      cvss_vector: given.cvssVector,
      cvss_score: checked.score === null ? null : String(checked.score),
      ...sealFinding(engagement, { id, text_version: 1 }, given),
      duplicate_of: null,
      passed_at: null,
      lease_id: lease.id,
      letter_number: await letterInForce(work, engagement),
      scope_version_id: checked.scopeVersionId,
      submitted_at: work.now,
      updated_at: work.now,
    })
    .execute()
  await keepCitations(work, engagement, id, checked.cites)
  const attached = await attach(work, engagement, { findingId: id, commentId: null }, given.attachments ?? [])
  await indexTexts(work, engagement, id, id, textsOf(given))
  record(work, engagement, id, 1, given, checked, attached)
  return id
}

/** A returned finding, mended by its tester, is submitted again; the first submission stays proven in the ledger. */
export async function resubmitFinding(
  work: Work,
  engagement: EngagementHandle,
  finding: FindingDbRow,
  given: Submission & { version: number },
): Promise<void> {
  checkVersion(finding.version, given.version)
  if (finding.state !== 'returned')
    throw new Problem('wrong_state', say('只有被退回的漏洞可以修改', 'only a returned finding can be changed'), {
      rule: 'FND-STATE',
    })
  const checked = await check(work, engagement, given)
  await work.db
    .updateTable('findings')
    .set({
      state: 'submitted',
      severity: checked.severity,
      tester_severity: checked.severity,
      cwe: given.cwe,
      cvss_vector: given.cvssVector,
      cvss_score: checked.score === null ? null : String(checked.score),
      ...sealFinding(engagement, { id: finding.id, text_version: finding.text_version + 1 }, given),
      scope_version_id: checked.scopeVersionId,
      updated_at: work.now,
      version: finding.version + 1,
    })
    .where('id', '=', finding.id)
    .execute()
  await work.db.deleteFrom('finding_citations').where('finding_id', '=', finding.id).execute()
  await keepCitations(work, engagement, finding.id, checked.cites)
  const attached = await attach(work, engagement, { findingId: finding.id, commentId: null }, given.attachments ?? [])
  await indexTexts(work, engagement, finding.id, finding.id, textsOf(given))
  record(work, engagement, finding.id, finding.version + 1, given, checked, attached)
}

type Checked = {
  readonly severity: Submission['severity']
  readonly score: number | null
  readonly scopeVersionId: string
  readonly cites: readonly { id: string; request_digest: string; response_digest: string }[]
}

async function check(work: Work, engagement: EngagementHandle, given: Submission): Promise<Checked> {
  const scope = await scopeOfWords(work, engagement, given)
  const scored = given.cvssVector ? scoreVector(given.cvssVector) : null
  if (scored && scored.severity !== given.severity)
    throw badField(
      'body.severity',
      say(
        `CVSS 分值 ${scored.score} 对应 ${scored.severity}`,
        `the CVSS score ${scored.score} means ${scored.severity}`,
      ),
      say('改为对应等级，或去掉向量', 'choose that severity or leave the vector out'),
    )
  const ids = [...new Set(given.cites)]
  const rows = await work.db
    .selectFrom('exchanges')
    .select(['id', 'person_id', 'engagement_id', 'kind', 'request_digest', 'response_digest'])
    .where('id', 'in', ids)
    .execute()
  const byId = new Map(rows.map((row) => [row.id, row]))
  checkCitations(
    ids.map((id): CitedRow => {
      const row = byId.get(id)
      return row
        ? { exchangeId: row.id, testerId: row.person_id, engagementId: row.engagement_id, kind: row.kind }
        : null
    }),
    { personId: work.actor.personId, engagementId: engagement.id },
  )
  return {
    severity: scored?.severity ?? given.severity,
    score: scored?.score ?? null,
    scopeVersionId: scope.id,
    cites: ids.flatMap((id) => byId.get(id) ?? []),
  }
}

async function keepCitations(
  work: Work,
  engagement: EngagementHandle,
  findingId: string,
  cites: Checked['cites'],
): Promise<void> {
  await work.db
    .insertInto('finding_citations')
    .values(
      cites.map((cite, place) => ({
        finding_id: findingId,
        engagement_id: engagement.id,
        exchange_id: cite.id,
        place,
        request_digest: cite.request_digest,
        response_digest: cite.response_digest,
      })),
    )
    .execute()
}

function record(
  work: Work,
  engagement: EngagementHandle,
  id: string,
  version: number,
  given: Submission,
  checked: Checked,
  attached: readonly Attached[],
): void {
  work.record({
    kind: 'finding.submitted',
    engagementId: engagement.id,
    subject: id,
    role: 'tester',
    audience: 'parties',
    facts: {
      digest: digestOfText(engagement, given),
      version,
      severity: checked.severity,
      cwe: given.cwe,
      scopeVersionId: checked.scopeVersionId,
      cites: checked.cites.map((cite) => ({
        exchangeId: cite.id,
        requestDigest: cite.request_digest,
        responseDigest: cite.response_digest,
      })),
      ...(attached.length > 0 ? { attachments: attached.map((one) => ({ ...one })) } : {}),
    },
  })
}

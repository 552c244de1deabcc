import { heldBy } from '../retention/disposal.ts'
import { type RuleId, type Text, say } from '../shared/problem.ts'
import type { EngagementFacts } from './facts.ts'
import type { RecordKind } from './records.ts'

/** Why a guard says no: the rule it enforces and what the person can do about it. */
export type Refusal = { readonly rule: RuleId; readonly why: Text }
type Guard = (facts: EngagementFacts, now: Date) => Refusal | null

const refuse = (rule: RuleId, zh: string, en: string): Refusal => ({ rule, why: say(zh, en) })

const written = (facts: EngagementFacts, kind: RecordKind) => facts.records.filter((record) => record.kind === kind)
const current = (facts: EngagementFacts, kind: RecordKind) =>
  written(facts, kind).filter(
    (record) => record.scopeVersionId === null || record.scopeVersionId === facts.scope?.versionId,
  )
const admitted = (facts: EngagementFacts) => facts.enrollments.filter((one) => one.state === 'admitted')

/** Each guard is one duty; `moves.ts` names the ones a move needs. A guard answers null when it is content. */
export const guards = {
  requestComplete: (facts) => {
    const missing: [string, string][] = []
    if (!facts.goals.trim()) missing.push(['测试目标', 'goals'])
    if (!facts.scope || facts.scope.allowRules === 0) missing.push(['测试对象', 'objects'])
    if (!facts.windowOpens || !facts.windowCloses) missing.push(['测试时间', 'window'])
    if (!facts.auditMode) missing.push(['审计方式', 'auditMode'])
    if (!facts.organizerOrgId) missing.push(['组织方', 'organizer'])
    if (missing.length === 0) return null
    return refuse(
      'GBT43741-5.1-01',
      `需求缺少：${missing.map(([zh]) => zh).join('、')}。请补全后再提交`,
      `the demand lacks: ${missing.map(([, en]) => en).join(', ')}. Fill them in and submit again`,
    )
  },
  questionsAnswered: (facts) =>
    facts.scope && facts.scope.unanswered > 0
      ? refuse(
          'SCOPE-OPEN',
          `测试范围还有 ${facts.scope.unanswered} 个待定问题，请逐一答复`,
          `the scope has ${facts.scope.unanswered} open questions; answer each of them`,
        )
      : null,
  // The organizer sees nothing of a draft, so a signed letter can be judged after submission only; `agree` asks for the verdict.
  ownershipClaimed: (facts) =>
    unproven(facts.scope?.objects.filter((object) => !object.proven && !object.letterGiven) ?? []),
  objectsProven: (facts) => unproven(facts.scope?.objects.filter((object) => !object.proven) ?? []),
  noCoreData: (facts) =>
    facts.dataLevel === 'core'
      ? refuse(
          'GBT43741-5.1-08',
          '涉及核心数据的对象不得众测，请移出范围',
          'objects with core-level data may not be crowd-tested; take them out',
        )
      : facts.dataLevel === 'important' && facts.auditMode !== 'third_party'
        ? refuse('GBT43741-5.1-08', '涉及重要数据时须由第三方审计', 'important data needs a third-party auditor')
        : null,
  twoReviewsPass: (facts) => twoReviews(facts, 'pass'),
  twoReviewsReject: (facts) => twoReviews(facts, 'reject'),
  agreementSigned: (facts) => signedByBoth(facts, 'service_agreement', '服务协议', 'service agreement'),
  ndaSigned: (facts) => signedByBoth(facts, 'nda', '保密约定', 'confidentiality agreement'),
  risksAcknowledged: (facts) =>
    current(facts, 'risk_notice').length === 0
      ? refuse(
          'GBT43741-5.1-07',
          '需求方尚未确认当前范围版本的风险告知',
          'the demand side has not acknowledged the risks of this scope version',
        )
      : null,
  // A permit outlives a scope change: a signatory of the demand side approved that change too (GBT43741-5.2-14).
  bothPermits: (facts) => {
    const missing: [string, string][] = []
    if (written(facts, 'permit_run_service').length === 0) missing.push(['开展服务', 'run_service'])
    if (written(facts, 'permit_admit_testers').length === 0) missing.push(['引入测试方', 'admit_testers'])
    return missing.length > 0
      ? refuse(
          'AUTH-MISSING',
          `缺少需求方授权：${missing.map(([zh]) => zh).join('、')}。须由需求方签署人签署`,
          `permit missing: ${missing.map(([, en]) => en).join(', ')}. A signatory of the demand side signs it`,
        )
      : null
  },
  scopeFrozen: (facts) =>
    facts.scope?.frozen ? null : refuse('SCOPE-FROZEN', '测试范围版本尚未冻结', 'the scope version is not frozen yet'),
  windowAhead: (facts, now) =>
    facts.windowCloses && Date.parse(facts.windowCloses) > now.getTime()
      ? null
      : refuse('GBT43741-5.1-03', '测试时间已过，请重新约定', 'the test window is over; agree on a new one'),
  planApproved: (facts) =>
    written(facts, 'test_plan').length === 0
      ? refuse('GBT43741-5.1-10', '组织方尚未提交实施方案', 'the organizer has not written the test plan')
      : written(facts, 'plan_approval').length === 0
        ? refuse(
            'GBT43741-5.1-10',
            '需求方尚未批准实施方案与发布内容',
            'the demand side has not approved plan and publication',
          )
        : null,
  testersReady: (facts) => {
    const people = admitted(facts)
    if (people.length === 0) return refuse('GBT43741-5.1-18', '还没有获准的测试者', 'no tester is admitted yet')
    const lacking = people.filter(
      (one) => !(one.identityVerified && one.graded && one.quizPassed && one.pledged && one.activeLease),
    )
    return lacking.length > 0
      ? refuse(
          'GBT43741-5.1-14',
          `${lacking.length} 名测试者尚未完成：实名核验、分级、行为准则测验、承诺书或领取接入凭证`,
          `${lacking.length} testers still lack identity check, grade, conduct quiz, pledge or access lease`,
        )
      : null
  },
  auditReady: (facts) =>
    !facts.auditorOrgId
      ? refuse('GBT43741-5.1-17', '尚未指定审计方', 'no auditor is named')
      : written(facts, 'audit_plan').length === 0
        ? refuse('GBT43741-5.1-17', '审计方尚未提交审计方案', 'the auditor has not written the audit plan')
        : null,
  conditionsReady: (facts) =>
    written(facts, 'readiness').length === 0
      ? refuse(
          'GBT43741-4.1-03',
          '需求方尚未确认测试条件与备份',
          'the demand side has not confirmed conditions and backup',
        )
      : written(facts, 'emergency_plan').length === 0
        ? refuse('GBT43741-5.1-05', '组织方尚未提交应急预案', 'the organizer has not written the emergency plan')
        : null,
  sourcesGreen: (facts) =>
    facts.sources.gateway && facts.sources.recorder
      ? null
      : refuse(
          'GBT43741-5.1-19',
          '网关或流量记录器未就绪，不能开始',
          'gateway or recorder is not ready; testing cannot start',
        ),
  insideWindow: (facts, now) => {
    if (!facts.windowOpens || !facts.windowCloses) return refuse('TIME-1', '未约定测试时间', 'no test window is agreed')
    if (now.getTime() < Date.parse(facts.windowOpens))
      return refuse('TIME-1', `测试时间从 ${facts.windowOpens} 开始`, `the window opens at ${facts.windowOpens}`)
    if (now.getTime() >= Date.parse(facts.windowCloses))
      return refuse('TIME-1', `测试时间已于 ${facts.windowCloses} 结束`, `the window closed at ${facts.windowCloses}`)
    return null
  },
  windowOver: (facts, now) =>
    facts.windowCloses && now.getTime() >= Date.parse(facts.windowCloses)
      ? null
      : refuse('TIME-1', '测试时间尚未结束', 'the test window is still open'),
  resumeApproved: (facts) => {
    const stopper = facts.stop?.byRole
    const approvals = new Set(written(facts, 'resume_approval').map((record) => record.role))
    const missing = [...new Set([stopper, 'organizer' as const])].filter(
      (role) => role !== undefined && !approvals.has(role),
    )
    return missing.length > 0
      ? refuse(
          'GBT43741-5.2-05',
          '恢复测试须由下达停止令的一方与组织方共同同意',
          `resuming needs the approval of the side that stopped and of the organizer; missing: ${missing.join(', ')}`,
        )
      : null
  },
  reviewsDone: (facts) =>
    facts.findings.inFirstReview > 0
      ? refuse(
          'GBT43741-4.2-07',
          `还有 ${facts.findings.inFirstReview} 个提交待初审，请先处理`,
          `${facts.findings.inFirstReview} submissions still wait for first review`,
        )
      : null,
  bothReportsSigned: (facts) => {
    const missing: [string, string][] = []
    if (!facts.reports.testSigned) missing.push(['安全众测报告', 'test report'])
    if (!facts.reports.auditSigned) missing.push(['安全审计报告', 'audit report'])
    return missing.length > 0
      ? refuse(
          'GBT43741-5.3-01',
          `尚未签署：${missing.map(([zh]) => zh).join('、')}`,
          `not signed yet: ${missing.map(([, en]) => en).join(', ')}`,
        )
      : null
  },
  witnessesCosigned: (facts) => {
    const { witnesses } = facts
    if (witnesses === null) return null
    if (!witnesses.inLedger)
      return refuse(
        'WITNESS-10',
        '报告的签署尚未写入账本，请稍候',
        'the signing of the reports is not in the ledger yet; wait a moment',
      )
    return witnesses.cosigned >= witnesses.needed
      ? null
      : refuse(
          'WITNESS-10',
          `项目规则要求 ${witnesses.needed} 名见证人副署涵盖报告的检查点，现有 ${witnesses.cosigned} 名；尚缺：${witnesses.missing.join('、')}`,
          `the rules ask for ${witnesses.needed} witnesses on a checkpoint that covers the reports; so far ${witnesses.cosigned}. Missing: ${witnesses.missing.join(', ')}`,
        )
  },
  acceptanceWritten: (facts) =>
    written(facts, 'acceptance').length === 0
      ? refuse(
          'GBT43741-5.3-02',
          '需求方签署人尚未填写验收意见',
          'a signatory of the demand side has not written the acceptance',
        )
      : null,
  findingsSettled: (facts) =>
    facts.findings.unsettled > 0
      ? refuse(
          'GBT43741-5.3-07',
          `还有 ${facts.findings.unsettled} 个漏洞未处理完毕（须修复复测或书面接受风险）`,
          `${facts.findings.unsettled} findings are not settled (fixed and retested, or risk accepted in writing)`,
        )
      : null,
  notHeld: (facts) => (facts.holds > 0 ? heldBy(facts.holds) : null),
  disposalDone: (facts) => {
    const declared = new Set(written(facts, 'artefact_declaration').map((record) => record.personId))
    const certified = new Set(written(facts, 'disposal_certificate').map((record) => record.personId))
    const testers = admitted(facts).map((one) => one.personId)
    if (testers.some((person) => !declared.has(person)))
      return refuse('GBT43741-5.3-04', '仍有测试者未申报测试残留', 'a tester has not declared what testing left behind')
    if (written(facts, 'artefact_verification').length === 0)
      return refuse('GBT43741-5.3-04', '需求方尚未核验残留清理', 'the demand side has not checked that nothing is left')
    if (
      testers.some((person) => !certified.has(person)) ||
      !written(facts, 'disposal_certificate').some((record) => record.role === 'organizer')
    )
      return refuse(
        'GBT43741-5.3-05',
        '处置证明不齐（每名测试者与组织方各一份）',
        'disposal certificates are missing (each tester and the organizer)',
      )
    return null
  },
  rewardsSettled: (facts) =>
    facts.rewardsOpen > 0
      ? refuse(
          'GBT43741-5.3-08',
          `还有 ${facts.rewardsOpen} 笔奖励未结清`,
          `${facts.rewardsOpen} rewards are not paid yet`,
        )
      : null,
} as const satisfies Record<string, Guard>

export type GuardName = keyof typeof guards

function unproven(objects: readonly { readonly name: string }[]): Refusal | null {
  if (objects.length === 0) return null
  const names = objects.map((object) => object.name)
  return refuse(
    'GBT43741-5.1-02',
    `以下对象尚未证明权属：${names.join('、')}。请用 DNS 记录、文件或盖章函件证明`,
    `ownership is not proven for: ${names.join(', ')}. Prove it by DNS record, file or signed letter`,
  )
}

function twoReviews(facts: EngagementFacts, verdict: 'pass' | 'reject'): Refusal | null {
  const reviews = written(facts, 'review')
  const people = new Set(
    reviews.filter((review) => review.choices['verdict'] === verdict).map((review) => review.personId),
  )
  if (people.size >= 2) return null
  return refuse(
    'GBT43741-5.1-09',
    `须由组织方两名不同人员分别给出“${verdict === 'pass' ? '通过' : '不通过'}”意见，现有 ${people.size} 名`,
    `two different persons of the organizer must each say “${verdict}”; so far ${people.size}`,
  )
}

function signedByBoth(
  facts: EngagementFacts,
  kind: 'service_agreement' | 'nda',
  zh: string,
  en: string,
): Refusal | null {
  const signers = new Set(written(facts, kind).map((record) => record.role))
  if (signers.has('demand') && signers.has('organizer')) return null
  const missing = [signers.has('demand') ? '' : '需求方', signers.has('organizer') ? '' : '组织方']
    .filter(Boolean)
    .join('、')
  return refuse('GBT43741-5.1-06', `${zh}尚未由${missing}签署`, `the ${en} is not signed by both sides yet`)
}

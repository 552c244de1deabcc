import type { AuditOpinion, AuditReportModel } from '@zhongheng/documents/models/audit-report.ts'
import type { Anchor, Figure, Locale, Signature } from '@zhongheng/documents/models/common.ts'
import { severities } from '@zhongheng/documents/models/common.ts'
import type { TestReportModel } from '@zhongheng/documents/models/test-report.ts'
import { findWeakness } from '@zhongheng/registers/catalogues/weaknesses.ts'
import { documentZone } from '../../work/document-marks.ts'
import type { EngagementHandle } from '../engagements/reads.ts'
import type { Gathered } from './gather.ts'

/** What people wrote: section id to text. */
export type Sections = { readonly [sectionId: string]: string }
type Frame = {
  readonly engagement: EngagementHandle
  readonly gathered: Gathered
  readonly sections: Sections
  readonly locale: Locale
  readonly issuedAt: string
  readonly anchor: Anchor
  readonly number: string
  readonly signatures: readonly Signature[]
  readonly ledgerEntries: number
  /** Whether each entry of the engagement was just proved against the root. */
  readonly ledgerIntact: boolean
  readonly decisions: AuditReportModel['content']['decisions']
}

const sheet = (frame: Frame, organization: string) => ({
  locale: frame.locale,
  issuedAt: frame.issuedAt,
  zone: documentZone,
  anchor: frame.anchor,
  organization,
  classification: frame.locale === 'en' ? 'Confidential' : '商密',
  number: frame.number,
  engagement: { number: frame.engagement.row.number, title: frame.engagement.row.title },
  signatures: frame.signatures,
})

/** The security crowd-test report out of records (GBT43741-5.3-TR1 to TR8); people add analysis and advice. */
export function buildTestReport(frame: Frame): TestReportModel {
  const { gathered, sections, engagement, locale } = frame
  const from = (set: string, value: number): Figure => ({
    value,
    source: `${set}: engagement=${engagement.row.number}, ledger≤${frame.anchor.position}`,
  })
  const { findings } = gathered
  const tally = <T>(list: readonly T[], nameOf: (one: T) => string) => {
    const counts = new Map<string, number>()
    for (const one of list) counts.set(nameOf(one), (counts.get(nameOf(one)) ?? 0) + 1)
    return [...counts]
      .sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]))
      .map(([name, count]) => ({ name, count: from('findings', count) }))
  }
  return {
    kind: 'test-report',
    ...sheet(frame, gathered.names.organizer),
    demandSide: gathered.names.demand,
    organizer: gathered.names.organizer,
    authorizationLetter: gathered.letterNumber,
    objects: gathered.scope.linesIn.map((line) => {
      const reached = gathered.hosts.filter((host) => line.includes(host.host))
      const first = reached.map((host) => host.first).sort((a, b) => a.getTime() - b.getTime())[0]
      const last = reached.map((host) => host.last).sort((a, b) => b.getTime() - a.getTime())[0]
      return {
        asset: line,
        type: locale === 'en' ? 'Network object' : '网络对象',
        version: '—',
        environment: environmentNames[engagement.row.environment]?.[locale] ?? engagement.row.environment,
        scopeLine: `v${gathered.scope.number}: ${line}`,
        exchanges: from(
          'exchanges',
          reached.reduce((sum, host) => sum + host.exchanges, 0),
        ),
        findings: from('findings', findings.filter((one) => one.asset === line).length),
        ...(first && last ? { reached: { from: first.toISOString(), to: last.toISOString() } } : {}),
      }
    }),
    time: { authorized: gathered.window, ...activeOf(gathered), pauses: gathered.pauses },
    testers: gathered.testers
      .filter((one) => !one.removed)
      .map(({ name, organization, identity, grade, granted, exchanges, findings: found }) => ({
        name,
        organization,
        identity,
        grade,
        granted,
        exchanges,
        findings: found,
      })),
    overall: {
      counts: [
        {
          name: locale === 'en' ? 'Recorded exchanges' : '已记录的请求',
          count: from('exchanges', gathered.traffic.passed),
        },
        {
          name: locale === 'en' ? 'Requests refused by the gateway' : '网关拒绝的请求',
          count: from('exchanges kind=refusal', gathered.traffic.refused),
        },
        { name: locale === 'en' ? 'Vulnerabilities' : '有效漏洞', count: from('findings', findings.length) },
        { name: locale === 'en' ? 'Testers' : '参与测试者', count: from('enrollments', gathered.testers.length) },
      ],
      narrativeMarkdown: sections['TR4'] ?? '',
    },
    distribution: {
      bySeverity: severities.map((severity) => ({
        severity,
        count: from('findings', findings.filter((one) => one.severity === severity).length),
      })),
      byWeakness: tally(findings, (one) => `${one.weakness.id} ${one.weakness.name}`),
      byAsset: tally(findings, (one) => one.asset),
      byState: tally(findings, (one) => one.state).map(({ name, count }) => ({ state: name, count })),
      perDay: daysOf(
        gathered.window,
        findings.map((one) => one.submittedAt),
      ).map(([day, count]) => ({ day, count: from('findings', count) })),
      analysisMarkdown: sections['TR5'] ?? '',
    },
    findings: findings.map(({ personId: _personId, ...one }) => one),
    ...(findings.length === 0
      ? { noFindings: locale === 'en' ? 'The test found no valid vulnerability.' : '本次测试未发现有效漏洞。' }
      : {}),
    repairs: groupByWeakness(findings).map(([cwe, list]) => ({
      findings: list.map((one) => one.number),
      suggestionMarkdown: [
        locale === 'en' ? (findWeakness(cwe)?.repairEn ?? '') : (findWeakness(cwe)?.repairZh ?? ''),
        ...list.filter((one) => one.repairMarkdown.trim() !== '').map((one) => `${one.number}：${one.repairMarkdown}`),
      ]
        .filter(Boolean)
        .join('\n\n'),
      verification:
        locale === 'en'
          ? 'Send the cited requests again through the gateway; the effect described must not appear.'
          : '经网关重放所引用的请求，不再出现所述影响。',
    })),
    protections: [
      ...(sections['TR8']?.trim()
        ? [
            {
              title: locale === 'en' ? 'Advice of the organizer' : '组织方建议',
              adviceMarkdown: sections['TR8'],
              findings: [],
            },
          ]
        : []),
      ...groupByWeakness(findings).map(([cwe, list]) => ({
        title: locale === 'en' ? `Against ${findWeakness(cwe)?.en ?? cwe}` : `针对${findWeakness(cwe)?.zh ?? cwe}`,
        adviceMarkdown: (locale === 'en' ? findWeakness(cwe)?.protectionEn : findWeakness(cwe)?.protectionZh) ?? '',
        findings: list.map((one) => one.number),
      })),
    ],
  }
}

/** The security audit report out of records (GBT43741-5.3-AR1 to AR5); the opinion is the auditor's own. */
export function buildAuditReport(frame: Frame): AuditReportModel {
  const { gathered, sections, engagement, locale } = frame
  const from = (set: string, value: number): Figure => ({
    value,
    source: `${set}: engagement=${engagement.row.number}, ledger≤${frame.anchor.position}`,
  })
  const en = locale === 'en'
  return {
    kind: 'audit-report',
    ...sheet(frame, gathered.names.auditor),
    demandSide: gathered.names.demand,
    organizer: gathered.names.organizer,
    auditor: gathered.names.auditor,
    mandate: {
      mode: engagement.row.audit_mode === 'third_party' ? 'third_party' : 'organizer_audits_testers',
      appointedBy: gathered.names.demand,
      covers: engagement.row.audit_mode === 'third_party' ? ['testers', 'organizer', 'platform'] : ['testers'],
    },
    scope: {
      versions: [
        {
          version: gathered.scope.number,
          digest: gathered.scope.digest,
          frozenAt: (gathered.scope.effectiveAt ?? new Date(frame.issuedAt)).toISOString(),
          signedBy: [gathered.names.demand],
          change: en ? 'Version in force' : '生效版本',
          linesIn: from('scope in', gathered.scope.linesIn.length),
          linesOut: from('scope out', gathered.scope.linesOut.length),
        },
      ],
      refusedOutOfScope: from(
        'exchanges refusal.rule=SCOPE-*',
        gathered.refusalsByRule.filter((one) => one.rule.startsWith('SCOPE-')).reduce((sum, one) => sum + one.count, 0),
      ),
    },
    time: {
      authorized: gathered.window,
      ...activeOf(gathered),
      pauses: gathered.pauses,
      outsideWindow: from('exchanges outside window', gathered.traffic.outside),
      ...(sections['AR2']?.trim() ? { outsideWindowExplanation: sections['AR2'] } : {}),
    },
    testers: gathered.testers.map((one) => ({
      name: one.name,
      organization: one.organization,
      identityLevel: one.identity,
      leases: one.leases.map((lease) => ({
        id: lease.id,
        span: { from: lease.from, to: lease.to },
        state: lease.state as 'revoked',
      })),
      ...(one.removed ? { removed: en ? 'Removed by the organizer' : '由组织方移出' } : {}),
      ...(one.active ? { active: one.active } : {}),
      exchanges: one.exchanges,
      refusals: from(`exchanges kind=refusal, tester=${one.personId}`, one.refusals),
      findings: one.findings,
    })),
    content: {
      sources: [
        {
          name: en ? 'Gateway record' : '网关流量记录',
          coverage: en
            ? `${gathered.traffic.passed} exchanges, ${gathered.traffic.refused} refusals, ${gathered.traffic.bytes} bytes`
            : `${gathered.traffic.passed} 次请求、${gathered.traffic.refused} 次拒绝、${gathered.traffic.bytes} 字节`,
          gaps: gapsOf(gathered, en),
        },
        {
          name: en ? 'Ledger' : '平台账本',
          coverage: en ? `${frame.ledgerEntries} entries of this engagement` : `本项目 ${frame.ledgerEntries} 条`,
          gaps: frame.ledgerIntact
            ? en
              ? 'none: every entry was proved against the root on the cover'
              : '无：逐条以封面根值校验通过'
            : en
              ? 'an entry did not verify'
              : '存在未通过校验的条目',
        },
      ],
      ruleSet: en
        ? 'Scope, window, lease and stop rules of the gateway; moves and guards of the platform'
        : '网关的范围、时间、凭证与停止规则；平台的状态与前置条件',
      counts: [
        { name: en ? 'Exchanges' : '请求', count: from('exchanges', gathered.traffic.passed) },
        { name: en ? 'Refusals' : '拒绝', count: from('exchanges kind=refusal', gathered.traffic.refused) },
        { name: en ? 'Findings' : '漏洞', count: from('findings', gathered.findings.length) },
        { name: en ? 'Stop orders' : '停止令', count: from('events move=stop', gathered.pauses.length) },
      ],
      refusalsByRule: gathered.refusalsByRule.map((one) => ({
        rule: one.rule,
        meaning: ruleMeanings[one.rule]?.[locale] ?? one.rule,
        count: from(`exchanges refusal.rule=${one.rule}`, one.count),
      })),
      sampling: {
        method:
          sections['AR4']?.trim() ||
          (en ? 'Findings opened by the auditor, as the ledger shows.' : '以账本所载审计方查看过的漏洞为样本。'),
        population: from('finding_decisions', frame.decisions.length),
        sampled: from(
          'finding_decisions of findings the auditor opened',
          frame.decisions.filter((one) => one.result !== 'not_examined').length,
        ),
      },
      decisions: frame.decisions,
      stopOrders: gathered.pauses.map((pause) => ({
        at: pause.from,
        by: pause.by,
        reason: pause.reason,
        silentAfter: from(`exchanges finished after the stop order of ${pause.from} (ms)`, pause.silentAfterMs),
        ...(pause.to ? { resumedAt: pause.to } : {}),
      })),
      ledger: {
        entries: from('events', frame.ledgerEntries),
        verifiedAt: frame.issuedAt,
        result: frame.ledgerIntact ? 'intact' : 'broken',
        note: en
          ? 'Root printed on the cover; anybody can check it offline with the evidence pack.'
          : '封面印有根值；任何人可用证据包离线校验。',
      },
    },
    result: {
      opinion: (sections['OPINION'] || 'conforming') as AuditOpinion,
      statementMarkdown: sections['AR5'] ?? '',
      findings:
        sections['OPINION'] && sections['OPINION'] !== 'conforming'
          ? [
              {
                number: 'A1',
                weight: 'minor',
                clause: 'GB/T 43741 5.2',
                title: en ? 'Reservations' : '保留意见',
                detailMarkdown: sections['AR5'] ?? '',
                owner: gathered.names.organizer,
              },
            ]
          : [],
      violations: [],
    },
  }
}

function gapsOf({ recorded }: Gathered, en: boolean): string {
  if (recorded.sealed === recorded.indexed)
    return en
      ? `none: ${recorded.sealed} exchanges in sealed segments, as many in the index`
      : `无：封存段 ${recorded.sealed} 条，与索引一致`
  return en
    ? `${recorded.indexed} in the index, ${recorded.sealed} in sealed segments`
    : `索引 ${recorded.indexed} 条，封存段 ${recorded.sealed} 条，不一致`
}

const activeOf = (gathered: Gathered) =>
  gathered.traffic.first && gathered.traffic.last
    ? { active: { from: gathered.traffic.first.toISOString(), to: gathered.traffic.last.toISOString() } }
    : {}

function groupByWeakness<T extends { weakness: { id: string } }>(findings: readonly T[]): [string, T[]][] {
  const groups = new Map<string, T[]>()
  for (const one of findings) groups.set(one.weakness.id, [...(groups.get(one.weakness.id) ?? []), one])
  return [...groups].sort((a, b) => a[0].localeCompare(b[0]))
}

/** Days of the window in the document's zone, at most 120, with the number of submissions on each. */
function daysOf(window: { from: string; to: string }, submitted: readonly string[]): [string, number][] {
  const dayOf = (at: string): string =>
    new Intl.DateTimeFormat('sv-SE', { timeZone: documentZone }).format(new Date(at))
  const counts = new Map<string, number>()
  const last = submitted.map(dayOf).sort().at(-1) ?? dayOf(window.from)
  for (let at = Date.parse(window.from), n = 0; n < 120; at += 86_400_000, n++) {
    const day = dayOf(new Date(at).toISOString())
    if (at > Date.parse(window.to) || (day > last && n > 6)) break
    counts.set(day, 0)
  }
  for (const at of submitted) counts.set(dayOf(at), (counts.get(dayOf(at)) ?? 0) + 1)
  return [...counts].sort((a, b) => a[0].localeCompare(b[0]))
}

const environmentNames: { readonly [name: string]: { readonly [L in Locale]: string } } = {
  prod: { 'zh-CN': '生产环境', en: 'Production' },
  staging: { 'zh-CN': '预发环境', en: 'Staging' },
  dedicated: { 'zh-CN': '专用环境', en: 'Dedicated' },
}

const ruleMeanings: { readonly [rule: string]: { readonly [L in Locale]: string } } = {
  'SCOPE-1': { 'zh-CN': '目标不在授权范围内', en: 'Target not in scope' },
  'SCOPE-2': { 'zh-CN': '目标被明确排除', en: 'Target excluded' },
  'SCOPE-3': { 'zh-CN': '规则冲突，按拒绝处理', en: 'Rules tie; denied' },
  'TIME-1': { 'zh-CN': '不在授权时间内', en: 'Outside the window' },
  'STOP-1': { 'zh-CN': '停止令生效中', en: 'Stop order in force' },
  'STOP-2': { 'zh-CN': '测试未开始或已结束', en: 'Testing not started or over' },
  'LEASE-1': { 'zh-CN': '凭证无效', en: 'Lease unknown' },
  'LEASE-2': { 'zh-CN': '凭证被暂停', en: 'Lease suspended' },
  'LEASE-3': { 'zh-CN': '凭证已收回', en: 'Lease revoked' },
  'ADDR-1': { 'zh-CN': '禁止访问的地址', en: 'Address never dialled' },
}

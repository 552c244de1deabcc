import type { AuditReportModel } from '../models/audit-report.ts'
import { inertLine } from '../text/inert.ts'
import { printPauses } from './pauses.ts'
import type { Block } from './printed.ts'
import type { Sources } from './sources.ts'
import { boldRuns, codeRuns, fact, orDash, paragraph, runs, type Speech } from './speech.ts'

function scope(report: AuditReportModel, { word, clock, join }: Speech, sources: Sources): Block[] {
  const covers = {
    testers: word('授权测试方', 'the testers'),
    organizer: word('组织方', 'the organizer'),
    platform: word('众测平台', 'the platform'),
  }
  return [
    ...(report.mandate.mode === 'organizer_audits_testers'
      ? [
          {
            kind: 'notice' as const,
            tone: 'warn' as const,
            runs: runs(
              word(
                '自审声明：本次审计由组织方的审计岗位承担，仅覆盖授权测试方的行为，不对组织方自身的行为作出结论。',
                'Notice of self-audit: this audit was carried by the organizer’s own audit post. It covers the testers only and says nothing of the organizer’s own acts.',
              ),
            ),
          },
        ]
      : []),
    {
      kind: 'facts',
      rows: [
        fact(word('委托方', 'Appointed by'), orDash(report.mandate.appointedBy)),
        fact(word('审计覆盖', 'Covers'), runs(join(report.mandate.covers.map((who) => covers[who])))),
        fact(
          word('越界请求被拒', 'Out-of-scope requests refused'),
          sources.cite(word('越界请求被拒', 'out-of-scope requests refused'), report.scope.refusedOutOfScope),
        ),
      ],
    },
    { kind: 'subheading', text: word('已签署的范围版本', 'Signed versions of the scope') },
    {
      kind: 'table',
      columns: [
        { title: word('版本', 'Version'), share: 1.6, align: 'center' },
        { title: word('冻结时间', 'Frozen at'), share: 3 },
        { title: word('签署', 'Signed by'), share: 3 },
        { title: word('内', 'In'), share: 1.1, align: 'right' },
        { title: word('外', 'Out'), share: 1.1, align: 'right' },
        { title: word('变更与摘要', 'Change and digest'), share: 5.5 },
      ],
      rows: report.scope.versions.map((version) => [
        boldRuns(`v${version.version}`),
        runs(clock(version.frozenAt)),
        runs(join(version.signedBy)),
        sources.cite(word(`范围 v${version.version} 内`, `scope v${version.version} in`), version.linesIn),
        sources.cite(word(`范围 v${version.version} 外`, `scope v${version.version} out`), version.linesOut),
        [...orDash(version.change), { kind: 'break' }, ...codeRuns(version.digest)],
      ]),
    },
  ]
}

function time(report: AuditReportModel, speech: Speech, sources: Sources): Block[] {
  const { word, span } = speech
  const nothing = word('无流量', 'no traffic')
  return [
    {
      kind: 'facts',
      rows: [
        fact(word('授权时间窗', 'Authorised window'), runs(span(report.time.authorized))),
        fact(
          word('实际测试时间', 'Actual test time'),
          runs(report.time.active === undefined ? nothing : span(report.time.active)),
        ),
        fact(
          word('时间窗外交互', 'Exchanges outside the window'),
          sources.cite(word('时间窗外交互', 'exchanges outside the window'), report.time.outsideWindow),
        ),
        ...(report.time.outsideWindowExplanation === undefined
          ? []
          : [fact(word('说明', 'Explanation'), orDash(report.time.outsideWindowExplanation))]),
      ],
    },
    { kind: 'subheading', text: word('各测试人员活动时间', 'Activity of each tester') },
    {
      kind: 'table',
      columns: [
        { title: word('测试人员', 'Tester'), share: 3 },
        { title: word('首次交互', 'First exchange'), share: 4 },
        { title: word('末次交互', 'Last exchange'), share: 4 },
      ],
      rows: report.testers.map((tester) => [
        runs(tester.name),
        runs(tester.active === undefined ? nothing : speech.clock(tester.active.from)),
        runs(tester.active === undefined ? nothing : speech.clock(tester.active.to)),
      ]),
    },
    { kind: 'subheading', text: word('暂停记录', 'Stops') },
    ...printPauses(report.time.pauses, speech),
  ]
}

function testers(report: AuditReportModel, { word, clock }: Speech): Block[] {
  const states = {
    issued: word('已签发', 'issued'),
    active: word('有效', 'active'),
    suspended: word('已中止', 'suspended'),
    revoked: word('已撤销', 'revoked'),
    expired: word('已到期', 'expired'),
  }
  return [
    {
      kind: 'table',
      columns: [
        { title: word('测试人员', 'Tester'), share: 2.4 },
        { title: word('单位', 'Organisation'), share: 2.6 },
        { title: word('身份等级', 'Identity level'), share: 2 },
        { title: word('接入租约', 'Access leases'), share: 6 },
        { title: word('移除原因', 'Removed for'), share: 2.4 },
      ],
      rows: report.testers.map((tester) => [
        runs(tester.name),
        orDash(tester.organization),
        orDash(tester.identityLevel),
        tester.leases.length === 0
          ? runs('—')
          : tester.leases.flatMap((lease, index) => [
              ...(index > 0 ? [{ kind: 'break' as const }] : []),
              ...codeRuns(lease.id),
              ...runs(word(`（${states[lease.state]}）`, ` (${states[lease.state]})`)),
              { kind: 'break' as const },
              ...runs(`${clock(lease.span.from)} – ${clock(lease.span.to)}`),
            ]),
        orDash(tester.removed),
      ]),
    },
  ]
}

function content(report: AuditReportModel, { word, time, clock }: Speech, sources: Sources): Block[] {
  const { content: audited } = report
  const none = (text: string): Block => paragraph(text)
  return [
    { kind: 'heading', level: 2, text: word('审计来源与规则', 'Sources and rules of the audit') },
    { kind: 'facts', rows: [fact(word('规则集', 'Rule set'), codeRuns(audited.ruleSet))] },
    {
      kind: 'table',
      columns: [
        { title: word('来源', 'Source'), share: 3.4 },
        { title: word('覆盖', 'Coverage'), share: 5 },
        { title: word('缺口', 'Gaps'), share: 4 },
      ],
      rows: audited.sources.map((source) => [runs(source.name), orDash(source.coverage), orDash(source.gaps)]),
    },
    { kind: 'heading', level: 2, text: word('流量统计', 'Traffic') },
    {
      kind: 'table',
      narrow: true,
      columns: [
        { title: word('指标', 'Measure'), share: 9 },
        { title: word('数值', 'Value'), share: 3, align: 'right' },
      ],
      rows: audited.counts.map((share) => [runs(share.name), sources.cite(share.name, share.count)]),
    },
    { kind: 'subheading', text: word('按规则统计的拒绝', 'Refusals by rule') },
    ...(audited.refusalsByRule.length === 0
      ? [none(word('网关未拒绝任何请求。', 'The gateway refused nothing.'))]
      : [
          {
            kind: 'table' as const,
            columns: [
              { title: word('规则', 'Rule'), share: 3 },
              { title: word('含义', 'Meaning'), share: 7 },
              { title: word('次数', 'Count'), share: 2, align: 'right' as const },
            ],
            rows: audited.refusalsByRule.map((refusal) => [
              codeRuns(refusal.rule),
              runs(refusal.meaning),
              sources.cite(word(`拒绝 ${refusal.rule}`, `refusals ${refusal.rule}`), refusal.count),
            ]),
          },
        ]),
    { kind: 'subheading', text: word('按测试人员统计', 'By tester') },
    {
      kind: 'table',
      columns: [
        { title: word('测试人员', 'Tester'), share: 6 },
        { title: word('交互数', 'Exchanges'), share: 2, align: 'right' },
        { title: word('拒绝数', 'Refusals'), share: 2, align: 'right' },
        { title: word('漏洞数', 'Findings'), share: 2, align: 'right' },
      ],
      rows: report.testers.map((tester) => [
        runs(tester.name),
        sources.cite(word(`${tester.name} 交互数`, `exchanges of ${tester.name}`), tester.exchanges),
        sources.cite(word(`${tester.name} 拒绝数`, `refusals of ${tester.name}`), tester.refusals),
        sources.cite(word(`${tester.name} 漏洞数`, `findings of ${tester.name}`), tester.findings),
      ]),
    },
    { kind: 'heading', level: 2, text: word('审核决定抽样', 'Decisions sampled') },
    {
      kind: 'facts',
      rows: [
        fact(word('抽样方法', 'Method'), orDash(audited.sampling.method)),
        fact(word('总体', 'Population'), sources.cite(word('抽样总体', 'population'), audited.sampling.population)),
        fact(word('样本', 'Sampled'), sources.cite(word('样本', 'sampled'), audited.sampling.sampled)),
      ],
    },
    ...(audited.decisions.length === 0
      ? [none(word('未抽取审核决定。', 'No decision was sampled.'))]
      : [
          {
            kind: 'table' as const,
            columns: [
              { title: word('漏洞', 'Finding'), share: 2.2 },
              { title: word('决定', 'Decision'), share: 2 },
              { title: word('决定人', 'By'), share: 2 },
              { title: word('时间', 'At'), share: 3 },
              { title: word('审计意见', 'Auditor'), share: 2.3, align: 'center' as const },
              { title: word('备注', 'Note'), share: 4 },
            ],
            rows: audited.decisions.map((decision) => [
              codeRuns(decision.finding),
              runs(decision.decision),
              runs(decision.by),
              runs(clock(decision.at)),
              [
                decision.result === 'agreed'
                  ? { kind: 'pill' as const, text: word('同意', 'agrees'), color: '#15803D' }
                  : decision.result === 'not_examined'
                    ? { kind: 'pill' as const, text: word('未抽查', 'not sampled'), color: '#5B6470' }
                    : { kind: 'pill' as const, text: word('不同意', 'disagrees'), color: '#B91C1C' },
              ],
              orDash(decision.note),
            ]),
          },
        ]),
    { kind: 'heading', level: 2, text: word('停止令', 'Stop orders') },
    ...(audited.stopOrders.length === 0
      ? [none(word('测试期间未下达停止令。', 'No stop order was given.'))]
      : [
          {
            kind: 'table' as const,
            columns: [
              { title: word('下达时间', 'Given at'), share: 3 },
              { title: word('下令人', 'By'), share: 2.6 },
              { title: word('原因', 'Reason'), share: 4.4 },
              { title: word('静默毫秒', 'Silent, ms'), share: 1.8, align: 'right' as const },
              { title: word('恢复', 'Resumed'), share: 3 },
            ],
            rows: audited.stopOrders.map((order) => [
              runs(clock(order.at)),
              runs(order.by),
              runs(order.reason),
              sources.cite(
                word(`停止令 ${clock(order.at)} 静默毫秒`, `ms to silence, order of ${clock(order.at)}`),
                order.silentAfter,
              ),
              runs(order.resumedAt === undefined ? word('未恢复', 'not resumed') : clock(order.resumedAt)),
            ]),
          },
        ]),
    { kind: 'heading', level: 2, text: word('账本状态', 'State of the ledger') },
    {
      kind: 'facts',
      rows: [
        fact(
          word('账本条目', 'Ledger entries'),
          sources.cite(word('账本条目', 'ledger entries'), audited.ledger.entries),
        ),
        fact(word('核验时间', 'Verified at'), runs(time(audited.ledger.verifiedAt))),
        fact(word('核验结果', 'Result'), [
          audited.ledger.result === 'intact'
            ? { kind: 'pill', text: word('完整', 'intact'), color: '#15803D' }
            : { kind: 'pill', text: word('损坏', 'broken'), color: '#B91C1C' },
        ]),
        fact(word('默克尔根', 'Merkle root'), codeRuns(report.anchor.root)),
        fact(word('备注', 'Note'), orDash(audited.ledger.note)),
      ],
    },
  ]
}

function result(report: AuditReportModel, { word, markdown }: Speech): Block[] {
  const opinions = {
    conforming: { tone: 'good' as const, text: word('符合', 'Conforming') },
    conforming_with_findings: {
      tone: 'warn' as const,
      text: word('基本符合，附审计发现', 'Conforming, with findings'),
    },
    not_conforming: { tone: 'bad' as const, text: word('不符合', 'Not conforming') },
  }
  const weights = {
    major: { text: word('严重', 'major'), color: '#B91C1C' },
    minor: { text: word('一般', 'minor'), color: '#B45309' },
    observation: { text: word('观察项', 'observation'), color: '#5B6470' },
  }
  const opinion = opinions[report.result.opinion]
  return [
    {
      kind: 'notice',
      tone: opinion.tone,
      runs: [{ kind: 'text', text: `${word('审计意见：', 'Opinion: ')}${opinion.text}`, bold: true }],
    },
    ...markdown(report.result.statementMarkdown),
    { kind: 'heading', level: 2, text: word('审计发现', 'Audit findings') },
    ...(report.result.findings.length === 0
      ? [paragraph(word('无审计发现。', 'There are no audit findings.'))]
      : report.result.findings.flatMap((finding): Block[] => [
          { kind: 'subheading', text: `${inertLine(finding.number)}　${inertLine(finding.title)}` },
          {
            kind: 'facts',
            rows: [
              fact(word('程度', 'Weight'), [{ kind: 'pill', ...weights[finding.weight] }]),
              fact(word('条款', 'Clause'), codeRuns(finding.clause)),
              fact(word('责任方', 'Owner'), orDash(finding.owner)),
            ],
          },
          ...markdown(finding.detailMarkdown),
        ])),
    { kind: 'heading', level: 2, text: word('违规与处理', 'Violations and sanctions') },
    ...(report.result.violations.length === 0
      ? [paragraph(word('未认定违规。', 'No violation was established.'))]
      : [
          {
            kind: 'table' as const,
            columns: [
              { title: word('测试人员', 'Tester'), share: 3 },
              { title: word('规则', 'Rule'), share: 3 },
              { title: word('认定', 'Decision'), share: 4 },
              { title: word('处理', 'Sanction'), share: 3 },
            ],
            rows: report.result.violations.map((violation) => [
              runs(violation.tester),
              codeRuns(violation.rule),
              runs(violation.decision),
              runs(violation.sanction),
            ]),
          },
        ]),
  ]
}

/** The body of the security audit report, sections AR1 to AR5 (GBT43741-5.3-AR1 … GBT43741-5.3-AR5). */
export function printAuditReport(report: AuditReportModel, speech: Speech, sources: Sources): Block[] {
  return [
    speech.section('AR1'),
    ...scope(report, speech, sources),
    speech.section('AR2', false),
    ...time(report, speech, sources),
    speech.section('AR3', false),
    ...testers(report, speech),
    speech.section('AR4', false),
    ...content(report, speech, sources),
    speech.section('AR5', false),
    ...result(report, speech),
  ]
}

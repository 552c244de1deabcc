import { findingStateName } from '@zhongheng/domain/findings/states.ts'
import { severities } from '../models/common.ts'
import type { TestReportModel } from '../models/test-report.ts'
import { inertLine } from '../text/inert.ts'
import { accent, severityPrint } from './palette.ts'
import { printFindingDetail, severityPill } from './finding.ts'
import type { Block } from './printed.ts'
import type { Sources } from './sources.ts'
import { codeRuns, fact, orDash, paragraph, runs, type Speech } from './speech.ts'
import { printPauses } from './pauses.ts'

function objects(report: TestReportModel, { word }: Speech, sources: Sources): Block[] {
  return [
    paragraph(
      word(
        `本次众测依据授权书 ${report.authorizationLetter}，测试对象共 ${report.objects.length} 项。`,
        `The test ran under authorisation letter ${report.authorizationLetter}. It had ${report.objects.length} object(s).`,
      ),
      true,
    ),
    {
      kind: 'table',
      columns: [
        { title: word('测试对象', 'Object'), share: 3.6 },
        { title: word('类型与版本', 'Type and version'), share: 2.8 },
        { title: word('环境', 'Environment'), share: 2.4 },
        { title: word('范围依据', 'Scope line'), share: 3.6 },
        { title: word('交互数', 'Exchanges'), share: 2.3, align: 'right' },
        { title: word('漏洞数', 'Findings'), share: 2, align: 'right' },
      ],
      rows: report.objects.map((object) => [
        codeRuns(object.asset),
        runs([object.type, object.version].filter((part) => part !== '').join(' · ')),
        orDash(object.environment),
        codeRuns(object.scopeLine),
        sources.cite(word(`${object.asset} 交互数`, `exchanges with ${object.asset}`), object.exchanges),
        sources.cite(word(`${object.asset} 漏洞数`, `findings in ${object.asset}`), object.findings),
      ]),
    },
  ]
}

function time(report: TestReportModel, speech: Speech): Block[] {
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
        fact(word('时区', 'Time zone'), runs(report.zone)),
      ],
    },
    { kind: 'subheading', text: word('各对象首次与末次交互', 'First and last exchange of each object') },
    {
      kind: 'table',
      columns: [
        { title: word('测试对象', 'Object'), share: 4 },
        { title: word('首次交互', 'First exchange'), share: 4 },
        { title: word('末次交互', 'Last exchange'), share: 4 },
      ],
      rows: report.objects.map((object) => [
        codeRuns(object.asset),
        runs(object.reached === undefined ? nothing : speech.clock(object.reached.from)),
        runs(object.reached === undefined ? nothing : speech.clock(object.reached.to)),
      ]),
    },
    { kind: 'subheading', text: word('暂停记录', 'Stops') },
    ...printPauses(report.time.pauses, speech),
  ]
}

function testers(report: TestReportModel, { word, clock }: Speech, sources: Sources): Block[] {
  return [
    {
      kind: 'table',
      columns: [
        { title: word('测试人员', 'Tester'), share: 2.2 },
        { title: word('单位', 'Organisation'), share: 2.4 },
        { title: word('身份核验', 'Identity check'), share: 2.6 },
        { title: word('等级', 'Grade'), share: 1.4, align: 'center' },
        { title: word('授权期', 'Granted'), share: 3.4 },
        { title: word('交互数', 'Exchanges'), share: 2.3, align: 'right' },
        { title: word('漏洞数', 'Findings'), share: 2, align: 'right' },
      ],
      rows: report.testers.map((tester) => [
        runs(tester.name),
        orDash(tester.organization),
        orDash(tester.identity),
        orDash(tester.grade),
        [...runs(clock(tester.granted.from)), { kind: 'break' }, ...runs(clock(tester.granted.to))],
        sources.cite(word(`${tester.name} 交互数`, `exchanges of ${tester.name}`), tester.exchanges),
        sources.cite(word(`${tester.name} 漏洞数`, `findings of ${tester.name}`), tester.findings),
      ]),
    },
  ]
}

function overall(report: TestReportModel, { word, markdown }: Speech, sources: Sources): Block[] {
  return [
    {
      kind: 'table',
      narrow: true,
      columns: [
        { title: word('指标', 'Measure'), share: 8 },
        { title: word('数值', 'Value'), share: 3, align: 'right' },
      ],
      rows: report.overall.counts.map((share) => [runs(share.name), sources.cite(share.name, share.count)]),
    },
    ...markdown(report.overall.narrativeMarkdown),
  ]
}

function distribution(report: TestReportModel, { word, of, markdown }: Speech, sources: Sources): Block[] {
  const { bySeverity, byWeakness, byAsset, byState, perDay, analysisMarkdown } = report.distribution
  const inOrder = bySeverity.toSorted(
    (one, other) => severities.indexOf(one.severity) - severities.indexOf(other.severity),
  )
  const counted = (
    title: string,
    rows: readonly { name: string; count: { value: number; source: string } }[],
    what: string,
  ): Block => ({
    kind: 'table',
    narrow: true,
    columns: [
      { title, share: 9 },
      { title: word('数量', 'Count'), share: 2, align: 'right' },
    ],
    rows: rows.map((row) => [runs(row.name), sources.cite(`${what} ${row.name}`, row.count)]),
  })
  const severity = word('严重性', 'Severity')
  const weakness = word('漏洞类型', 'Weakness')
  return [
    { kind: 'heading', level: 2, text: word('按严重性', 'By severity') },
    {
      kind: 'chart',
      chart: {
        form: 'columns',
        bars: inOrder.map((row) => ({
          name: of(severityPrint[row.severity].word),
          value: row.count.value,
          color: severityPrint[row.severity].color,
        })),
      },
      caption: word('图 1　漏洞严重性分布', 'Figure 1  Findings by severity'),
    },
    {
      kind: 'table',
      narrow: true,
      columns: [
        { title: severity, share: 9 },
        { title: word('数量', 'Count'), share: 2, align: 'right' },
      ],
      rows: inOrder.map((row) => [
        [severityPill(row.severity, of)],
        sources.cite(`${severity} ${of(severityPrint[row.severity].word)}`, row.count),
      ]),
    },
    { kind: 'heading', level: 2, text: word('按漏洞类型', 'By weakness') },
    ...(byWeakness.length > 0
      ? [
          {
            kind: 'chart' as const,
            chart: {
              form: 'bars' as const,
              bars: byWeakness
                .slice(0, 12)
                .map((row) => ({ name: inertLine(row.name), value: row.count.value, color: accent })),
            },
            caption:
              byWeakness.length > 12
                ? word('图 2　漏洞类型分布（前 12 类）', 'Figure 2  Findings by weakness (first 12)')
                : word('图 2　漏洞类型分布', 'Figure 2  Findings by weakness'),
          },
        ]
      : []),
    counted(weakness, byWeakness, weakness),
    { kind: 'heading', level: 2, text: word('按日期', 'By day') },
    {
      kind: 'chart',
      chart: {
        form: 'days',
        bars: perDay.map((row) => ({ name: inertLine(row.day), value: row.count.value, color: accent })),
      },
      caption: word('图 3　每日提交漏洞数', 'Figure 3  Findings submitted per day'),
    },
    // The chart's numbers also stand in the annex, so that each bar can be traced.
    {
      kind: 'table',
      narrow: true,
      columns: [
        { title: word('日期', 'Day'), share: 9 },
        { title: word('数量', 'Count'), share: 2, align: 'right' },
      ],
      rows: perDay
        .filter((row) => row.count.value > 0)
        .map((row) => [runs(row.day), sources.cite(word(`${row.day} 提交`, `submitted on ${row.day}`), row.count)]),
    },
    { kind: 'heading', level: 2, text: word('按测试对象与状态', 'By object and by state') },
    counted(word('测试对象', 'Object'), byAsset, word('测试对象', 'object')),
    counted(
      word('状态', 'State'),
      byState.map((row) => ({ name: of(findingStateName(row.state)), count: row.count })),
      word('状态', 'state'),
    ),
    { kind: 'heading', level: 2, text: word('分析', 'Analysis') },
    ...markdown(analysisMarkdown),
  ]
}

function findings(report: TestReportModel, speech: Speech): Block[] {
  const { word, of } = speech
  if (report.findings.length === 0) return [{ kind: 'notice', tone: 'plain', runs: runs(report.noFindings ?? '') }]
  return [
    {
      kind: 'table',
      columns: [
        { title: word('编号', 'Number'), share: 2.2 },
        { title: word('标题', 'Title'), share: 6.4 },
        { title: word('测试对象', 'Object'), share: 3.4 },
        { title: 'CVSS', share: 1.2, align: 'right' },
        { title: word('严重性', 'Severity'), share: 1.6, align: 'center' },
      ],
      rows: report.findings.map((finding) => [
        codeRuns(finding.number),
        runs(finding.title),
        codeRuns(finding.asset),
        runs(finding.cvss === undefined ? '—' : finding.cvss.score.toFixed(1)),
        [severityPill(finding.severity, of)],
      ]),
    },
    ...report.findings.flatMap((finding) => printFindingDetail(finding, speech)),
  ]
}

function repairs(report: TestReportModel, { word, markdown, join }: Speech): Block[] {
  if (report.repairs.length === 0) return [{ kind: 'notice', tone: 'plain', runs: runs(report.noFindings ?? '') }]
  return report.repairs.flatMap((repair, index): Block[] => [
    {
      kind: 'subheading',
      text: word(`${index + 1}. 适用漏洞：${join(repair.findings)}`, `${index + 1}. For ${join(repair.findings)}`),
    },
    ...markdown(repair.suggestionMarkdown),
    { kind: 'facts', rows: [fact(word('验证方法', 'How to verify'), orDash(repair.verification))] },
  ])
}

function protections(report: TestReportModel, { word, markdown, join }: Speech): Block[] {
  return report.protections.flatMap((protection, index): Block[] => [
    { kind: 'subheading', text: `${index + 1}. ${inertLine(protection.title)}` },
    ...markdown(protection.adviceMarkdown),
    ...(protection.findings.length > 0
      ? [paragraph(word(`关联漏洞：${join(protection.findings)}`, `Related findings: ${join(protection.findings)}`))]
      : []),
  ])
}

/** The body of the security crowd-test report, sections TR1 to TR8 (GBT43741-5.3-TR1 … GBT43741-5.3-TR8). */
export function printTestReport(report: TestReportModel, speech: Speech, sources: Sources): Block[] {
  return [
    speech.section('TR1'),
    ...objects(report, speech, sources),
    speech.section('TR2', false),
    ...time(report, speech),
    speech.section('TR3', false),
    ...testers(report, speech, sources),
    speech.section('TR4', false),
    ...overall(report, speech, sources),
    speech.section('TR5', false),
    ...distribution(report, speech, sources),
    speech.section('TR6'),
    ...findings(report, speech),
    speech.section('TR7', false),
    ...repairs(report, speech),
    speech.section('TR8', false),
    ...protections(report, speech),
  ]
}

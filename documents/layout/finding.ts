import { findingStateName } from '@zhongheng/domain/findings/states.ts'
import type { Text } from '@zhongheng/domain/shared/problem.ts'
import type { Severity } from '../models/common.ts'
import type { ReportFinding } from '../models/test-report.ts'
import { inertLine } from '../text/inert.ts'
import { severityPrint } from './palette.ts'
import type { Block, Run } from './printed.ts'
import { codeRuns, fact, orDash, paragraph, runs, type Speech } from './speech.ts'

export const severityPill = (severity: Severity, of: (text: Text) => string): Run => ({
  kind: 'pill',
  text: of(severityPrint[severity].word),
  color: severityPrint[severity].color,
})

/** A heading, which also stands in the contents, is one line or two; the list of findings has the whole title. */
const longestHeading = 120
const shorten = (text: string): string => {
  const characters = [...text]
  return characters.length > longestHeading ? `${characters.slice(0, longestHeading - 1).join('')}…` : text
}

/** Digits of an exchange's digest that are printed; enough to find it, the evidence pack holds the whole. */
const digestDigits = 16

/** One finding with everything GBT43741-5.3-TR6 asks for. */
export function printFindingDetail(finding: ReportFinding, speech: Speech): Block[] {
  const { word, of, time, clock, markdown } = speech
  const part = (title: string, source: string): Block[] => [
    { kind: 'subheading', text: title },
    ...(source.trim() === '' ? [paragraph('—')] : markdown(source)),
  ]
  return [
    { kind: 'heading', level: 2, text: `${inertLine(finding.number)}　${shorten(inertLine(finding.title))}` },
    {
      kind: 'facts',
      rows: [
        fact(word('严重性', 'Severity'), [
          severityPill(finding.severity, of),
          ...(finding.cvss === undefined
            ? []
            : runs(`  CVSS ${finding.cvss.version} ${finding.cvss.score.toFixed(1)}`)),
        ]),
        ...(finding.cvss === undefined ? [] : [fact(word('CVSS 向量', 'CVSS vector'), codeRuns(finding.cvss.vector))]),
        fact(word('漏洞类型', 'Weakness'), runs(`${finding.weakness.id} ${finding.weakness.name}`)),
        fact(word('测试对象', 'Object'), codeRuns(finding.asset)),
        fact(word('状态', 'State'), runs(of(findingStateName(finding.state)))),
        fact(word('测试人员', 'Tester'), orDash(finding.tester)),
        fact(word('提交时间', 'Submitted at'), runs(time(finding.submittedAt))),
      ],
    },
    ...part(word('漏洞描述', 'Description'), finding.descriptionMarkdown),
    ...part(word('复现步骤', 'Steps to reproduce'), finding.stepsMarkdown),
    ...part(word('危害与影响', 'Impact'), finding.impactMarkdown),
    { kind: 'subheading', text: word('引用的流量记录', 'Cited traffic') },
    ...(finding.exchanges.length === 0
      ? [paragraph(word('未引用流量记录。', 'No recorded traffic is cited.'))]
      : [
          {
            kind: 'table' as const,
            columns: [
              { title: word('时间', 'Time'), share: 3.1 },
              { title: word('方法', 'Method'), share: 1.5 },
              { title: word('主机与路径', 'Host and path'), share: 6.4 },
              { title: word('状态', 'Status'), share: 1.3, align: 'right' as const },
              { title: word('摘要', 'Digest'), share: 3 },
            ],
            rows: finding.exchanges.map((exchange) => [
              runs(clock(exchange.at)),
              codeRuns(exchange.method),
              exchange.host === ''
                ? runs(word('录制已销毁', 'recording destroyed'))
                : codeRuns(`${exchange.host}${exchange.path}`),
              runs(String(exchange.status)),
              codeRuns(exchange.digest.slice(0, digestDigits)),
            ]),
          },
        ]),
    ...(finding.attachments.length === 0
      ? []
      : [
          { kind: 'subheading' as const, text: word('附件', 'Attachments') },
          {
            kind: 'table' as const,
            columns: [
              { title: word('文件', 'File'), share: 5 },
              { title: word('字节', 'Bytes'), share: 2, align: 'right' as const },
              { title: 'SHA-256', share: 8 },
            ],
            rows: finding.attachments.map(({ name, size, sha256 }) => [
              runs(inertLine(name)),
              runs(String(size)),
              codeRuns(sha256),
            ]),
          },
        ]),
    ...part(word('修复建议', 'Repair suggestion'), finding.repairMarkdown),
  ]
}

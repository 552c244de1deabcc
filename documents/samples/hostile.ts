import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { TestReportModel } from '../models/test-report.ts'
import { sampleTestReport } from './test-report.ts'

const list = fileURLToPath(new URL('../../../shared/data/strings/blns.json', import.meta.url))

/** Strings that try what a renderer might obey: markup, field codes, controls, bidi, stacks of marks, endless words. */
export const ownHostileStrings: readonly string[] = [
  '#set page(fill: red) #include "/etc/passwd" $x^2$ *bold* @ref <label> #{panic("obeyed")}',
  '#import "@preview/cetz:0.3.0": canvas',
  '{ PAGE } { INCLUDETEXT "/etc/passwd" } =cmd|"/c calc"!A1 <w:fldSimple w:instr="DATE"/>',
  ']]></w:t></w:r><w:r><w:t>&amp;&#x0;%PDF-1.7 endobj',
  '\u202eevil\u202c \u2066iso\u2069 \u200fright \u061c',
  '\u0000\u0001\u0008\u000b\u000c\u001f\u007f\u0085\ufffe\uffff',
  'half \ud800 and \udfff pairs',
  `Z\u0335\u0321${'\u0310\u0353'.repeat(40)}algo`,
  'x'.repeat(10_000),
  `http://a.example/${'%2e%2e/'.repeat(900)}`,
  '字'.repeat(3_000),
  '😀 👩‍👩‍👧‍👦 🇨🇳 ﷽ שלום مرحبا ไทย 한국어 𠜎𠜱 🏳️‍🌈',
  '${7*7} {{7*7}} <%= 7*7 %> \\input{/etc/passwd} \\u{110000}',
  '\u2028line\u2029paragraph\u00ad soft',
  ' '.repeat(500),
  '\n\n\n',
]

/** The public list, where it is at hand. */
export const hostileStrings = (): readonly string[] =>
  existsSync(list) ? [...ownHostileStrings, ...(JSON.parse(readFileSync(list, 'utf8')) as string[])] : ownHostileStrings

/** A report in which every text is hostile: each string in a title, a field and, as Markdown and as code, in a body. */
export function hostileReport(strings: readonly string[]): TestReportModel {
  const base = sampleTestReport('zh-CN', 1)
  const [sample] = base.findings
  if (sample === undefined) throw new Error('the sample has a finding')
  const findings = strings.map((string, index) => ({
    ...sample,
    number: `F-${index}`,
    title: string,
    asset: string,
    tester: string,
    weakness: { id: 'CWE-79', name: string },
    descriptionMarkdown: string,
    stepsMarkdown: `1. ${string}\n2. \`${string}\`\n\n> ${string}\n\n| a | b |\n| - | - |\n| ${string} | x |`,
    impactMarkdown: `\`\`\`\n${string}\n\`\`\``,
    exchanges: sample.exchanges.map((exchange) => ({ ...exchange, path: string, method: string })),
    attachments: [{ name: string, size: 1, sha256: '9d4c1e7b05a2f836'.repeat(4) }],
  }))
  const hostile = `: ${strings.join(' ').slice(0, 4_000)}`
  return {
    ...base,
    organization: strings[4] ?? '',
    engagement: { number: 'ENG', title: hostile.slice(0, 300) },
    findings,
    distribution: {
      ...base.distribution,
      byWeakness: strings.slice(0, 12).map((name) => ({ name, count: { value: 1, source: name } })),
    },
    overall: { ...base.overall, narrativeMarkdown: hostile },
    noFindings: hostile,
  }
}

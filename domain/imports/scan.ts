import { type Severity, severityNames } from '../findings/severity.ts'
import { type Text, say } from '../shared/problem.ts'
import { importLimits } from './limits.ts'

/** Files that are understood, by what wrote them; `sheet` is the first sheet of a workbook, `csv` a text, each with a line of headings. */
export const scanFormats = ['sarif', 'nuclei', 'nessus', 'burp', 'zap', 'nmap', 'sheet', 'csv'] as const
export type ScanFormat = (typeof scanFormats)[number]

/** A result as the scanner tells it, in our words. */
export type ScanRow = {
  readonly title: string
  readonly severity: Severity
  /** `CWE-79`, or null where the scanner names none. */
  readonly cwe: string | null
  readonly cvssVector: string | null
  /** Addresses, hosts with or without a port, or files; the first `importLimits.places`. */
  readonly places: readonly string[]
  readonly description: string
  readonly repair: string
  /** How many results of the file it stands for: equal ones are one row. */
  readonly times: number
}

/** Why a result of the file is left out. */
export const rowFaults = {
  no_title: say('没有名称', 'it has no name'),
  not_json: say('这一行不是 JSON', 'this line is no JSON'),
  not_a_result: say('这一项不是扫描结果', 'this is no result of the scanner'),
} as const satisfies Record<string, Text>
export type RowFault = keyof typeof rowFaults

/** Why a whole file is refused; what to do about it comes second. */
export const scanRefusals = {
  doctype: [
    say('XML 中有 DOCTYPE 声明', 'the XML has a DOCTYPE'),
    say(
      '删除 <!DOCTYPE …> 后重试；页面会自动去掉 Burp 与 Nmap 的无害声明',
      'remove <!DOCTYPE …> and try again; the page removes the harmless ones of Burp and Nmap by itself',
    ),
  ],
  entity: [
    say('XML 中引用了未知实体', 'the XML refers to an unknown entity'),
    say('只接受 XML 的五个预定义实体', 'only the five entities of XML itself are taken'),
  ],
  too_many_references: [
    say('XML 中的字符引用过多', 'the XML has too many references to characters'),
    say('重新从扫描器导出', 'export it from the scanner again'),
  ],
  too_deep: [
    say('XML 元素嵌套过深', 'the elements of the XML lie too deep'),
    say('重新从扫描器导出', 'export it from the scanner again'),
  ],
  malformed: [
    say('文件已损坏或不完整', 'the file is broken or cut'),
    say('重新从扫描器导出', 'export it from the scanner again'),
  ],
  encoding: [
    say('文字编码不受支持', 'the encoding of its text is not supported'),
    say('另存为 UTF-8', 'save it as UTF-8'),
  ],
  unknown_format: [
    say('不是可以导入的格式', 'it is in none of the formats that can be imported'),
    say(
      '可导入 SARIF、Nuclei、Nessus、Burp、ZAP、Nmap 结果，以及首行为列名的 XLSX、CSV 表格',
      'results of SARIF, Nuclei, Nessus, Burp, ZAP and Nmap can be imported, and XLSX and CSV tables with a line of headings',
    ),
  ],
  unsafe_workbook: [
    say('工作簿的结构不安全', 'the workbook is built in an unsafe way'),
    say('只保留一张表，另存后重试', 'keep one sheet alone, save it anew and try again'),
  ],
  no_headings: [
    say('表格首行没有可识别的列名', 'the first line of the sheet has no headings that are known'),
    say(
      '首行写明：名称、级别、位置、类型、描述、修复建议',
      'name them: title, severity, place, weakness, description, repair',
    ),
  ],
  too_many_findings: [
    say('结果过多', 'too many findings'),
    say(
      `每个文件至多 ${importLimits.findings} 条；请在扫描器中筛选或拆分`,
      `a file has at most ${importLimits.findings}; filter or split it in the scanner`,
    ),
  ],
} as const satisfies Record<string, readonly [Text, Text]>
export type ScanRefusal = keyof typeof scanRefusals

/** What the examiner says of a scanner's file. */
export type ScanRead =
  | {
      readonly verdict: 'read'
      readonly format: ScanFormat
      /** Results in the file, those that were left out included. */
      readonly items: number
      readonly rows: readonly ScanRow[]
      /** The first `importLimits.places` results that were left out, by their number from 1. */
      readonly left: readonly { readonly item: number; readonly why: RowFault }[]
      readonly leftCount: number
    }
  /** @param count findings in a file that has too many; null otherwise */
  | { readonly verdict: 'refused'; readonly why: ScanRefusal; readonly count: number | null }

/** The words of scanners for the five bands, best known first. What nobody knows is `info`: the tester decides anyway. */
const bands: readonly (readonly [Severity, RegExp])[] = [
  ['critical', /^(critical|urgent|very high|超危|严重|[45])$/],
  ['high', /^(high|error|important|serious|高危|高|3)$/],
  ['medium', /^(medium|moderate|warning|中危|中|2)$/],
  ['low', /^(low|note|minor|低危|低|1)$/],
]

/** @param word a scanner's word for a severity, or the number of Nessus from 0 to 4, and of others up to 5 */
export function bandOf(word: string): Severity {
  const plain = word.trim().toLowerCase()
  return bands.find(([, pattern]) => pattern.test(plain))?.[0] ?? severityNames[4]
}

/** ZAP counts from 0, informational, to 3, high. */
const zapBands: readonly Severity[] = ['info', 'low', 'medium', 'high']
/** @param code what ZAP calls `riskcode` */
export const zapBand = (code: string): Severity => zapBands[Number(code)] ?? 'info'

/** `CWE-79` out of whatever spelling a scanner uses, or null. */
export function cweOf(text: string): string | null {
  const digits = /(?:^|cwe[-_ ]?)0*([1-9]\d{0,4})\b/i.exec(text.trim())?.[1]
  return digits === undefined ? null : `CWE-${digits}`
}

// biome-ignore lint: control and direction characters are exactly what this removes
const signs = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u202a-\u202e\u2066-\u2069]/gu
const cut = (text: string, most: number): string => text.slice(0, most).toWellFormed()

/** One line of at most `most` characters, without control and direction characters. */
export const lineFrom = (text: string, most: number): string =>
  cut(
    cut(text, 4 * most)
      .replace(signs, '')
      .replace(/\s+/gu, ' ')
      .trim(),
    most,
  )

/** A paragraph of at most `most` characters; line breaks stay. */
export const textFrom = (text: string, most: number): string =>
  cut(
    cut(text, 4 * most)
      .replace(/\r\n?/g, '\n')
      .replace(signs, '')
      .replace(/\n{3,}/g, '\n\n')
      .trim(),
    most,
  )

const named: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ', amp: '&' }

/** The text of a piece of HTML as scanners write it into their results. Nothing of it is ever shown as HTML. */
export const textOfHtml = (html: string): string =>
  cut(html, importLimits.nodeText)
    .replace(/<(?:\/?(?:p|div|li|ul|ol|tr|h[1-6])|br)(?:[\s/][^<>]{0,200})?>/gi, '\n')
    .replace(/<\/?[a-z][^<>]{0,500}>/gi, '')
    .replace(/&(lt|gt|quot|apos|nbsp|amp);/g, (whole, name: string) => named[name] ?? whole)

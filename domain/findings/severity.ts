import calculator from 'ae-cvss-calculator'
import { badField, say } from '../shared/problem.ts'

export const severityNames = ['critical', 'high', 'medium', 'low', 'info'] as const
export type Severity = (typeof severityNames)[number]

const three = 'AV:NALP AC:LH PR:NLH UI:NR S:UC C:HLN I:HLN A:HLN'
const threeOptional =
  'E:XUPFH RL:XOTWU RC:XURC CR:XLMH IR:XLMH AR:XLMH MAV:XNALP MAC:XLH MPR:XNLH MUI:XNR MS:XUC MC:XNLH MI:XNLH MA:XNLH'
const four = 'AV:NALP AC:LH AT:NP PR:NLH UI:NPA VC:HLN VI:HLN VA:HLN SC:HLN SI:HLN SA:HLN'
const fourOptional =
  'E:XAPU CR:XHML IR:XHML AR:XHML MAV:XNALP MAC:XLH MAT:XNP MPR:XNLH MUI:XNPA MVC:XHLN MVI:XHLN MVA:XHLN MSC:XHLN MSI:XSHLN MSA:XSHLN S:XNP AU:XNY R:XAUI V:XDC RE:XLMH'
const fourWords: { readonly [metric: string]: readonly string[] } = { U: ['X', 'Clear', 'Green', 'Amber', 'Red'] }

const valuesOf = (table: string): ReadonlyMap<string, readonly string[]> =>
  new Map(table.split(' ').map((entry) => [entry.split(':')[0] ?? '', [...(entry.split(':')[1] ?? '')]]))

const versions = {
  '3.0': {
    required: valuesOf(three),
    optional: valuesOf(threeOptional),
    score: (vector: string) => new calculator.Cvss3P0(vector).calculateScores().overall,
  },
  '3.1': {
    required: valuesOf(three),
    optional: valuesOf(threeOptional),
    score: (vector: string) => new calculator.Cvss3P1(vector).calculateScores().overall,
  },
  '4.0': {
    required: valuesOf(four),
    optional: new Map([...valuesOf(fourOptional), ...Object.entries(fourWords)]),
    score: (vector: string) => new calculator.Cvss4P0(vector).calculateScores().overall,
  },
} as const
export type CvssVersion = keyof typeof versions

/**
 * Reads and scores a CVSS 3.0, 3.1 or 4.0 vector. Each mandatory metric must be there once, with a known value.
 * @throws Problem malformed naming the metric, what it may be and how to mend it
 */
export function scoreVector(vector: string): { version: CvssVersion; score: number; severity: Severity } {
  const [head = '', ...parts] = vector.split('/')
  const version = head.replace('CVSS:', '')
  if (!head.startsWith('CVSS:') || !Object.hasOwn(versions, version))
    throw badField(
      'vector',
      say('须以 CVSS:3.0、CVSS:3.1 或 CVSS:4.0 开头', 'begins with CVSS:3.0, CVSS:3.1 or CVSS:4.0'),
      say('粘贴完整向量', 'paste the whole vector'),
    )
  const rules = versions[version as CvssVersion]
  const seen = new Set<string>()
  for (const part of parts) {
    const [metric = '', value = '', ...more] = part.split(':')
    const allowed = rules.required.get(metric) ?? rules.optional.get(metric)
    if (!allowed || more.length > 0)
      throw badField(
        'vector',
        say(`未知指标 ${part}`, `unknown metric “${part}”`),
        say(`可用：${[...rules.required.keys()].join('、')}`, `known: ${[...rules.required.keys()].join(', ')}`),
      )
    if (seen.has(metric))
      throw badField(
        'vector',
        say(`指标 ${metric} 重复`, `metric ${metric} stands twice`),
        say('删去一个', 'remove one'),
      )
    if (!allowed.includes(value))
      throw badField(
        'vector',
        say(`${metric} 只能是 ${allowed.join('、')}`, `${metric} is one of ${allowed.join(', ')}`),
        say('改正取值', 'correct the value'),
      )
    seen.add(metric)
  }
  const missing = [...rules.required.keys()].filter((metric) => !seen.has(metric))
  if (missing.length > 0)
    throw badField(
      'vector',
      say(`缺少指标：${missing.join('、')}`, `metrics missing: ${missing.join(', ')}`),
      say('补全向量', 'complete the vector'),
    )
  const score = rules.score(vector)
  return { version: version as CvssVersion, score, severity: severityOf(score) }
}

/** The bands that CVSS 3.x and 4.0 share. */
export function severityOf(score: number): Severity {
  if (score >= 9) return 'critical'
  if (score >= 7) return 'high'
  if (score >= 4) return 'medium'
  return score > 0 ? 'low' : 'info'
}

// The package is CommonJS: Node finds its names on the default export only.
import calculator from 'ae-cvss-calculator'
import { type Problem, type Text, badField, say } from '../shared/problem.ts'

/** Worst first, as CVSS bands them (`severityOf`). */
export const severityNames = ['critical', 'high', 'medium', 'low', 'info'] as const
export type Severity = (typeof severityNames)[number]

/** The Chinese levels are those of GB/T 30279 as users of such platforms know them. */
export const severityWords: Record<Severity, Text> = {
  critical: say('超危', 'Critical'),
  high: say('高危', 'High'),
  medium: say('中危', 'Medium'),
  low: say('低危', 'Low'),
  info: say('提示', 'Info'),
}

// Each metric with the letters it may take. The library reads what it knows and passes over the rest, so strictness is ours.
const three = 'AV:NALP AC:LH PR:NLH UI:NR S:UC C:HLN I:HLN A:HLN'
const threeOptional =
  'E:XUPFH RL:XOTWU RC:XURC CR:XLMH IR:XLMH AR:XLMH MAV:XNALP MAC:XLH MPR:XNLH MUI:XNR MS:XUC MC:XNLH MI:XNLH MA:XNLH'
const four = 'AV:NALP AC:LH AT:NP PR:NLH UI:NPA VC:HLN VI:HLN VA:HLN SC:HLN SI:HLN SA:HLN'
const fourOptional =
  'E:XAPU CR:XHML IR:XHML AR:XHML MAV:XNALP MAC:XLH MAT:XNP MPR:XNLH MUI:XNPA MVC:XHLN MVI:XHLN MVA:XHLN MSC:XHLN MSI:XSHLN MSA:XSHLN S:XNP AU:XNY R:XAUI V:XDC RE:XLMH'
const urgency = ['X', 'Clear', 'Green', 'Amber', 'Red']

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
    optional: new Map([...valuesOf(fourOptional), ['U', urgency]]),
    score: (vector: string) => new calculator.Cvss4P0(vector).calculateScores().overall,
  },
} as const
export type CvssVersion = keyof typeof versions
const isVersion = (text: string): text is CvssVersion => Object.hasOwn(versions, text)
const longestVector = 300

/**
 * Reads and scores a CVSS 3.0, 3.1 or 4.0 vector: the environmental score where such metrics are given, else the
 * temporal or threat one, else the base score. Each mandatory metric is there once, with a known value; order is free.
 * @param field the request's field, for the refusal
 * @throws Problem malformed naming the metric, what it may be and how to mend it
 */
export function scoreVector(
  vector: string,
  field = 'vector',
): { version: CvssVersion; score: number; severity: Severity } {
  const refuse = (limit: Text, fix: Text): Problem => badField(field, limit, fix)
  if (vector.length > longestVector)
    throw refuse(
      say(`不超过 ${longestVector} 个字符`, `at most ${longestVector} characters`),
      say('粘贴一个向量', 'paste one vector'),
    )
  const [head = '', ...parts] = vector.split('/')
  const version = head.startsWith('CVSS:') ? head.slice('CVSS:'.length) : ''
  if (!isVersion(version))
    throw refuse(
      say('须以 CVSS:3.0、CVSS:3.1 或 CVSS:4.0 开头', 'begins with CVSS:3.0, CVSS:3.1 or CVSS:4.0'),
      say('粘贴完整向量，不带分值', 'paste the whole vector without a score'),
    )
  const rules = versions[version]
  const seen = new Set<string>()
  for (const part of parts) {
    const [metric = '', value = '', ...more] = part.split(':')
    const allowed = rules.required.get(metric) ?? rules.optional.get(metric)
    if (!allowed || more.length > 0)
      throw refuse(
        say(`CVSS ${version} 没有指标“${part}”`, `CVSS ${version} has no metric “${part}”`),
        say(
          `可用：${[...rules.required.keys(), ...rules.optional.keys()].join('、')}`,
          `known: ${[...rules.required.keys(), ...rules.optional.keys()].join(', ')}`,
        ),
      )
    if (seen.has(metric))
      throw refuse(say(`指标 ${metric} 重复`, `metric ${metric} stands twice`), say('删去一个', 'remove one'))
    if (!allowed.includes(value))
      throw refuse(
        say(`${metric} 只能是 ${allowed.join('、')}`, `${metric} is one of ${allowed.join(', ')}`),
        say('改正取值', 'correct the value'),
      )
    seen.add(metric)
  }
  const missing = [...rules.required.keys()].filter((metric) => !seen.has(metric))
  if (missing.length > 0)
    throw refuse(
      say(`缺少指标：${missing.join('、')}`, `metrics missing: ${missing.join(', ')}`),
      say('补全向量', 'complete the vector'),
    )
  const score = rules.score(vector)
  return { version, score, severity: severityOf(score) }
}

/** The bands that CVSS 3.x and 4.0 share: 9.0 and above, 7.0, 4.0, above 0, and 0. */
export function severityOf(score: number): Severity {
  if (score >= 9) return 'critical'
  if (score >= 7) return 'high'
  if (score >= 4) return 'medium'
  return score > 0 ? 'low' : 'info'
}

import { type ScanFormat, bandOf, cweOf, textOfHtml, zapBand } from '@zhongheng/domain/imports/scan.ts'
import { severityOf } from '@zhongheng/domain/findings/severity.ts'
import { RefusedScan } from './refused-scan.ts'
import type { ScanRows } from './scan-rows.ts'

type Fields = { readonly [name: string]: unknown }
const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}
/** An own field: names of a file reach nothing of ours. */
const at = (value: unknown, ...path: string[]): unknown =>
  path.reduce<unknown>((inner, name) => {
    const fields = fieldsOf(inner)
    return Object.hasOwn(fields, name) ? fields[name] : undefined
  }, value)
const listAt = (value: unknown, ...path: string[]): readonly unknown[] => {
  const found = at(value, ...path)
  return Array.isArray(found) ? found : []
}
const textAt = (value: unknown, ...path: string[]): string => {
  const found = at(value, ...path)
  return typeof found === 'string' ? found : typeof found === 'number' ? String(found) : ''
}
const firstCwe = (values: readonly unknown[]): string | null =>
  values
    .map((one) => (typeof one === 'string' && /cwe[-_ ]?\d/i.test(one) ? cweOf(one.slice(one.search(/cwe/i))) : null))
    .find((one) => one !== null) ?? null

/** A whole JSON text, or one text a line. @throws RefusedScan unknown_format, malformed */
export function readJsonScan(text: string, rows: ScanRows): ScanFormat {
  const whole = parsed(text)
  if (Array.isArray(at(whole, 'runs'))) {
    readSarif(whole, rows)
    return 'sarif'
  }
  if (isZap(whole)) {
    readZap(whole, rows)
    return 'zap'
  }
  if (whole !== undefined) {
    const results = Array.isArray(whole) ? (whole as unknown[]) : [whole]
    if (!results.every((one) => typeof one === 'object') || !results.slice(0, 5).every(isNuclei))
      throw new RefusedScan('unknown_format')
    for (const one of results) addNuclei(one, rows)
    return 'nuclei'
  }
  readLines(text, rows)
  return 'nuclei'
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

function readLines(text: string, rows: ScanRows): void {
  let known = false
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf('\n', from)
    const line = text.slice(from, end < 0 ? text.length : end).trim()
    from = end < 0 ? text.length : end + 1
    if (line === '') continue
    const value = parsed(line)
    // The first line says what the file is; a later one that is broken is one result less.
    if (!known && value === undefined) throw new RefusedScan('malformed')
    if (!known && !isNuclei(value)) throw new RefusedScan('unknown_format')
    known = true
    if (value === undefined) rows.leave('not_json')
    else addNuclei(value, rows)
  }
}

const isNuclei = (value: unknown): boolean =>
  typeof at(value, 'info') === 'object' &&
  ['template-id', 'templateID', 'template'].some((name) => textAt(value, name) !== '')

function addNuclei(value: unknown, rows: ScanRows): void {
  if (!isNuclei(value)) return rows.leave('not_a_result')
  const matcher = textAt(value, 'matcher-name')
  rows.add(() => ({
    title: `${textAt(value, 'info', 'name') || textAt(value, 'template-id') || textAt(value, 'templateID')}${matcher ? ` (${matcher})` : ''}`,
    severity: bandOf(textAt(value, 'info', 'severity')),
    cwe: firstCwe(listAt(value, 'info', 'classification', 'cwe-id')),
    cvssVector: textAt(value, 'info', 'classification', 'cvss-metrics') || null,
    places: [textAt(value, 'matched-at') || textAt(value, 'matched') || textAt(value, 'host')],
    description: [
      textAt(value, 'info', 'description'),
      ...listAt(value, 'extracted-results').map((one) => (typeof one === 'string' ? one : '')),
    ]
      .filter((one) => one !== '')
      .join('\n\n'),
    repair: textAt(value, 'info', 'remediation'),
  }))
}

/** A list, or one that older versions wrote without brackets. */
const several = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? (value as unknown[]) : value === undefined ? [] : [value]

const isZap = (whole: unknown): boolean =>
  at(whole, 'site') !== undefined &&
  ['@programName', '@version'].some((name) => textAt(whole, name) !== '') &&
  several(at(whole, 'site')).every((site) => typeof site === 'object' && site !== null)

/** The report of ZAP as JSON: what its XML has, under the same names. */
function readZap(whole: unknown, rows: ScanRows): void {
  for (const site of several(at(whole, 'site')))
    for (const alert of several(at(site, 'alerts')))
      rows.add(() => {
        const places = listAt(alert, 'instances').map((one) => textAt(one, 'uri'))
        return {
          title: textAt(alert, 'name') || textAt(alert, 'alert'),
          severity: zapBand(textAt(alert, 'riskcode')),
          cwe: cweOf(textAt(alert, 'cweid')),
          cvssVector: null,
          places: places.some((one) => one !== '') ? places : [textAt(site, '@name')],
          description: textOfHtml(
            [textAt(alert, 'desc'), textAt(alert, 'otherinfo')].filter((one) => one !== '').join('\n\n'),
          ),
          repair: textOfHtml(textAt(alert, 'solution')),
        }
      })
}

const levels: Readonly<Record<string, string>> = { error: 'high', warning: 'medium', note: 'low', none: 'info' }

function readSarif(whole: unknown, rows: ScanRows): void {
  for (const run of listAt(whole, 'runs')) {
    const rules = listAt(run, 'tool', 'driver', 'rules')
    const byId = new Map(rules.map((rule) => [textAt(rule, 'id'), rule]))
    for (const result of listAt(run, 'results')) {
      rows.add(() => {
        const rule = byId.get(textAt(result, 'ruleId')) ?? rules[Number(at(result, 'ruleIndex') ?? -1)]
        const score = Number.parseFloat(textAt(rule, 'properties', 'security-severity'))
        const level = textAt(result, 'level') || textAt(rule, 'defaultConfiguration', 'level') || 'warning'
        const message = messageOf(result, rule)
        return {
          title:
            textAt(rule, 'shortDescription', 'text') ||
            textAt(rule, 'name') ||
            textAt(result, 'ruleId') ||
            textAt(rule, 'id') ||
            message,
          severity: Number.isFinite(score) ? severityOf(score) : bandOf(levels[level] ?? level),
          cwe: firstCwe([
            ...listAt(rule, 'properties', 'tags'),
            textAt(rule, 'properties', 'cwe'),
            textAt(result, 'properties', 'cwe'),
            ...listAt(result, 'taxa').map((one) => `CWE-${textAt(one, 'id')}`),
          ]),
          cvssVector: null,
          places: listAt(result, 'locations').map((one) => {
            const line = textAt(one, 'physicalLocation', 'region', 'startLine')
            const uri = textAt(one, 'physicalLocation', 'artifactLocation', 'uri')
            return uri && line && !/^https?:/i.test(uri) ? `${uri} ${line}` : uri
          }),
          description: [message, textAt(rule, 'fullDescription', 'text')].filter((one) => one !== '').join('\n\n'),
          repair: textAt(rule, 'help', 'text'),
        }
      })
    }
  }
}

/** The text of a result, its blanks filled with its arguments. */
function messageOf(result: unknown, rule: unknown): string {
  const given = textAt(result, 'message', 'text')
  const text = given || textAt(rule, 'messageStrings', textAt(result, 'message', 'id'), 'text')
  const words = listAt(result, 'message', 'arguments')
  return text.slice(0, 10_000).replace(/\{(\d{1,2})\}/g, (blank, number: string) => {
    const word = words[Number(number)]
    return typeof word === 'string' ? word.slice(0, 1000) : blank
  })
}

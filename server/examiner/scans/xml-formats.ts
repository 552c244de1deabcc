import { type ScanFormat, bandOf, cweOf, textOfHtml, zapBand } from '@zhongheng/domain/imports/scan.ts'
import { withPort } from './columns.ts'
import { type Around, type Element, type ElementReader, textIn } from './elements.ts'
import type { RawRow, ScanRows } from './scan-rows.ts'

type XmlFormat = Omit<ElementReader, 'take'> & {
  readonly format: ScanFormat
  /** Items that are none are passed over. */
  isResult?(item: Element): boolean
  rowOf(item: Element, around: Around): RawRow
}

const joined = (...parts: string[]): string =>
  parts
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .join('\n\n')

const nessus: XmlFormat = {
  format: 'nessus',
  items: ['ReportItem'],
  around: ['ReportHost'],
  rowOf(item, around) {
    const said = (name: string): string => item.attributes.get(name) ?? ''
    return {
      title: said('pluginName') || textIn(item, 'plugin_name', 'synopsis'),
      severity: bandOf(said('severity')),
      cwe: cweOf(textIn(item, 'cwe')),
      cvssVector: textIn(item, 'cvss3_vector') || null,
      places: [withPort(around.get('ReportHost')?.get('name') ?? '', said('port'))],
      description: joined(textIn(item, 'synopsis'), textIn(item, 'description'), textIn(item, 'plugin_output')),
      repair: textIn(item, 'solution'),
    }
  },
}

const burp: XmlFormat = {
  format: 'burp',
  items: ['issue'],
  around: [],
  rowOf: (item) => ({
    title: textIn(item, 'name'),
    severity: bandOf(textIn(item, 'severity')),
    cwe: cweOf(/CWE-\d{1,5}/.exec(textIn(item, 'vulnerabilityClassifications'))?.[0] ?? ''),
    cvssVector: null,
    places: [`${textIn(item, 'host').trim()}${textIn(item, 'path').trim()}`],
    description: textOfHtml(joined(textIn(item, 'issueDetail'), textIn(item, 'issueBackground'))),
    repair: textOfHtml(joined(textIn(item, 'remediationDetail'), textIn(item, 'remediationBackground'))),
  }),
}

const zap: XmlFormat = {
  format: 'zap',
  items: ['alertitem'],
  around: ['site'],
  rowOf(item, around) {
    const instances = item.children.find((one) => one.name === 'instances')?.children ?? []
    const places = instances.map((one) => textIn(one, 'uri')).filter((uri) => uri.trim() !== '')
    const alone = textIn(item, 'uri') || (around.get('site')?.get('name') ?? '')
    return {
      title: textIn(item, 'name', 'alert'),
      severity: zapBand(textIn(item, 'riskcode')),
      cwe: cweOf(textIn(item, 'cweid')),
      cvssVector: null,
      places: places.length > 0 ? places : [alone],
      description: textOfHtml(joined(textIn(item, 'desc'), textIn(item, 'otherinfo'))),
      repair: textOfHtml(textIn(item, 'solution')),
    }
  },
}

const nmap: XmlFormat = {
  format: 'nmap',
  items: ['port'],
  around: ['host', 'address', 'hostname'],
  isResult: (item) => item.children.find((one) => one.name === 'state')?.attributes.get('state') === 'open',
  rowOf(item, around) {
    const of = (name: string) => item.children.find((one) => one.name === name)?.attributes
    const port = `${item.attributes.get('portid') ?? ''}/${item.attributes.get('protocol') ?? ''}`
    const service = ['name', 'product', 'version'].map((name) => of('service')?.get(name) ?? '').filter(Boolean)
    const scripts = item.children.filter((one) => one.name === 'script')
    return {
      title: `Open port ${port}${service.length > 0 ? `: ${service.join(' ')}` : ''}`,
      severity: 'info',
      cwe: null,
      cvssVector: null,
      places: [
        withPort(
          around.get('hostname')?.get('name') ?? around.get('address')?.get('addr') ?? '',
          item.attributes.get('portid') ?? '',
        ),
      ],
      description: joined(
        ...scripts.map((one) => `${one.attributes.get('id') ?? ''}: ${one.attributes.get('output') ?? ''}`),
      ),
      repair: '',
    }
  },
}

const roots: ReadonlyMap<string, XmlFormat> = new Map([
  ['NessusClientData_v2', nessus],
  ['issues', burp],
  ['OWASPZAPReport', zap],
  ['nmaprun', nmap],
])

/** The reader for a document with this root element, and what wrote it; undefined for one that no scanner known here writes. */
export function readerFor(root: string, rows: ScanRows): { format: ScanFormat; reader: ElementReader } | undefined {
  const found = roots.get(root)
  return (
    found && {
      format: found.format,
      reader: {
        items: found.items,
        around: found.around,
        take(item, around) {
          if (found.isResult?.(item) ?? true) rows.add(() => found.rowOf(item, around))
        },
      },
    }
  )
}

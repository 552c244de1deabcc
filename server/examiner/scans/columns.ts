import { bandOf, cweOf } from '@zhongheng/domain/imports/scan.ts'
import type { RawRow } from './scan-rows.ts'

/** What the columns of a table are called by people and scanners; of several in one table the earlier pattern counts. */
const headings = {
  title: [
    /^(title|name|vulnerability|名称|标题|漏洞名称)$/,
    /^(plugin name|nvt name|definition\.name|issue_class|rule|finding|summary)$/,
  ],
  severity: [/^(severity|级别|等级|风险等级)$/, /^(risk|level|priority|criticality|cve severity)$/],
  place: [
    /^(place|url|target|target url|asset|location|位置|地址|资产|目标)$/,
    /^(host|address|hostname|fqdn|fqdn\/ip|dns name|browserurl|bug_url|source url|subject|ip address|ip)$/,
    /^(asset name|asset ipv4|asset\.display_fqdn|asset\.display_ipv4_address|asset\.name|file)$/,
  ],
  port: [/^(port|端口)$/],
  cwe: [/^(cwe|cweid|cwe[ -]id|weakness)$/, /^(type|类型|漏洞类型)$/],
  vector: [/^(cvss[ _]?v?3(\.[01])?[ _]?(base )?vector|cvss[ _]vector|cvssv3)$/],
  description: [/^(description|details|描述|说明)$/, /^(synopsis|specific result|insight|definition\.description)$/],
  repair: [
    /^(repair|remediation|solution|fix|mitigation|修复建议|整改建议|建议)$/,
    /^(suggestedfix|recommendation|recommended_action|remediation_advice|steps to remediate|definition\.solution)$/,
  ],
} as const satisfies Readonly<Record<string, readonly RegExp[]>>
type Field = keyof typeof headings
/** Where each field stands, by the number of its column from 0. */
export type Columns = Partial<Record<Field, number>>

/** The columns that are known by their names, of each field at most one. */
export function columnsOf(cells: ReadonlyMap<number, string>): Columns {
  const columns: Columns = {}
  for (const field of Object.keys(headings) as Field[])
    for (const pattern of headings[field]) {
      const found = [...cells].find(([, text]) => pattern.test(text.trim().toLowerCase()))
      if (found === undefined) continue
      columns[field] = found[0]
      break
    }
  return columns
}

/** A result as its row tells it. What looks like a formula stays the text that it is: nothing here computes. */
export function rowIn(cells: ReadonlyMap<number, string>, columns: Columns): RawRow {
  const said = (field: Field): string => cells.get(columns[field] ?? -1) ?? ''
  return {
    title: said('title'),
    severity: bandOf(said('severity')),
    cwe: cweOf(said('cwe')),
    cvssVector: said('vector').trim() || null,
    places: [withPort(said('place').trim(), said('port').trim())],
    description: said('description'),
    repair: said('repair'),
  }
}

/** A host with its port; `0` and addresses that say theirs stay as they are. */
export const withPort = (host: string, port: string): string => {
  if (host === '' || /[/@]/.test(host) || !/^[1-9]\d{0,4}$/.test(port)) return host
  return host.includes(':') && !host.startsWith('[') ? `[${host}]:${port}` : `${host}:${port}`
}

import { badField, say } from '../../shared/problem.ts'
import { specialHandlings } from './handling.ts'
import { type Effect, type ScopeRow, scopeLimits } from './rows.ts'

const sections: readonly (readonly [RegExp, Effect])[] = [
  [/^\[?(?:out(?:[ _-]of[ _-]scope)?|exclude[ds]?|exclusions?|范围外|排除|不在范围)\]?\s*[:：]?$/i, 'out'],
  [/^\[?(?:in(?:[ _-]scope)?|include[ds]?|inclusions?|范围内|包括|测试范围)\]?\s*[:：]?$/i, 'in'],
]

/**
 * Reads a scope written by hand, one asset a line:
 *
 *     # remark
 *     shop.example.com            a host, ports 80 and 443
 *     *.api.example.com:8443      every name below, one port
 *     10.1.0.0/24 80,443,8000-8100
 *     !blog.example.com           an exclusion; `-blog…` is the same
 *     out:                        from here on exclusions, until `in:`
 *     pinned.example.com @tunnel  TLS to it is passed on unopened; `@raw`: any protocol
 *     shop.example.com/logout     # a remark after a blank
 *
 * Row ids carry the line number. Lines that are no assets are kept as rows and become questions.
 * @throws Problem malformed when the text is too long
 */
export function readScopeLines(text: string): readonly ScopeRow[] {
  const lines = text.split(/\r\n|\r|\n/)
  if (lines.length > scopeLimits.rows) {
    throw badField(
      'lines',
      say(`最多 ${scopeLimits.rows} 行`, `at most ${scopeLimits.rows} lines`),
      say('请拆分为多个项目', 'split it into several engagements'),
    )
  }
  const rows: ScopeRow[] = []
  let section: Effect = 'in'
  for (const [at, line] of lines.entries()) {
    const [, body = '', note = ''] = /^(.*?)(?:(?:^|\s)#\s*(.*))?$/.exec(line.trim()) ?? []
    const written = body.trim()
    if (written === '') continue
    const heading = sections.find(([shape]) => shape.test(written))
    if (heading !== undefined) {
      section = heading[1]
      continue
    }
    if (written.length > scopeLimits.assetLength) {
      throw badField(
        `lines[${at + 1}]`,
        say(`最多 ${scopeLimits.assetLength} 个字符`, `at most ${scopeLimits.assetLength} characters`),
        say('一行只写一项资产', 'write one asset a line'),
      )
    }
    const tagged = /^(.*\S)\s+@(tunnel|raw)$/i.exec(written)
    const handling = specialHandlings.find((one) => one === tagged?.[2]?.toLowerCase())
    const plain = tagged?.[1] ?? written
    const marked = /^[!！-]\s*(\S.*)$/.exec(plain)
    rows.push({
      rowId: `line-${String(at + 1).padStart(4, '0')}`,
      effect: marked === null ? section : 'out',
      asset: marked?.[1] ?? plain,
      type: '',
      note: note.trim(),
      ...(handling === undefined ? {} : { handling }),
    })
  }
  return rows
}

import { importLimits } from '@zhongheng/domain/imports/limits.ts'
import { type Columns, columnsOf, rowIn } from './columns.ts'
import { RefusedScan } from './refused-scan.ts'
import type { ScanRows } from './scan-rows.ts'

/** Some tools put a few lines about themselves before the line of headings. */
const linesBefore = 10
const columnsRead = 4 * importLimits.columns

/**
 * Rows of a text with separators (RFC 4180; commas, semicolons or tabs), below a line of headings of which a name and something else are
 * known. @throws RefusedScan unknown_format, malformed
 */
export function readSeparated(text: string, rows: ScanRows): void {
  const begin = text.charCodeAt(0) === 0xfeff ? 1 : 0
  const separator = separatorIn(text.slice(begin, begin + 20_000))
  let columns: Columns | null = null
  let lines = 0
  for (const cells of recordsIn(text, begin, separator)) {
    if (cells.size === 0) continue
    if (columns === null) {
      const found = columnsOf(cells)
      if (found.title !== undefined && Object.keys(found).length > 1) columns = found
      else if (++lines === linesBefore) throw new RefusedScan('unknown_format')
    } else {
      const known = columns
      rows.add(() => rowIn(cells, known))
    }
  }
  if (columns === null) throw new RefusedScan('unknown_format')
}

/** What stands most often outside quotation marks in the first lines. */
function separatorIn(beginning: string): string {
  const bare = beginning.replace(/"[^"]*"?/g, '')
  const count = (sign: string): number => bare.split(sign).length
  return [',', ';', '\t'].reduce((best, sign) => (count(sign) > count(best) ? sign : best))
}

/** Goes through the text once. Of a cell the first characters are kept, of a row the first cells; empty ones are left out. */
function* recordsIn(text: string, begin: number, separator: string): Generator<Map<number, string>> {
  let cells = new Map<number, string>()
  let column = 0
  for (let at = begin; at < text.length; ) {
    let value = ''
    if (text[at] === '"') {
      const parts: string[] = []
      let from = at + 1
      for (;;) {
        const end = text.indexOf('"', from)
        if (end < 0) throw new RefusedScan('malformed')
        parts.push(text.slice(from, end))
        at = end + 1
        if (text[at] !== '"') break
        parts.push('"')
        from = at + 1
      }
      value = parts.join('')
    }
    // What follows a closing quotation mark belongs to the cell, as other readers have it.
    const end = endOfCell(text, at, separator)
    value += text.slice(at, end)
    at = end
    if (column < columnsRead && value.trim() !== '') cells.set(column, value.slice(0, importLimits.nodeText))
    column++
    if (text[at] === separator) {
      at++
      continue
    }
    at += text.startsWith('\r\n', at) ? 2 : 1
    yield cells
    cells = new Map()
    column = 0
  }
  if (cells.size > 0) yield cells
}

function endOfCell(text: string, from: number, separator: string): number {
  for (let at = from; at < text.length; at++) {
    const sign = text[at]
    if (sign === separator || sign === '\n' || sign === '\r') return at
  }
  return text.length
}

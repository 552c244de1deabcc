import { Zip, ZipDeflate } from 'fflate'
import type { Table } from './table.ts'

const head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
const office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const packaged = 'http://schemas.openxmlformats.org/package/2006'

/** Style 1 is text with the mark of quotation, so that editing a cell does not turn it into a formula either; style 2 the same in bold. */
const parts: readonly (readonly [string, string])[] = [
  [
    '[Content_Types].xml',
    `<Types xmlns="${packaged}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>`,
  ],
  [
    '_rels/.rels',
    `<Relationships xmlns="${packaged}/relationships"><Relationship Id="rId1" Type="${office}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
  ],
  [
    'xl/workbook.xml',
    `<workbook xmlns="${main}" xmlns:r="${office}"><sheets><sheet name="1" sheetId="1" r:id="rId1"/></sheets></workbook>`,
  ],
  [
    'xl/_rels/workbook.xml.rels',
    `<Relationships xmlns="${packaged}/relationships"><Relationship Id="rId1" Type="${office}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="${office}/styles" Target="styles.xml"/></Relationships>`,
  ],
  [
    'xl/styles.xml',
    `<styleSheet xmlns="${main}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1" applyNumberFormat="1"/><xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" quotePrefix="1" applyNumberFormat="1" applyFont="1"/></cellXfs></styleSheet>`,
  ],
]

/** A zip entry's time has no zone and begins in 1980; a constant is the only time that is the same everywhere. */
const begun = new Date(1980, 0, 1)
/** Characters that one cell takes. */
const mostInCell = 32_767
// biome-ignore lint: characters that XML cannot hold are exactly what this removes
const unwritable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g
const signs: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#13;', '\t': '&#9;' }

const cellOf = (text: string, style: number): string =>
  `<c t="inlineStr" s="${style}"><is><t xml:space="preserve">${text
    .slice(0, mostInCell)
    .toWellFormed()
    .replace(unwritable, '')
    .replace(/[&<>\r\t]/g, (sign) => signs[sign] ?? '')}</t></is></c>`

/** Columns of a width that shows most of what is in them, the first line fixed, and nothing that computes. */
const sheetStart = (columns: number): string =>
  `${head}<worksheet xmlns="${main}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols><col min="1" max="${columns}" width="20" customWidth="1"/></cols><sheetData>`

/**
 * A workbook of one sheet, written row by row. Every cell says of itself that it is a string; no cell has a formula, and the workbook has
 * neither links nor relations to elsewhere (PUB-IN-03). The same table gives the same bytes.
 */
export async function* writeXlsx(table: Table): AsyncGenerator<Uint8Array> {
  const ready: Uint8Array[] = []
  const zip = new Zip((error, chunk) => {
    if (error) throw error
    ready.push(chunk)
  })
  const begin = (name: string): ((text: string, last?: boolean) => void) => {
    const part = new ZipDeflate(name)
    part.mtime = begun
    zip.add(part)
    return (text, last = false) => part.push(Buffer.from(text), last)
  }
  for (const [name, text] of parts) begin(name)(head + text, true)
  const sheet = begin('xl/worksheets/sheet1.xml')
  let written = 0
  for await (const row of table) {
    if (written === 0) sheet(sheetStart(Math.max(1, row.length)))
    sheet(`<row>${row.map((text) => cellOf(text, written === 0 ? 2 : 1)).join('')}</row>`)
    written++
    yield* ready.splice(0)
  }
  if (written === 0) sheet(sheetStart(1))
  sheet('</sheetData></worksheet>', true)
  zip.end()
  yield* ready.splice(0)
}

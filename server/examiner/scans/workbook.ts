import { importLimits } from '@zhongheng/domain/imports/limits.ts'
import yauzl from 'yauzl'
import { type Columns, columnsOf, rowIn } from './columns.ts'
import { type Element, readElements } from './elements.ts'
import { RefusedScan } from './refused-scan.ts'
import type { ScanRows } from './scan-rows.ts'

/**
 * The two parts of a workbook that are opened, by their exact names. Everything else is left shut, relations first of all: what a workbook
 * links to, embeds or draws from elsewhere is not even read (PUB-UP-08).
 */
const parts = { strings: 'xl/sharedStrings.xml', sheet: 'xl/worksheets/sheet1.xml' } as const
const mostEntries = 2000

/** Rows of the first sheet, below a line of headings. Formulas are not computed: what the file says their value was counts. */
export async function readWorkbook(bytes: Buffer, rows: ScanRows): Promise<void> {
  const { strings, sheet } = await unpack(bytes)
  if (sheet === undefined) throw new RefusedScan('unknown_format')
  const shared: string[] = []
  if (strings !== undefined)
    readPart(strings, 'sst', 'si', (item) => shared.push(lettersOf(item, ['t', 'r']).slice(0, importLimits.nodeText)))
  let columns: Columns | null = null
  readPart(sheet, 'worksheet', 'row', (row) => {
    const cells = cellsOf(row, shared)
    if (cells.size === 0) return
    if (columns === null) {
      columns = columnsOf(cells)
      if (columns.title === undefined) throw new RefusedScan('no_headings')
    } else {
      const known = columns
      rows.add(() => rowIn(cells, known))
    }
  })
  if (columns === null) throw new RefusedScan('no_headings')
}

const readPart = (xml: string, root: string, item: string, take: (element: Element) => void): void =>
  readElements(xml, (name) => {
    if (name.replace(/^.*:/, '') !== root) throw new RefusedScan('unknown_format')
    return { items: [item], around: [], take }
  })

/** The cells of a row by their column from 0; empty ones are left out. */
function cellsOf(row: Element, shared: readonly string[]): Map<number, string> {
  const cells = new Map<number, string>()
  let next = 0
  for (const cell of row.children.slice(0, 4 * importLimits.columns)) {
    const column = columnOf(cell.attributes.get('r') ?? '') ?? next
    next = column + 1
    const value = cell.children.find(({ name }) => name === 'v')?.text ?? ''
    const inline = cell.children.find(({ name }) => name === 'is')
    const text =
      cell.attributes.get('t') === 's' ? (shared[Number(value)] ?? '') : inline ? lettersOf(inline, ['t', 'r']) : value
    if (column < importLimits.columns && text.trim() !== '') cells.set(column, text)
  }
  return cells
}

/** 0 for A, 26 for AA. */
function columnOf(reference: string): number | null {
  const letters = /^([A-Z]{1,3})\d{1,7}$/.exec(reference)?.[1]
  if (letters === undefined) return null
  return [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1
}

/** The text of an element and of those within it that have one of these names: runs of one string. */
const lettersOf = (element: Element, names: readonly string[]): string =>
  element.children
    .filter(({ name }) => names.includes(name))
    .map((one) => (one.name === 't' ? one.text : lettersOf(one, names)))
    .join('')

async function unpack(bytes: Buffer): Promise<{ strings: string | undefined; sheet: string | undefined }> {
  const found = new Map<string, string>()
  try {
    const zip = await yauzl.fromBufferPromise(bytes, { lazyEntries: true, decodeStrings: false })
    if (zip.entryCount > mostEntries) throw new RefusedScan('unsafe_workbook')
    for await (const entry of zip.eachEntry()) {
      const name = entry.fileNameRaw.toString('latin1')
      if (name !== parts.strings && name !== parts.sheet) continue
      if (found.has(name) || entry.isEncrypted()) throw new RefusedScan('unsafe_workbook')
      found.set(name, await contentOf((await zip.openReadStreamPromise(entry)) as AsyncIterable<Buffer>))
    }
  } catch (error) {
    throw error instanceof RefusedScan ? error : new RefusedScan('malformed')
  }
  return { strings: found.get(parts.strings), sheet: found.get(parts.sheet) }
}

/** What the archive says of a part's size counts for nothing: the bytes are counted while they come. */
async function contentOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const pieces: Buffer[] = []
  let size = 0
  for await (const piece of stream) {
    size += piece.length
    if (size > importLimits.sheetBytes) throw new RefusedScan('unsafe_workbook')
    pieces.push(piece)
  }
  return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(pieces))
}

import type { ScanFormat, ScanRead } from '@zhongheng/domain/imports/scan.ts'
import { readElements } from './elements.ts'
import { readJsonScan } from './json-formats.ts'
import { RefusedScan } from './refused-scan.ts'
import { ScanRows } from './scan-rows.ts'
import { readSeparated } from './separated-text.ts'
import { readWorkbook } from './workbook.ts'
import { readerFor } from './xml-formats.ts'

/**
 * Reads a scanner's results out of a file, by what the file is and not by what it is called. One answer for every sequence of bytes; what
 * takes too much memory or time ends with the process that runs this.
 */
export async function readScan(bytes: Buffer): Promise<ScanRead> {
  const rows = new ScanRows()
  try {
    return rows.read(await read(bytes, rows))
  } catch (error) {
    if (error instanceof RefusedScan) return { verdict: 'refused', why: error.why, count: null }
    throw error
  }
}

async function read(bytes: Buffer, rows: ScanRows): Promise<ScanFormat> {
  if (bytes.length >= 4 && bytes.readUInt32BE(0) === 0x504b0304) {
    await readWorkbook(bytes, rows)
    return 'sheet'
  }
  const text = textOf(bytes)
  const first = /^\ufeff?\s*(.)/s.exec(text.slice(0, 10_000))?.[1]
  if (first === '{' || first === '[') return readJsonScan(text.replace(/^\ufeff/, ''), rows)
  if (first !== '<') {
    readSeparated(text, rows)
    return 'csv'
  }
  let format: ScanFormat | undefined
  readElements(text, (root) => {
    const found = readerFor(root, rows)
    if (found === undefined) throw new RefusedScan('unknown_format')
    format = found.format
    return found.reader
  })
  if (format === undefined) throw new RefusedScan('unknown_format')
  return format
}

const encodings: Readonly<Record<string, string>> = {
  'utf-8': 'utf-8',
  'us-ascii': 'utf-8',
  'iso-8859-1': 'windows-1252',
  'windows-1252': 'windows-1252',
}

/** UTF-8, or what an XML file declares and is one byte a character. Others would let one text hide within another. */
function textOf(bytes: Buffer): string {
  const head = bytes.subarray(0, 200).toString('latin1')
  const declared = /^(?:\u00ef\u00bb\u00bf)?<\?xml\s[^<>]{0,150}?encoding\s*=\s*["']([\w.-]{1,40})["']/.exec(head)?.[1]
  const encoding = encodings[(declared ?? 'utf-8').toLowerCase()]
  if (encoding === undefined) throw new RefusedScan('encoding')
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new RefusedScan('encoding')
  }
}

import type { Table } from './table.ts'

/**
 * What some spreadsheet program takes for the beginning of a formula, a command or another cell: also behind blanks and in full width, as
 * East Asian input methods write it.
 */
const dangerous = /^[\s\ufeff\u200b]*[=+\-@;|%\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/u

/**
 * A cell of CSV. The form has no types, and programs compute what looks like a formula even inside quotation marks; an apostrophe before it
 * makes it text in all of them (PUB-IN-03). It stays visible there: in a form without types there is no other mark.
 */
export const csvCell = (text: string): string =>
  `"${(dangerous.test(text) ? `'${text}` : text).toWellFormed().replaceAll('"', '""')}"`

/** RFC 4180 in UTF-8 with its mark, without which spreadsheet programs take Chinese for something else. */
export async function* writeCsv(table: Table): AsyncGenerator<Uint8Array> {
  yield Buffer.from('\ufeff')
  for await (const row of table) yield Buffer.from(`${row.map(csvCell).join(',')}\r\n`)
}

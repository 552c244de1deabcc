/** A table as it is written: each row has as many texts as the first, which holds the headings. Every cell is text, whatever it looks like. */
export type Table = AsyncIterable<readonly string[]>

/** Media type and ending of each form. */
export const tableFormats = {
  csv: { type: 'text/csv', ending: 'csv' },
  xlsx: { type: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', ending: 'xlsx' },
} as const
export type TableFormat = keyof typeof tableFormats

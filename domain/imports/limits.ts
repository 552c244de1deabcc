import { attachmentLimits } from '../attachments/limits.ts'

/** What a file of a scanner may be. Whoever has more lets the scanner write several files. */
export const importLimits = {
  /** Bytes of one file, as for every file that is uploaded. */
  bytes: attachmentLimits.bytes,
  /** Findings that it may name; one with more is refused with the count. */
  findings: 2000,
  /** Elements within elements, and references such as `&lt;` of a whole XML document. */
  depth: 64,
  references: 500_000,
  /** Attributes of one element. */
  attributes: 200,
  /** Characters of an element's text that are kept; what follows is passed over. */
  nodeText: 20_000,
  /** Unpacked bytes of a workbook's part, and cells of one row that are read. */
  sheetBytes: 16 * 1024 * 1024,
  columns: 64,
  /** Places of one finding that are kept, and findings chosen for drafts at once. */
  places: 20,
  drafts: 50,
  /** Characters of what a row carries on. */
  title: 200,
  place: 300,
  description: 1500,
  repair: 500,
} as const

import { type DataKeys, openText, seal } from '../../sealing/seal.ts'
import type { Work } from '../../work/work.ts'

/** Why somebody read in an emergency outlives the engagement's keys, so it lies under the house's. */
const key = (work: Work): DataKeys => work.deps.keys.house('break-glass')
type Column = 'sealed_purpose' | 'sealed_reason'
const place = (column: Column, row: string) => ({ table: 'break_glass', column, row })

export const sealWords = (work: Work, column: Column, row: string, text: string): Buffer =>
  seal(key(work), place(column, row), text)
export const openWords = (work: Work, column: Column, row: string, sealed: Uint8Array): string =>
  openText(key(work), place(column, row), sealed)

import { type SealPlace, openText, seal } from '../../sealing/seal.ts'
import type { Work } from '../../work/work.ts'

type Column = 'sealed_value' | 'sealed_reason' | 'sealed_answer'
const at = (column: Column, row: string): SealPlace => ({ table: 'correction_requests', column, row })
/** The house's key: whose data these are may be of any organisation. */
const key = (work: Pick<Work, 'deps'>) => work.deps.keys.house('corrections')

export const sealWords = (work: Pick<Work, 'deps'>, column: Column, row: string, words: string): Buffer =>
  seal(key(work), at(column, row), words)
export const openWords = (work: Pick<Work, 'deps'>, column: Column, row: string, sealed: Uint8Array): string =>
  openText(key(work), at(column, row), sealed)

/** A wished value as it lies sealed. Of a document its kind and the real name; the number is kept as a keyed digest only. */
export type Wished =
  | { readonly field: 'name'; readonly value: string }
  | { readonly field: 'jurisdiction'; readonly value: string | null }
  | { readonly field: 'identity'; readonly realName: string; readonly documentKind: string }

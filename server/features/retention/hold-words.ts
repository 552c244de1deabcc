import { type DataKeys, keyedDigest, openText, seal } from '../../sealing/seal.ts'
import type { Work } from '../../work/work.ts'

/** Words about retention outlive the keys of the engagement that they speak of, so they are under the house's. */
const houseKey = (work: Work): DataKeys => work.deps.keys.house('retention')

type Table = 'legal_holds' | 'disposals'
const place = (table: Table, row: string) => ({ table, column: 'sealed_words', row })

export const sealWords = (work: Work, table: Table, row: string, words: { readonly [name: string]: string }): Buffer =>
  seal(houseKey(work), place(table, row), JSON.stringify(words))

export const openWords = (work: Work, table: Table, row: string, sealed: Uint8Array): { [name: string]: string } =>
  JSON.parse(openText(houseKey(work), place(table, row), sealed)) as { [name: string]: string }

/** What the ledger may hold of such a text. */
export const digestOf = (work: Work, text: string): string => keyedDigest(houseKey(work), text)

import type { SealPlace } from '../sealing/seal.ts'

/** Where the bytes of a printed document lie. */
export const documentAt = (table: 'letters' | 'reports', form: 'pdf' | 'docx', row: string): SealPlace => ({
  table,
  column: form,
  row,
})

import type { SealPlace } from '../../sealing/seal.ts'

/** Where the goals lie, in the version that the row has. */
export const goalsAt = (row: { id: string; text_version: number }): SealPlace => ({
  table: 'engagements',
  column: 'sealed_goals',
  row: row.id,
  version: row.text_version,
})

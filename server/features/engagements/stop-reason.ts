import type { Selectable } from 'kysely'
import type { Database } from '../../database/schema.ts'
import type { SealPlace } from '../../sealing/seal.ts'
import type { EngagementSealing } from './reads.ts'

export const stopReasonAt = (engagementId: string): SealPlace => ({
  table: 'engagements',
  column: 'stop_reason',
  row: engagementId,
})

/** The stop order that stands, with its reason; null where none does. The reason goes with the keys. */
export function openStop(
  row: Pick<Selectable<Database['engagements']>, 'id' | 'stop' | 'stop_reason'>,
  sealing: Pick<EngagementSealing, 'openFromText' | 'destroyed'>,
): { byRole: string; reason: string; at: string } | null {
  if (row.stop === null) return null
  const sealed = sealing.destroyed ? null : row.stop_reason
  return { ...row.stop, reason: sealed === null ? '' : sealing.openFromText(stopReasonAt(row.id), sealed) }
}

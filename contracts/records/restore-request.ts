/** Where `heng ledger accept-restore` leaves its word for the server, under the ledger's folder. */
export const restoreRequestFile = '.state/accept-restore.json'

/** Length of a reason in characters: enough to be one, and no more than a page. */
export const restoreReasonLimits = { least: 10, most: 2000 } as const

/** Somebody answers for a restore from backup. */
export type RestoreRequest = { readonly v: 1; readonly reason: string; readonly at: string }

/** Why a restore happened must be said in words. */
export const isRestoreReason = (text: string): boolean => {
  const length = [...text.trim()].length
  return length >= restoreReasonLimits.least && length <= restoreReasonLimits.most
}

export function isRestoreRequest(value: unknown): value is RestoreRequest {
  if (typeof value !== 'object' || value === null) return false
  const { v, reason, at } = value as { [name: string]: unknown }
  return v === 1 && typeof reason === 'string' && isRestoreReason(reason) && typeof at === 'string'
}

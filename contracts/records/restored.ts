/** Where `restore` leaves its word for the next start, in the data folder. */
export const restoredFile = 'restored.json'

/** This data folder was filled from a backup, and the platform has not yet started on it. */
export type Restored = {
  readonly v: 1
  /** ISO 8601, UTC: the backup's age. */
  readonly madeAt: string
  readonly restoredAt: string
  /** Logins of administrators, one for each organisation that shall go on; nobody else signs in before being confirmed. */
  readonly admins: readonly string[]
  readonly reason: string
}

export function isRestored(value: unknown): value is Restored {
  if (typeof value !== 'object' || value === null) return false
  const { v, admins, ...rest } = value as { [name: string]: unknown }
  return (
    v === 1 &&
    Array.isArray(admins) &&
    admins.length > 0 &&
    admins.every((login) => typeof login === 'string') &&
    ['madeAt', 'restoredAt', 'reason'].every((name) => typeof rest[name] === 'string')
  )
}

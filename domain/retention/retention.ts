/**
 * How long what is kept at least. Months are counted as 184 days and years with their leap day, so that no calendar makes
 * them shorter. The database refuses earlier deletion to every role (migration 0011); nothing in the platform asks for it.
 */
export const retention = {
  /** The log of events: reception of findings and network logs six months, the service file five years; the longest counts. */
  events: { days: 1827, rows: ['GBT43741-5.3-10', 'RMSV-5-2', 'CSL-21-3'] },
  /** Recorded traffic: 180 days and six months are both met. */
  traffic: { days: 184, rows: ['YDT3744-5.5.4-02', 'CSL-21-3'] },
} as const

export type RetentionClass = keyof typeof retention

const dayMs = 86_400_000

/** Until when something of this class must be kept that was made then. */
export const keptUntil = (of: RetentionClass, madeAt: Date): Date =>
  new Date(madeAt.getTime() + retention[of].days * dayMs)

/** Whether its time is over; at the very moment it still is kept. */
export const mayBeDisposed = (of: RetentionClass, madeAt: Date, now: Date): boolean =>
  now.getTime() > keptUntil(of, madeAt).getTime()

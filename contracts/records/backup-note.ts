/** Where `heng backup` notes its last success, in the data folder; no part of a backup, because it is about this machine's. */
export const backupNoteFile = 'last-backup.json'

export type BackupNote = {
  readonly v: 1
  /** ISO 8601: when the making began; the same as in the backup's head. */
  readonly madeAt: string
  /** Size of the encrypted file. */
  readonly bytes: number
  /** ISO 8601: when `heng restore --check` had read all of it on this machine. */
  readonly checkedAt: string | null
}

const isMoment = (value: unknown): value is string => typeof value === 'string' && !Number.isNaN(Date.parse(value))

export function isBackupNote(value: unknown): value is BackupNote {
  if (typeof value !== 'object' || value === null) return false
  const { v, madeAt, bytes, checkedAt } = value as { [name: string]: unknown }
  return v === 1 && isMoment(madeAt) && typeof bytes === 'number' && (checkedAt === null || isMoment(checkedAt))
}

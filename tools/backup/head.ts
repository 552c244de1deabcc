/** First entry of a backup: what it is. */
export const headName = 'backup.json'
export const backupFormat = 'zhongheng-backup/1'

export type BackupHead = {
  readonly format: typeof backupFormat
  /** `shares`: the halves of engagements' keys alone, which lie apart so that no old backup brings back what was disposed of. */
  readonly part: 'platform' | 'shares'
  /** ISO 8601, UTC: when the making began. Later acts may be in it, earlier ones are. */
  readonly madeAt: string
  /** Version of the product that made it. */
  readonly product: string
  /** `files`: the embedded cluster; `dump`: pieces of a pg_dump in custom format. */
  readonly database: 'files' | 'dump'
  /** Major version of the embedded cluster. */
  readonly postgresql: string | null
  readonly machine: string
}

export function isBackupHead(value: unknown): value is BackupHead {
  if (typeof value !== 'object' || value === null) return false
  const { format, part, madeAt, database, machine } = value as { [name: string]: unknown }
  return (
    format === backupFormat &&
    (part === 'platform' || part === 'shares') &&
    typeof madeAt === 'string' &&
    (database === 'files' || database === 'dump') &&
    typeof machine === 'string'
  )
}

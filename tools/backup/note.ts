import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type BackupNote, backupNoteFile, isBackupNote } from '@zhongheng/contracts/records/backup-note.ts'

/** Notes a backup that is whole, for the page that shows how the installation does. */
export const noteBackup = (data: string, made: { readonly madeAt: Date; readonly bytes: number }): Promise<void> =>
  put(data, { v: 1, madeAt: made.madeAt.toISOString(), bytes: made.bytes, checkedAt: null })

/** Notes that a backup was read back, where it is the one that was made here last. */
export async function noteChecked(data: string, madeAt: string, now: Date): Promise<void> {
  const note: unknown = await readFile(join(data, backupNoteFile), 'utf8').then(JSON.parse, () => null)
  if (isBackupNote(note) && note.madeAt === madeAt) await put(data, { ...note, checkedAt: now.toISOString() })
}

/** The backup itself is made and whole: a folder that takes no note is told by that page, not by a failed backup. */
async function put(data: string, note: BackupNote): Promise<void> {
  const path = join(data, backupNoteFile)
  try {
    await writeFile(`${path}.new`, `${JSON.stringify(note)}\n`, { mode: 0o600 })
    await rename(`${path}.new`, path)
  } catch {
    // As said above.
  }
}

import { mkdir } from 'node:fs/promises'
import {
  attachmentsFolder,
  contentAt,
  contentPath,
  factsAt,
  fileKeys,
  previewAt,
  previewPath,
} from '@zhongheng/server/features/attachments/rows.ts'
import type { EngagementSealing } from '@zhongheng/server/features/engagements/reads.ts'
import { writeSealed } from '@zhongheng/server/sealing/sealed-file.ts'
import type { Work } from '@zhongheng/server/work/work.ts'
import type { Stage } from './stage.ts'

/** A file with a copy for the eye that hangs on a finding, with its bytes on the disk. @returns its id */
export async function keptAttachment(
  stage: Stage,
  { db, newId, now }: Pick<Work, 'db' | 'newId' | 'now'>,
  sealing: EngagementSealing,
  of: { engagementId: string; findingId: string; personId: string; orgId: string },
): Promise<string> {
  const { dataFolder } = stage.deps.settings
  const row = { id: newId('attachment'), engagement_id: of.engagementId, facts_version: 2 }
  const facts = { name: 'x.png', kind: 'png', sha256: 'a'.repeat(64), picture: { width: 1, height: 1 }, entries: null }
  await mkdir(attachmentsFolder(dataFolder, of.engagementId), { recursive: true })
  for (const [path, place] of [
    [contentPath(dataFolder, row), contentAt(row.id)],
    [previewPath(dataFolder, row), previewAt(row.id)],
  ] as const) {
    const { out, done } = writeSealed(path, fileKeys(sealing), place)
    out.end('bytes')
    await done
  }
  await db
    .insertInto('attachments')
    .values({
      ...row,
      finding_id: of.findingId,
      comment_id: null,
      org_id: of.orgId,
      person_id: of.personId,
      state: 'kept',
      size: 5,
      preview_size: 5,
      sealed_facts: sealing.seal(factsAt(row), JSON.stringify(facts)),
      made_at: now,
      attached_at: now,
    })
    .execute()
  return row.id
}

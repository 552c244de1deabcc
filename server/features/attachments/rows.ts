import { join } from 'node:path'
import type { AttachmentView } from '@zhongheng/contracts/http/attachments.ts'
import type { Selectable } from 'kysely'
import type { Database } from '../../database/schema.ts'
import { type DataKeys, lastingKeys } from '../../sealing/seal.ts'
import type { EngagementHandle, EngagementSealing } from '../engagements/reads.ts'

export type AttachmentRow = Selectable<Database['attachments']>
/** What lies sealed beside a row; kind and what follows is known once the bytes are there. */
export type AttachmentFacts = Pick<AttachmentView, 'name'> &
  Partial<Pick<AttachmentView, 'kind' | 'sha256' | 'picture' | 'entries'>>

export const factsAt = (row: { id: string; facts_version: number }) => ({
  table: 'attachments',
  column: 'sealed_facts',
  row: row.id,
  version: row.facts_version,
})
/** Files are sealed once: a rotation of keys passes them by. */
export const fileKeys = (sealing: EngagementSealing): DataKeys => lastingKeys(sealing.keys, 'attachments')
export const contentAt = (id: string) => ({ table: 'attachments', column: 'content', row: id })
export const previewAt = (id: string) => ({ table: 'attachments', column: 'preview', row: id })

/** Whoever writes findings or comments attaches files to them. */
export const mayAttach = ['finding.submit', 'finding.comment'] as const

/** Folder of an engagement's files: it goes as a whole when its data is disposed of. */
export const attachmentsFolder = (dataFolder: string, engagementId: string): string =>
  join(dataFolder, 'attachments', engagementId)
export const contentPath = (dataFolder: string, row: { id: string; engagement_id: string }): string =>
  join(attachmentsFolder(dataFolder, row.engagement_id), `${row.id}.sealed`)
export const previewPath = (dataFolder: string, row: { id: string; engagement_id: string }): string =>
  join(attachmentsFolder(dataFolder, row.engagement_id), `${row.id}.preview`)

export const openFacts = (engagement: EngagementHandle, row: AttachmentRow): AttachmentFacts =>
  JSON.parse(engagement.sealing.open(factsAt(row), row.sealed_facts)) as AttachmentFacts

export function viewOf(engagement: EngagementHandle, row: AttachmentRow, byName: string): AttachmentView {
  const { name, kind = 'other', sha256 = '', picture = null, entries = null } = openFacts(engagement, row)
  return {
    attachmentId: row.id,
    name,
    size: Number(row.size),
    kind,
    sha256,
    picture: row.preview_size > 0 ? picture : null,
    entries,
    commentId: row.comment_id,
    byName,
    at: (row.attached_at ?? row.made_at).toISOString(),
  }
}

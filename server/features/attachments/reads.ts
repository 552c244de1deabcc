import type { AttachmentView } from '@zhongheng/contracts/http/attachments.ts'
import { notFound } from '../../http/problems.ts'
import type { Reference } from '../../http/registry.ts'
import type { Work } from '../../work/work.ts'
import { type EngagementHandle, handleOf } from '../engagements/reads.ts'
import { findingRef } from '../findings/reads.ts'
import { type AttachmentRow, viewOf } from './rows.ts'

/** A file of the engagement in the path that this person may see: attached to what they read, or loose and their own. */
export function attachmentRef(wanted: 'kept' | 'announced' | 'loose'): Reference<AttachmentRow> {
  return {
    about: `${wanted} file of the engagement in the path`,
    async load(work, id, context) {
      const engagement = handleOf(context)
      let query = work.db
        .selectFrom('attachments')
        .selectAll()
        .where('id', '=', id)
        .where('engagement_id', '=', engagement.id)
      if (wanted === 'loose') query = query.where('finding_id', 'is', null)
      else query = query.where('state', '=', wanted)
      if (wanted !== 'kept') query = query.where('person_id', '=', work.actor.personId).forUpdate()
      const row = await query.executeTakeFirst()
      if (!row) throw notFound()
      // Whoever knows of the finding knows of what hangs on it.
      if (row.finding_id !== null) await findingRef('read').load(work, row.finding_id, context)
      return row
    },
  }
}

/** What hangs on a finding, oldest first, as this person may see it: a function that opens it, for when the reading is entered. */
export async function attachmentsOf(
  work: Work,
  engagement: EngagementHandle,
  findingId: string,
): Promise<() => AttachmentView[]> {
  const rows = await work.db
    .selectFrom('attachments')
    .leftJoin('persons', 'persons.id', 'attachments.person_id')
    .selectAll('attachments')
    .select('persons.name as by_name')
    .where('finding_id', '=', findingId)
    .orderBy('attached_at')
    .orderBy('id')
    .execute()
  return () => rows.map((row) => viewOf(engagement, row, row.by_name ?? ''))
}

/** What hangs on each of these findings itself, not on a comment of it: for a report, which all its readers may know. */
export async function attachedToFindings(
  work: Work,
  engagement: EngagementHandle,
  findingIds: readonly string[],
): Promise<Map<string, { name: string; size: number; sha256: string }[]>> {
  if (findingIds.length === 0) return new Map()
  const rows = await work.db
    .selectFrom('attachments')
    .selectAll()
    .where('finding_id', 'in', findingIds)
    .where('comment_id', 'is', null)
    .orderBy('attached_at')
    .orderBy('id')
    .execute()
  const found = new Map<string, { name: string; size: number; sha256: string }[]>()
  for (const row of rows) {
    const { name, size, sha256 } = viewOf(engagement, row, '')
    const findingId = row.finding_id ?? ''
    found.set(findingId, [...(found.get(findingId) ?? []), { name, size, sha256 }])
  }
  return found
}

export { type Attached, attach } from './attach.ts'
export { type Aside, heldAside } from './hold-aside.ts'
export { attachmentsFolder } from './rows.ts'

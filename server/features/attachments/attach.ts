import { badField, say } from '@zhongheng/domain/shared/problem.ts'
import type { Work } from '../../work/work.ts'
import type { EngagementHandle } from '../engagements/reads.ts'
import { openFacts } from './rows.ts'

/** A file as the event of the act names it. */
export type Attached = { readonly attachmentId: string; readonly digest: string }

/**
 * Hangs own loose files on a finding, or on a comment of it, in the commit that makes it.
 * @returns their keyed digests, for the event of that act
 * @throws Problem malformed ATTACH-4 naming the first that is not one of the own loose files of the engagement
 */
export async function attach(
  work: Work,
  engagement: EngagementHandle,
  to: { findingId: string; commentId: string | null },
  ids: readonly string[],
): Promise<Attached[]> {
  if (ids.length === 0) return []
  const rows = await work.db
    .updateTable('attachments')
    .set({ finding_id: to.findingId, comment_id: to.commentId, attached_at: work.now })
    .where('id', 'in', [...ids])
    .where('engagement_id', '=', engagement.id)
    .where('person_id', '=', work.actor.personId)
    .where('finding_id', 'is', null)
    .where('state', '=', 'kept')
    .returningAll()
    .execute()
  const missing = ids.findIndex((id) => !rows.some((row) => row.id === id))
  if (missing >= 0)
    throw badField(
      `body.attachments.${missing}`,
      say('不是您在本项目中上传完毕且未使用的文件', 'is no file that you uploaded here and attached to nothing yet'),
      say('重新上传该文件', 'upload it again'),
    )
  return rows.map((row) => ({
    attachmentId: row.id,
    digest: engagement.sealing.commit(openFacts(engagement, row).sha256 ?? ''),
  }))
}

import { readFileName } from '@zhongheng/domain/attachments/file-name.ts'
import { attachmentLimits } from '@zhongheng/domain/attachments/limits.ts'
import { type StorageUsed, checkStorage } from '@zhongheng/domain/attachments/storage.ts'
import { Problem, badField, say } from '@zhongheng/domain/shared/problem.ts'
import { sql } from 'kysely'
import { notFound, wrongType } from '../../http/problems.ts'
import { type Feature, route } from '../../http/registry.ts'
import { readSealed } from '../../sealing/sealed-file.ts'
import type { Work } from '../../work/work.ts'
import { type EngagementHandle, engagementRef } from '../engagements/reads.ts'
import { withinBudget } from '../readings/reads.ts'
import { makeLink } from './links.ts'
import { attachmentRef } from './reads.ts'
import { receiveFile } from './receive-file.ts'
import { factsAt, fileKeys, mayAttach, openFacts, previewAt, previewPath } from './rows.ts'

/** Enters a file for which the bytes are still to come. @throws Problem malformed ATTACH-1, too_many ATTACH-3, refused ATTACH-4 */
async function announce(
  work: Work,
  engagement: EngagementHandle,
  given: { name: string; size: number },
): Promise<{ attachmentId: string }> {
  const read = readFileName(given.name)
  if (!read.ok) throw badField('body.name', read.why, read.fix)
  const id = work.newId('attachment')
  // Two at one moment would each count without the other.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`attachments ${work.actor.personId}`}, 0))`.execute(work.db)
  const loose = await work.db
    .selectFrom('attachments')
    .select((eb) => eb.fn.countAll<string>().as('count'))
    .where('person_id', '=', work.actor.personId)
    .where('finding_id', 'is', null)
    .executeTakeFirst()
  if (Number(loose?.count ?? 0) >= attachmentLimits.loose)
    throw new Problem(
      'too_many',
      say(
        `您有 ${attachmentLimits.loose} 个文件尚未附到漏洞或评论，请先提交或删除`,
        `${attachmentLimits.loose} files of yours are attached to nothing; submit or drop them first`,
      ),
      { rule: 'ATTACH-3' },
    )
  checkStorage(await storageUsed(work, engagement.id), given.size)
  await work.db
    .insertInto('attachments')
    .values({
      id,
      engagement_id: engagement.id,
      finding_id: null,
      comment_id: null,
      org_id: work.actor.orgId,
      person_id: work.actor.personId,
      state: 'announced',
      size: given.size,
      preview_size: 0,
      sealed_facts: engagement.sealing.seal(factsAt({ id, facts_version: 1 }), JSON.stringify({ name: read.name })),
      made_at: work.now,
      attached_at: null,
    })
    .execute()
  return { attachmentId: id }
}

/** Counted over all rows, also those that this person may not see; what is announced at the same moment waits its turn. */
async function storageUsed(work: Work, engagementId: string): Promise<StorageUsed> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`attachments ${engagementId}`}, 0))`.execute(work.db)
  return work.asSystem(async (db) => {
    const { rows } = await sql<{ mine: string; all: string }>`
      select coalesce(sum(size + preview_size) filter (where person_id = ${work.actor.personId}), 0) as mine,
        coalesce(sum(size + preview_size), 0) as all
      from attachments where engagement_id = ${engagementId}`.execute(db)
    return { ofPerson: Number(rows[0]?.mine ?? 0), ofEngagement: Number(rows[0]?.all ?? 0) }
  })
}

export const attachmentRoutes: Feature = () => [
  route('POST /api/engagements/:engagementId/attachments', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef(mayAttach) },
    handle: ({ work, on, body }) => announce(work, on['params.engagementId'], body),
  }),
  route('PUT /api/engagements/:engagementId/attachments/:attachmentId/content', {
    access: 'signed_in',
    references: {
      'params.engagementId': engagementRef(mayAttach),
      'params.attachmentId': attachmentRef('announced'),
    },
    async handle({ work, on, file, caller }) {
      if (file === undefined) throw wrongType('application/octet-stream')
      const engagement = on['params.engagementId']
      const row = on['params.attachmentId']
      const { name } = openFacts(engagement, row)
      return { later: () => receiveFile(work, engagement, row, { name, file, stillLives: caller.stillLives }) }
    },
  }),
  route('DELETE /api/engagements/:engagementId/attachments/:attachmentId', {
    access: 'signed_in',
    references: {
      'params.engagementId': engagementRef(mayAttach),
      'params.attachmentId': attachmentRef('loose'),
    },
    async handle({ work, on }) {
      // The files of rows that are gone are swept away.
      await work.db.deleteFrom('attachments').where('id', '=', on['params.attachmentId'].id).execute()
    },
  }),
  route('GET /api/engagements/:engagementId/attachments/:attachmentId/preview', {
    access: 'signed_in',
    references: {
      'params.engagementId': engagementRef('finding.read'),
      'params.attachmentId': attachmentRef('kept'),
    },
    async handle({ work, on }) {
      const engagement = on['params.engagementId']
      const row = on['params.attachmentId']
      if (row.preview_size === 0) throw notFound()
      await recordReading(work, engagement, row.id, 'preview')
      return {
        later: async () => ({
          bytes: readSealed(
            previewPath(work.deps.settings.dataFolder, row),
            fileKeys(engagement.sealing),
            previewAt(row.id),
            0,
            row.preview_size - 1,
          ),
        }),
      }
    },
  }),
  route('POST /api/engagements/:engagementId/attachments/:attachmentId/links', {
    access: 'signed_in',
    references: {
      'params.engagementId': engagementRef('finding.read'),
      'params.attachmentId': attachmentRef('kept'),
    },
    async handle({ work, on, caller }) {
      await recordReading(work, on['params.engagementId'], on['params.attachmentId'].id, 'original')
      return makeLink(work, on['params.attachmentId'].id, caller.login?.loginId ?? null)
    },
  }),
]

/** Whoever reads is entered before the first byte leaves (GBT43741-PS-05). @throws Problem too_many READING-1, READING-2 */
async function recordReading(
  work: Work,
  engagement: EngagementHandle,
  id: string,
  part: 'preview' | 'original',
): Promise<void> {
  const budget = await withinBudget(work, engagement, 'attachment', id)
  work.record({
    kind: 'attachment.read',
    engagementId: engagement.id,
    subject: id,
    role: engagement.role,
    audience: 'parties',
    facts: { part, ...budget },
  })
}

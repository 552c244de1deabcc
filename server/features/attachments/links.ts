import { createHash, randomBytes } from 'node:crypto'
import { isOpen } from '@zhongheng/domain/access/work-team.ts'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import { sql } from 'kysely'
import type { Deps } from '../../work/deps.ts'
import { workEnds } from '../../work/work-ends.ts'
import { type Work, inSystemWork } from '../../work/work.ts'
import { type EngagementSealing, sealingOf } from '../engagements/reads.ts'
import type { AttachmentRow } from './rows.ts'

const validSeconds = 60
const digestOf = (token: string): string => createHash('sha256').update(token).digest('hex')

/** An address that opens one file once, within a minute, while the login that asked for it lives. The table holds its digest. */
export async function makeLink(
  work: Work,
  attachmentId: string,
  loginId: string | null,
): Promise<{ url: string; expiresAt: string }> {
  const { filesUrl } = work.deps.settings
  if (filesUrl === null)
    throw new Problem(
      'refused',
      say(
        '管理员尚未设置下载所用的地址（ZH_FILES_URL），暂不能下载附件',
        'the administrator has not set the address of downloads (ZH_FILES_URL); attachments cannot be downloaded yet',
      ),
      { rule: 'ATTACH-5' },
    )
  const token = randomBytes(24).toString('base64url')
  const expiresAt = new Date(work.now.getTime() + validSeconds * 1000)
  await work.db
    .insertInto('attachment_links')
    .values({
      token_digest: digestOf(token),
      attachment_id: attachmentId,
      person_id: work.actor.personId,
      login_id: loginId,
      made_at: work.now,
      expires_at: expiresAt,
      used_at: null,
    })
    .execute()
  return { url: `${filesUrl}/f/${token}`, expiresAt: expiresAt.toISOString() }
}

/**
 * Spends a link. @returns null for one that never was, is spent, is too old, or whose person or login has ended since, or whose house gave the engagement to others: one answer for all
 */
export async function spendLink(
  deps: Deps,
  token: string,
): Promise<{ row: AttachmentRow; sealing: EngagementSealing } | null> {
  return inSystemWork(deps, async (work) => {
    const spent = await work.db
      .updateTable('attachment_links')
      .set({ used_at: work.now })
      .where('token_digest', '=', digestOf(token))
      .where('used_at', 'is', null)
      .where('expires_at', '>', work.now)
      .where(
        sql<boolean>`exists (select 1 from persons p where p.id = attachment_links.person_id and p.state = 'active')
          and (login_id is null or exists (select 1 from logins l where l.id = attachment_links.login_id and l.ended_at is null))`,
      )
      .returning(['attachment_id', 'person_id'])
      .executeTakeFirst()
    if (!spent) return null
    const row = await work.db
      .selectFrom('attachments')
      .selectAll()
      .where('id', '=', spent.attachment_id)
      .where('state', '=', 'kept')
      .executeTakeFirst()
    if (!row) return null
    const until = (await workEnds(work.db, [row.engagement_id]))(row.engagement_id, spent.person_id)
    if (!isOpen(until, work.now)) return null
    const engagement = await work.db
      .selectFrom('engagements')
      .select(['id', 'demand_org_id', 'wrapped_key'])
      .where('id', '=', row.engagement_id)
      .executeTakeFirstOrThrow()
    return { row, sealing: sealingOf(work, engagement) }
  })
}

import { mostCounted, type NoticeView } from '@zhongheng/contracts/http/notices.ts'
import type { Call, Reply } from '@zhongheng/contracts/http/index.ts'
import { roles } from '@zhongheng/domain/access/actor.ts'
import {
  approvable,
  isNoticeKind,
  isUrgent,
  kindsOnEngagement,
  leadsTo,
  ownKinds,
  wordsOf,
} from '@zhongheng/domain/notices/kinds.ts'
import { decidable } from '@zhongheng/domain/personal-data/corrections.ts'
import { isInside } from '@zhongheng/domain/jurisdiction/border.ts'
import { mostLines, type MailLine } from '@zhongheng/domain/mail/letters.ts'
import { mailedKinds } from '@zhongheng/domain/mail/groups.ts'
import { sql } from 'kysely'
import { notFound } from '../../http/problems.ts'
import type { Reference } from '../../http/registry.ts'
import { placeOf } from '../../work/border.ts'
import type { Work } from '../../work/work.ts'

type Filter = NonNullable<Call<'GET /api/notices'>['query']>

/**
 * The own notices that this person may still read: the row policies see to whether engagement and finding are known to
 * them, this to whether the right is held now. Lists and counts ask the same.
 */
const readable = (work: Work, inside: boolean) =>
  work.db
    .selectFrom('notices')
    .where('notices.person_id', '=', work.actor.personId)
    .where((eb) => {
      const ofRole = roles.map((role) =>
        eb.and([
          eb('notices.kind', 'in', ['', ...kindsOnEngagement(work.actor, role, inside)]),
          eb.exists(
            eb
              .selectFrom('parties')
              .select('parties.role')
              .whereRef('parties.engagement_id', '=', 'notices.engagement_id')
              .where('parties.org_id', '=', work.actor.orgId)
              .where('parties.role', '=', role),
          ),
        ]),
      )
      return eb.or([
        ...ofRole,
        eb('notices.kind', 'in', [...ownKinds]),
        eb.and([
          eb('notices.kind', '=', 'approval_asked'),
          eb(sql<string>`notices.facts ->> 'act'`, 'in', ['', ...approvable(work.actor)]),
        ]),
        eb.and([
          eb('notices.kind', '=', 'correction_asked'),
          eb(sql<string>`notices.facts ->> 'field'`, 'in', ['', ...decidable(work.actor)]),
        ]),
      ])
    })

/** Whether who asks is known to be in the mainland. */
const isHere = async (work: Work): Promise<boolean> => isInside(await placeOf(work.db, work.actor.personId))

/** Newest first. The cursor is time and id. */
export async function listNotices(work: Work, filter: Filter & { limit: number }): Promise<Reply<'GET /api/notices'>> {
  let query = readable(work, await isHere(work))
    .leftJoin('engagements', 'engagements.id', 'notices.engagement_id')
    .leftJoin('findings', 'findings.id', 'notices.finding_id')
    .selectAll('notices')
    .select(['engagements.title', 'findings.number'])
    .orderBy('notices.at', 'desc')
    .orderBy('notices.id', 'desc')
    .limit(filter.limit + 1)
  if (filter.unread) query = query.where('notices.read_at', 'is', null)
  const cursor = /^(\d{1,15})_(ntc_[0-9a-z]{26})$/.exec(filter.after ?? '')
  if (cursor) {
    const [at, id] = [new Date(Number(cursor[1])), cursor[2] ?? '']
    query = query.where((eb) =>
      eb.or([eb('notices.at', '<', at), eb.and([eb('notices.at', '=', at), eb('notices.id', '<', id)])]),
    )
  }
  const rows = await query.execute()
  const shown = rows.slice(0, filter.limit)
  const last = shown.at(-1)
  return {
    notices: shown.flatMap((row): NoticeView[] => {
      if (!isNoticeKind(row.kind)) return []
      const place = { engagementId: row.engagement_id, findingId: row.finding_id, times: row.times }
      return [
        {
          noticeId: row.id,
          kind: row.kind,
          text: wordsOf(row.kind, { facts: row.facts, number: row.number, times: row.times }),
          engagementId: row.engagement_id,
          engagementTitle: row.title,
          href: leadsTo(row.kind, place),
          urgent: isUrgent(row.kind),
          times: row.times,
          at: row.at.toISOString(),
          read: row.read_at !== null,
        },
      ]
    }),
    next: rows.length > filter.limit && last ? `${last.at.getTime()}_${last.id}` : null,
  }
}

/** Counted to a limit, so that a flood costs no more than a page. */
export async function countUnread(work: Work): Promise<Reply<'GET /api/notices/unread'>> {
  const rows = await readable(work, await isHere(work))
    .select('notices.id')
    .where('notices.read_at', 'is', null)
    .limit(mostCounted + 1)
    .execute()
  return { unread: Math.min(rows.length, mostCounted), more: rows.length > mostCounted }
}

/** One of the own notices that may still be read; any other is absent. */
export const noticeRef: Reference<string> = {
  about: 'own notice',
  async load(work, id) {
    const row = await readable(work, await isHere(work))
      .select('notices.id')
      .where('notices.id', '=', id)
      .executeTakeFirst()
    if (!row) throw notFound()
    return row.id
  },
}

export async function markRead(work: Work, which: { readonly id: string } | { readonly until: Date }): Promise<void> {
  const unread = work.db
    .updateTable('notices')
    .set({ read_at: work.now })
    .where('person_id', '=', work.actor.personId)
    .where('read_at', 'is', null)
  await ('id' in which ? unread.where('id', '=', which.id) : unread.where('at', '<=', which.until)).execute()
}

/** What is unread, wanted by mail, and in no mail yet since it came last: oldest first, one more than a mail holds. */
export async function unmailed(work: Work): Promise<(MailLine & { readonly id: string; readonly urgent: boolean })[]> {
  const without = await work.db
    .selectFrom('mail_choices')
    .select('kind')
    .where('person_id', '=', work.actor.personId)
    .execute()
  const rows = await readable(work, await isHere(work))
    .leftJoin('findings', 'findings.id', 'notices.finding_id')
    .selectAll('notices')
    .select('findings.number')
    .where('notices.read_at', 'is', null)
    .where('notices.kind', 'in', ['', ...mailedKinds(without.map(({ kind }) => kind))])
    .where((eb) => eb.or([eb('notices.mailed_at', 'is', null), eb('notices.mailed_at', '<', eb.ref('notices.at'))]))
    .orderBy('notices.at')
    .limit(mostLines + 1)
    .execute()
  return rows.flatMap(({ id, kind, facts, number, times, at }) =>
    isNoticeKind(kind)
      ? [{ id, text: wordsOf(kind, { facts, number, times }), times, at, urgent: isUrgent(kind) }]
      : [],
  )
}

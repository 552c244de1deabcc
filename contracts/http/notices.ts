import { everyNoticeKind, type NoticeKind } from '@zhongheng/domain/notices/kinds.ts'
import { z } from 'zod'
import { Bilingual, type HttpContract, Moment, Paging, idOf } from './shape.ts'

/** Unread notices are counted so far and no further. */
export const mostCounted = 99

export const NoticeView = z
  .strictObject({
    noticeId: idOf('notice'),
    kind: z.enum(everyNoticeKind as [NoticeKind, ...NoticeKind[]]),
    text: Bilingual,
    engagementId: idOf('engagement').nullable(),
    /** Null where there is none, or none that this reader may know of. */
    engagementTitle: z.string().nullable(),
    /** Path of the page that it leads to. */
    href: z.string(),
    urgent: z.boolean(),
    /** How often it came before it was read. */
    times: z.number().int(),
    at: Moment,
    read: z.boolean(),
  })
  .meta({ id: 'Notice' })
export type NoticeView = z.infer<typeof NoticeView>

export const noticesHttp = {
  'GET /api/notices': {
    summary: 'What I was told, newest first; what I may no longer know of is not there',
    query: z.strictObject({ unread: z.enum(['true']).optional(), ...Paging }),
    reply: z.strictObject({ notices: z.array(NoticeView), next: z.string().nullable() }),
  },
  'GET /api/notices/unread': {
    summary: `How many of them are unread, counted to ${mostCounted}`,
    reply: z.strictObject({ unread: z.number().int().min(0).max(mostCounted), more: z.boolean() }),
  },
  'POST /api/notices/:noticeId/read': {
    summary: 'I have read this one',
    params: z.strictObject({ noticeId: idOf('notice') }),
    status: 204,
  },
  'POST /api/notices/read': {
    summary: 'I have read all of them up to this moment',
    body: z.strictObject({ until: Moment }),
    status: 204,
  },
  'GET /api/notices/live': {
    summary: 'Server-sent events: a line whenever there is something new to me; it says no more than that',
    file: 'text/event-stream',
  },
} as const satisfies HttpContract

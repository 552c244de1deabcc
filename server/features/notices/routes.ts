import { type Feature, route } from '../../http/registry.ts'
import { countUnread, listNotices, markRead, noticeRef } from './list-notices.ts'
import { noticeStream } from './live.ts'

export const noticeRoutes: Feature = (deps) => [
  route('GET /api/notices', {
    access: 'signed_in',
    references: {},
    handle: ({ work, query }) => listNotices(work, query),
  }),
  route('GET /api/notices/unread', {
    access: 'signed_in',
    byItself: true,
    references: {},
    handle: ({ work }) => countUnread(work),
  }),
  route('POST /api/notices/:noticeId/read', {
    access: 'signed_in',
    references: { 'params.noticeId': noticeRef },
    handle: ({ work, on }) => markRead(work, { id: on['params.noticeId'] }),
  }),
  route('POST /api/notices/read', {
    access: 'signed_in',
    references: {},
    handle: ({ work, body }) => markRead(work, { until: new Date(body.until) }),
  }),
  route('GET /api/notices/live', {
    access: 'signed_in',
    byItself: true,
    references: {},
    handle: async ({ work, caller }) => ({
      bytes: noticeStream(deps, work.actor.personId, caller.stillLives),
      type: 'text/event-stream; charset=utf-8',
    }),
  }),
]

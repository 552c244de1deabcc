import { type Feature, route } from '../../http/registry.ts'
import { acknowledge, consent } from './answer-notice.ts'
import { ownPrivacy, viewNotice } from './answers.ts'
import { countAnswers } from './counts.ts'
import { noticeSince } from './notice.ts'

/** The privacy notice, and what people answer to it. */
export const privacyRoutes: Feature = () => [
  route('GET /api/privacy-notice', {
    access: 'public',
    references: {},
    handle: async ({ work }) => ({ ...viewNotice(), since: await noticeSince(work) }),
  }),
  route('GET /api/account/privacy', {
    access: 'signed_in',
    references: {},
    handle: ({ work }) => ownPrivacy(work),
  }),
  route('POST /api/account/privacy/acknowledgement', {
    access: 'signed_in',
    references: {},
    handle: ({ work, body }) => acknowledge(work, body),
  }),
  route('PUT /api/account/privacy/consent', {
    access: 'signed_in',
    references: {},
    handle: ({ work, body }) => consent(work, body),
  }),
  route('GET /api/privacy-answers', {
    access: 'administration.read',
    references: {},
    handle: ({ work }) => countAnswers(work),
  }),
]

import { mayInHouse } from '@zhongheng/domain/access/matrix.ts'
import { type Feature, route } from '../../http/registry.ts'
import { engagementRef } from '../engagements/reads.ts'
import { liftHold } from './lift-hold.ts'
import { orderDisposal, viewRetention } from './order-disposal.ts'
import { placeHold } from './place-hold.ts'
import { setTerm } from './set-term.ts'
import { viewHolds } from './view-holds.ts'
import { holdRef } from './whose-hold.ts'

export const retentionRoutes: Feature = () => [
  route('GET /api/engagements/:engagementId/retention', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('hold.read') },
    handle: ({ work, on }) => viewRetention(work, on['params.engagementId']),
  }),
  route('PUT /api/engagements/:engagementId/retention', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('term.set', 'update') },
    handle: ({ work, body, on }) => setTerm(work, on['params.engagementId'], body),
  }),
  route('POST /api/engagements/:engagementId/holds', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('hold.place', 'update') },
    handle: ({ work, body, on }) => placeHold(work, on['params.engagementId'], body),
  }),
  route('POST /api/engagements/:engagementId/disposals', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('disposal.order', 'update') },
    handle: ({ work, body, on }) => orderDisposal(work, on['params.engagementId'], body),
  }),
  route('GET /api/holds', {
    access: 'ledger.read',
    references: {},
    handle: async ({ work }) => ({
      holds: await viewHolds(work),
      mayPlace: mayInHouse(work.actor, 'holds.place'),
    }),
  }),
  route('POST /api/holds', {
    access: 'holds.place',
    references: {},
    handle: ({ work, body }) => placeHold(work, null, body),
  }),
  route('POST /api/holds/:holdId/lift', {
    access: 'signed_in',
    references: { 'params.holdId': holdRef },
    handle: ({ work, body, on }) => liftHold(work, on['params.holdId'], body.verdict, body.reason),
  }),
]

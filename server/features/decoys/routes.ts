import { type Feature, checkedBy, route } from '../../http/registry.ts'
import { engagementRef } from '../engagements/reads.ts'
import { changeDecoy, ownDecoyRef, placeDecoy, removeDecoy } from './place-decoy.ts'
import { listDecoys, listOpenings } from './view-decoys.ts'

/** Findings that nobody submitted, and who came upon them (GBT43741-PS-05). */
export const decoyRoutes: Feature = () => [
  route('GET /api/engagements/:engagementId/decoys', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('decoy.list') },
    handle: ({ work, on }) => listDecoys(work, on['params.engagementId']),
  }),
  route('POST /api/engagements/:engagementId/decoys', {
    access: 'signed_in',
    references: {
      'params.engagementId': engagementRef('decoy.place', 'update'),
      'body.testerId': checkedBy('place-decoy: DECOY-2'),
    },
    handle: ({ work, body, on }) => placeDecoy(work, on['params.engagementId'], body),
  }),
  route('PUT /api/engagements/:engagementId/decoys/:findingId', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('decoy.place'), 'params.findingId': ownDecoyRef },
    handle: ({ work, body, on }) => changeDecoy(work, on['params.engagementId'], on['params.findingId'], body),
  }),
  route('POST /api/engagements/:engagementId/decoys/:findingId/removal', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('decoy.place'), 'params.findingId': ownDecoyRef },
    handle: ({ work, body, on }) => removeDecoy(work, on['params.engagementId'], on['params.findingId'], body),
  }),
  route('GET /api/engagements/:engagementId/decoy-openings', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('decoy_opening.list') },
    handle: ({ work, on }) => listOpenings(work, on['params.engagementId']),
  }),
]

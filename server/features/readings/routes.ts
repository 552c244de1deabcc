import { type Feature, checkedBy, route } from '../../http/registry.ts'
import { engagementRef } from '../engagements/reads.ts'
import { listReadings } from './list-readings.ts'
import { traceCopies } from './trace-copies.ts'
import { withinBudget } from './reads.ts'
import { statePurpose } from './state-purpose.ts'

export const readingRoutes: Feature = () => [
  route('GET /api/engagements/:engagementId/readings', {
    access: 'signed_in',
    references: {
      'params.engagementId': engagementRef('reading.list'),
      'query.personId': checkedBy('list-readings: a filter under the row policies'),
      'query.findingId': checkedBy('list-readings: a filter under the row policies'),
    },
    handle: ({ work, query, on }) => listReadings(work, on['params.engagementId'], query),
  }),
  route('POST /api/copies/trace', {
    access: 'copies.trace',
    references: {},
    handle: ({ work, body }) => traceCopies(work, body.codes),
  }),
  route('GET /api/engagements/:engagementId/reading-check', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('engagement.read') },
    async handle({ work, query, on }) {
      const { purpose = null } = await withinBudget(work, on['params.engagementId'], query.what, query.subject)
      return { purposeId: purpose }
    },
  }),
  route('POST /api/engagements/:engagementId/reading-purposes', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('reading.state_purpose') },
    handle: ({ work, body, on }) => statePurpose(work, on['params.engagementId'], body.purpose),
  }),
]

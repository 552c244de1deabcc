import { type Feature, checkedBy, route } from '../../http/registry.ts'
import { recorderOf } from '../../work/nodes.ts'
import { readableInEmergency } from '../break-glass/reads.ts'
import { engagementRef, underWhat } from '../engagements/reads.ts'
import { withinBudget } from '../readings/reads.ts'
import { checkTrafficIsThere } from '../retention/reads.ts'
import { openSide } from './captured.ts'
import { exchangeRef, listExchanges, viewExchange } from './exchanges.ts'
import { exportCaptures, sizeOfExport } from './export-captures.ts'
import { liveStream } from './live.ts'
import { viewCoverage } from './view-coverage.ts'
import { listLeaves, sealedByLease } from './segment-leaves.ts'
import { listSegments, segmentRef } from './segments.ts'

export const trafficRoutes: Feature = (deps) => [
  route('GET /api/engagements/:engagementId/exchanges', {
    access: 'signed_in',
    references: {
      'params.engagementId': engagementRef('traffic.list'),
      'query.testerId': checkedBy('list-exchanges: a filter under the row policies'),
    },
    handle: ({ work, query, on }) => listExchanges(work, on['params.engagementId'], query),
  }),
  route('GET /api/engagements/:engagementId/exchanges/:exchangeId', {
    access: 'signed_in',
    references: { 'params.engagementId': readableInEmergency('traffic.read'), 'params.exchangeId': exchangeRef },
    handle: ({ work, on }) => viewExchange(work, on['params.engagementId'], on['params.exchangeId'], 'page'),
  }),
  route('GET /api/engagements/:engagementId/exchanges/:exchangeId/unmasked', {
    access: 'signed_in',
    references: { 'params.engagementId': readableInEmergency('traffic.read'), 'params.exchangeId': exchangeRef },
    handle: ({ work, on }) => viewExchange(work, on['params.engagementId'], on['params.exchangeId'], 'unmasked'),
  }),
  ...(['request', 'response'] as const).map((side) =>
    route(`GET /api/engagements/:engagementId/exchanges/:exchangeId/${side}`, {
      access: 'signed_in',
      references: { 'params.engagementId': readableInEmergency('traffic.read'), 'params.exchangeId': exchangeRef },
      async handle({ work, on }) {
        const row = on['params.exchangeId']
        await checkTrafficIsThere(work, row.engagement_id)
        const budget = await withinBudget(work, on['params.engagementId'], 'unmasked', row.id)
        work.record({
          kind: 'traffic.read',
          engagementId: row.engagement_id,
          subject: row.id,
          role: on['params.engagementId'].role,
          audience: 'parties',
          facts: { part: side, ...underWhat(on['params.engagementId']), ...budget },
        })
        return { later: async () => ({ bytes: await openSide(deps, row, side), name: `${row.id}-${side}.bin` }) }
      },
    }),
  ),
  route('GET /api/engagements/:engagementId/captures', {
    access: 'signed_in',
    references: {
      'params.engagementId': engagementRef('captures.read'),
      'query.testerId': checkedBy('export-captures: a filter under the row policies'),
    },
    handle: ({ work, query, on, caller }) => exportCaptures(work, on['params.engagementId'], query, caller.stillLives),
  }),
  route('GET /api/engagements/:engagementId/captures/size', {
    access: 'signed_in',
    references: {
      'params.engagementId': engagementRef('captures.read'),
      'query.testerId': checkedBy('export-captures: a filter under the row policies'),
    },
    handle: ({ work, query, on }) => sizeOfExport(work, on['params.engagementId'], query),
  }),
  route('GET /api/engagements/:engagementId/coverage', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('traffic.list') },
    handle: ({ work, on }) => viewCoverage(work, on['params.engagementId']),
  }),
  route('GET /api/engagements/:engagementId/segments', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('segment.mirror') },
    handle: ({ work, query, on }) => listSegments(work, on['params.engagementId'].id, query),
  }),
  route('GET /api/engagements/:engagementId/segments/:segmentId/leaves', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('segment.mirror'), 'params.segmentId': segmentRef },
    handle: ({ work, query, on }) => listLeaves(work, on['params.engagementId'], on['params.segmentId'], query),
  }),
  route('GET /api/engagements/:engagementId/lease-traffic', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('segment.mirror') },
    handle: ({ work, on }) => sealedByLease(work, on['params.engagementId']),
  }),
  route('GET /api/engagements/:engagementId/segments/:segmentId/file', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('segment.mirror'), 'params.segmentId': segmentRef },
    async handle({ work, on }) {
      const { id, engagement_id: engagementId, first_sequence: first } = on['params.segmentId']
      await checkTrafficIsThere(work, engagementId)
      work.record({
        kind: 'segment.mirrored',
        engagementId,
        subject: id,
        role: on['params.engagementId'].role,
        audience: 'parties',
        facts: { segmentId: id },
      })
      return {
        later: async () => ({ bytes: await recorderOf(deps, first).segmentFile(engagementId, id), name: `${id}.zhs` }),
      }
    },
  }),
  route('GET /api/engagements/:engagementId/live', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('traffic.list') },
    handle: async ({ work, on, caller }) => ({
      bytes: liveStream(deps, work.actor, on['params.engagementId'].id, caller.stillLives),
      type: 'text/event-stream; charset=utf-8',
    }),
  }),
]

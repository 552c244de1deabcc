import { may } from '@zhongheng/domain/access/matrix.ts'
import { type Feature, route } from '../../http/registry.ts'
import { engagementRef } from '../engagements/reads.ts'
import { openableRef } from './reads.ts'
import { accessRef, endAccess } from './end-access.ts'
import { openAccess } from './open-access.ts'
import { viewAccesses } from './view-accesses.ts'

export const breakGlassRoutes: Feature = () => [
  route('GET /api/engagements/:engagementId/break-glass', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('break_glass.read') },
    handle: async ({ work, on }) => {
      const engagement = on['params.engagementId']
      return {
        accesses: await viewAccesses(work, engagement),
        mayAsk:
          may(work.actor, 'break_glass.open', engagement.role) && !may(work.actor, 'finding.read', engagement.role),
        mayEnd: may(work.actor, 'break_glass.end', engagement.role),
      }
    },
  }),
  route('POST /api/engagements/:engagementId/break-glass', {
    access: 'signed_in',
    references: { 'params.engagementId': openableRef },
    handle: ({ work, body, on }) => openAccess(work, on['params.engagementId'], body.minutes),
  }),
  route('POST /api/engagements/:engagementId/break-glass/:breakGlassId/end', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('break_glass.end'), 'params.breakGlassId': accessRef },
    handle: ({ work, body, on }) => endAccess(work, on['params.engagementId'], on['params.breakGlassId'], body.reason),
  }),
]

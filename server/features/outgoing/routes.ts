import { type Feature, route } from '../../http/registry.ts'
import { engagementRef } from '../engagements/reads.ts'
import { chooseOutgoing, viewOutgoing } from './settings.ts'
import { certificateRef, giveCertificate, takeCertificate } from './target-certificates.ts'

export const outgoingRoutes: Feature = () => [
  route('GET /api/engagements/:engagementId/outgoing', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('outgoing.read') },
    handle: ({ work, on }) => viewOutgoing(work, on['params.engagementId']),
  }),
  route('PUT /api/engagements/:engagementId/outgoing', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('outgoing.choose', 'update') },
    handle: ({ work, body, on }) => chooseOutgoing(work, on['params.engagementId'], body),
  }),
  route('PUT /api/engagements/:engagementId/target-certificates', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('target_certificate.manage', 'update') },
    async handle({ work, body, on }) {
      await giveCertificate(work, on['params.engagementId'], body)
      return viewOutgoing(work, on['params.engagementId'])
    },
  }),
  route('DELETE /api/engagements/:engagementId/target-certificates/:certificateId', {
    access: 'signed_in',
    references: {
      'params.engagementId': engagementRef('target_certificate.manage', 'update'),
      'params.certificateId': certificateRef,
    },
    async handle({ work, on }) {
      await takeCertificate(work, on['params.engagementId'], on['params.certificateId'])
      return viewOutgoing(work, on['params.engagementId'])
    },
  }),
]

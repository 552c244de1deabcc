import { type Feature, checkedBy, route } from '../../http/registry.ts'
import { engagementRef } from '../engagements/reads.ts'
import { alertRef, handleAlert } from './handle-alert.ts'
import { addReceiver, listReceivers, placeReceiver, receiverRef, removeReceiver, testReceiver } from './receivers.ts'
import { listAlerts } from './view-alerts.ts'

export const alertRoutes: Feature = () => [
  route('GET /api/engagements/:engagementId/alerts', {
    access: 'signed_in',
    references: {
      'params.engagementId': engagementRef('alert.read'),
      'query.testerId': checkedBy('list-alerts: a filter under the row policies'),
    },
    handle: ({ work, on, query }) => listAlerts(work, on['params.engagementId'], query),
  }),
  route('POST /api/engagements/:engagementId/alerts/:alertId/decision', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('alert.handle'), 'params.alertId': alertRef },
    handle: ({ work, on, body }) => handleAlert(work, on['params.engagementId'], on['params.alertId'], body),
  }),
  route('GET /api/engagements/:engagementId/alert-receivers', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('alert_receiver.read') },
    handle: ({ work, on }) => listReceivers(work, on['params.engagementId']),
  }),
  route('POST /api/engagements/:engagementId/alert-receivers', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('alert_receiver.manage', 'update') },
    handle: ({ work, on, body }) => addReceiver(work, on['params.engagementId'], body),
  }),
  route('PUT /api/engagements/:engagementId/alert-receivers/:receiverId/jurisdiction', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('alert_receiver.manage'), 'params.receiverId': receiverRef },
    handle: ({ work, on, body }) =>
      placeReceiver(work, on['params.engagementId'], on['params.receiverId'], body.jurisdiction),
  }),
  route('POST /api/engagements/:engagementId/alert-receivers/:receiverId/test', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('alert_receiver.manage'), 'params.receiverId': receiverRef },
    handle: ({ work, on }) => testReceiver(work, on['params.engagementId'], on['params.receiverId']),
  }),
  route('DELETE /api/engagements/:engagementId/alert-receivers/:receiverId', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('alert_receiver.manage'), 'params.receiverId': receiverRef },
    handle: ({ work, on }) => removeReceiver(work, on['params.engagementId'], on['params.receiverId']),
  }),
]

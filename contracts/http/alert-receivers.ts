import { newsForms } from '@zhongheng/domain/conduct/alert-news.ts'
import { channels } from '@zhongheng/domain/conduct/receivers.ts'
import { z } from 'zod'
import { Bilingual, type HttpContract, Jurisdiction, Moment, idOf, lineOf } from './shape.ts'

const inEngagement = z.strictObject({ engagementId: idOf('engagement') })
const one = inEngagement.extend({ receiverId: idOf('alertReceiver') })

export const AlertReceiverView = z
  .strictObject({
    receiverId: idOf('alertReceiver'),
    name: z.string(),
    channel: z.enum(channels),
    address: z.string(),
    form: z.enum(newsForms),
    /** Whether it names its own certificate authority. */
    ownAuthority: z.boolean(),
    /** Null: nobody said, and nothing is sent until somebody does. */
    jurisdiction: Jurisdiction.nullable(),
    addedBy: z.string(),
    addedAt: Moment,
    /** A webhook answered, a connection took it, or a datagram left. */
    lastSentAt: Moment.nullable(),
    lastFailureAt: Moment.nullable(),
    lastFailure: Bilingual.nullable(),
    waiting: z.number().int(),
    nextTryAt: Moment.nullable(),
    /** Given up, of the last 30 days. */
    givenUp: z.number().int(),
  })
  .meta({ id: 'AlertReceiver' })
export type AlertReceiverView = z.infer<typeof AlertReceiverView>

export const AlertReceiverList = z.strictObject({
  receivers: z.array(AlertReceiverView),
  mayManage: z.boolean(),
  /** The key of a webhook that was just added. It is never shown again. */
  secret: z.string().nullable(),
})
export type AlertReceiverList = z.infer<typeof AlertReceiverList>

export const alertReceiversHttp = {
  'GET /api/engagements/:engagementId/alert-receivers': {
    summary: 'Where alerts are told outside, and how that goes',
    params: inEngagement,
    reply: AlertReceiverList,
  },
  'POST /api/engagements/:engagementId/alert-receivers': {
    summary:
      'Add a receiver: a webhook (https address) or syslog (host:port); the address is in the administrator’s list',
    params: inEngagement,
    body: z.strictObject({
      name: lineOf(1, 60),
      channel: z.enum(channels),
      address: lineOf(3, 500),
      form: z.enum(newsForms),
      /** Where whoever receives it is. */
      jurisdiction: Jurisdiction,
      /** PEM of the authority to trust instead of the public ones; for TLS. */
      authority: z.string().max(20_000).optional(),
    }),
    personOnly: true,
    status: 201,
    reply: AlertReceiverList,
  },
  'PUT /api/engagements/:engagementId/alert-receivers/:receiverId/jurisdiction': {
    summary: 'Say where a receiver is that was added before this was asked',
    params: one,
    body: z.strictObject({ jurisdiction: Jurisdiction }),
    personOnly: true,
    reply: AlertReceiverList,
  },
  'POST /api/engagements/:engagementId/alert-receivers/:receiverId/test': {
    summary: 'Send a test message',
    params: one,
    status: 202,
    reply: AlertReceiverList,
  },
  'DELETE /api/engagements/:engagementId/alert-receivers/:receiverId': {
    summary: 'Take a receiver away; what waits for it is not sent any more',
    params: one,
    reply: AlertReceiverList,
  },
} as const satisfies HttpContract

import { z } from 'zod'
import { Bilingual, type HttpContract, Moment, idOf } from './shape.ts'

export const TimeStampView = z
  .strictObject({
    timeStampId: idOf('timeStamp'),
    /** Entries under the head that is stamped. */
    size: z.number().int(),
    /** `asked`: the platform asks an authority; `exported`: somebody carries the request there. */
    state: z.enum(['asked', 'exported', 'held', 'failed']),
    askedAt: Moment,
    /** By the authority's clock. */
    stampedAt: Moment.nullable(),
    /** Subject of the certificate that signed. */
    authority: z.string().nullable(),
    policy: z.string().nullable(),
    tries: z.number().int(),
    nextTryAt: Moment.nullable(),
    /** Why the last try failed; for the organizer. */
    failure: Bilingual.nullable(),
  })
  .meta({ id: 'TimeStamp' })
export type TimeStampView = z.infer<typeof TimeStampView>

const one = z.strictObject({ timeStampId: idOf('timeStamp') })

export const timeStampsHttp = {
  'GET /api/ledger/time-stamps': {
    summary: 'RFC 3161 time stamps over heads of the ledger, newest first',
    reply: z.strictObject({
      /** How often the platform asks by itself, and whom; null where it does not. Addresses for the organizer's administrators. */
      automatic: z
        .strictObject({ everyMinutes: z.number().int(), addresses: z.array(z.string()).nullable() })
        .nullable(),
      /** Entries under the newest head. */
      size: z.number().int(),
      stamps: z.array(TimeStampView),
    }),
  },
  'POST /api/ledger/time-stamps': {
    summary: 'Make a request for the newest head, to be carried to an authority by hand',
    reply: TimeStampView,
    status: 201,
  },
  'GET /api/ledger/time-stamps/:timeStampId/request.tsq': {
    summary: 'The request as RFC 3161 wants it',
    params: one,
    file: 'application/timestamp-query',
  },
  'POST /api/ledger/time-stamps/:timeStampId/answer': {
    stepUp: true,
    summary: 'Hand in the answer of an authority; it is checked before it is kept',
    params: one,
    /** The `.tsr` file in base 64. */
    body: z.strictObject({ answer: z.base64().min(4).max(90_000) }),
    reply: TimeStampView,
  },
  'GET /api/ledger/time-stamps/:timeStampId/answer.tsr': {
    summary: 'A time stamp that is held, for `openssl ts -verify`',
    params: one,
    file: 'application/timestamp-reply',
  },
  'GET /api/ledger/time-stamps/:timeStampId/checkpoint.txt': {
    summary: 'The very bytes that are stamped: a signed head of the ledger',
    params: one,
    file: 'text/plain',
  },
} as const satisfies HttpContract

import { readingKinds } from '@zhongheng/domain/audit/readings.ts'
import { z } from 'zod'
import { Bilingual, type HttpContract, Moment, Paging, idOf } from './shape.ts'

export const ReadingRow = z
  .strictObject({
    eventId: idOf('event'),
    at: Moment,
    what: z.enum(readingKinds),
    text: Bilingual,
    personId: idOf('person'),
    personName: z.string(),
    orgName: z.string(),
    role: z.string(),
    subject: z.string().nullable(),
    /** The object's number or address, where this reader may know of it. */
    label: z.string().nullable(),
    /** Null until it has its place in the ledger. */
    ledgerIndex: z.number().int().nullable(),
  })
  .meta({ id: 'Reading' })
export type ReadingRow = z.infer<typeof ReadingRow>

export const readingsHttp = {
  'GET /api/engagements/:engagementId/readings': {
    summary: 'Who read what and when, newest first; a tester sees only their own readings',
    params: z.strictObject({ engagementId: idOf('engagement') }),
    query: z.strictObject({
      what: z.enum(readingKinds).optional(),
      personId: idOf('person').optional(),
      findingId: idOf('finding').optional(),
      since: Moment.optional(),
      until: Moment.optional(),
      ...Paging,
    }),
    reply: z.strictObject({
      readings: z.array(ReadingRow),
      next: z.string().nullable(),
      /** Everybody who read under the same filters, the busiest first; on the first page only. */
      people: z.array(
        z.strictObject({
          personId: idOf('person'),
          personName: z.string(),
          orgName: z.string(),
          role: z.string(),
          times: z.number().int(),
          firstAt: Moment,
          lastAt: Moment,
        }),
      ),
    }),
  },
} as const satisfies HttpContract

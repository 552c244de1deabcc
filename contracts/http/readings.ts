import { readingKinds } from '@zhongheng/domain/audit/readings.ts'
import { z } from 'zod'
import { Bilingual, type HttpContract, MarkCode, Moment, Paging, idOf, textOf } from './shape.ts'

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
    /** What the reader said to read for, where they were beyond their budget. */
    purpose: z.string().nullable(),
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
      /** The code of a mark on a page. */
      code: MarkCode.optional(),
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
  'POST /api/copies/trace': {
    personOnly: true,
    summary: 'Whose copies these are, by the codes of their marks, among the readings that my house may see',
    body: z.strictObject({ codes: z.array(MarkCode).min(1).max(50) }),
    reply: z.strictObject({
      copies: z.array(
        ReadingRow.omit({ purpose: true }).extend({
          code: MarkCode,
          engagement: z.strictObject({ engagementId: idOf('engagement'), number: z.string(), title: z.string() }),
        }),
      ),
    }),
  },
  'GET /api/engagements/:engagementId/reading-check': {
    summary:
      'Whether a file may be downloaded within the budget of readings; asked before, because a download cannot ask',
    params: z.strictObject({ engagementId: idOf('engagement') }),
    query: z.strictObject({
      what: z.enum(['document', 'pack', 'unmasked', 'attachment']),
      /** Compared with what this person opened already, and with nothing else: it loads no object. */
      subject: z.string().regex(/^[a-z]{3}_[0-9a-hjkmnp-tv-z]{26}$/),
    }),
    /** The purpose that the download will hang on, where it does. */
    reply: z.strictObject({ purposeId: idOf('readingPurpose').nullable() }),
  },
  'POST /api/engagements/:engagementId/reading-purposes': {
    personOnly: true,
    summary: 'Say what one reads for, to go on beyond the budget of readings; it stands for an hour',
    params: z.strictObject({ engagementId: idOf('engagement') }),
    body: z.strictObject({ purpose: textOf(10, 500) }),
    reply: z.strictObject({ purposeId: idOf('readingPurpose'), until: Moment }),
    status: 201,
  },
} as const satisfies HttpContract

import { z } from 'zod'
import { Bilingual, Digest, type HttpContract, Moment } from './shape.ts'

/** The first thing that a scrub found wrong. */
const Fault = z.strictObject({
  file: z.string(),
  entry: z.number().int().nullable(),
  /** Where only a stretch is known: the first bad entry lies before this one. */
  before: z.number().int().nullable(),
  what: Bilingual,
})

export const LedgerState = z
  .strictObject({
    size: z.number().int(),
    root: Digest,
    checkpointAt: Moment.nullable(),
    /** Events that no checkpoint covers yet. */
    waiting: z.number().int(),
    /** Why nothing is integrated: a contradiction between ledger and database, or a disk that refuses. */
    fault: z.strictObject({ kind: z.string(), what: Bilingual }).nullable(),
    scrub: z.strictObject({
      endedAt: Moment.nullable(),
      /** Entries that the last scrub covered. */
      size: z.number().int().nullable(),
      result: z.enum(['whole', 'damaged']).nullable(),
      fault: Fault.nullable(),
      /** The scrub under way: entries read, of how many. */
      underWay: z.strictObject({ beganAt: Moment, position: z.number().int(), size: z.number().int() }).nullable(),
    }),
    restores: z.array(
      z.strictObject({
        at: Moment,
        kind: z.enum(['database_behind', 'ledger_behind', 'both_behind']),
        lost: z.number().int(),
        /** Only for the organizer and the auditor. */
        reason: z.string().nullable(),
      }),
    ),
    retention: z.strictObject({
      /** Time of the oldest entry. */
      oldestAt: Moment.nullable(),
      eventDays: z.number().int(),
      trafficDays: z.number().int(),
      /** Entries of which the last scrub saw that none is missing. */
      gaplessTo: z.number().int().nullable(),
    }),
  })
  .meta({ id: 'LedgerState' })
export type LedgerState = z.infer<typeof LedgerState>

export const ledgerHttp = {
  'GET /api/ledger/state': {
    summary: 'How the ledger does: head, what waits, the last scrub, restores, retention',
    reply: LedgerState,
  },
} as const satisfies HttpContract

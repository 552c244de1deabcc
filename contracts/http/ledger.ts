import { z } from 'zod'
import { entryFamilies } from '../records/entry-families.ts'
import { Bilingual, Digest, type HttpContract, Moment, Paging, idOf } from './shape.ts'

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

export const EntryRow = z
  .strictObject({
    /** Null until it has its place in the ledger. */
    index: z.number().int().nullable(),
    at: Moment,
    kind: z.string(),
    text: Bilingual,
    engagementId: z.string().nullable(),
    subject: z.string().nullable(),
    actor: z.string(),
    leaf: z.string(),
  })
  .meta({ id: 'LedgerEntryRow' })
export type EntryRow = z.infer<typeof EntryRow>

export const EntryQuery = z.strictObject({
  ...Paging,
  engagementId: idOf('engagement').optional(),
  /** Any object's id: a finding, a lease, a document, a segment, a person. */
  subject: z
    .string()
    .regex(/^[a-z]{3}_[0-9a-hjkmnp-tv-z]{26}$/)
    .optional(),
  family: z.enum(entryFamilies).optional(),
  mine: z.enum(['true']).optional(),
})
export type EntryQuery = z.infer<typeof EntryQuery>

export const ledgerHttp = {
  'GET /api/ledger/entries': {
    summary: 'Entries that I may see, newest first: of an engagement, about any object, of one family, or my own acts',
    query: EntryQuery,
    reply: z.strictObject({ entries: z.array(EntryRow), next: z.string().nullable() }),
  },
  'GET /api/ledger/state': {
    summary: 'How the ledger does: head, what waits, the last scrub, restores, retention',
    reply: LedgerState,
  },
} as const satisfies HttpContract

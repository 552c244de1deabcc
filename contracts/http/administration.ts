import { administrationAreas } from '@zhongheng/domain/audit/administration.ts'
import { z } from 'zod'
import { Bilingual, type HttpContract, Moment, Paging, PostName, idOf } from './shape.ts'

/** Whether the three administrators are kept apart, and from which version of the rule that is wished. */
export const SeparationWish = z.strictObject({
  separated: z.boolean(),
  version: z.number().int().min(0).max(1_000_000_000),
})

export const SeparationView = z
  .strictObject({
    separated: z.boolean(),
    version: z.number().int(),
    /** Members, and people with an open invitation, who hold or would hold two of the three. */
    overlapping: z.array(z.strictObject({ name: z.string(), posts: z.array(PostName), invited: z.boolean() })),
    /** Which of the three nobody holds without an end. */
    missing: z.array(PostName),
    mayChange: z.boolean(),
  })
  .meta({ id: 'Separation' })
export type SeparationView = z.infer<typeof SeparationView>

export const AdministrationEntry = z
  .strictObject({
    eventId: idOf('event'),
    at: Moment,
    area: z.enum(administrationAreas),
    kind: z.string(),
    text: Bilingual,
    /** What of it matters: posts that were given, a rule that was switched, why it was refused. */
    detail: Bilingual.nullable(),
    /** Who did it; null for the platform itself and for people of another organisation. */
    by: z.strictObject({ personId: idOf('person'), name: z.string() }).nullable(),
    /** Whom it concerns, where that is somebody else of the own organisation. */
    about: z.string().nullable(),
    /** Null until it has its place in the ledger. */
    ledgerIndex: z.number().int().nullable(),
  })
  .meta({ id: 'AdministrationEntry' })
export type AdministrationEntry = z.infer<typeof AdministrationEntry>

export const administrationHttp = {
  'GET /api/separation': {
    summary: 'Whether my organisation keeps its system, security and audit administrators apart',
    reply: SeparationView,
  },
  'PUT /api/separation': {
    stepUp: true,
    summary: 'Keep the three administrators apart, or no longer; either takes two persons',
    body: SeparationWish,
    reply: SeparationView,
  },
  'GET /api/administration-record': {
    summary: 'What administrators of my organisation did, and who signed in, newest first',
    query: z.strictObject({
      area: z.enum(administrationAreas).optional(),
      /** Who did it or whom it concerns. */
      personId: idOf('person').optional(),
      since: Moment.optional(),
      until: Moment.optional(),
      ...Paging,
    }),
    reply: z.strictObject({ entries: z.array(AdministrationEntry), next: z.string().nullable() }),
  },
} as const satisfies HttpContract

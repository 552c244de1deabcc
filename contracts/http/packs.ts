import { z } from 'zod'
import { Bilingual, type HttpContract, Moment, idOf } from './shape.ts'

const inEngagement = z.strictObject({ engagementId: idOf('engagement') })
const onePack = inEngagement.extend({ packId: idOf('pack') })
export const PackRedaction = z.enum(['none', 'secrets', 'bodies'])

export const PackView = z
  .strictObject({
    packId: idOf('pack'),
    engagementId: idOf('engagement'),
    kind: z.enum(['engagement', 'finding', 'period']),
    findingId: z.string().nullable(),
    /** Number of the finding, for people. */
    findingNumber: z.string().nullable(),
    from: Moment.nullable(),
    to: Moment.nullable(),
    redaction: PackRedaction,
    state: z.enum(['queued', 'building', 'ready', 'failed', 'cancelled', 'expired']),
    /** What the builder is at. */
    stage: Bilingual,
    /** 0 to 100. */
    progress: z.number().int(),
    bytes: z.number().int().nullable(),
    sha256: z.string().nullable(),
    failure: Bilingual.nullable(),
    askedAt: Moment,
    readyAt: Moment.nullable(),
    expiresAt: Moment.nullable(),
  })
  .meta({ id: 'Pack' })
export type PackView = z.infer<typeof PackView>

export const PackRequest = z.strictObject({
  kind: z.enum(['engagement', 'finding', 'period']),
  findingId: idOf('finding').optional(),
  from: Moment.optional(),
  to: Moment.optional(),
  redaction: PackRedaction.default('secrets'),
})

export const packsHttp = {
  'GET /api/engagements/:engagementId/packs': {
    summary: 'Evidence packs that I asked for, newest first',
    params: inEngagement,
    reply: z.strictObject({ packs: z.array(PackView), mayShowAll: z.boolean() }),
  },
  'POST /api/engagements/:engagementId/packs': {
    stepUp: true,
    summary: 'Ask for an evidence pack; it is built in the background',
    params: inEngagement,
    body: PackRequest,
    reply: PackView,
    status: 202,
  },
  'POST /api/engagements/:engagementId/packs/:packId/cancellation': {
    summary: 'Stop building a pack',
    params: onePack,
    reply: PackView,
  },
  'GET /api/engagements/:engagementId/packs/:packId/file.zip': {
    personOnly: true,
    summary: 'The pack, whole or in ranges',
    params: onePack,
    file: 'application/zip',
  },
} as const satisfies HttpContract

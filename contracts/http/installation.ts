import { levels, partNames } from '@zhongheng/domain/installation/part.ts'
import { z } from 'zod'
import { Bilingual, type HttpContract, Moment } from './shape.ts'

const Level = z.enum(levels)

/** One value as it is to be shown. */
const Shown = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('text'), text: Bilingual }),
  z.strictObject({ kind: z.literal('code'), code: z.string() }),
  z.strictObject({ kind: z.literal('number'), number: z.number() }),
  z.strictObject({ kind: z.literal('bytes'), bytes: z.number() }),
  z.strictObject({ kind: z.literal('moment'), at: Moment }),
])

export const PartView = z.strictObject({
  part: z.enum(partNames),
  level: Level,
  what: Bilingual,
  todo: Bilingual.nullable(),
  since: Moment,
  facts: z.array(z.strictObject({ name: Bilingual, value: Shown })),
})
export type PartView = z.infer<typeof PartView>

const NodeView = z.strictObject({
  number: z.number().int(),
  /** Where testers reach its gateway. */
  address: z.string(),
  engagements: z.number().int(),
  /** Whether gateway and recorder answer. */
  up: z.boolean(),
})

export const InstallationView = z
  .strictObject({
    /** When the server looked. It looks every few seconds; asking costs no look. */
    lookedAt: Moment,
    /** The worst of its parts. */
    level: Level,
    parts: z.array(PartView),
    /** Gateways with their recorders; empty where there is one. */
    nodes: z.array(NodeView),
  })
  .meta({ id: 'Installation' })
export type InstallationView = z.infer<typeof InstallationView>

export const installationHttp = {
  'GET /api/installation': {
    summary: 'How the installation does: keys, backup, disks, database, gateway, recorder, ledger, jobs, versions',
    reply: InstallationView,
  },
  'POST /api/installation/nodes/:node/departures': {
    stepUp: true,
    summary: 'Move all engagements of a node to another one: it is lost, or is to be taken away',
    params: z.strictObject({ node: z.string().regex(/^\d{1,3}$/) }),
    body: z.strictObject({ to: z.number().int().min(0).max(255) }),
    reply: InstallationView,
  },
} as const satisfies HttpContract

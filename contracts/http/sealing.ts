import { z } from 'zod'
import { Bilingual, type HttpContract, Moment, idOf } from './shape.ts'

/** How the key-encryption keys are unlocked at a start. */
export const KeeperView = z.discriminatedUnion('kind', [
  /** In the clear beside what it opens: for trials. */
  z.strictObject({ kind: z.literal('file') }),
  z.strictObject({ kind: z.literal('passphrase') }),
  z.strictObject({ kind: z.literal('shares'), needed: z.number().int(), of: z.number().int() }),
  z.strictObject({ kind: z.literal('token'), token: z.string() }),
])

/** Which keys are made anew: that of the installation, those of all organisations, or those of all engagements. */
export const RotationKind = z.enum(['kek', 'tenant', 'engagement'])

export const RotationView = z.strictObject({
  rotationId: idOf('keyRotation'),
  kind: RotationKind,
  /** `settling`: it waits for what is under way with the older keys. */
  state: z.enum(['asked', 'running', 'settling', 'done']),
  /** Percent. */
  progress: z.number().int().min(0).max(100),
  askedBy: z.string(),
  askedAt: Moment,
  endedAt: Moment.nullable(),
  /** Why the last step failed; it is tried again. */
  fault: Bilingual.nullable(),
})
export type RotationView = z.infer<typeof RotationView>

export const SealingView = z
  .strictObject({
    keeper: KeeperView,
    /** What new values are sealed with. */
    suite: z.enum(['aes-256-gcm', 'sm4-ctr-hmac-sm3']),
    /** Key-encryption keys, newest first. */
    keys: z.array(z.strictObject({ version: z.number().int(), madeAt: Moment })),
    /** Newest first, 20 at most. */
    rotations: z.array(RotationView),
  })
  .meta({ id: 'Sealing' })
export type SealingView = z.infer<typeof SealingView>

export const sealingHttp = {
  'GET /api/sealing': {
    summary: 'How the keys that everything is sealed with are kept',
    reply: SealingView,
  },
  'POST /api/sealing/rotations': {
    stepUp: true,
    summary: 'Order new keys; a job brings everything under them while the platform goes on',
    body: z.strictObject({ kind: RotationKind }),
    status: 202,
    reply: SealingView,
  },
} as const satisfies HttpContract

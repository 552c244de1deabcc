import { z } from 'zod'
import { type HttpContract, Moment } from './shape.ts'

/** How the key-encryption keys are unlocked at a start. */
export const KeeperView = z.discriminatedUnion('kind', [
  /** In the clear beside what it opens: for trials. */
  z.strictObject({ kind: z.literal('file') }),
  z.strictObject({ kind: z.literal('passphrase') }),
  z.strictObject({ kind: z.literal('shares'), needed: z.number().int(), of: z.number().int() }),
  z.strictObject({ kind: z.literal('token'), token: z.string() }),
])

export const SealingView = z
  .strictObject({
    keeper: KeeperView,
    /** What new values are sealed with. */
    suite: z.enum(['aes-256-gcm', 'sm4-ctr-hmac-sm3']),
    /** Key-encryption keys, newest first. */
    keys: z.array(z.strictObject({ version: z.number().int(), madeAt: Moment })),
  })
  .meta({ id: 'Sealing' })
export type SealingView = z.infer<typeof SealingView>

export const sealingHttp = {
  'GET /api/sealing': {
    summary: 'How the keys that everything is sealed with are kept',
    reply: SealingView,
  },
} as const satisfies HttpContract

import { z } from 'zod'
import { Bilingual, Digest, type HttpContract } from './shape.ts'

/** One key of the ledger, as the ledger's own entries tell. Places are indexes of entries. */
export const LedgerKeyView = z.strictObject({
  fingerprint: Digest,
  state: z.enum(['reserve', 'in_force', 'ended', 'revoked']),
  /** Whether it signs by SM2 too. */
  sm2: z.boolean(),
  introducedAt: z.number().int(),
  introducedBy: Digest.nullable(),
  /** From this entry on it signs every checkpoint; null for a reserve key. */
  from: z.number().int().nullable(),
  /** From this entry on it signs none. */
  to: z.number().int().nullable(),
  revoked: z
    .strictObject({ at: z.number().int(), upTo: z.number().int(), reason: z.enum(['stolen', 'lost']) })
    .nullable(),
  /** Where the private key is kept, and why it could not sign the last time; for the organizer's administrators. */
  kept: z
    .strictObject({ kind: z.enum(['file', 'sealed', 'token']).nullable(), fault: Bilingual.nullable() })
    .nullable(),
})
export type LedgerKeyView = z.infer<typeof LedgerKeyView>

export const ledgerKeysHttp = {
  'GET /api/ledger/keys': {
    summary: 'The keys that sign the ledger: present, past and in reserve',
    reply: z
      .strictObject({ origin: z.string(), size: z.number().int(), keys: z.array(LedgerKeyView) })
      .meta({ id: 'LedgerKeys' }),
  },
} as const satisfies HttpContract

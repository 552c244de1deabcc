import { z } from 'zod'
import { Bilingual, Digest, type HttpContract, Moment, Paging, idOf } from './shape.ts'

/** Receipt, version 1, as it is downloaded: docs/formats/receipt-v1.md. */
export const ReceiptFile = z
  .strictObject({
    format: z.literal('zhongheng-receipt/1'),
    entry: z.strictObject({ index: z.number().int().min(0), leaf: z.string() }),
    proof: z.array(Digest),
    checkpoint: z.string(),
    key: z.string(),
    /** `keys.json`, where the ledger's keys have changed. */
    keys: z.string().optional(),
    names: z.strictObject({
      act: Bilingual,
      actor: z.string(),
      engagement: z.string().nullable(),
      subject: z.string().nullable(),
    }),
    madeAt: Moment,
  })
  .meta({ id: 'Receipt' })
export type ReceiptFile = z.infer<typeof ReceiptFile>

/** A newer head of the ledger and the proof that it goes on from an older one. */
export const ConsistencyFile = z
  .strictObject({
    format: z.literal('zhongheng-consistency/1'),
    from: z.number().int().min(0),
    proof: z.array(Digest),
    checkpoint: z.string(),
    /** `keys.json`, where the ledger's keys have changed. */
    keys: z.string().optional(),
  })
  .meta({ id: 'Consistency' })
export type ConsistencyFile = z.infer<typeof ConsistencyFile>

export const ReceiptLine = z.strictObject({
  eventId: idOf('event'),
  at: Moment,
  kind: z.string(),
  text: Bilingual,
  engagementId: z.string().nullable(),
  engagementTitle: z.string().nullable(),
  subject: z.string().nullable(),
  /** Null while the entry is not in the ledger yet; then there is no receipt either. */
  ledgerIndex: z.number().int().nullable(),
})
export type ReceiptLine = z.infer<typeof ReceiptLine>

export const receiptsHttp = {
  'GET /api/receipts': {
    summary: 'My acts of which there are receipts, newest first',
    query: z.strictObject({ ...Paging }),
    reply: z.strictObject({ receipts: z.array(ReceiptLine), next: z.string().nullable() }),
  },
  'GET /api/receipts/:eventId': {
    summary: 'Receipt of one act: entry, inclusion proof, checkpoint. 409 until the entry is in the ledger',
    params: z.strictObject({ eventId: idOf('event') }),
    reply: ReceiptFile,
  },
  'GET /api/ledger/consistency': {
    summary: 'The newest checkpoint and the proof that it goes on from the tree of `from` entries',
    query: z.strictObject({ from: z.coerce.number().int().min(1) }),
    reply: ConsistencyFile,
  },
} as const satisfies HttpContract

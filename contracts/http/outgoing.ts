import { z } from 'zod'
import { Digest, type HttpContract, Moment, idOf, lineOf } from './shape.ts'

const inEngagement = z.strictObject({ engagementId: idOf('engagement') })

export const TargetCertificateView = z
  .strictObject({
    certificateId: idOf('targetCertificate'),
    host: z.string(),
    subject: z.string(),
    /** SHA-256 of the certificate. */
    fingerprint: Digest,
    expiresAt: Moment,
    givenBy: z.string(),
    givenAt: Moment,
  })
  .meta({ id: 'TargetCertificate' })
export type TargetCertificateView = z.infer<typeof TargetCertificateView>

export const OutgoingView = z
  .strictObject({
    egressAddresses: z.array(z.string()),
    /** Source addresses that this installation has to offer. */
    offered: z.array(z.string()),
    verifiedTargetsOnly: z.boolean(),
    /** Private keys are never shown again. */
    certificates: z.array(TargetCertificateView),
  })
  .meta({ id: 'Outgoing' })
export type OutgoingView = z.infer<typeof OutgoingView>

export const outgoingHttp = {
  'GET /api/engagements/:engagementId/outgoing': {
    summary: 'How the gateway reaches the targets: source addresses, verification, client certificates',
    params: inEngagement,
    reply: OutgoingView,
  },
  'PUT /api/engagements/:engagementId/outgoing': {
    summary: 'Choose source addresses, and whether targets must verify',
    params: inEngagement,
    body: z.strictObject({ egressAddresses: z.array(lineOf(2, 45)).max(16), verifiedTargetsOnly: z.boolean() }),
    reply: OutgoingView,
  },
  'PUT /api/engagements/:engagementId/target-certificates': {
    summary: 'Give or replace the client certificate that one host wants to see',
    params: inEngagement,
    body: z.strictObject({
      host: lineOf(1, 255),
      /** PEM, the certificate first, then its chain. */
      certificate: z.string().min(1).max(60_000),
      /** PEM, not encrypted. Sealed at once and never shown again. */
      key: z.string().min(1).max(16_000),
    }),
    reply: OutgoingView,
  },
  'DELETE /api/engagements/:engagementId/target-certificates/:certificateId': {
    summary: 'Take a client certificate away',
    params: inEngagement.extend({ certificateId: idOf('targetCertificate') }),
    reply: OutgoingView,
  },
} as const satisfies HttpContract

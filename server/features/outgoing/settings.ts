import type { OutgoingView } from '@zhongheng/contracts/http/outgoing.ts'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import { announcePolicy } from '../../work/notices.ts'
import type { Work } from '../../work/work.ts'
import type { EngagementHandle } from '../engagements/reads.ts'

/** How the gateway goes out for one engagement. Keys are left where they are. */
export async function viewOutgoing(work: Work, engagement: EngagementHandle): Promise<OutgoingView> {
  const row = await work.db
    .selectFrom('engagements')
    .select(['egress_addresses', 'verified_targets_only'])
    .where('id', '=', engagement.id)
    .executeTakeFirstOrThrow()
  const certificates = await work.db
    .selectFrom('target_certificates')
    .leftJoin('persons', 'persons.id', 'target_certificates.given_by')
    .select(['target_certificates.id', 'host', 'subject', 'fingerprint', 'expires_at', 'given_at', 'persons.name'])
    .where('engagement_id', '=', engagement.id)
    .orderBy('host')
    .execute()
  return {
    egressAddresses: row.egress_addresses,
    offered: [...work.deps.settings.egressAddresses],
    verifiedTargetsOnly: row.verified_targets_only,
    certificates: certificates.map((one) => ({
      certificateId: one.id,
      host: one.host,
      subject: one.subject,
      fingerprint: one.fingerprint,
      expiresAt: one.expires_at.toISOString(),
      givenBy: one.name ?? '',
      givenAt: one.given_at.toISOString(),
    })),
  }
}

/** @throws Problem refused EGRESS-1 for an address that the installation does not offer */
export async function chooseOutgoing(
  work: Work,
  engagement: EngagementHandle,
  given: { egressAddresses: readonly string[]; verifiedTargetsOnly: boolean },
): Promise<OutgoingView> {
  const { egressAddresses: offered } = work.deps.settings
  const chosen = [...new Set(given.egressAddresses)]
  const foreign = chosen.find((one) => !offered.includes(one))
  if (foreign !== undefined) {
    const limit = say(`本平台没有出口地址 ${foreign}`, `this installation does not offer the source address ${foreign}`)
    const fix =
      offered.length === 0
        ? say('由平台运维用 ZH_EGRESS 设置', 'whoever runs the platform sets ZH_EGRESS')
        : say(`可选：${offered.join('、')}`, `choose of ${offered.join(', ')}`)
    throw new Problem('refused', limit, { rule: 'EGRESS-1', fields: [{ field: 'body.egressAddresses', limit, fix }] })
  }
  await work.db
    .updateTable('engagements')
    .set({ egress_addresses: chosen, verified_targets_only: given.verifiedTargetsOnly })
    .where('id', '=', engagement.id)
    .execute()
  work.record({
    kind: 'outgoing.chosen',
    engagementId: engagement.id,
    subject: null,
    role: engagement.role,
    audience: 'parties',
    facts: { egressAddresses: chosen.length, verifiedTargetsOnly: given.verifiedTargetsOnly },
  })
  await announcePolicy(work)
  return viewOutgoing(work, engagement)
}

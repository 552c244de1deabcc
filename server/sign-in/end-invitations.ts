import type { Work } from '../work/work.ts'

/**
 * Ends open invitations: one that is taken back, or all by which a member who goes could bring themselves back. What the
 * organizer gave to the first administrator of another house stays: it is that house's way in.
 */
export async function endInvitations(work: Work, which: { invitationId: string } | { givenBy: string }): Promise<void> {
  const ended = await work.db
    .updateTable('invitations')
    .set({ ended_at: work.now })
    .where('org_id', '=', work.actor.orgId)
    .where('accepted_at', 'is', null)
    .where('ended_at', 'is', null)
    .where((eb) => ('invitationId' in which ? eb('id', '=', which.invitationId) : eb('created_by', '=', which.givenBy)))
    .returning('id')
    .execute()
  for (const { id } of ended)
    work.record({
      kind: 'member.invitation_ended',
      engagementId: null,
      subject: id,
      role: work.actor.orgKind,
      audience: 'house',
      facts: { by: 'givenBy' in which ? 'inviter_removed' : 'house' },
    })
}

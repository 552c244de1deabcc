import { endTokens } from '../../sign-in/access-tokens.ts'
import { endLogins } from '../../sign-in/logins.ts'
import { announcePolicy } from '../../work/notices.ts'
import { type Work, inSystemWork } from '../../work/work.ts'

const words = { removed: 'member removed', moved_abroad: 'moved abroad' } as const

/**
 * Ends every login, access token and lease of a person in this commit; each lease is an event and the gateway hears at
 * once. As the system, because another person's rows are not the actor's own.
 * @param askedBy the login that asks; where it is the person's own it ends right after the commit, so that they get their answer
 */
export async function endRights(
  work: Work,
  personId: string,
  why: keyof typeof words,
  askedBy: string | null = null,
): Promise<void> {
  const own = work.actor.personId === personId ? askedBy : null
  await endLogins(work, personId, { but: own }, why)
  if (own !== null)
    work.afterCommit(async () => {
      await inSystemWork(work.deps, (after) => endLogins(after, personId, { only: own }, why))
    })
  await endTokens(work, personId)
  const leases = await work.asSystem((db) =>
    db
      .updateTable('leases')
      .set({ state: 'revoked', ended_at: work.now, reason: words[why] })
      .where('person_id', '=', personId)
      .where('state', '<>', 'revoked')
      .returning(['id', 'engagement_id'])
      .execute(),
  )
  for (const lease of leases)
    work.record({
      kind: 'lease.revoked',
      engagementId: lease.engagement_id,
      subject: lease.id,
      role: 'tester',
      audience: 'everyone',
      facts: { personId, by: why },
      // Whoever removes a member need not work on what that member works on.
      pastOwn: true,
    })
  if (leases.length > 0) await announcePolicy(work)
}

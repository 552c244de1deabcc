import type { AccountSecurityKind } from '@zhongheng/domain/notices/account-security.ts'
import type { Work } from '../work/work.ts'

/** Leaves a notice on the owner's security page, and an event beside it: both in the commit of what happened. */
export async function tellOwner(
  work: Work,
  personId: string,
  kind: AccountSecurityKind,
  facts: { readonly [name: string]: string } = {},
): Promise<void> {
  const id = work.newId('securityNotice')
  await work.asSystem(async (db) => {
    const { org_id } = await db
      .selectFrom('persons')
      .select('org_id')
      .where('id', '=', personId)
      .executeTakeFirstOrThrow()
    await db
      .insertInto('security_notices')
      .values({ id, person_id: personId, org_id, kind, facts: JSON.stringify(facts), at: work.now, seen_at: null })
      .execute()
  })
  // The event holds no agent and no address: those stay with the notice, which its owner alone reads.
  work.record({
    kind: 'security.told',
    engagementId: null,
    subject: personId,
    role: 'system',
    audience: 'house',
    facts: { noticeId: id, what: kind },
  })
}

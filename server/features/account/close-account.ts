import { randomBytes } from 'node:crypto'
import { type Standing, takenAway, unheld } from '@zhongheng/domain/access/separation.ts'
import { checkClosable, closedName, heldAfterClosure } from '@zhongheng/domain/personal-data/closure.ts'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import { sql } from 'kysely'
import { endTokens } from '../../sign-in/access-tokens.ts'
import { endInvitations } from '../../sign-in/end-invitations.ts'
import { endLogins } from '../../sign-in/logins.ts'
import { hashPassword } from '../../sign-in/passwords.ts'
import type { Work } from '../../work/work.ts'
import { recordOf } from './answers.ts'
import { ruleOf } from '../administration/reads.ts'
import { lastLeaseEnd } from './own-data.ts'

/** What goes in the commit that closes an account, whole. */
const gone = [
  'devices',
  'known_networks',
  'one_time_code_secrets',
  'recovery_codes',
  'passkeys',
  'access_tokens',
  'password_resets',
  'factor_releases',
  'oidc_identities',
  'security_notices',
  'notices',
  'mail_queue',
  'mail_choices',
  'mail_addresses',
  'privacy_answers',
  'correction_requests',
  'idempotency',
] as const

/**
 * Closes the caller's own account (GBT39276-5.1.1.4-g): rights end, everything goes that neither law nor standard keeps, and
 * what stays gets its end. Name and login name are replaced; the record of what was done keeps its made-up id, and the
 * ledger never held a name, so nothing that was proved stops being provable.
 * @throws Problem refused CLOSE-2 for another login name, wrong_state CLOSE-1 while there are open duties
 */
export async function closeAccount(work: Work, typed: string): Promise<void> {
  const { personId, orgId } = work.actor
  const unknown = await hashPassword(randomBytes(32).toString('base64'))
  await endInvitations(work, { givenBy: personId })
  await work.asSystem(async (db) => {
    // Two members who close at once must not both find the other one still there.
    const members = await db
      .selectFrom('persons')
      .select(['id', 'posts', 'post_ends', 'state'])
      .where('org_id', '=', orgId)
      .forUpdate()
      .execute()
    const { login } = await db
      .selectFrom('credentials')
      .select('login')
      .where('person_id', '=', personId)
      .executeTakeFirstOrThrow()
    if (login !== typed)
      throw new Problem('refused', say('登录名不符', 'this is not your login name'), {
        rule: 'CLOSE-2',
        fields: [
          {
            field: 'body.login',
            limit: say('您的登录名', 'your login name'),
            fix: say('重新输入', 'type it again'),
          },
        ],
      })
    const standing = (one: (typeof members)[number]): Standing => ({
      posts: one.posts,
      ends: one.post_ends,
      state: one.state,
    })
    const mine = members.filter((one) => one.id === personId).map(standing)
    const others = members.filter((one) => one.id !== personId && one.state === 'active').map(standing)
    const { separated } = await ruleOf(work, orgId)
    const taken = mine.flatMap((one) => takenAway(one, { ...one, state: 'removed' }, separated))
    const duties = await sql<{ leases: number; rewards: number }>`
      select (select count(*)::int from leases where person_id = ${personId} and state in ('active', 'suspended') and closes > ${work.now}) as leases,
        (select count(*)::int from rewards where person_id = ${personId} and state in ('proposed', 'approved')) as rewards`.execute(
      db,
    )
    checkClosable({
      runningLeases: duties.rows[0]?.leases ?? 0,
      unpaidRewards: duties.rows[0]?.rewards ?? 0,
      lastAdmin: unheld(others, taken).length > 0,
    })
    const leaseEnd = await lastLeaseEnd(work, personId)
    const held = heldAfterClosure(work.now, leaseEnd)
    const until = (what: string): Date | null => held.find((one) => one.what === what)?.until ?? null
    await endLogins(work, personId, { but: null }, 'account_closed')
    await endTokens(work, personId)
    await db.updateTable('logins').set({ device_id: null }).where('person_id', '=', personId).execute()
    for (const table of gone) await sql`delete from ${sql.table(table)} where person_id = ${personId}`.execute(db)
    await db
      .updateTable('persons')
      .set({
        name: closedName,
        state: 'removed',
        posts: ['member'],
        post_ends: {},
        jurisdiction: null,
        version: sql`version + 1`,
      })
      .where('id', '=', personId)
      .execute()
    // The invitation that they came by names them too.
    await sql`
      update invitations set name = ${closedName} where id in (
        select leaf::jsonb -> 'facts' ->> 'invitationId' from events where kind = 'member.joined' and subject = ${personId})`.execute(
      db,
    )
    // A password that nobody knows; the login name becomes free.
    await db
      .updateTable('credentials')
      .set({ login: `closed.${personId}`, password_hash: unknown, last_seen_at: null })
      .where('person_id', '=', personId)
      .execute()
    await db
      .updateTable('testers')
      .set({
        skills: [],
        grade_basis: null,
        ...(until('identity') === null
          ? { sealed_identity: null, identity_digest: null, identity: 'none', identity_verified_at: null, grade: 0 }
          : {}),
        version: sql`version + 1`,
      })
      .where('person_id', '=', personId)
      .execute()
    await db
      .insertInto('account_closures')
      .values({
        person_id: personId,
        org_id: orgId,
        closed_at: work.now,
        logins_until: until('logins') ?? work.now,
        logins_gone_at: null,
        identity_until: until('identity'),
        identity_gone_at: null,
      })
      .execute()
    recordOf(work, 'account.closed', personId, {
      loginsUntil: until('logins')?.toISOString() ?? null,
      identityUntil: until('identity')?.toISOString() ?? null,
    })
  })
}

import { type AccountSecurityKind, accountSecurity } from '@zhongheng/domain/notices/account-security.ts'
import { days } from '@zhongheng/domain/shared/clock.ts'
import { notFound } from '../../http/problems.ts'
import { type Feature, type Reference, route } from '../../http/registry.ts'
import { endTokens, tokenPrefix } from '../../sign-in/access-tokens.ts'
import { endLogins, newToken, standingOf } from '../../sign-in/logins.ts'
import { passkeysWork } from '../../sign-in/passkeys.ts'
import { recoveryCodesLeft } from '../../sign-in/recovery-codes.ts'
import { tellOwner } from '../../sign-in/security-notices.ts'
import { sha256, type Work } from '../../work/work.ts'
import { loginOf, recordOf } from './answers.ts'

const ownLogin: Reference<{ id: string }> = {
  about: 'login of mine',
  async load(work, id) {
    const row = await work.db
      .selectFrom('logins')
      .select('id')
      .where('id', '=', id)
      .where('person_id', '=', work.actor.personId)
      .where('ended_at', 'is', null)
      .executeTakeFirst()
    if (!row) throw notFound()
    return row
  },
}
const ownToken: Reference<{ id: string }> = {
  about: 'access token of mine',
  async load(work, id) {
    const row = await work.db
      .selectFrom('access_tokens')
      .select('id')
      .where('id', '=', id)
      .where('person_id', '=', work.actor.personId)
      .where('ended_at', 'is', null)
      .executeTakeFirst()
    if (!row) throw notFound()
    return row
  },
}

/** The page on which people see and end what opens their account. */
export const securityRoutes: Feature = (deps) => [
  route('GET /api/account/security', {
    access: 'signed_in',
    whileWaiting: ['enrolment', 'new_password'],
    references: {},
    async handle({ work, caller }) {
      const { personId } = work.actor
      const standing = await work.asSystem(() => standingOf(work, personId))
      const code = await work.asSystem((db) =>
        db
          .selectFrom('one_time_code_secrets')
          .select('confirmed_at')
          .where('person_id', '=', personId)
          .where('confirmed_at', 'is not', null)
          .where('ended_at', 'is', null)
          .executeTakeFirst(),
      )
      return {
        password: {
          setAt: standing.passwordSetAt.toISOString(),
          renewBy: new Date(standing.passwordSetAt.getTime() + days(deps.settings.passwordDays)).toISOString(),
        },
        demanded: standing.demanded,
        passkeysOffered: passkeysWork(deps.settings),
        code: code?.confirmed_at ? { enrolledAt: code.confirmed_at.toISOString() } : null,
        recoveryCodesLeft: await recoveryCodesLeft(work, personId),
        passkeys: await ownPasskeys(work),
        logins: await ownLogins(work, caller.login?.loginId ?? ''),
        tokens: await ownTokens(work),
        notices: await ownNotices(work),
      }
    },
  }),
  route('POST /api/account/notices/seen', {
    access: 'signed_in',
    references: {},
    async handle({ work }) {
      await work.db
        .updateTable('security_notices')
        .set({ seen_at: work.now })
        .where('person_id', '=', work.actor.personId)
        .where('seen_at', 'is', null)
        .execute()
    },
  }),
  route('DELETE /api/account/logins/:loginId', {
    access: 'signed_in',
    references: { 'params.loginId': ownLogin },
    async handle({ work, on, caller, setLogin }) {
      const { id } = on['params.loginId']
      await endLogins(work, work.actor.personId, { only: id }, 'ended_by_owner')
      recordOf(work, 'login.revoked', work.actor.personId, { loginId: id })
      if (id === caller.login?.loginId) setLogin(null)
    },
  }),
  route('POST /api/account/logins/others-ended', {
    access: 'signed_in',
    references: {},
    async handle({ work, caller }) {
      const { personId } = work.actor
      const logins = await endLogins(work, personId, { but: loginOf(caller).loginId }, 'ended_by_owner')
      const tokens = await endTokens(work, personId)
      recordOf(work, 'login.revoked', personId, { logins: logins.length, tokens: tokens.length })
      return { logins: logins.length, tokens: tokens.length }
    },
  }),
  route('POST /api/account/tokens', {
    access: 'signed_in',
    references: {},
    async handle({ work, body }) {
      const token = `${tokenPrefix}${newToken()}`
      const id = work.newId('accessToken')
      const expiresAt = new Date(work.now.getTime() + days(body.days))
      const { personId, orgId } = work.actor
      await work.db
        .insertInto('access_tokens')
        .values({
          id,
          person_id: personId,
          org_id: orgId,
          name: body.name,
          token_digest: sha256(token),
          hint: `${token.slice(0, 8)}…`,
          scopes: [...new Set(body.scopes)],
          created_at: work.now,
          expires_at: expiresAt,
          last_used_at: null,
          ended_at: null,
        })
        .execute()
      recordOf(work, 'access_token.made', personId, {
        accessTokenId: id,
        scopes: body.scopes.join(' '),
        until: expiresAt.toISOString(),
      })
      await tellOwner(work, personId, 'token_made')
      return { token, expiresAt: expiresAt.toISOString() }
    },
  }),
  route('DELETE /api/account/tokens/:accessTokenId', {
    access: 'signed_in',
    references: { 'params.accessTokenId': ownToken },
    async handle({ work, on }) {
      const { id } = on['params.accessTokenId']
      await work.db.updateTable('access_tokens').set({ ended_at: work.now }).where('id', '=', id).execute()
      recordOf(work, 'access_token.ended', work.actor.personId, { accessTokenId: id })
    },
  }),
]

async function ownPasskeys(work: Work) {
  const rows = await work.db
    .selectFrom('passkeys')
    .select(['id', 'name', 'synced', 'created_at', 'last_used_at'])
    .where('person_id', '=', work.actor.personId)
    .where('ended_at', 'is', null)
    .orderBy('created_at')
    .execute()
  return rows.map((row) => ({
    passkeyId: row.id,
    name: row.name,
    synced: row.synced,
    createdAt: row.created_at.toISOString(),
    lastUsedAt: row.last_used_at?.toISOString() ?? null,
  }))
}

async function ownLogins(work: Work, current: string) {
  const rows = await work.db
    .selectFrom('logins')
    .select(['id', 'agent', 'network', 'method', 'created_at', 'seen_at', 'expires_at'])
    .where('person_id', '=', work.actor.personId)
    .where('ended_at', 'is', null)
    .where('expires_at', '>', work.now)
    .where('seen_at', '>', new Date(work.now.getTime() - work.deps.settings.loginIdleMinutes * 60_000))
    .orderBy('seen_at', 'desc')
    .limit(100)
    .execute()
  return rows.map((row) => ({
    loginId: row.id,
    current: row.id === current,
    agent: row.agent,
    network: row.network,
    method: row.method,
    createdAt: row.created_at.toISOString(),
    seenAt: row.seen_at.toISOString(),
    endsBy: row.expires_at.toISOString(),
  }))
}

async function ownTokens(work: Work) {
  const rows = await work.db
    .selectFrom('access_tokens')
    .select(['id', 'name', 'hint', 'scopes', 'created_at', 'expires_at', 'last_used_at'])
    .where('person_id', '=', work.actor.personId)
    .where('ended_at', 'is', null)
    .where('expires_at', '>', work.now)
    .orderBy('created_at', 'desc')
    .execute()
  return rows.map((row) => ({
    accessTokenId: row.id,
    name: row.name,
    hint: row.hint,
    scopes: row.scopes,
    createdAt: row.created_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
    lastUsedAt: row.last_used_at?.toISOString() ?? null,
  }))
}

async function ownNotices(work: Work) {
  const rows = await work.db
    .selectFrom('security_notices')
    .selectAll()
    .where('person_id', '=', work.actor.personId)
    .orderBy('at', 'desc')
    .limit(30)
    .execute()
  return rows.map((row) => ({
    noticeId: row.id,
    kind: row.kind,
    text: accountSecurity[row.kind as AccountSecurityKind],
    agent: row.facts['agent'] ?? null,
    network: row.facts['network'] ?? null,
    at: row.at.toISOString(),
    seen: row.seen_at !== null,
  }))
}

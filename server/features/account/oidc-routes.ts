import type { OidcPage } from '@zhongheng/contracts/http/account.ts'
import { minutes } from '@zhongheng/domain/shared/clock.ts'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import { notFound } from '../../http/problems.ts'
import { type Feature, type Reference, route } from '../../http/registry.ts'
import { beginCeremony, endCeremony } from '../../sign-in/ceremonies.ts'
import { beginLogin, newToken } from '../../sign-in/logins.ts'
import {
  addressAtProvider,
  checkIssuer,
  findProvider,
  type OidcMemory,
  type Provider,
  redirectAddress,
  sealClientSecret,
  type Vouched,
  vouchedBy,
} from '../../sign-in/oidc.ts'
import { type ThrottleKind, throttle } from '../../sign-in/throttle.ts'
import { checkVersion } from '../../work/versions.ts'
import { inSystemWork, sha256, type Work } from '../../work/work.ts'
import { ofOwnHouse } from '../people/reads.ts'
import { recordOf, refuseAfter, signedIn } from './answers.ts'

/** How long somebody may stay at the provider (milliseconds). */
const life = minutes(10)
/** A house may sit behind one address; a provider is not to be called by strangers without end. */
const visits: ThrottleKind = { mark: 'oidc ', matter: 60, address: 60 }

const member: Reference<{ id: string }> = {
  about: 'active member of my organisation',
  async load(work, id) {
    const row = await ofOwnHouse(work, id).select('id').where('state', '=', 'active').executeTakeFirst()
    if (!row) throw notFound()
    return row
  },
}
const ownIdentity: Reference<{ id: string; person_id: string }> = {
  about: 'account of the provider of my organisation',
  async load(work, id) {
    const row = await work.db
      .selectFrom('oidc_identities')
      .select(['id', 'person_id'])
      .where('id', '=', id)
      .where('org_id', '=', work.actor.orgId)
      .executeTakeFirst()
    if (!row) throw notFound()
    return row
  },
}

/** One answer for an unknown house, one without a provider and one that switched it off. */
const noProvider = (): Problem =>
  new Problem('refused', say('此单位没有启用单点登录', 'this organisation has no sign-in provider'), { rule: 'OIDC-1' })
const notVouched = (): Problem =>
  new Problem('refused', say('单点登录未被接受，请重新开始', 'the sign-in was not accepted; begin again'), {
    rule: 'OIDC-2',
  })
const unknownAccount = (): Problem =>
  new Problem(
    'refused',
    say('此账号尚未登记，请联系本单位管理员', 'this account is not registered; ask your administrator'),
    { rule: 'OIDC-3' },
  )

/** Signing in by the provider that a house named. Nobody gets an account by it: an administrator says who is who. */
export const oidcRoutes: Feature = (deps) => [
  route('POST /api/sign-in/oidc', {
    access: 'public',
    references: {},
    before: (caller, body) => throttle(deps, caller.address, `begin ${body.house}`, visits),
    async handle({ work, body }) {
      const provider = await findProvider(work, body.house)
      if (!provider) throw noProvider()
      const secret = newToken()
      // The provider is asked when no transaction is open.
      return {
        later: async () => {
          const ticketFor = (memory: { nonce: string; verifier: string }): string => {
            const kept: OidcMemory = { ...memory, orgId: provider.orgId, secret: sha256(secret) }
            return beginCeremony(work, 'oidc', '', kept, life)
          }
          return { url: await addressAtProvider(deps, provider, ticketFor), secret }
        },
      }
    },
  }),
  route('POST /api/sign-in/oidc/return', {
    access: 'public',
    references: {},
    before: (caller) => throttle(deps, caller.address, 'return', visits),
    async handle({ work, body, caller, setLogin }) {
      const { secret, ...given } = body
      const memory = (await endCeremony(work, 'oidc', '', body.state)) as OidcMemory | null
      const provider = memory ? await findProvider(work, memory.orgId) : null
      // Without the secret of the browser that began, somebody could be signed in as somebody else without knowing it.
      if (!memory || !provider || memory.secret !== sha256(secret)) {
        recordOf(work, 'oidc.refused', null, { rule: 'OIDC-2' })
        return refuseAfter(notVouched())
      }
      return {
        later: async () => {
          const vouched = await vouchedBy(deps, provider, memory, given)
          return inSystemWork(deps, async (after) => {
            const personId = vouched ? await personOf(after, provider, vouched) : null
            if (!vouched || !personId) {
              recordOf(after, 'oidc.refused', null, { rule: vouched ? 'OIDC-3' : 'OIDC-2', orgId: provider.orgId })
              return null
            }
            const begun = await beginLogin(after, personId, caller, { method: 'oidc', strong: vouched.strong })
            setLogin(begun)
            return signedIn(after, personId, begun.waitsFor)
          }).then((answer) => {
            if (answer) return answer
            throw vouched ? unknownAccount() : notVouched()
          })
        },
      }
    },
  }),
  route('GET /api/oidc-provider', {
    access: 'sign_in.rules',
    references: {},
    handle: ({ work }) => pageOf(work),
  }),
  route('PUT /api/oidc-provider', {
    access: 'sign_in.rules',
    references: {},
    async handle({ work, body }) {
      checkIssuer(body.issuer)
      const { orgId } = work.actor
      const before = (await pageOf(work)).provider
      checkVersion(before?.version ?? 0, body.version)
      if (!before && body.clientSecret === undefined)
        throw new Problem('malformed', say('请填写客户端密钥', 'give the client secret'), {
          rule: 'OIDC-6',
          fields: [
            {
              field: 'body.clientSecret',
              limit: say('首次配置必填', 'needed the first time'),
              fix: say('从单点登录服务复制', 'copy it from the provider'),
            },
          ],
        })
      const row = {
        label: body.label,
        issuer: body.issuer,
        client_id: body.clientId,
        strong_values: [...body.strongValues],
        enabled: body.enabled,
        changed_at: work.now,
        version: body.version + 1,
        ...(body.clientSecret === undefined
          ? {}
          : { sealed_client_secret: sealClientSecret(work, orgId, body.clientSecret) }),
      }
      if (before) await work.db.updateTable('oidc_providers').set(row).where('org_id', '=', orgId).execute()
      else
        await work.db
          .insertInto('oidc_providers')
          .values({
            ...row,
            org_id: orgId,
            sealed_client_secret: sealClientSecret(work, orgId, body.clientSecret ?? ''),
          })
          .execute()
      recordOf(work, 'oidc.provider_changed', orgId, { enabled: body.enabled, issuerDigest: sha256(body.issuer) })
      return pageOf(work)
    },
  }),
  route('POST /api/oidc-identities', {
    access: 'sign_in.rules',
    references: { 'body.personId': member },
    async handle({ work, body, on }) {
      const { provider } = await pageOf(work)
      if (!provider) throw noProvider()
      const id = work.newId('oidcIdentity')
      await work.db
        .insertInto('oidc_identities')
        .values({
          id,
          person_id: on['body.personId'].id,
          org_id: work.actor.orgId,
          issuer: provider.issuer,
          subject: body.by === 'subject' ? body.value : null,
          email: body.by === 'email' ? body.value.toLowerCase() : null,
          created_by: work.actor.personId,
          created_at: work.now,
          linked_at: body.by === 'subject' ? work.now : null,
        })
        .execute()
      recordOf(work, 'oidc.identity_added', on['body.personId'].id, { oidcIdentityId: id, by: body.by })
      return pageOf(work)
    },
  }),
  route('DELETE /api/oidc-identities/:oidcIdentityId', {
    access: 'sign_in.rules',
    references: { 'params.oidcIdentityId': ownIdentity },
    async handle({ work, on }) {
      const { id, person_id: personId } = on['params.oidcIdentityId']
      await work.db.deleteFrom('oidc_identities').where('id', '=', id).execute()
      // What was opened by this account of the provider ends with it; logins belong to the system role.
      await work.asSystem((db) =>
        db
          .updateTable('logins')
          .set({ ended_at: work.now, end_reason: 'oidc_identity_removed' })
          .where('person_id', '=', personId)
          .where('method', '=', 'oidc')
          .where('ended_at', 'is', null)
          .execute(),
      )
      recordOf(work, 'oidc.identity_removed', personId, { oidcIdentityId: id })
    },
  }),
]

/** The member behind an account of the provider; by mail address only until the first sign-in, which fixes the subject. */
async function personOf(work: Work, provider: Provider, vouched: Vouched): Promise<string | null> {
  const rows = await work.db
    .selectFrom('oidc_identities')
    .innerJoin('persons', 'persons.id', 'oidc_identities.person_id')
    .select(['oidc_identities.id', 'oidc_identities.person_id', 'subject', 'email'])
    .where('oidc_identities.org_id', '=', provider.orgId)
    .where('persons.org_id', '=', provider.orgId)
    .where('persons.state', '=', 'active')
    .where('issuer', '=', vouched.issuer)
    .where((eb) =>
      eb.or([
        eb('subject', '=', vouched.subject),
        eb.and([eb('subject', 'is', null), eb('email', '=', vouched.email ?? '')]),
      ]),
    )
    .forUpdate('oidc_identities')
    .execute()
  const known = rows.find((row) => row.subject === vouched.subject)
  if (known) return known.person_id
  const [first] = rows
  if (!first) return null
  await work.db
    .updateTable('oidc_identities')
    .set({ subject: vouched.subject, linked_at: work.now })
    .where('id', '=', first.id)
    .execute()
  recordOf(work, 'oidc.identity_linked', first.person_id, { oidcIdentityId: first.id })
  return first.person_id
}

async function pageOf(work: Work): Promise<OidcPage> {
  const { orgId } = work.actor
  const provider = await work.db
    .selectFrom('oidc_providers')
    .select(['label', 'issuer', 'client_id', 'strong_values', 'enabled', 'version'])
    .where('org_id', '=', orgId)
    .executeTakeFirst()
  const identities = await work.db
    .selectFrom('oidc_identities')
    .innerJoin('persons', 'persons.id', 'oidc_identities.person_id')
    .innerJoin('credentials', 'credentials.person_id', 'persons.id')
    .select([
      'oidc_identities.id',
      'oidc_identities.person_id',
      'persons.name',
      'credentials.login',
      'subject',
      'email',
      'linked_at',
    ])
    .where('oidc_identities.org_id', '=', orgId)
    .orderBy('oidc_identities.created_at')
    .limit(1000)
    .execute()
  return {
    provider: provider
      ? {
          label: provider.label,
          issuer: provider.issuer,
          clientId: provider.client_id,
          strongValues: provider.strong_values,
          enabled: provider.enabled,
          version: provider.version,
        }
      : null,
    redirectAddress: redirectAddress(work.deps),
    signInAddress: `${work.deps.settings.publicUrl}/sign-in?house=${orgId}`,
    identities: identities.map((row) => ({
      oidcIdentityId: row.id,
      personId: row.person_id,
      name: row.name,
      login: row.login,
      subject: row.subject,
      email: row.email,
      linkedAt: row.linked_at?.toISOString() ?? null,
    })),
  }
}

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readAllowList } from '@zhongheng/domain/egress/destination.ts'
import { type Stage, openStage, password } from '@zhongheng/testing/scenes/stage.ts'
import { Person } from '@zhongheng/tools/demo/person.ts'
import Provider from 'oidc-provider'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/* A real provider on loopback, in two parts: one that the house named, and one that it did not. */
type Account = { sub: string; email: string; verified: boolean; acr: string }
const clientSecret = 'a-secret-that-the-provider-gave-us'
const accounts: Record<string, Account> = {
  lin: { sub: 'sub-lin', email: 'Lin@Example.com', verified: true, acr: 'urn:mfa' },
  gao: { sub: 'sub-gao', email: 'gao@example.com', verified: false, acr: 'pwd' },
  zhao: { sub: 'sub-zhao', email: 'zhao@example.com', verified: true, acr: 'pwd' },
}
type Running = { issuer: string; as(name: string): void; server: Server }

async function startProvider(redirect: string): Promise<Running> {
  let who = 'lin'
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'zhongheng',
        client_secret: clientSecret,
        redirect_uris: [redirect],
        response_types: ['code'],
        grant_types: ['authorization_code'],
        token_endpoint_auth_method: 'client_secret_post',
        application_type: 'web',
      },
    ],
    pkce: { required: () => true },
    cookies: { keys: ['loopback'] },
    acrValues: ['urn:mfa', 'pwd'],
    claims: { acr: null, amr: null, openid: ['sub', 'acr', 'amr'], email: ['email', 'email_verified'] },
    conformIdTokenClaims: true,
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_ctx, id) => {
      const found = Object.values(accounts).find((one) => one.sub === id)
      return found
        ? { accountId: id, claims: () => ({ sub: id, email: found.email, email_verified: found.verified }) }
        : undefined
    },
    loadExistingGrant: async (ctx) => {
      const grant = new ctx.oidc.provider.Grant({
        clientId: ctx.oidc.client?.clientId ?? '',
        accountId: ctx.oidc.session?.accountId ?? '',
      })
      grant.addOIDCScope('openid email')
      await grant.save()
      return grant
    },
  })
  const answer = provider.callback()
  const interact = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { sub, acr } = accounts[who] as Account
    await provider.interactionFinished(request, response, { login: { accountId: sub, acr, amr: [acr] } })
  }
  server.on('request', (request, response) => {
    if (request.url?.startsWith('/interaction/')) void interact(request, response)
    else void answer(request, response)
  })
  return {
    issuer,
    server,
    as: (name) => {
      who = name
    },
  }
}

let stage: Stage
let home: Running
let foreign: Running
let lin: Person
let gao: Person & { personId: string }
let house: string
const address = 'http://127.0.0.1:7000'
beforeAll(async () => {
  home = await startProvider(`${address}/sign-in/return`)
  foreign = await startProvider(`${address}/sign-in/return`)
  const port = (running: Running) => new URL(running.issuer).host
  stage = await openStage({
    settings: { publicUrl: address, egressAllow: readAllowList(`${port(home)},${port(foreign)}`) },
  })
  const made = await stage.house('demand', '云帆', [{ login: 'lin-fan' }, { login: 'gao-yuan', posts: ['member'] }])
  house = made.orgId
  lin = made.people['lin-fan'] as Person
  gao = made.people['gao-yuan'] as Person & { personId: string }
  await lin.call('PUT /api/oidc-provider', { body: provider(home.issuer, 0) })
})
afterAll(async () => {
  await stage.close()
  for (const { server } of [home, foreign]) await new Promise((resolve) => server.close(resolve))
})

const provider = (issuer: string, version: number) => ({
  label: '云帆单点登录',
  issuer,
  clientId: 'zhongheng',
  clientSecret,
  strongValues: ['urn:mfa'],
  enabled: true,
  version,
})
const stranger = (): Person => new Person(stage.base, 'somebody')
const ruleOf = async (answer: Response) => ((await answer.json()) as { rule?: string }).rule

/** What the browser brings back after the provider was visited; redirects are followed by hand until our own address. */
async function visit(start: string): Promise<{ code: string; state: string; iss?: string }> {
  const jar = new Map<string, string>()
  let at = start
  for (let step = 0; step < 10; step++) {
    const answer = await fetch(at, {
      redirect: 'manual',
      headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') },
    })
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      jar.set(name, value)
    }
    const next = new URL(answer.headers.get('location') ?? '', at)
    if (next.href.startsWith(address)) {
      const { code = '', state = '', iss } = Object.fromEntries(next.searchParams)
      return { code, state, ...(iss ? { iss } : {}) }
    }
    at = next.href
  }
  throw new Error('the provider did not send the browser back')
}
const begin = (person = stranger()) => person.call('POST /api/sign-in/oidc', { body: { house } })
const comeBack = (body: object, person = stranger()) => person.send('POST /api/sign-in/oidc/return', { body })
async function signIn(who: string, person = stranger()): Promise<Response> {
  home.as(who)
  const { url, secret } = await begin()
  return comeBack({ ...(await visit(url)), secret }, person)
}
const assign = (person: { personId: string }, by: 'subject' | 'email', value: string) =>
  lin.call('POST /api/oidc-identities', { body: { personId: person.personId, by, value } })

describe('signing in by the provider of a house', () => {
  it('lets nobody in whom no administrator has named, and makes no account', async () => {
    expect(await ruleOf(await signIn('zhao'))).toBe('OIDC-3')
    expect((await lin.call('GET /api/members', {})).members).toHaveLength(2)
  })
  it('knows a member by verified mail address at first, and by the subject from then on', async () => {
    const { personId } = await lin.call('GET /api/me', {})
    await assign({ personId }, 'email', 'lin@example.com')
    const person = stranger()
    const answer = await signIn('lin', person)
    expect([answer.status, await answer.json()]).toMatchObject([200, { waitsFor: null, me: { login: 'lin-fan' } }])
    expect((await person.call('GET /api/account/security', {})).logins.find((one) => one.current)?.method).toBe('oidc')
    const [known] = (await lin.call('GET /api/oidc-provider', {})).identities
    expect(known).toMatchObject({ subject: 'sub-lin', email: 'lin@example.com' })
    // Somebody else who gets that address at the provider later is not this member.
    const before = accounts['zhao'] as Account
    accounts['zhao'] = { ...before, email: 'lin@example.com' }
    expect(await ruleOf(await signIn('zhao'))).toBe('OIDC-3')
    accounts['zhao'] = before
  })
  it('does not take a mail address that the provider did not verify', async () => {
    await assign(gao, 'email', 'gao@example.com')
    expect(await ruleOf(await signIn('gao'))).toBe('OIDC-3')
  })
  it('counts as the second factor only where the provider vouches for it in the agreed words', async () => {
    await lin.call('PUT /api/sign-in-rules', {
      body: { secondFactor: 'everybody', idleMinutes: null, absoluteMinutes: null, version: 0 },
    })
    await assign(gao, 'subject', 'sub-zhao')
    expect(await (await signIn('zhao')).json()).toMatchObject({ waitsFor: 'enrolment', me: null })
    expect(await (await signIn('lin')).json()).toMatchObject({ waitsFor: null })
    await lin.call('PUT /api/sign-in-rules', {
      body: { secondFactor: 'installation', idleMinutes: null, absoluteMinutes: null, version: 1 },
    })
  })
  it('refuses another browser’s return, a return twice, and a state of nobody or of another ceremony', async () => {
    home.as('lin')
    const { url, secret } = await begin()
    const back = await visit(url)
    const other = await begin()
    expect(await ruleOf(await comeBack({ ...back, secret: other.secret }))).toBe('OIDC-2')
    expect(await ruleOf(await comeBack({ ...back, secret }))).toBe('OIDC-2')
    const again = await begin()
    const returned = await visit(again.url)
    expect((await comeBack({ ...returned, secret: again.secret })).status).toBe(200)
    expect(await ruleOf(await comeBack({ ...returned, secret: again.secret }))).toBe('OIDC-2')
    expect(await ruleOf(await comeBack({ ...returned, state: 'x'.repeat(80), secret: again.secret }))).toBe('OIDC-2')
  })
  it('refuses a code of another visit: its nonce and its PKCE verifier are not those of this one', async () => {
    home.as('lin')
    const [one, other] = [await begin(), await begin()]
    const [mine, theirs] = [await visit(one.url), await visit(other.url)]
    expect(await ruleOf(await comeBack({ ...mine, code: theirs.code, secret: one.secret }))).toBe('OIDC-2')
    // The provider answers whoever asks; a nonce that is not ours stands in what it signs.
    const third = await begin()
    const changed = new URL(third.url)
    changed.searchParams.set('nonce', 'somebody-else')
    expect(await ruleOf(await comeBack({ ...(await visit(changed.href)), secret: third.secret }))).toBe('OIDC-2')
  })
  it('refuses another issuer, by name in the return and by a code that another provider gave', async () => {
    home.as('lin')
    foreign.as('lin')
    const named = await begin()
    const back = await visit(named.url)
    expect(await ruleOf(await comeBack({ ...back, iss: foreign.issuer, secret: named.secret }))).toBe('OIDC-2')
    const mixed = await begin()
    const elsewhere = new URL(mixed.url)
    const { code, state } = await visit(`${foreign.issuer}${elsewhere.pathname}${elsewhere.search}`)
    expect(await ruleOf(await comeBack({ code, state, iss: home.issuer, secret: mixed.secret }))).toBe('OIDC-2')
  })
  it('answers a house without a provider like one that does not exist, and asks nobody outside the list', async () => {
    const other = await stage.house('demand', '无单点', [{ login: 'wu-dan' }])
    const ask = async (name: string) => {
      const answer = await stranger().send('POST /api/sign-in/oidc', { body: { house: name } })
      return [answer.status, await answer.text()]
    }
    expect(await ask(other.orgId)).toEqual(await ask('org_00000000000000000000000000'))
    const wu = other.people['wu-dan'] as Person
    await wu.call('PUT /api/oidc-provider', { body: provider('https://not-on-the-list.example', 0) })
    expect(await ruleOf(await stranger().send('POST /api/sign-in/oidc', { body: { house: other.orgId } }))).toBe(
      'EGRESS-2',
    )
    const plain = await wu.fetch('PUT /api/oidc-provider', { body: provider('http://id.example', 1) })
    expect(await ruleOf(plain)).toBe('OIDC-4')
  })
  it('ends with the provider switched off and with the account taken away; its secret stands nowhere', async () => {
    const person = stranger()
    await signIn('lin', person)
    const page = await lin.call('GET /api/oidc-provider', {})
    expect(JSON.stringify(page)).not.toContain(clientSecret)
    const kept = await stage.deps.database.kysely.selectFrom('oidc_providers').selectAll().execute()
    for (const row of kept) expect(row.sealed_client_secret.includes(Buffer.from(clientSecret))).toBe(false)
    const mine = page.identities.find((one) => one.subject === 'sub-lin')
    await lin.call('DELETE /api/oidc-identities/:oidcIdentityId', {
      params: { oidcIdentityId: mine?.oidcIdentityId ?? '' },
    })
    expect((await person.send('GET /api/me', {})).status).toBe(401)
    expect(await ruleOf(await signIn('lin'))).toBe('OIDC-3')
    const { clientSecret: _kept, ...off } = provider(home.issuer, page.provider?.version ?? 1)
    await lin.call('PUT /api/oidc-provider', { body: { ...off, enabled: false } })
    expect(await ruleOf(await stranger().send('POST /api/sign-in/oidc', { body: { house } }))).toBe('OIDC-1')
    expect((await stranger().send('POST /api/sign-in', { body: { login: 'lin-fan', password } })).status).toBe(200)
  })
})

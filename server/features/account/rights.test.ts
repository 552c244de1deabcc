import { randomBytes } from 'node:crypto'
import { tokenAreas } from '@zhongheng/contracts/http/token-areas.ts'
import { clockAt, minutes } from '@zhongheng/domain/shared/clock.ts'
import { type IdKind, makeId } from '@zhongheng/domain/shared/ids.ts'
import { partsOf } from '@zhongheng/testing/access/sample-input.ts'
import { type Cast, assemble, inTesting } from '@zhongheng/testing/scenes/crowd-test.ts'
import { type Stage, openStage, password } from '@zhongheng/testing/scenes/stage.ts'
import { Person } from '@zhongheng/tools/demo/person.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startPolicyPush } from '../../jobs/policy-push.ts'
import { buildApp } from '../../http/app.ts'
import { features } from '../all.ts'

const clock = clockAt(new Date().toISOString())
let stage: Stage
let cast: Cast
let engagementId: string
beforeAll(async () => {
  stage = await openStage({ clock })
  cast = await assemble(stage, 'a')
  engagementId = await inTesting(stage, cast)
})
afterAll(() => stage.close())

type Refused = { rule?: string }
const stranger = (): Person => new Person(stage.base, 'somebody')
const ruleOf = async (response: Response): Promise<string | undefined> => ((await response.json()) as Refused).rule
const absent = (_path: string, kind: string): string => makeId(kind as IdKind, new Date(), randomBytes(10))
const scopes = tokenAreas.flatMap((area) => [`${area}:read`, `${area}:write`] as const)
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })
const every = () => features(stage.deps)

/** An event stream that is open, and a promise of its end. */
async function openStream(headers: Record<string, string>): Promise<{ ended: Promise<string> }> {
  const response = await fetch(`${stage.base}/api/engagements/${engagementId}/live`, { headers })
  expect(response.status).toBe(200)
  return { ended: response.text() }
}

describe('PUB-AU-04: the thief of a login cookie', () => {
  it('meets a demand to confirm at every dangerous act, whatever object it names', async () => {
    const thief = await Person.signIn(stage.base, 'lin-a', password)
    clock.advance(minutes(5) + 1)
    const dangerous = every().filter(({ endpoint }) => endpoint.stepUp === true)
    expect(dangerous.length).toBeGreaterThan(15)
    for (const { key, endpoint, access } of dangerous) {
      const answer = await thief.send(key, partsOf(endpoint, absent))
      expect([answer.status, await answer.clone().text()], key).toEqual([403, expect.any(String)])
      expect(access === 'signed_in' ? ['STEPUP-1'] : ['STEPUP-1', 'ROLE-2'], key).toContain(await ruleOf(answer))
    }
  })
  it('signs nothing for the organisation, though other written acts go on', async () => {
    const thief = await Person.signIn(stage.base, 'lin-a', password)
    const write = (kind: string) =>
      thief.send('POST /api/engagements/:engagementId/records', {
        params: { engagementId },
        body: { kind, fields: {} },
      })
    expect(await ruleOf(await write('demand_permit'))).not.toBe('STEPUP-1')
    clock.advance(minutes(5) + 1)
    expect(await ruleOf(await write('service_agreement'))).toBe('STEPUP-1')
    expect(await ruleOf(await write('review'))).not.toBe('STEPUP-1')
  })
  it('finds a route for everything that opens an account among the dangerous ones', () => {
    const harmless = [
      'GET /api/account/security',
      'GET /api/account/data',
      'GET /api/account/mail',
      'GET /api/account/privacy',
      'GET /api/account/corrections',
      // That somebody read a notice gives nobody a right.
      'POST /api/account/privacy/acknowledgement',
      // A code that only the owner of the address can know.
      'POST /api/account/mail/confirmation',
      'POST /api/account/notices/seen',
      'DELETE /api/account/logins/:loginId',
      'POST /api/account/logins/others-ended',
      'DELETE /api/account/tokens/:accessTokenId',
    ]
    const open = every().filter(({ key, endpoint }) => key.includes(' /api/account/') && endpoint.stepUp !== true)
    expect(open.map(({ key }) => key).toSorted()).toEqual(harmless.toSorted())
  })
  it('is let in by the right password for five minutes, and not a moment longer', async () => {
    const lin = await Person.signIn(stage.base, 'lin-a', password)
    clock.advance(minutes(5) + 1)
    const make = () =>
      lin.send('POST /api/account/tokens', { body: { name: '脚本', scopes: ['findings:read'], days: 1 } })
    expect(await ruleOf(await make())).toBe('STEPUP-1')
    expect((await lin.send('POST /api/step-up', { body: { password: 'Falsch-geraten-77' } })).status).toBe(422)
    expect(await ruleOf(await make())).toBe('STEPUP-1')
    await lin.call('POST /api/step-up', { body: { password } })
    clock.advance(minutes(5))
    expect((await make()).status).toBe(201)
    clock.advance(1)
    expect(await ruleOf(await make())).toBe('STEPUP-1')
  })
})

describe('PUB-AC-14: an access token', () => {
  it('with every right there is opens none of the dangerous routes, none of the reveals, and nothing of people', async () => {
    const { token } = await cast.demand.call('POST /api/account/tokens', { body: { name: '全部', scopes, days: 30 } })
    const shut = every().filter(
      ({ access, endpoint, area }) => access !== 'public' && (endpoint.stepUp || endpoint.personOnly || area === null),
    )
    expect(shut.length).toBeGreaterThan(30)
    for (const { key, endpoint } of shut) {
      const answer = await stranger().send(key, { ...partsOf(endpoint, absent), ...bearer(token) })
      expect([answer.status, await ruleOf(answer)], key).toEqual([403, expect.stringMatching(/^TOKEN-[23]$/) as string])
    }
  })
  it('opens what its scope names, and nothing beside it', async () => {
    const { token } = await cast.demand.call('POST /api/account/tokens', {
      body: { name: '只读', scopes: ['engagements:read'], days: 30 },
    })
    const allowed = every().filter(({ access, area, method, endpoint }) => {
      const plain = access !== 'public' && !endpoint.stepUp && !endpoint.personOnly
      return plain && area === 'engagements' && method === 'GET'
    })
    for (const { key, endpoint, access } of every()) {
      if (access === 'public') continue
      const answer = await stranger().send(key, { ...partsOf(endpoint, absent), ...bearer(token) })
      const rule = answer.ok ? undefined : await ruleOf(answer)
      expect(rule?.startsWith('TOKEN') ?? false, key).toBe(!allowed.some((one) => one.key === key))
    }
    const list = await stranger().send('GET /api/engagements', bearer(token))
    expect(((await list.json()) as { engagements: unknown[] }).engagements).toHaveLength(1)
  })
  it('is told once, stands nowhere in the database, ends by itself, and is worth nothing with a cookie beside it', async () => {
    const made = await cast.demand.call('POST /api/account/tokens', {
      body: { name: '短期', scopes: ['engagements:read'], days: 1 },
    })
    const page = JSON.stringify(await cast.demand.call('GET /api/account/security', {}))
    expect(page).not.toContain(made.token)
    expect(page).toContain('"name":"短期"')
    const kept = await stage.deps.database.kysely.selectFrom('access_tokens').selectAll().execute()
    expect(JSON.stringify(kept)).not.toContain(made.token.slice(10))
    expect((await stranger().send('GET /api/engagements', bearer(made.token))).status).toBe(200)
    expect((await cast.demand.send('GET /api/me', bearer(made.token))).status).toBe(403)
    expect((await cast.demand.send('GET /api/me', bearer('zhp_wrong'))).status).toBe(401)
    const late = await openStageClockAhead(minutes(24 * 60))
    expect((await new Person(late.base, 'x').send('GET /api/engagements', bearer(made.token))).status).toBe(401)
    await late.close()
  })
})

/** The same installation, seen by a server whose clock is ahead: other tests' logins stay as they are. */
async function openStageClockAhead(span: number): Promise<{ base: string; close: () => Promise<unknown> }> {
  const deps = { ...stage.deps, clock: { now: () => new Date(clock.now().getTime() + span) } }
  const app = await buildApp(deps, features(deps))
  return { base: await app.listen({ host: '127.0.0.1', port: 0 }), close: () => app.close() }
}

describe('the cookie of a login', () => {
  const valueOf = (person: Person): string => /zh_login=([\w-]+)/.exec(person.cookie)?.[1] ?? ''
  const opens = async (value: string): Promise<boolean> =>
    (await stranger().send('GET /api/me', { headers: { cookie: `zh_login=${value}` } })).ok

  it('PUB-AU-07: is another one after signing in, confirming and a change of posts; the former opens nothing', async () => {
    const house = await stage.house('auditor', '信衡二', [{ login: 'fang-7' }, { login: 'ding-7' }])
    const fang = house.people['fang-7'] as Person & { personId: string }
    const planted = 'A'.repeat(43)
    const victim = stranger()
    const answer = await victim.send('POST /api/sign-in', {
      body: { login: 'fang-7', password },
      headers: { cookie: `zh_login=${planted}` },
    })
    expect(answer.status).toBe(200)
    expect(valueOf(victim)).not.toBe(planted)
    expect(await opens(planted)).toBe(false)
    const before = valueOf(victim)
    await victim.call('POST /api/step-up', { body: { password } })
    expect([valueOf(victim) !== before, await opens(before), await opens(valueOf(victim))]).toEqual([true, false, true])
    // Posts change: by somebody else every login ends; by oneself the own one changes its value.
    const change = async (by: Person, posts: string[]) => {
      const { members } = await by.call('GET /api/members', {})
      const version = members.find((one) => one.personId === fang.personId)?.version
      return by.fetch('PATCH /api/members/:personId', { params: { personId: fang.personId }, body: { posts, version } })
    }
    const [own, other] = [valueOf(victim), valueOf(fang)]
    expect((await change(victim, ['security_admin', 'member'])).status).toBe(200)
    expect([await opens(own), await opens(other), await opens(valueOf(victim))]).toEqual([false, false, true])
    expect((await change(house.people['ding-7'] as Person, ['member'])).status).toBe(200)
    expect(await opens(valueOf(victim))).toBe(false)
  })
  it('PUB-AU-10: carries __Host-, Secure, HttpOnly and SameSite, and no Domain, where the public address is https', async () => {
    const deps = { ...stage.deps, settings: { ...stage.deps.settings, publicUrl: 'https://heng.example' } }
    const app = await buildApp(deps, features(deps))
    const person = new Person(await app.listen({ host: '127.0.0.1', port: 0 }), 'lin-a')
    const answer = await person.send('POST /api/sign-in', { body: { login: 'lin-a', password } })
    const cookies = answer.headers.getSetCookie()
    expect(cookies.map((one) => one.split('=')[0])).toEqual(['__Host-zh_login', '__Host-zh_device'])
    for (const one of cookies) {
      expect(one).toMatch(/; Path=\/(;|$)/)
      expect(one).toMatch(/; HttpOnly(;|$)/)
      expect(one).toMatch(/; Secure(;|$)/)
      expect(one).toMatch(/; SameSite=Strict(;|$)/)
      expect(one).not.toMatch(/domain/i)
    }
    expect((await person.send('GET /api/me', {})).status).toBe(200)
    const out = await person.send('POST /api/sign-out', {})
    expect(out.headers.getSetCookie()[0]).toMatch(/^__Host-zh_login=;.*Secure/)
    await app.close()
  })
  it('PUB-AU-09: opens no changing route for a call from another site, whatever its form', async () => {
    const { cookie } = await Person.signIn(stage.base, 'lin-a', password)
    const { host } = new URL(stage.base)
    const forged: readonly [string, Record<string, string>][] = [
      ['form', { 'content-type': 'application/x-www-form-urlencoded' }],
      ['text', { 'content-type': 'text/plain' }],
      ['no header', { 'content-type': 'application/json' }],
      ['cross-site', { 'content-type': 'application/json', 'x-zhongheng': '1', 'sec-fetch-site': 'cross-site' }],
      ['sibling', { 'content-type': 'application/json', 'x-zhongheng': '1', 'sec-fetch-site': 'same-site' }],
      ['origin', { 'content-type': 'application/json', 'x-zhongheng': '1', origin: 'https://evil.example' }],
      ['port', { 'content-type': 'application/json', 'x-zhongheng': '1', origin: 'http://127.0.0.1:1' }],
      ['null', { 'content-type': 'application/json', 'x-zhongheng': '1', origin: 'null' }],
    ]
    for (const { key, method, path } of every().filter((one) => one.method !== 'GET'))
      for (const [how, headers] of forged) {
        const url = stage.base + path.replace(/:(\w+)/g, 'x')
        const answer = await fetch(url, { method, headers: { cookie, ...headers }, body: '{}' })
        // A form is refused for what it is before anything else is asked.
        expect(how === 'form' || how === 'text' ? [403, 415] : [403], `${key} ${how}`).toContain(answer.status)
      }
    const own = { cookie, 'content-type': 'application/json', 'x-zhongheng': '1', origin: `http://${host}` }
    expect(
      (await fetch(`${stage.base}/api/me`, { method: 'PATCH', headers: own, body: '{"locale":"en"}' })).status,
    ).toBe(200)
  })
  it('PUB-AU-09: changes nothing by reading: no GET leaves a row or an event but the record of its own reading', async () => {
    const lin = await Person.signIn(stage.base, 'lin-a', password)
    const count = async () =>
      (
        await stage.deps.database.kysely
          .selectFrom('events')
          .select(['kind'])
          .where('kind', 'not in', ['access.denied', 'request.refused'])
          .execute()
      ).filter(({ kind }) => !/\.read$|^pack\.built$|^findings\.exported$/.test(kind)).length
    const before = await count()
    for (const { key, endpoint, method } of every())
      if (method === 'GET' && !key.endsWith('/live'))
        await lin.send(
          key,
          partsOf(endpoint, (path, kind) => (kind === 'engagement' ? engagementId : absent(path, kind))),
        )
    expect(await count()).toBe(before)
  })
})

describe('a right that ends', () => {
  it('PUB-AU-08: ends on the API, the event stream and downloads at once, by signing out, ending all and a new password', async () => {
    const ways: readonly [string, (own: Person) => Promise<unknown>][] = [
      ['signing out', (own) => own.call('POST /api/sign-out', {})],
      [
        'ending all others',
        async () =>
          (await Person.signIn(stage.base, 'lin-a', password)).call('POST /api/account/logins/others-ended', {}),
      ],
      [
        'ending one',
        async (own) => {
          const { logins } = await own.call('GET /api/account/security', {})
          const loginId = logins.find((one) => one.current)?.loginId ?? ''
          await (await Person.signIn(stage.base, 'lin-a', password)).call('DELETE /api/account/logins/:loginId', {
            params: { loginId },
          })
        },
      ],
    ]
    for (const [how, act] of ways) {
      const own = await Person.signIn(stage.base, 'fang-a', password)
      const auditor = how === 'signing out' ? own : await Person.signIn(stage.base, 'lin-a', password)
      const stolen = { headers: { cookie: auditor.cookie } }
      const stream = how === 'signing out' ? await openStream(stolen.headers) : null
      await act(auditor)
      const channels = [
        'GET /api/me',
        'GET /api/engagements',
        'GET /api/engagements/:engagementId/letters',
        'GET /api/engagements/:engagementId/evidence.zip',
        'GET /api/engagements/:engagementId/live',
      ]
      const answers = await Promise.all(
        channels.map((key) => stranger().send(key, { params: { engagementId }, ...stolen })),
      )
      expect(
        answers.map(({ status }) => status),
        how,
      ).toEqual(channels.map(() => 401))
      if (stream) expect(await stream.ended).toContain('event: ended')
    }
  })
  it('PUB-AC-11: of a removed member ends everywhere: login, token, open stream and the gateway’s lease', async () => {
    const policy = await startPolicyPush(stage.deps, () => undefined)
    try {
      const tester = cast.tester2 as Person & { personId: string }
      const { link } = await tester.call('POST /api/invitations', { body: { name: '卢管', posts: ['security_admin'] } })
      const admin = stranger()
      await admin.call('POST /api/invitations/acceptance', {
        body: {
          token: new URL(link).hash.replace('#token=', ''),
          login: 'lu-guan-x',
          password: 'Wolke-9-ueber-Hangzhou',
        },
      })
      const { token } = await tester.call('POST /api/account/tokens', {
        body: { name: '脚本', scopes: ['traffic:read'], days: 1 },
      })
      const [byCookie, byToken] = await Promise.all([
        openStream({ cookie: tester.cookie }),
        openStream({ authorization: `Bearer ${token}` }),
      ])
      const { members } = await admin.call('GET /api/members', {})
      const version = members.find((one) => one.personId === tester.personId)?.version ?? 1
      await admin.call('PATCH /api/members/:personId', {
        params: { personId: tester.personId },
        body: { state: 'removed', version },
      })
      const params = { engagementId }
      const [me, read, list] = await Promise.all([
        tester.send('GET /api/me', {}),
        stranger().send('GET /api/engagements/:engagementId/exchanges', { params, ...bearer(token) }),
        tester.send('GET /api/engagements/:engagementId/findings', { params }),
      ])
      expect([me.status, read.status, list.status]).toEqual([401, 401, 404])
      for (const { ended } of [byCookie, byToken]) expect(await ended).toContain('event: ended')
      const leaseOf = () => {
        const snapshot = JSON.parse(stage.gateway.pushed.at(-1) ?? '{}') as {
          engagements: { leases: { testerId: string; state: string }[] }[]
        }
        return snapshot.engagements.flatMap((one) => one.leases).find((one) => one.testerId === tester.personId)?.state
      }
      await expect.poll(leaseOf).toBe('revoked')
    } finally {
      await policy.stop()
    }
  })
})

describe('an owner', () => {
  it('is told of a new device and a new network, not of those that the account knows', async () => {
    const house = await stage.house('auditor', '信衡三', [{ login: 'shen-9' }])
    const shen = house.people['shen-9'] as Person
    const kinds = async () => (await shen.call('GET /api/account/security', {})).notices.map((one) => one.kind)
    expect(await kinds()).toEqual([])
    await shen.call('POST /api/sign-in', { body: { login: 'shen-9', password } })
    expect(await kinds()).toEqual([])
    await Person.signIn(stage.base, 'shen-9', password)
    expect(await kinds()).toEqual(['new_device'])
    const deps = { ...stage.deps, settings: { ...stage.deps.settings, trustedProxies: ['127.0.0.1'] } }
    const app = await buildApp(deps, features(deps))
    const base = await app.listen({ host: '127.0.0.1', port: 0 })
    await new Person(base, 'x').send('POST /api/sign-in', {
      body: { login: 'shen-9', password },
      headers: { 'x-forwarded-for': '203.0.113.9', cookie: shen.cookie },
    })
    await app.close()
    expect((await kinds()).toSorted()).toEqual(['new_device', 'new_network'])
    await shen.call('POST /api/account/notices/seen', {})
    expect((await shen.call('GET /api/account/security', {})).notices.every((one) => one.seen)).toBe(true)
  })
  it('ends a shorter while after the last call where the house says so, also in logins that exist', async () => {
    const house = await stage.house('demand', '短时', [{ login: 'kurz-1' }])
    const kurz = house.people['kurz-1'] as Person
    const rules = { secondFactor: 'installation' as const, idleMinutes: 10, absoluteMinutes: 30, version: 0 }
    await kurz.call('PUT /api/sign-in-rules', { body: rules })
    expect(await ruleOf(await kurz.fetch('PUT /api/sign-in-rules', { body: rules }))).toBe('VERSION-1')
    const alive = async () => (await kurz.send('GET /api/me', {})).status
    for (const _time of [1, 2]) {
      clock.advance(minutes(9))
      expect(await alive()).toBe(200)
    }
    clock.advance(minutes(10) + 1)
    expect(await alive()).toBe(401)
  })
})

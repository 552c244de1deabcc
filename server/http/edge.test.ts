import { connect } from 'node:net'
import {
  type Cast,
  assemble,
  demandDraft,
  findingDraft,
  inTesting,
  recordedExchange,
} from '@zhongheng/testing/scenes/crowd-test.ts'
import { type Asked, ask as askAt, cookieOf } from '@zhongheng/testing/scenes/http-client.ts'
import { naughtyStrings } from '@zhongheng/testing/scenes/naughty-strings.ts'
import { type Stage, openStage } from '@zhongheng/testing/scenes/stage.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { features } from '../features/all.ts'
import { makePerson } from '../features/people/accounts.ts'
import { inSystemWork } from '../work/work.ts'
import { buildApp } from './app.ts'

let stage: Stage
let cast: Cast
let cookie: string
let engagementId: string
let exchange: string
let testerCookie: string
beforeAll(async () => {
  stage = await openStage()
  cast = await assemble(stage, 'a')
  engagementId = await inTesting(stage, cast)
  exchange = await recordedExchange(stage, engagementId, cast.tester)
  cookie = await cookieOf(stage.base, 'lin-a')
  testerCookie = await cookieOf(stage.base, 'chen-a')
})
afterAll(() => stage.close())

const ask = (method: string, path: string, asked: Asked = {}) =>
  askAt(stage.base, method, path, { as: cookie, ...asked })

const guarded = (headers: Headers): void => {
  expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/)
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(headers.get('referrer-policy')).toBe('no-referrer')
  expect(headers.get('cache-control')).toContain('no-store')
}

/** What comes back for bytes that no client would send, until the server closes. */
const raw = (bytes: string) =>
  new Promise<string>((resolve, reject) => {
    let text = ''
    const socket = connect(Number(new URL(stage.base).port), '127.0.0.1', () => socket.write(bytes))
    socket.on('data', (part) => (text += part.toString()))
    socket.on('close', () => resolve(text))
    socket.on('error', reject)
  })

const draft = () => demandDraft(cast)
const countOf = async (title: string): Promise<number> =>
  Number(
    (
      await stage.deps.database.kysely
        .selectFrom('engagements')
        .select((eb) => eb.fn.countAll<string>().as('n'))
        .where('title', '=', title)
        .executeTakeFirstOrThrow()
    ).n,
  )

describe('a request', () => {
  it('with a field that nobody knows is refused and the field named, in body, query and where nothing is read', async () => {
    const extra = await ask('POST', '/api/engagements', { body: { ...draft(), state: 'testing' } })
    expect([extra.status, extra.json.rule]).toEqual([422, 'INPUT-1'])
    expect(extra.json.fields[0]?.field).toContain('state')
    const query = await ask('GET', '/api/engagements?orgId=org_1')
    expect([query.status, query.json.fields[0]?.field]).toEqual([400, 'query.orgId'])
    expect((await ask('GET', '/api/me?x=1')).status).toBe(400)
    expect((await ask('POST', '/api/sign-out', { body: { all: true } })).status).toBe(422)
  })
  it('names every refused field with limit and fix in both languages', async () => {
    const { json } = await ask('POST', '/api/engagements', {
      body: { ...draft(), title: 'x', minGrade: 9, budgetFen: -1 },
    })
    expect(json.fields.map((one) => one.field).sort()).toEqual(['body.budgetFen', 'body.minGrade', 'body.title'])
    for (const one of json.fields)
      expect(one).toMatchObject({
        limit: { zh: expect.any(String) as string, en: expect.any(String) as string },
        fix: { zh: expect.any(String) as string, en: expect.any(String) as string },
      })
  })
  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/json', ''])(
    'of content type “%s” is refused with 415',
    async (type) => {
      const answer = await ask('POST', '/api/engagements', { body: draft(), headers: { 'content-type': type } })
      expect([answer.status, answer.json.rule]).toEqual([415, 'INPUT-7'])
    },
  )
  it('that is too large is refused with 413 and the limit', async () => {
    const answer = await ask('POST', '/api/engagements', { body: { ...draft(), goals: 'x'.repeat(4 * 1024 * 1024) } })
    expect([answer.status, answer.json.rule]).toEqual([413, 'INPUT-6'])
    guarded(answer.headers)
  })
  it.each([
    ['cut off', '{"title": "x'],
    ['two values', '{} {}'],
    ['one name twice', '{"title": "a", "title": "b"}'],
    ['one name twice, spelled in two ways', '{"title": "a", "t\u0069tle": "b"}'],
    ['a trailing comma', '{"a":1,}'],
    ['not JSON at all', '<xml/>'],
    ['thirty levels deep', `${'{"a":'.repeat(30)}1${'}'.repeat(30)}`],
    ['a hundred thousand levels deep', '['.repeat(100_000)],
    ['deep lists', `${'['.repeat(30)}${']'.repeat(30)}`],
  ])('with a body that is %s is refused with 400', async (_what, raw) => {
    const answer = await ask('POST', '/api/engagements', { raw })
    expect([answer.status, answer.json.rule]).toEqual([400, 'INPUT-2'])
  })
  it.each(['null', '[]', '"text"', '1', '{"__proto__": {"title": "x"}}', '{"constructor": 1}'])(
    'with the body %s is refused with 422: it is JSON, and not what is wanted',
    async (raw) => {
      expect((await ask('POST', '/api/engagements', { raw })).status).toBe(422)
    },
  )
  it('with an empty body where one is wanted is refused with 400', async () => {
    expect((await ask('POST', '/api/engagements', { raw: '' })).status).toBe(400)
  })
  it('that changes something without the header against forged requests, or from another site, is refused', async () => {
    const bare = await ask('POST', '/api/engagements', { body: draft(), headers: { 'x-zhongheng': '0' } })
    expect([bare.status, bare.json.rule]).toEqual([403, 'CSRF-1'])
    for (const site of ['cross-site', 'same-site']) {
      const forged = await ask('POST', '/api/engagements', { body: draft(), headers: { 'sec-fetch-site': site } })
      expect([forged.status, forged.json.rule], site).toEqual([403, 'CSRF-2'])
    }
    const own = await ask('PATCH', '/api/me', {
      body: { locale: 'zh-CN' },
      headers: { 'sec-fetch-site': 'same-origin' },
    })
    expect(own.status).toBe(200)
  })
  it('without a login is refused, whatever cookie it brings', async () => {
    for (const as of [
      '',
      'zh_login=',
      'zh_login=x',
      `zh_login=${'a'.repeat(43)}`,
      'zh_login=%00',
      `zh_login=${'é'.repeat(9)}`.normalize('NFD'),
    ])
      expect((await ask('GET', '/api/me', { as: Buffer.from(as).toString('latin1') })).status, as).toBe(401)
  })
  it('for a path that is spelled another way finds nothing', async () => {
    const id = encodeURIComponent(engagementId)
    for (const path of [
      `/api/engagements/${id}%2Fmoves`,
      `/api//engagements/${id}`,
      `/api/engagements/${id}/`,
      `/API/engagements/${id}`,
      `/api/engagements/..%2f..%2fetc%2fpasswd`,
      `/api/engagements/%00`,
      `/api/engagements/${'a'.repeat(5000)}`,
      '/api/nothing',
    ]) {
      const answer = await ask('GET', path)
      expect([answer.status, answer.json.code], path).toEqual([404, 'not_found'])
      guarded(answer.headers)
    }
  })
  it('for a path that cannot be decoded is refused with the same care', async () => {
    for (const path of ['/api/engagements/%ZZ', '/%c0%af', '/api/%']) {
      const answer = await ask('GET', path)
      expect(answer.status, path).toBeGreaterThanOrEqual(400)
      expect(answer.status, path).toBeLessThan(500)
      guarded(answer.headers)
    }
  })
  it('with another method changes nothing and never fails', async () => {
    for (const method of ['HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PATCH', 'PROPFIND', 'QUERY'])
      for (const path of ['/api/engagements', `/api/engagements/${engagementId}`, '/api/sign-in', '/healthz', '/']) {
        const answer = await ask(method, path)
        expect(answer.status, `${method} ${path}`).toBeLessThan(500)
        expect(answer.headers.get('access-control-allow-origin')).toBeNull()
        guarded(answer.headers)
      }
  })
  it('by TRACE is not sent back', async () => {
    const answer = await raw(
      'TRACE /api/me HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nx-secret: canary\r\n\r\n',
    )
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /)
    expect(answer).not.toContain('canary')
  })
  it('by HEAD does not open a live stream that nobody reads', async () => {
    expect((await ask('HEAD', `/api/engagements/${engagementId}/live`, { as: testerCookie })).status).toBe(404)
  })
  it('that is no HTTP is answered and the connection closed', async () => {
    for (const bytes of [
      'GARBAGE\r\n\r\n',
      'GET / HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n',
      `GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(40_000)}\r\n\r\n`,
    ]) {
      const answer = await raw(bytes)
      expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /)
      expect(answer.toLowerCase()).toContain('x-content-type-options: nosniff')
    }
  })
})

describe('text', () => {
  it.each([
    ['a NUL', 'a\u0000b'],
    ['half of a surrogate pair', 'a\ud800b'],
    ['the other half', 'a\udc00b'],
  ])('with %s is refused wherever it stands: no database holds it', async (_what, piece) => {
    const places: [string, string, object][] = [
      ['POST', '/api/engagements', { ...draft(), goals: `检验商城的安全性${piece}` }],
      [
        'POST',
        `/api/engagements/${engagementId}/moves`,
        { move: 'stop', reason: `发现异常流量，先行暂停${piece}`, version: 1 },
      ],
      [
        'POST',
        `/api/engagements/${engagementId}/records`,
        { kind: 'incident', fields: { what: `发生了一次告警${piece}，已处理` } },
      ],
      ['POST', `/api/engagements/${engagementId}/records`, { kind: 'incident', fields: { [piece]: 'x' } }],
      [
        'POST',
        `/api/engagements/${engagementId}/scope/changes`,
        { content: `a.example\n${piece}`, reason: '业务方要求增加对象。' },
      ],
    ]
    for (const [method, path, body] of places) {
      const answer = await ask(method, path, { raw: JSON.stringify(body) })
      expect([answer.status, answer.json.rule], path).toEqual([400, 'INPUT-8'])
    }
  })
  it('with a NUL in a query is refused', async () => {
    expect((await ask('GET', '/api/engagements?search=%00')).status).toBe(400)
    expect((await ask('GET', '/api/engagements?after=%00')).status).toBe(400)
  })
})

describe.skipIf(naughtyStrings.length === 0)(
  'the big list of naughty strings (skipped where the shared data is absent)',
  () => {
    it('never breaks the making of a demand: what is taken comes back as it was given', async () => {
      let taken = 0
      for (let at = 0; at < naughtyStrings.length; at += 6) {
        const text = naughtyStrings.slice(at, at + 6).join(' ')
        const goals = `检验商城的安全性 ${text}`.slice(0, 4000).toWellFormed()
        const title = `商城众测 ${text}`.slice(0, 120).toWellFormed()
        const answer = await ask('POST', '/api/engagements', { body: { ...draft(), title, goals } })
        expect(answer.status, text).toBeLessThan(500)
        if (answer.status === 422)
          // Only control and direction characters are refused; then each string alone shows which.
          expect(/[\u0000-\u001f\u007f\u202a-\u202e\u2066-\u2069]/.test(`${title}${goals}`), text).toBe(true)
        else {
          taken++
          expect((answer.json as unknown as { goals: string; title: string }).goals).toBe(goals)
        }
      }
      expect(taken).toBeGreaterThan(20)
    })
    it('never breaks a finding, in any of its texts', async () => {
      const fields = ['title', 'asset', 'cwe', 'cvssVector', 'description', 'steps', 'impact', 'repair'] as const
      for (const [place, text] of naughtyStrings.entries()) {
        const name = fields[place % fields.length] as string
        const body = {
          ...findingDraft(stage, [exchange]),
          [name]: name === 'asset' || name === 'cwe' || name === 'cvssVector' ? text : `${text} 可以读取顾客的数据`,
        }
        const answer = await ask('POST', `/api/engagements/${engagementId}/findings`, { body, as: testerCookie })
        expect(answer.status, `${name}: ${text}`).toBeLessThan(500)
      }
    })
  },
)

describe('a list', () => {
  it('takes cursors only as it gave them', async () => {
    for (const after of [
      `${'9'.repeat(40)}~${engagementId}`,
      `-1~${engagementId}`,
      `8640000000000001~${engagementId}`,
      '9'.repeat(30),
    ]) {
      expect((await ask('GET', `/api/engagements?after=${after}`)).status, after).toBe(200)
      expect((await ask('GET', `/api/engagements/${engagementId}/timeline?after=${after}`)).status, after).toBe(200)
    }
  })
})

describe('an idempotency key', () => {
  const key = (text: string) => ({ 'idempotency-key': text })
  it('gives the same answer again and makes one row', async () => {
    const body = { ...draft(), title: '同一请求两次' }
    const first = await ask('POST', '/api/engagements', { body, headers: key('one-request-1') })
    const second = await ask('POST', '/api/engagements', { body, headers: key('one-request-1') })
    expect([first.status, second.status]).toEqual([201, 201])
    expect(second.json).toEqual(first.json)
    expect(await countOf(body.title)).toBe(1)
  })
  it('with another body is refused', async () => {
    const answer = await ask('POST', '/api/engagements', { body: draft(), headers: key('one-request-1') })
    expect([answer.status, answer.json.rule]).toEqual([422, 'INPUT-5'])
  })
  it('of two requests at the same moment makes one row and one answer', async () => {
    const body = { ...draft(), title: '同时两次' }
    const answers = await Promise.all(
      [1, 2, 3].map(() => ask('POST', '/api/engagements', { body, headers: key('same-moment-1') })),
    )
    expect(answers.map((one) => one.status)).toEqual([201, 201, 201])
    expect(new Set(answers.map((one) => one.text)).size).toBe(1)
    expect(await countOf(body.title)).toBe(1)
  })
  it('belongs to the object in the path too: the same body for another engagement is another act', async () => {
    const body = { kind: 'incident', fields: { what: '发生了一次告警，已经处理完毕。' } }
    const ours = await ask('POST', `/api/engagements/${engagementId}/records`, { body, headers: key('two-objects-1') })
    expect(ours.status).toBe(201)
    const absent = `eng_${'0'.repeat(26)}`
    const theirs = await ask('POST', `/api/engagements/${absent}/records`, { body, headers: key('two-objects-1') })
    expect([theirs.status, theirs.json.rule]).toEqual([422, 'INPUT-5'])
  })
  it('belongs to a person: somebody else’s does not show their answer', async () => {
    const body = { ...draft(), title: '同一请求两次' }
    const other = await ask('POST', '/api/engagements', { body, headers: key('one-request-1'), as: testerCookie })
    expect(other.status).toBe(403)
  })
  it('gives nothing to somebody who lost the engagement since: the repeat is absent, as everything there is', async () => {
    const body = { kind: 'incident', fields: { what: '第二次告警，同样处理完毕。' } }
    const again = () =>
      ask('POST', `/api/engagements/${engagementId}/records`, { body, headers: key('lost-since-then') })
    const first = await again()
    expect([first.status, (await again()).text]).toEqual([201, first.text])
    // 林帆’s house gives the engagement to 梅 alone.
    const house = { engagement_id: engagementId, org_id: cast.orgIds.demand }
    await inSystemWork(stage.deps, async (work) => {
      const mei = await makePerson(work, {
        orgId: cast.orgIds.demand,
        orgKind: 'demand',
        name: '梅',
        posts: ['member'],
        login: 'mei-alone',
        passwordHash: 'x',
      })
      const given = { group_id: null, person_id: mei, ends_at: null, given_by: mei, given_at: new Date(0) }
      await work.db
        .insertInto('work_teams')
        .values({ ...house, changed_at: work.now, version: 1 })
        .execute()
      await work.db
        .insertInto('engagement_grants')
        .values({ ...house, ...given })
        .execute()
    })
    const repeated = await again()
    await stage.deps.database.kysely.deleteFrom('engagement_grants').where('engagement_id', '=', engagementId).execute()
    expect([repeated.status, repeated.json.code]).toEqual([404, 'not_found'])
    expect((await again()).text).toBe(first.text)
  })
  it('is not spent by a refused request', async () => {
    const refused = await ask('POST', '/api/engagements', {
      body: { ...draft(), windowCloses: '2020-01-01T00:00:00Z' },
      headers: key('spent-or-not'),
    })
    expect(refused.status).toBe(422)
    expect((await ask('POST', '/api/engagements', { body: draft(), headers: key('spent-or-not') })).status).toBe(201)
  })
  it.each(['short', 'with space in it', 'x'.repeat(101), 'quote"quote'])(
    '“%s” is refused with field and limit',
    async (text) => {
      const answer = await ask('POST', '/api/engagements', { body: draft(), headers: key(text) })
      expect([answer.status, answer.json.rule, answer.json.fields[0]?.field]).toEqual([
        400,
        'INPUT-4',
        'header.idempotency-key',
      ])
    },
  )
})

describe('what anybody may ask', () => {
  it('whether the platform is ready', async () => {
    const answer = await ask('GET', '/healthz', { as: '' })
    expect([answer.status, answer.json]).toEqual([200, { ready: true }])
    guarded(answer.headers)
  })
  it('for the description of the API', async () => {
    const answer = await ask('GET', '/api/openapi.json', { as: '' })
    expect(answer.status).toBe(200)
    expect(answer.json).toMatchObject({ openapi: '3.1.0' })
    guarded(answer.headers)
  })
})

describe('an answer', () => {
  it('carries the content policy, whether it is good, refused, absent or a file', async () => {
    for (const [method, path] of [
      ['GET', '/api/me'],
      ['GET', '/api/testers'],
      ['GET', `/api/engagements/eng_${'0'.repeat(26)}`],
      ['POST', '/api/engagements'],
      ['GET', `/api/engagements/${engagementId}/ca.pem`],
    ] as const)
      guarded((await ask(method, path)).headers)
  })
  it('tells no program or version that made it', async () => {
    for (const path of ['/healthz', '/api/me', '/api/none', '/']) {
      const { headers } = await ask('GET', path)
      for (const name of ['server', 'x-powered-by', 'via']) expect(headers.get(name), name).toBeNull()
    }
  })
  it('keeps browsers to https for a year where people come by it, and says nothing of it elsewhere', async () => {
    const deps = { ...stage.deps, settings: { ...stage.deps.settings, publicUrl: 'https://heng.example' } }
    const app = await buildApp(deps, features(deps))
    for (const url of ['/healthz', '/api/me', '/api/none', '/%ZZ'])
      expect(
        (await app.inject({ url, headers: { host: 'heng.example' } })).headers['strict-transport-security'],
        url,
      ).toBe('max-age=31536000; includeSubDomains')
    await app.close()
    expect((await ask('GET', '/healthz')).headers.get('strict-transport-security')).toBeNull()
  })
  it('speaks the language asked for, and carries both', async () => {
    const zh = await ask('GET', '/api/testers', { headers: { 'accept-language': 'zh-CN' } })
    const en = await ask('GET', '/api/testers', { headers: { 'accept-language': 'en-GB' } })
    expect((zh.json as unknown as { detail: string }).detail).toMatch(/\p{Script=Han}/u)
    expect((en.json as unknown as { detail: string }).detail).not.toMatch(/\p{Script=Han}/u)
    expect(zh.headers.get('content-type')).toContain('application/problem+json')
  })
})

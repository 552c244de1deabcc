import { mkdir, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { EndpointKey } from '@zhongheng/contracts/http/index.ts'
import { features } from '@zhongheng/server/features/all.ts'
import { buildApp } from '@zhongheng/server/http/app.ts'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { partsOf } from '../access/sample-input.ts'
import { type Cast, assemble, demandDraft, inTesting, submittedFinding } from '../scenes/crowd-test.ts'
import { type Asked, ask as askAt, cookieOf } from '../scenes/http-client.ts'
import { oneOfEachKind } from '../scenes/one-of-each-kind.ts'
import { type ServerProcess, startServerProcess } from '../scenes/server-process.ts'
import { type Stage, openStage } from '../scenes/stage.ts'
import { changingKeys, endpointOf, listKeys } from './scene.ts'

/* What a request is made of: its host, its headers, its body, and what an answer may hold of it. */
let stage: Stage
let cast: Cast
let cookie: string
let ids: { [kind: string]: string }
beforeAll(async () => {
  stage = await openStage()
  cast = await assemble(stage, 'a')
  const engagementId = await inTesting(stage, cast)
  await submittedFinding(stage, engagementId, cast.tester)
  ids = await oneOfEachKind(stage, engagementId, cast.tester)
  cookie = await cookieOf(stage.base, 'lin-a')
})
afterAll(() => stage.close())

const ask = (method: string, path: string, asked: Asked = {}) =>
  askAt(stage.base, method, path, { as: cookie, ...asked })
const idFor = (_path: string, kind: string): string => ids[kind] ?? `${kind.slice(0, 3)}_${'0'.repeat(26)}`
const pathOf = (key: EndpointKey): readonly [string, string] => {
  const parts = partsOf(endpointOf(key), idFor)
  const [method = '', path = ''] = key.split(' ')
  return [method, path.replace(/:(\w+)/g, (_all, name: string) => String(parts.params?.[name] ?? ''))]
}
const bodied = changingKeys.filter((key) => endpointOf(key).body !== undefined)
/** Those whose refusals do not count guesses: the throttle would hide what is looked for. */
const patient = bodied.filter((key) => !/sign-in|setup|acceptance|letter-checks/.test(key))

/** Bytes as they are, and what came back until the server closed or fell silent. */
async function raw(bytes: string, base = stage.base): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connect(Number(new URL(base).port), '127.0.0.1', () => socket.write(bytes))
    socket.setTimeout(3000, () => socket.destroy())
    socket.on('data', (part) => (text += part.toString('latin1')))
    socket.on('close', () => resolve(text))
    socket.on('error', reject)
  })
}

describe('the name that a request asks for', () => {
  const get = (lines: string, target = '/api/setup') => `GET ${target} HTTP/1.1\r\n${lines}connection: close\r\n\r\n`
  it('PUB-IN-07: other than ours is answered with 421, however it is said', async () => {
    for (const host of [
      'canary.invalid',
      'canary.invalid:80',
      '127.0.0.1.canary.invalid',
      'localhost@canary.invalid',
      '10.0.0.1',
    ])
      expect(await raw(get(`Host: ${host}\r\n`)), host).toMatch(/^HTTP\/1\.1 4(21|00) /)
    expect(await raw(get('Host: localhost\r\n', 'http://canary.invalid/api/setup'))).toMatch(/^HTTP\/1\.1 4(21|00|04) /)
    expect(await raw(get('Host: localhost\r\nHost: canary.invalid\r\n'))).toMatch(/^HTTP\/1\.1 400 /)
    expect(await raw(get('Host: localhost\r\n'))).toMatch(/^HTTP\/1\.1 200 /)
  })
  const origins: readonly Record<string, string>[] = [
    { 'x-forwarded-host': 'canary.invalid' },
    { 'x-forwarded-proto': 'gopher' },
    { forwarded: 'host=canary.invalid;proto=https' },
    { 'x-original-url': 'http://canary.invalid/' },
    { 'x-forwarded-server': 'canary.invalid' },
    { 'x-host': 'canary.invalid', 'x-forwarded-port': '666', 'x-forwarded-prefix': '//canary.invalid' },
  ]
  it('PUB-IN-07: goes into no link, whatever else a request says of its origin', async () => {
    const link = async (headers: Record<string, string>) => {
      const answer = await ask('POST', '/api/invitations', { body: { name: '新人', posts: ['member'] }, headers })
      expect(answer.status).toBe(201)
      return (answer.json as unknown as { link: string }).link
    }
    for (const headers of origins) expect(await link(headers)).toMatch(new RegExp(`^${stage.deps.settings.publicUrl}/`))
  })
  it('PUB-IN-07: goes into no link of a password reset either, whoever asked for it, and the token behind its # is used once', async () => {
    const invited = await ask('POST', '/api/invitations', { body: { name: '遗忘者', posts: ['member'] } })
    const token = new URL((invited.json as unknown as { link: string }).link).hash.replace('#token=', '')
    const login = 'lost-a'
    const password = 'Wolke-9-ueber-Hangzhou'
    await ask('POST', '/api/invitations/acceptance', { as: '', body: { token, login, password } })
    for (const headers of origins) {
      const asked = await ask('POST', '/api/password-resets', { as: '', body: { login }, headers })
      expect([asked.status, asked.text.includes('canary')]).toEqual([asked.status, false])
      const answer = await ask('POST', '/api/password-links', { body: { login }, headers })
      expect(answer.status, answer.text).toBe(201)
      const { link } = answer.json as unknown as { link: string }
      const { origin, pathname, search, hash } = new URL(link)
      expect([origin, pathname, search]).toEqual([stage.deps.settings.publicUrl, '/password-reset', ''])
      const use = async (secret: string) =>
        (
          await ask('POST', '/api/password-resets/use', {
            as: '',
            body: { token: hash.replace('#token=', ''), password: secret },
            headers,
          })
        ).status
      const secret = `Brücke-${origins.indexOf(headers)}-ueber-Hangzhou`
      expect([await use(secret), await use(`${secret}-2`)]).toEqual([204, 422])
      await sql`delete from throttles`.execute(stage.deps.database.kysely)
    }
  })
  it('PUB-IN-07: is not read out of a page’s address by anybody it leads to: no answer has a referrer or leaves the house', async () => {
    for (const path of ['/password-reset', '/invitations/accept', '/setup', '/api/setup'])
      expect((await ask('GET', path, { as: '' })).headers.get('referrer-policy'), path).toBe('no-referrer')
  })
})

describe('a body', () => {
  const bombs: readonly [string, string][] = [
    ['a hundred thousand levels deep', '['.repeat(100_000)],
    ['of a hundred thousand keys', `{${Array.from({ length: 100_000 }, (_one, at) => `"k${at}":1`).join()}}`],
    ['with one key twice', '{"version":1,"version":2}'],
    ['with a number beyond numbers', '{"version":1e400}'],
    ['with a name of 5 MB', `{"title":"${'n'.repeat(5 * 1024 * 1024)}"}`],
    ['with half a character', '{"title":"\\ud800"}'],
    ['with NUL', '{"title":"a\\u0000"}'],
  ]
  it.each(bodied)('PUB-UP-07: %s refuses every bomb in good order', async (key) => {
    const [method, path] = pathOf(key)
    for (const [what, text] of bombs) {
      const answer = await ask(method, path, { raw: text }).catch((error: Error) => ({ status: error.message }))
      // A body that is too long may be hung up on before the client has read why.
      if (text.length > 4 * 1024 * 1024) expect([413, 403, 429, 'fetch failed'], what).toContain(answer.status)
      else expect([400, 403, 404, 413, 422, 429], `${key} ${what}: ${answer.status}`).toContain(answer.status)
    }
  })
  it.each(patient)('PUB-IN-02: %s takes no prototype, and none is changed', async (key) => {
    const [method, path] = pathOf(key)
    const before = Object.getOwnPropertyNames(Object.prototype).join()
    const good = JSON.stringify(partsOf(endpointOf(key), idFor).body)
    for (const poison of ['"__proto__":{"role":"organizer"}', '"constructor":{"prototype":{"x":1}}', '"toString":1']) {
      const text = good === '{}' ? `{${poison}}` : `{${poison},${good.slice(1)}`
      const answer = await ask(method, path, { raw: text })
      expect([403, 404, 422], `${key} ${poison} ${answer.text}`).toContain(answer.status)
    }
    expect(Object.getOwnPropertyNames(Object.prototype).join()).toBe(before)
    expect(({} as Record<string, unknown>)['role'] ?? ({} as Record<string, unknown>)['x']).toBeUndefined()
  })
  it.each(['a[__proto__][b]=1', '__proto__=1', '__proto__[role]=organizer', 'constructor.prototype.x=1', 'toString=1'])(
    'PUB-IN-02: the question ?%s is refused by every list',
    async (question) => {
      for (const key of listKeys)
        expect([400, 403], key).toContain((await ask('GET', `${pathOf(key)[1]}?${question}`)).status)
      expect(({} as Record<string, unknown>)['role'] ?? ({} as Record<string, unknown>)['b']).toBeUndefined()
    },
  )
  it.each([
    'application/json; charset=utf-16',
    'application/json; charset=utf-7',
    'application/json; charset=gb18030',
    'application/json;;',
    'application/json; boundary=x',
    'application/json, text/plain',
    'text/json',
    'application/vnd.api+json',
    'text/plain',
    'application/x-www-form-urlencoded',
    '',
  ])('PUB-AU-09 PUB-UP-07: as %j is not read: it would be read in two ways', async (type) => {
    const answer = await ask('PATCH', '/api/me', { raw: '{"locale":"en"}', headers: { 'content-type': type } })
    expect(answer.status).toBe(415)
    for (const good of ['application/json', 'Application/JSON; charset=UTF-8', 'application/json;charset="utf-8"'])
      expect(
        (await ask('PATCH', '/api/me', { raw: '{"locale":"zh-CN"}', headers: { 'content-type': good } })).status,
      ).toBe(200)
  })
  it('PUB-DO-03: that unfolds, has a thousand parts or never ends is not read', async () => {
    const bomb = gzipSync(Buffer.alloc(20 * 1024 * 1024, 0x20)).toString('latin1')
    const head = (more: string) =>
      `POST /api/sign-in HTTP/1.1\r\nHost: localhost\r\nx-zhongheng: 1\r\nconnection: close\r\n${more}\r\n`
    const port = Number(new URL(stage.base).port)
    expect(port).toBeGreaterThan(0)
    for (const encoding of ['gzip', 'br', 'deflate', 'GZIP', 'gzip, gzip'])
      expect(
        await raw(
          head(
            `content-type: application/json\r\ncontent-encoding: ${encoding}\r\ncontent-length: ${bomb.length}\r\n`,
          ) + bomb,
        ),
        encoding,
      ).toMatch(/^HTTP\/1\.1 415 /)
    const parts = '--x\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n'.repeat(10_000)
    expect(
      await raw(head(`content-type: multipart/form-data; boundary=x\r\ncontent-length: ${parts.length}\r\n`) + parts),
    ).toMatch(/^HTTP\/1\.1 415 /)
    const chunk = `10000\r\n${' '.repeat(0x10000)}\r\n`
    expect(
      await raw(head('content-type: application/json\r\ntransfer-encoding: chunked\r\n') + chunk.repeat(80)),
    ).toMatch(/^HTTP\/1\.1 413 /)
  })
})

describe('a list', () => {
  it.each(listKeys)('PUB-DO-02: %s is not made to work for nothing', async (key) => {
    const [, path] = pathOf(key)
    for (const question of [
      'limit=1000000000',
      'limit=-1',
      'limit=1e9',
      'offset=1000000000000',
      Array.from({ length: 500 }, (_one, at) => `f${at}=1`).join('&'),
      `a${'[b]'.repeat(1000)}=1`,
      `ids=${Array.from({ length: 1000 }, (_one, at) => at).join()}`,
    ])
      expect([400, 403, 404, 414], `${key} ${question.slice(0, 40)}`).toContain(
        (await ask('GET', `${path}?${question}`)).status,
      )
    // Beyond what an address may hold, the connection's own reader ends it.
    const long = await raw(
      `GET ${path}?${Array.from({ length: 10_000 }, (_one, at) => `f${at}=1`).join('&')} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
    )
    expect(long).toMatch(/^HTTP\/1\.1 4(31|14|00) /)
  })
  it('PUB-DO-02: takes a search for what it says, not for a pattern, and every statement has a limit of time', async () => {
    for (const search of ['^(a+)+$', '%', '_', '.*'])
      expect((await ask('GET', `/api/engagements?search=${encodeURIComponent(search)}`)).json).toMatchObject({
        engagements: [],
      })
    const { rows } = await sql<{ statement_timeout: string }>`show statement_timeout`.execute(
      stage.deps.database.kysely,
    )
    expect(rows[0]?.statement_timeout).toBe('30s')
  })
  const injections = [
    `' OR '1'='1`,
    '1) OR (1=1',
    '1;SELECT pg_sleep(5)--',
    '(CASE WHEN 1=1 THEN id ELSE title END)',
    '$$x$$',
    '\\',
    `'||'`,
    '%27',
  ]
  it.each(listKeys)('PUB-IN-01: %s takes statements in its questions and its path as words', async (key) => {
    const names = Object.keys((endpointOf(key).query as { shape?: object } | undefined)?.shape ?? {})
    for (const text of injections) {
      for (const name of [...names, 'sort']) {
        const answer = await ask('GET', `${pathOf(key)[1]}?${name}=${encodeURIComponent(text)}`)
        expect([200, 400, 403], `${key} ${name}=${text}`).toContain(answer.status)
        if (answer.status === 200 && ['search', 'host', 'method'].includes(name))
          expect(Object.values(answer.json as unknown as Record<string, unknown>).find(Array.isArray), text).toEqual([])
      }
      const spelled = pathOf(key)[1].replace(/eng_\w+/, encodeURIComponent(text))
      if (spelled !== pathOf(key)[1]) expect((await ask('GET', spelled)).status).toBe(404)
    }
  })
  it('PUB-IN-01: a text with statements in it is stored and given back to the letter', async () => {
    for (const text of injections) {
      const made = await ask('POST', '/api/engagements', {
        body: { ...demandDraft(cast), title: `众测 ${text}`.trim(), goals: `检验目标的说明 ${text} 到此结束` },
      })
      expect([made.status, (made.json as unknown as { goals: string }).goals]).toEqual([
        201,
        `检验目标的说明 ${text} 到此结束`,
      ])
    }
  })
})

describe('every answer', () => {
  const policy = (headers: Headers, page = false): void => {
    const csp = headers.get('content-security-policy') ?? ''
    for (const part of [
      "default-src 'none'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
      "require-trusted-types-for 'script'",
    ])
      expect(csp).toContain(part)
    if (!page) expect(csp).toContain('sandbox')
    expect(csp).not.toMatch(/unsafe-|script-src[^;]*\*/)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('x-frame-options')).toBe('DENY')
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
    expect(headers.get('access-control-allow-origin')).toBeNull()
  }
  const mark = '<canary()>'
  it('PUB-XS-08: that refuses carries the whole policy and nothing of what was sent', async () => {
    const spelled = encodeURIComponent(mark)
    const answers: [number, Awaited<ReturnType<typeof ask>>][] = [
      [400, await ask('GET', `/api/engagements?${spelled}=${spelled}`)],
      [400, await ask('POST', '/api/engagements', { raw: `{"${mark}":` })],
      [400, await ask('GET', '/api/%ZZ')],
      [401, await ask('GET', '/api/me', { as: `zh_login=${spelled}` })],
      [403, await ask('POST', '/api/engagements', { body: {}, headers: { 'x-zhongheng': mark } })],
      [404, await ask('GET', `/api/${spelled}`)],
      [404, await ask('DELETE', `/api/me/${spelled}`)],
      [413, await ask('POST', '/api/engagements', { body: { title: mark.repeat(500_000) } })],
      [415, await ask('POST', '/api/engagements', { raw: mark, headers: { 'content-type': `text/${spelled}` } })],
      [
        422,
        await ask('POST', '/api/engagements', {
          body: { ...demandDraft(cast), [mark]: mark, title: mark.repeat(100) },
        }),
      ],
      [
        422,
        await ask('POST', `/api/engagements/${ids['engagement']}/records`, {
          body: { kind: mark, fields: { [mark]: mark } },
        }),
      ],
      [422, await ask('POST', `/api/engagements/${ids['engagement']}/moves`, { body: { move: mark, version: 1 } })],
    ]
    for (let guess = 0; guess < 12; guess++)
      await ask('POST', '/api/sign-in', { body: { login: 'xss-guess', password: mark }, as: '' })
    answers.push([429, await ask('POST', '/api/sign-in', { body: { login: 'xss-guess', password: mark }, as: '' })])
    for (const [status, answer] of answers) {
      expect(answer.status, answer.text).toBe(status)
      policy(answer.headers)
      expect(answer.text).not.toContain('canary')
    }
  })
  it.each([
    ['without a Host line', 'GET /api/setup HTTP/1.1\r\n\r\n', 421],
    ['without a Host line in HTTP/1.0', 'GET /api/setup HTTP/1.0\r\n\r\n', 421],
    ['with an empty Host', 'GET /api/setup HTTP/1.1\r\nHost:\r\n\r\n', 421],
    [
      'with another expectation',
      'POST /api/sign-in HTTP/1.1\r\nHost: localhost\r\nExpect: 200-fine\r\nContent-Length: 0\r\n\r\n',
      417,
    ],
    ['with a method nobody knows', 'PROPFIND /api/me HTTP/1.1\r\nHost: localhost\r\n\r\n', 404],
    ['with a method that is none', 'GOT /api/me HTTP/1.1\r\nHost: localhost\r\n\r\n', 400],
    ['with QUERY', 'QUERY /api/me HTTP/1.1\r\nHost: localhost\r\n\r\n', 400],
    [
      'for an upgrade',
      'GET /api/notices/live HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
      401,
    ],
    [
      'with a preflight',
      'OPTIONS /api/me HTTP/1.1\r\nHost: localhost\r\nOrigin: http://canary.invalid\r\nAccess-Control-Request-Method: PUT\r\n\r\n',
      404,
    ],
    ['of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['of a path beyond measure', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`, 431],
    ['of a path that is no text', 'GET /api/engagements/%ff%fe HTTP/1.1\r\nHost: localhost\r\n\r\n', 400],
  ])('PUB-XS-08: to a request %s carries the policy as well', async (_what, bytes, status) => {
    const [head = ''] = (await raw(bytes)).split('\r\n\r\n')
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    const lines = head.split('\r\n').slice(1)
    policy(new Headers(lines.map((line) => line.split(/: ?(.*)/, 2) as [string, string])))
    expect(head).not.toContain('canary')
  })
  it('PUB-XS-08: of a fault of ours, and of static files and pages, carries it too', async () => {
    const folder = join(tmpdir(), `zh-web-${process.pid}`)
    await mkdir(join(folder, 'assets'), { recursive: true })
    await writeFile(join(folder, 'index.html'), '<!doctype html><script nonce="__NONCE__"></script>')
    await writeFile(join(folder, 'assets', 'a-1.js'), 'x')
    const deps = { ...stage.deps, settings: { ...stage.deps.settings, webFolder: folder } }
    const broken = features(deps).map((one) =>
      one.key === 'GET /api/setup' ? { ...one, handle: () => Promise.reject(new Error(`${mark} inside`)) } : one,
    )
    const app = await buildApp(deps, broken)
    try {
      const look = async (url: string) => {
        const answer = await app.inject({ url, headers: { host: 'localhost' } })
        return {
          status: answer.statusCode,
          text: answer.body,
          headers: new Headers(answer.headers as Record<string, string>),
        }
      }
      const fault = await look('/api/setup')
      expect([fault.status, fault.text.includes('canary')]).toEqual([500, false])
      policy(fault.headers)
      for (const url of ['/assets/a-1.js', '/assets/none.js', '/api/openapi.json', '/healthz'])
        policy((await look(url)).headers)
      for (const url of [
        '/',
        '/sign-in',
        `/x/${encodeURIComponent(mark)}`,
        '/engagements/%2e%2e',
        '/assets/../../package.json',
      ]) {
        const page = await look(url)
        expect(page.text).not.toContain('canary')
        policy(page.headers, true)
      }
      for (const url of [
        '/check~',
        '/check.bak',
        '/check.php.old',
        '/.git/config',
        '/.env',
        '/robots.txt',
        '//canary.invalid/',
        '/check;x',
      ])
        expect((await look(url)).status, url).toBe(404)
      const nonces = await Promise.all(
        ['/', '/'].map(async (url) => /nonce="(.{24})"/.exec((await look(url)).text)?.[1]),
      )
      expect(new Set(nonces).size).toBe(2)
    } finally {
      await app.close()
      await rm(folder, { recursive: true })
    }
  })
  it('PUB-DO-04: is for nobody’s cache, and a suffix finds nothing', async () => {
    for (const key of listKeys) {
      const [, path] = pathOf(key)
      const plain = await ask('GET', path)
      expect(plain.headers.get('cache-control')).toBe('private, no-store')
      for (const suffix of ['.css', '.js', '/x.css', ';.css', '%2f.css', '%00.css'])
        expect((await ask('GET', `${path}${suffix}`)).status, `${path}${suffix}`).toBe(404)
      const still = (text: string) => text.replaceAll(/"lagSeconds":[\d.]+/g, '')
      for (const headers of [
        { 'x-forwarded-scheme': 'http' },
        { 'x-rewrite-url': '/api/me' },
        { 'x-http-method-override': 'DELETE' },
      ] as Record<string, string>[])
        expect(still((await ask('GET', path, { headers })).text)).toBe(still(plain.text))
    }
  })
})

describe('five hundred clients that drip', () => {
  it('PUB-DO-01: keep nobody else waiting, and are closed by a limit of time', { timeout: 120_000 }, async () => {
    const port = Number(new URL(stage.base).port)
    let open = 0
    const drips: NodeJS.Timeout[] = []
    const slow = (first: string, drip: string): Promise<void> =>
      new Promise((resolve) => {
        const socket = connect(port, '127.0.0.1', () => {
          open++
          socket.write(first)
          drips.push(setInterval(() => socket.writable && socket.write(drip), 2000))
        })
        socket.on('error', () => undefined)
        socket.on('data', () => undefined)
        socket.on('close', () => {
          open--
          resolve()
        })
      })
    const head = 'POST /api/sign-in HTTP/1.1\r\nHost: localhost\r\n'
    const all = [
      ...Array.from({ length: 250 }, () => slow(head, 'x-more: 1\r\n')),
      ...Array.from({ length: 250 }, () =>
        slow(`${head}x-zhongheng: 1\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n{`, ' '),
      ),
    ]
    await expect.poll(() => open, { timeout: 20_000 }).toBe(500)
    for (let turn = 0; turn < 40; turn++) expect((await ask('GET', '/api/me')).status).toBe(200)
    expect(open).toBe(500)
    await Promise.all(all)
    for (const drip of drips) clearInterval(drip)
    expect((await ask('GET', '/api/me')).status).toBe(200)
  })
})

describe('the log', () => {
  let server: ServerProcess
  beforeAll(async () => {
    server = await startServerProcess(stage, { log: true })
  })
  afterAll(() => server.close())
  it('PUB-IN-05: has one line for each request and nothing of what people wrote', async () => {
    const word = 'LOGCANARY'
    const texts = [
      `${word}\r\n{"level":30,"msg":"forged"}`,
      `${word}\u001b[31m\u001b]0;x\u0007`,
      `${word}\u2028\u2029`,
      `${word}${'x'.repeat(1_000_000)}`,
    ]
    let sent = 0
    const tell = async (...asked: Parameters<typeof askAt> extends [string, ...infer R] ? R : never) => {
      sent++
      return askAt(server.base, ...asked)
    }
    for (const text of texts) {
      await tell('POST', '/api/engagements', { as: cookie, body: { ...demandDraft(cast), title: text, goals: text } })
      await tell('GET', `/api/engagements?search=${encodeURIComponent(text.slice(0, 500))}`, { as: cookie })
      await tell('GET', `/${encodeURIComponent(text.slice(0, 500))}`, { as: cookie })
      await tell('GET', '/api/me', { as: cookie, headers: { 'user-agent': encodeURIComponent(text.slice(0, 500)) } })
      await tell('POST', '/api/sign-in', { body: { login: 'nobody', password: text.slice(0, 200) } })
    }
    await expect
      .poll(
        () =>
          server
            .output()
            .split('\n')
            .filter((line) => line.includes('"status"')).length,
      )
      .toBe(sent)
    const lines = server.output().trim().split('\n')
    expect(server.output()).not.toContain(word)
    expect(server.output()).not.toMatch(/forged|\u001b|zh_login/)
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ level: expect.any(Number) as number })
  })
})

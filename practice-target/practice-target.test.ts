import { execFile } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { get } from 'node:https'
import { connect } from 'node:net'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type PracticeTarget, startPracticeTarget } from './start.ts'

const run = promisify(execFile)
let target: PracticeTarget
beforeAll(async () => {
  target = await startPracticeTarget({ port: 0, tlsPort: 0, host: '127.0.0.1' })
})
afterAll(() => target.close())
beforeEach(async () => {
  const reset = await fetch(`${target.url}/__reset`, { method: 'POST' })
  expect(await reset.json()).toEqual({ reset: true })
})

const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(target.url + path, { redirect: 'manual', ...init })
const read = async (path: string, init?: RequestInit): Promise<string> => (await ask(path, init)).text()
const form = (fields: Record<string, string>): RequestInit => ({ method: 'POST', body: new URLSearchParams(fields) })
const searchFor = (words: string): Promise<string> => read(`/search?q=${encodeURIComponent(words)}`)
async function signedInAs(login: string, password: string): Promise<RequestInit> {
  const answer = await ask('/login', form({ login, password }))
  return { headers: { cookie: answer.headers.getSetCookie()[0]?.split(';')[0] ?? '' } }
}

describe('the label', () => {
  it.each(['/', '/search?q=茶', "/search?q='", '/products/1', '/login', '/downloads', '/admin', '/no-such-page'])(
    'is on the page and in the headers of %s',
    async (path) => {
      const answer = await ask(path)
      expect(answer.headers.get('x-practice-target')).toContain('deliberately vulnerable')
      const shown = await answer.text()
      expect(shown).toContain('靶场：本站故意留有真实漏洞')
      expect(shown).toContain('vulnerable on purpose')
    },
  )
  it.each(['/api/products', '/api/orders/1001', '/go?to=/', '/files?name=x', '/robots.txt'])(
    'is in the headers of %s, which is no page',
    async (path) => {
      const answer = await ask(path)
      expect(answer.headers.get('x-practice-target')).toContain('deliberately vulnerable')
    },
  )
  it('is in the answer to a request that is no HTTP', async () => {
    expect(await overTheWire('nonsense\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 [^]*x-practice-target: deliberately/)
  })
})

describe('the wall around the shop', () => {
  it.each(['0.0.0.0', '::', '192.0.2.1', 'example.com'])('refuses to listen on %s', async (host) => {
    await expect(startPracticeTarget({ port: 0, host })).rejects.toThrow(/loopback only/)
  })
  it('opens no file of the machine: the shop imports neither a file system nor a process', () => {
    const room = new URL('.', import.meta.url)
    const sources = readdirSync(room, { recursive: true, encoding: 'utf8' }).filter(
      (name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.startsWith('node_modules'),
    )
    expect(sources.length).toBeGreaterThan(8)
    for (const name of sources) {
      expect(readFileSync(new URL(name, room), 'utf8'), name).not.toMatch(/node:fs|node:child_process|require\(/)
    }
  })
  it('tells a busy port to whoever starts it', async () => {
    await expect(startPracticeTarget({ port: target.port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })
})

describe('flaw: SQL injection in the search (CWE-89)', () => {
  it('answers true and false conditions differently', async () => {
    expect(await searchFor("茶杯%' and 1=1 and 'a' like '%a")).toContain('青瓷茶杯</a>')
    expect(await searchFor("茶杯%' and 1=2 and 'a' like '%a")).not.toContain('青瓷茶杯</a>')
  })
  it('gives the passwords to a union', async () => {
    const found = await searchFor("zz' union select id, login, password, 1, phone from customers -- ")
    expect(found).toContain('practice-manager-7391')
  })
  it('shows the engine’s error', async () => {
    const answer = await ask("/search?q='")
    expect(answer.status).toBe(500)
    expect(await answer.text()).toContain('[SQLITE_ERROR]')
  })
  it('also in the JSON answer', async () => {
    const found = await read(
      `/api/products?q=${encodeURIComponent("zz' union select 1, login, password, 1, 1 from customers -- ")}`,
    )
    expect(JSON.parse(found)).toMatchObject({
      products: expect.arrayContaining([expect.objectContaining({ name_en: 'practice-lin' })]) as unknown,
    })
  })
  it.each([
    [
      'endless recursion',
      "zz' union select 1,1,1,1,n from (with recursive r(n) as (select 1 union all select n+1 from r) select n from r) -- ",
    ],
    ['giant values', "zz' union select 1,1,1,1,hex(randomblob(400000000)) -- "],
  ])('cannot be used for %s', async (_what, words) => {
    expect(await searchFor(words)).toContain('[SQLITE_ERROR]')
  })
})

describe('flaw: script in the answer (CWE-79)', () => {
  const script = '<script>alert(document.domain)</script>'
  it('comes back from the search as it was sent', async () => {
    expect(await searchFor(script)).toContain(`“${script}”`)
  })
  it('stays in a review until the shop is reset', async () => {
    const posted = await ask('/products/2/reviews', form({ author: '访客', body: script }))
    expect(posted.status).toBe(303)
    expect(await read('/products/2')).toContain(`<div>${script}</div>`)
    await ask('/__reset', { method: 'POST' })
    expect(await read('/products/2')).not.toContain(script)
  })
})

describe('flaw: another customer’s order (CWE-639)', () => {
  it('is read by 林小满 although it is 陈立秋’s', async () => {
    const answer = await ask('/api/orders/1002', await signedInAs('lin', 'practice-lin'))
    expect(await answer.json()).toMatchObject({ order: { receiver: '陈立秋', customer_id: 2 } })
  })
  it('is read even by a stranger who counts upwards', async () => {
    expect(await (await ask('/api/orders/1004')).json()).toMatchObject({ order: { receiver: '陈立秋' } })
    expect((await ask('/api/orders/1005')).status).toBe(404)
  })
  it('while the list shows each customer only the own ones, and a stranger none', async () => {
    const own = await read('/orders', await signedInAs('chen', 'practice-chen'))
    expect(own).toContain('1002')
    expect(own).not.toContain('1001')
    expect((await ask('/api/orders')).status).toBe(401)
  })
})

describe('flaw: open redirect (CWE-601)', () => {
  it('sends the visitor to another site', async () => {
    const answer = await ask('/go?to=https://evil.example/login')
    expect(answer.status).toBe(302)
    expect(answer.headers.get('location')).toBe('https://evil.example/login')
  })
  it('takes line breaks and lone surrogates without splitting the header or breaking', async () => {
    const answer = await ask('/go?to=/%0d%0aset-cookie:%20a=b')
    expect(answer.headers.get('set-cookie')).toBeNull()
    expect((await ask('/go?to=%ED%A0%80')).status).toBe(302)
  })
})

describe('flaw: a file name that walks (CWE-22)', () => {
  it.each([
    '../private/config.ini',
    '..%2fprivate%2fconfig.ini',
    '..%5Cprivate%5Cconfig.ini',
    'a/../../private/config.ini',
  ])('reaches the private folder by %s', async (name) => {
    expect(await read(`/files?name=${name}`)).toContain('signing_key')
  })
  it.each([
    '../../../../../../etc/passwd',
    '/etc/passwd',
    '../../package.json',
    '../start.ts',
    '....//....//etc/hosts',
    '../private',
    '',
  ])('never reaches a file of the machine: %s', async (name) => {
    const answer = await ask(`/files?name=${encodeURIComponent(name)}`)
    expect(answer.status).toBe(404)
    expect(await answer.text()).toBe('没有此文件 no such file\n')
  })
})

describe('other things for tools', () => {
  it('the manager’s page wants no sign-in (CWE-306)', async () => {
    expect(await read('/admin')).toContain('店长后台')
    expect((await ask('/administrator')).status).toBe(404)
  })
  it('the slow endpoint waits as asked (CWE-770), ten seconds at most', async () => {
    expect(await (await ask('/slow?ms=20')).json()).toEqual({ waitedMs: 20 })
    const gone = new AbortController()
    const waiting = ask('/slow?ms=99999999', { signal: gone.signal })
    gone.abort()
    await expect(waiting).rejects.toThrow()
    expect(await (await ask('/slow?ms=-5')).json()).toEqual({ waitedMs: 0 })
  })
  it('the download is as large as asked and the same each time', async () => {
    const bytes = Buffer.from(await (await ask('/big?mb=3')).arrayBuffer())
    expect(bytes.length).toBe(3 * 1_048_576)
    expect(bytes.equals(Buffer.from(await (await ask('/big?mb=3')).arrayBuffer()))).toBe(true)
    expect((await ask('/big?mb=257')).status).toBe(400)
    expect((await ask('/big?mb=1e99')).status).toBe(400)
  })
  it('the WebSocket sends back what it got', async () => {
    const socket = new WebSocket(`${target.url.replace('http', 'ws')}/ws`)
    const heard = await new Promise<unknown>((resolve, reject) => {
      socket.addEventListener('open', () => socket.send('回声 echo '.repeat(50)))
      socket.addEventListener('message', (event) => resolve(event.data))
      socket.addEventListener('error', () => reject(new Error('no WebSocket')))
    })
    socket.close()
    expect(heard).toBe('回声 echo '.repeat(50))
  })
  it('TLS shows a certificate that a client can be told to trust', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      get(
        {
          host: '127.0.0.1',
          port: target.tlsPort,
          path: '/api/health',
          servername: 'shop.practice.test',
          ca: target.certificate,
        },
        (answer) => {
          answer.resume()
          resolve(answer.statusCode)
        },
      ).once('error', reject)
    })
    expect(status).toBe(200)
  })
  it('answers over TLS are refused by a client that was not told', async () => {
    await expect(fetch(`https://127.0.0.1:${target.tlsPort}/`)).rejects.toThrow()
  })
})

describe('what is not a flaw', () => {
  it('the sign-in takes no injected SQL', async () => {
    const answer = await ask('/login', form({ login: "lin' --", password: "' or '1'='1" }))
    expect(answer.status).toBe(401)
  })
  it('products that are not on sale are not shown by their number', async () => {
    expect((await ask('/products/7')).status).toBe(404)
  })
  it.each([
    ['no product', '/products/99/reviews', form({ body: '好' }), 404],
    ['an empty review', '/products/1/reviews', form({ body: '' }), 400],
    ['a huge body', '/products/1/reviews', form({ body: 'x'.repeat(100_000) }), 413],
    ['another type', '/products/1/reviews', { method: 'POST', body: 'plain' }, 415],
    ['broken JSON', '/login', { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } }, 400],
    ['a wrong method', '/search', { method: 'DELETE' }, 405],
  ] as const)('%s is refused with its reason', async (_what, path, init, status) => {
    expect((await ask(path, init)).status).toBe(status)
  })
  it('a strange request line does not end the shop', async () => {
    await overTheWire('GET http://[/ HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')
    await overTheWire('GET //\\evil HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')
    expect(
      await overTheWire('GET /ws HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n'),
    ).toMatch(/404/)
    expect((await ask('/api/health')).status).toBe(200)
  })
  it('reviews are full at 500', async () => {
    let last = 0
    for (let count = 0; count < 500; count++) last = (await ask('/products/1/reviews', form({ body: '好' }))).status
    expect(last).toBe(409)
  })
})

describe.skipIf(!existsSync('/usr/bin/curl'))('with curl', () => {
  it('a tester signs in, keeps the cookie and reads a stranger’s order', async () => {
    const cookie = await run('/usr/bin/curl', [
      '-s',
      '-o',
      '/dev/null',
      '-D',
      '-',
      '-d',
      'login=lin&password=practice-lin',
      `${target.url}/login`,
    ])
    const token = /shop_session=([0-9a-f]+)/.exec(cookie.stdout)?.[1] ?? ''
    const order = await run('/usr/bin/curl', ['-s', '-b', `shop_session=${token}`, `${target.url}/api/orders/1004`])
    expect(JSON.parse(order.stdout)).toMatchObject({ order: { receiver: '陈立秋' } })
  })
  it('the walk is not normalised away with --path-as-is', async () => {
    const found = await run('/usr/bin/curl', [
      '-s',
      '--path-as-is',
      `${target.url}/files?name=../private/suppliers.csv`,
    ])
    expect(found.stdout).toContain('price_factor')
  })
})

/** Sends raw bytes and returns everything that comes back until the connection ends. */
function overTheWire(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let heard = ''
    const socket = connect(target.port, '127.0.0.1', () => socket.write(bytes))
    socket.setEncoding('utf8')
    socket.on('data', (chunk: string) => {
      heard += chunk
    })
    socket.once('close', () => resolve(heard))
    socket.once('error', reject)
  })
}

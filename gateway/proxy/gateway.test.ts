import { afterEach, describe, expect, it } from 'vitest'
import { requestText, responseText } from '../testing/memory-recorder.ts'
import { always, okAnswer, Scene, type SceneOptions } from '../testing/scene.ts'

let scene: Scene
const open = async (options: SceneOptions = {}): Promise<Scene> => {
  scene = await Scene.open(options)
  return scene
}
afterEach(async () => {
  expect(scene.faults).toEqual([])
  await scene.close()
})

const head = (method: string, url: string, more = '', host = new URL(url).host): string =>
  `${method} ${url} HTTP/1.1\r\nHost: ${host}\r\nProxy-Authorization: Basic ${scene.basic}\r\n${more}\r\n`

describe('a request within the authorization', () => {
  it('reaches the target byte for byte, but for the absolute form and the proxy fields', async () => {
    await open()
    const target = await scene.target(always(okAnswer))
    const at = `shop.example:${target.port}`
    const client = scene.client()
    client.send(
      `GET http://${at}/a?b=%00|"<> HTTP/1.1\r\nX-a:2\r\nProxy-Connection: keep-alive\r\nhost:${at}\r\nPROXY-AUTHORIZATION: Basic ${scene.basic}\r\nX-A:   3  \r\nX-a:2\r\n\r\n`,
    )
    expect(await client.until((text) => text.endsWith('ok'))).toBe(okAnswer)
    const sent = `GET /a?b=%00|"<> HTTP/1.1\r\nX-a:2\r\nhost:${at}\r\nX-A:   3  \r\nX-a:2\r\n\r\n`
    expect(target.received()).toBe(sent)
    const [recorded] = scene.memory.exchanges
    expect(requestText(recorded)).toBe(sent)
    expect(responseText(recorded)).toBe(okAnswer)
    expect(recorded?.head).toMatchObject({
      engagementId: 'eng_shop',
      leaseId: 'lea_li',
      testerId: 'per_li',
      kind: 'http',
      scheme: 'http',
      host: 'shop.example',
      port: target.port,
      address: '127.0.0.1',
      method: 'GET',
      path: '/a?b=%00|"<>',
    })
    expect(recorded?.end).toMatchObject({ status: 200, outcome: 'complete' })
  })

  it('is acknowledged by the recorder before its first byte leaves, and its answer before the last byte is released', async () => {
    await open()
    const target = await scene.target(always(okAnswer))
    let release = (): void => undefined
    scene.memory.gate = new Promise((resolve) => {
      release = resolve
    })
    const client = scene.client()
    client.send(head('GET', `http://shop.example:${target.port}/`))
    await expect.poll(() => scene.memory.exchanges.length).toBe(1)
    await expect.poll(() => scene.memory.exchanges[0]?.requestBytes).toBeGreaterThan(0)
    expect(target.received()).toBe('')
    let releaseAnswer = (): void => undefined
    scene.memory.gate = new Promise((resolve) => {
      releaseAnswer = resolve
    })
    release()
    await expect.poll(() => scene.memory.exchanges[0]?.responseBytes).toBe(okAnswer.length)
    expect(client.text).toBe('')
    releaseAnswer()
    expect(await client.until((text) => text.endsWith('ok'))).toBe(okAnswer)
  })

  it('is looked into under TLS with a certificate of the engagement’s CA, and the target’s certificate is recorded as unverified', async () => {
    await open()
    const target = await scene.target(always(okAnswer), scene.authority)
    const client = await scene.tlsClient('shop.example', target.port)
    expect(client.tls.authorized).toBe(true)
    expect(client.tls.getPeerCertificate().subjectaltname).toBe('DNS:shop.example')
    for (let round = 1; round <= 3; round++) {
      client.send(`GET /${round} HTTP/1.1\r\nHost: shop.example:${target.port}\r\n\r\n`)
      await client.until((text) => text.length === okAnswer.length * round)
    }
    expect(target.connections()).toBe(1)
    expect(
      scene.memory.exchanges.map(({ head: { scheme, path, targetVerified } }) => ({ scheme, path, targetVerified })),
    ).toEqual([1, 2, 3].map((round) => ({ scheme: 'https', path: `/${round}`, targetVerified: false })))
  })

  it('may be plain HTTP inside a tunnel', async () => {
    await open()
    const target = await scene.target(always(okAnswer))
    const client = scene.client()
    client.send(`CONNECT shop.example:${target.port} HTTP/1.1\r\nProxy-Authorization: Basic ${scene.basic}\r\n\r\n`)
    await client.until((text) => text.includes('\r\n\r\n'))
    client.send(`GET /x HTTP/1.1\r\nHost: shop.example:${target.port}\r\n\r\n`)
    await client.until((text) => text.endsWith('ok'))
    expect(target.received()).toBe(`GET /x HTTP/1.1\r\nHost: shop.example:${target.port}\r\n\r\n`)
  })

  it.each([
    ['HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n'],
    ['GET', 'HTTP/1.1 204 No Content\r\n\r\n'],
    ['GET', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n'],
    [
      'GET',
      'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nok\r\n0\r\nA: b\r\n\r\n',
    ],
  ])('%s keeps the connection over %j', async (method, answer) => {
    await open()
    const target = await scene.target(always(answer))
    const client = scene.client()
    for (let round = 1; round <= 2; round++) {
      client.send(head(method, `http://shop.example:${target.port}/`))
      expect(await client.until((text) => text.length >= answer.length * round)).toBe(answer.repeat(round))
    }
    expect(target.connections()).toBe(1)
  })

  it('whose answer has no single framing is passed unchanged until the end, and then the connection ends', async () => {
    await open()
    const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 0\r\n\r\nhello HTTP/1.1 200 OK\r\n\r\n'
    const target = await scene.target((socket) => socket.once('data', () => socket.end(answer)))
    const client = scene.client()
    client.send(head('GET', `http://shop.example:${target.port}/`))
    expect(await client.end()).toBe(answer)
  })

  it('with Expect: 100-continue gets the target’s own word', async () => {
    await open()
    const target = await scene.target((socket, received) =>
      socket.on('data', () => {
        if (received().endsWith('\r\n\r\n')) socket.write('HTTP/1.1 100 Continue\r\n\r\n')
        if (received().endsWith('body')) socket.write(okAnswer)
      }),
    )
    const client = scene.client()
    client.send(head('POST', `http://shop.example:${target.port}/`, 'Content-Length: 4\r\nExpect: 100-continue\r\n'))
    await client.until((text) => text.includes('100 Continue'))
    client.send('body')
    await client.until((text) => text.endsWith('ok'))
    expect(scene.memory.exchanges[0]?.end?.status).toBe(200)
  })

  it('may become a WebSocket, recorded both ways', async () => {
    await open()
    const target = await scene.target((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n')
        socket.on('data', (chunk) => socket.write(chunk))
      })
    }, scene.authority)
    const client = await scene.tlsClient('shop.example', target.port)
    client.send(
      `GET /ws HTTP/1.1\r\nHost: shop.example:${target.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    )
    await client.until((text) => text.endsWith('\r\n\r\n'))
    client.send('\x81\x02hi')
    await client.until((text) => text.endsWith('\x81\x02hi'))
    client.socket.end()
    await client.end()
    await expect.poll(() => scene.memory.exchanges[0]?.end?.outcome).toBe('complete')
    const [recorded] = scene.memory.exchanges
    expect(recorded?.head.kind).toBe('websocket')
    expect(requestText(recorded).endsWith('\r\n\r\n\x81\x02hi')).toBe(true)
    expect(responseText(recorded).endsWith('\r\n\r\n\x81\x02hi')).toBe(true)
  })

  it.each([
    ['h2c', 'h2c'],
    ['websocket', 'h2c'],
    ['websocket\r\nUpgrade: h2c', 'h2c'],
    ['websocket\r\nUpgrade: h2c', 'websocket'],
    ['websocket, h2c', 'websocket'],
    ['websocket', 'websocket\r\nUpgrade: h2c'],
    ['websocket', 'h2c, websocket'],
    ['TLS/1.0', 'TLS/1.0'],
  ])('PUB-GW-06: that asks for %j after a switch to %j, which cannot be judged, is ended', async (asked, chosen) => {
    await open()
    const target = await scene.target((socket) =>
      socket.once('data', () =>
        socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: ${chosen}\r\nConnection: Upgrade\r\n\r\n`),
      ),
    )
    const client = scene.client()
    client.send(head('GET', `http://shop.example:${target.port}/`, `Connection: Upgrade\r\nUpgrade: ${asked}\r\n`))
    expect(await client.until((text) => text.includes('time:'))).toContain('X-Zhongheng-Refusal: UPGRADE-1')
  })
})

describe('a request outside the authorization', () => {
  const refused = async (url: string, status: number, rule: string, more = ''): Promise<void> => {
    const client = scene.client()
    client.send(head('GET', url, more))
    const text = await client.until(
      (got) => got.includes('time:') || got.includes('reference') || got.includes('</html>'),
    )
    expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(text).toContain(`X-Zhongheng-Refusal: ${rule}`)
  }

  it('PUB-GW-01 one label beside the scope is refused, explained and recorded', async () => {
    await open({
      inside: ['*.shop.example:*'],
      pins: { 'evilshop.example': '127.0.0.1', 'a.shop.example': '127.0.0.1' },
    })
    const target = await scene.target(always(okAnswer))
    await refused(`http://evilshop.example:${target.port}/`, 403, 'SCOPE-1')
    await refused(`http://shop.example:${target.port}/`, 403, 'SCOPE-1')
    const inside = scene.client()
    inside.send(head('GET', `http://a.shop.example:${target.port}/`))
    expect(await inside.until((text) => text.endsWith('ok'))).toBe(okAnswer)
    expect(scene.memory.refusals[0]?.head).toMatchObject({
      kind: 'refusal',
      host: 'evilshop.example',
      refusal: { rule: 'SCOPE-1' },
      leaseId: 'lea_li',
    })
    expect(target.received()).not.toContain('evilshop')
  })

  it('the page speaks both languages, runs nothing and shows foreign text as text', async () => {
    await open()
    const client = scene.client()
    client.send(head('GET', 'http://other.example/<script>alert(1)</script>', 'Accept: text/html\r\n'))
    const text = Buffer.from(await client.until((got) => got.includes('</html>')), 'latin1').toString('utf8')
    expect(text).toContain("Content-Security-Policy: default-src 'none'")
    expect(text).toContain('网上商店众测')
    expect(text).toContain('The test gateway did not pass this request on')
    expect(text).not.toContain('<script>')
  })

  it.each([
    ['a CONNECT outside', 'CONNECT other.example:443 HTTP/1.1\r\nHost: other.example:443\r\n', 403, 'SCOPE-1'],
    ['a CONNECT to a raw loopback address', 'CONNECT 127.0.0.1:443 HTTP/1.1\r\n', 403, 'SCOPE-1'],
    [
      'PUB-GW-04 userinfo before the host',
      'GET http://shop.example@other.example/ HTTP/1.1\r\nHost: other.example\r\n',
      400,
      'TARGET-2',
    ],
    ['PUB-GW-05 a decimal address', 'GET http://2130706433/ HTTP/1.1\r\nHost: 2130706433\r\n', 400, 'TARGET-4'],
    ['a mapped address', 'GET http://[::ffff:127.0.0.1]/ HTTP/1.1\r\nHost: [::ffff:127.0.0.1]\r\n', 400, 'TARGET-4'],
    [
      'PUB-GW-04 another Host than the target',
      'GET http://shop.example/ HTTP/1.1\r\nHost: other.example\r\n',
      421,
      'ROUTE-1',
    ],
    [
      'PUB-GW-04 another Host than the CONNECT',
      'CONNECT shop.example:443 HTTP/1.1\r\nHost: other.example:443\r\n',
      421,
      'ROUTE-1',
    ],
  ])('%s is refused', async (_name, text, status, rule) => {
    await open()
    const client = scene.client()
    client.send(`${text}Proxy-Authorization: Basic ${scene.basic}\r\n\r\n`)
    const got = await client.until((all) => all.includes('time:'))
    expect(got).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(got).toContain(`X-Zhongheng-Refusal: ${rule}`)
    expect(scene.memory.exchanges).toEqual([])
    expect(scene.memory.refusals).toHaveLength(1)
  })

  it.each([
    ['another server name', 'other.example', 'shop.example', 'ROUTE-2'],
    ['no server name', null, 'shop.example', 'ROUTE-2'],
    ['another Host', 'shop.example', 'other.example', 'ROUTE-1'],
  ])('a tunnel with %s inside gets the explanation and no target', async (_name, servername, host, rule) => {
    await open()
    const target = await scene.target(always(okAnswer), scene.authority)
    const client = await scene.tlsClient('shop.example', target.port, servername)
    client.send(`GET / HTTP/1.1\r\nHost: ${host}:${target.port}\r\n\r\n`)
    const text = await client.until((got) => got.includes('time:'))
    expect(text).toMatch(/^HTTP\/1.1 421 /)
    expect(text).toContain(`X-Zhongheng-Refusal: ${rule}`)
    expect(target.connections()).toBe(0)
  })

  it('names that lead to loopback, metadata or a mixture are refused; a pin alone excepts', async () => {
    await open({
      inside: ['*.shop.example:*', 'shop.example:*'],
      dns: {
        'loop.shop.example': ['127.0.0.1'],
        'meta.shop.example': ['169.254.169.254'],
        'mixed.shop.example': ['203.0.113.7', '127.0.0.1'],
        'mapped.shop.example': ['::ffff:127.0.0.1'],
        'inner.shop.example': ['10.1.2.3'],
      },
    })
    const target = await scene.target(always(okAnswer))
    for (const name of ['loop', 'meta', 'mixed', 'mapped'])
      await refused(`http://${name}.shop.example:${target.port}/`, 403, 'ADDR-1')
    await refused(`http://inner.shop.example:${target.port}/`, 403, 'ADDR-4')
    await refused('http://gone.shop.example/', 502, 'DIAL-1')
    await refused(`http://shop.example:${scene.gateway.port}/`, 403, 'ADDR-2')
    expect(target.connections()).toBe(0)
    const client = scene.client()
    client.send(head('GET', `http://shop.example:${target.port}/`))
    expect(await client.until((text) => text.endsWith('ok'))).toBe(okAnswer)
  })

  it('a redirect out of the scope is judged when the client follows it', async () => {
    await open()
    const target = await scene.target(
      always('HTTP/1.1 302 Found\r\nLocation: http://other.example/\r\nContent-Length: 0\r\n\r\n'),
    )
    const client = scene.client()
    client.send(head('GET', `http://shop.example:${target.port}/go`))
    await client.until((text) => text.includes('Location'))
    await refused('http://other.example/', 403, 'SCOPE-1')
  })

  it('PUB-GW-06 a pipelined second request to another host is judged by itself', async () => {
    await open()
    const target = await scene.target(always(okAnswer))
    const client = scene.client()
    client.send(
      head('GET', `http://shop.example:${target.port}/1`) +
        head('GET', 'http://other.example/2') +
        head('GET', `http://shop.example:${target.port}/3`),
    )
    const text = await client.until((got) => got.endsWith(okAnswer) && got.length > okAnswer.length)
    expect(text.startsWith(okAnswer)).toBe(true)
    expect(text).toContain('X-Zhongheng-Refusal: SCOPE-1')
    expect(scene.memory.exchanges.map(({ head: { path } }) => path)).toEqual(['/1', '/3'])
  })

  it('a second reading of the path does not pass an exclusion', async () => {
    await open({ inside: ['shop.example'], outside: ['shop.example/logout'] })
    await refused('http://shop.example/a/../logout', 403, 'SCOPE-2')
    await refused('http://shop.example/%6cogout', 403, 'SCOPE-2')
  })
})

describe('the access lease', () => {
  it.each([
    ['no account', '', 407, 'AUTH-1'],
    ['a wrong secret', `Proxy-Authorization: Basic ${Buffer.from('li:guess').toString('base64')}\r\n`, 407, 'LEASE-1'],
    [
      'an unknown name',
      `Proxy-Authorization: Basic ${Buffer.from('wang:guess').toString('base64')}\r\n`,
      407,
      'LEASE-1',
    ],
  ])('%s is asked for the account', async (_name, field, status, rule) => {
    await open()
    const client = scene.client()
    client.send(`GET http://shop.example/ HTTP/1.1\r\nHost: shop.example\r\n${field}\r\n`)
    const text = await client.until((got) => got.includes('time:'))
    expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(text).toContain(`X-Zhongheng-Refusal: ${rule}`)
    expect(text).toContain('Proxy-Authenticate: Basic')
    expect(text).not.toContain('eng_shop')
  })

  it.each([
    ['revoked', { state: 'revoked' as const }, 'LEASE-3'],
    ['suspended', { state: 'suspended' as const }, 'LEASE-2'],
    ['outside its window', { closesAt: '2026-01-01T00:00:00.000Z' }, 'TIME-1'],
  ])('once %s ends open connections and new requests', async (_name, lease, rule) => {
    await open()
    const target = await scene.target(always(okAnswer), scene.authority)
    const idle = await scene.tlsClient('shop.example', target.port)
    idle.send(`GET / HTTP/1.1\r\nHost: shop.example:${target.port}\r\n\r\n`)
    await idle.until((text) => text.endsWith('ok'))
    scene.push({ lease })
    await idle.end()
    const client = scene.client()
    client.send(head('GET', `http://shop.example:${target.port}/`))
    expect(await client.until((text) => text.includes('time:'))).toContain(`X-Zhongheng-Refusal: ${rule}`)
  })

  it('ends by itself when its window closes', async () => {
    await open()
    const target = await scene.target(() => undefined)
    scene.push({ lease: { closesAt: scene.at(0.4) } })
    const client = scene.client()
    client.send(head('GET', `http://shop.example:${target.port}/`))
    expect(await client.end()).toContain('X-Zhongheng-Refusal: TIME-1')
    await expect.poll(() => scene.memory.exchanges[0]?.end?.outcome).toBe('stopped')
  })

  it('a new secret ends what was opened with the old one', async () => {
    await open()
    const target = await scene.target(always(okAnswer), scene.authority)
    const client = await scene.tlsClient('shop.example', target.port)
    scene.push({ lease: { salt: 'other' } })
    await client.end()
    expect(client.ended).toBe(true)
  })

  it('limits requests per second and at a time', async () => {
    await open({ limits: { requestsPerSecond: 2, concurrency: 1 }, patience: { halfOpen: 200 } })
    const target = await scene.target(() => undefined)
    const first = scene.client()
    first.send(head('GET', `http://shop.example:${target.port}/`))
    await expect.poll(() => target.received()).toContain('GET')
    const second = scene.client()
    second.send(head('GET', `http://shop.example:${target.port}/`))
    const text = await second.until((got) => got.includes('time:'))
    expect(text).toMatch(/^HTTP\/1.1 429 /)
    expect(text).toContain('X-Zhongheng-Refusal: LIMIT-2')
    first.socket.destroy()
    await expect.poll(() => scene.memory.exchanges[0]?.end?.outcome).toBe('client_gone')
    for (let count = 0; count < 3; count++) second.send(head('GET', 'http://shop.example:1/'))
    expect(await second.until((got) => got.includes('LIMIT-1'))).toContain('Retry-After: 1')
  })
})

describe('nothing passes', () => {
  it('after a stop order: a long download falls silent at once', async () => {
    await open()
    const target = await scene.target((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100000000000\r\n\r\n')
        const pour = (): void => {
          while (!socket.destroyed && socket.write(Buffer.alloc(65536)));
        }
        socket.on('drain', pour)
        pour()
      })
    }, scene.authority)
    scene.memory.keepBytes = false
    const client = await scene.tlsClient('shop.example', target.port)
    let bytes = 0
    client.socket.removeAllListeners('data')
    client.socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length
    })
    client.send(`GET /big HTTP/1.1\r\nHost: shop.example:${target.port}\r\n\r\n`)
    await expect.poll(() => bytes).toBeGreaterThan(5_000_000)
    scene.push({ engagement: { state: 'stopped', stopReason: '误伤生产' } })
    await client.end()
    await expect.poll(() => scene.memory.exchanges[0]?.end?.outcome).toBe('stopped')
    const again = scene.client()
    again.send(head('GET', `http://shop.example:${target.port}/`))
    const text = Buffer.from(await again.until((got) => got.includes('time:')), 'latin1').toString('utf8')
    expect(text).toMatch(/^HTTP\/1.1 503 /)
    expect(text).toContain('误伤生产')
  })

  it('when the recorder is lost in the middle, and says so afterwards', async () => {
    await open()
    const target = await scene.target((socket) =>
      socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf')),
    )
    const client = scene.client()
    client.send(head('GET', `http://shop.example:${target.port}/`))
    await client.until((text) => text.endsWith('half'))
    scene.memory.lose()
    await client.end()
    expect(client.text.endsWith('half')).toBe(true)
    const again = scene.client()
    again.send(head('GET', `http://shop.example:${target.port}/`))
    const text = await again.until((got) => got.includes('time:'))
    expect(text).toMatch(/^HTTP\/1.1 503 /)
    expect(text).toContain('X-Zhongheng-Refusal: RECORDER-1')
  })

  it('once the snapshot has lapsed', async () => {
    await open()
    const target = await scene.target(() => undefined)
    scene.push({ policy: { expiresAt: scene.at(0.3) } })
    const client = scene.client()
    client.send(head('GET', `http://shop.example:${target.port}/`))
    expect(await client.end()).toContain('X-Zhongheng-Refusal: POLICY-1')
    expect(client.text).toMatch(/^HTTP\/1.1 503 /)
  })

  it.each([120_000, -120_000])('when the wall clock jumps by %d ms, until a fresh snapshot', async (jump) => {
    await open()
    const target = await scene.target(always(okAnswer))
    const url = `http://shop.example:${target.port}/`
    scene.time.wallOffset = jump
    const client = scene.client()
    client.send(head('GET', url))
    expect(await client.until((text) => text.includes('time:'))).toContain('X-Zhongheng-Refusal: CLOCK-1')
    scene.push({})
    const again = scene.client()
    again.send(head('GET', url))
    expect(await again.until((text) => text.endsWith('ok'))).toBe(okAnswer)
  })
})

describe('hostile clients', () => {
  it('a head that never ends is given up', async () => {
    await open({ patience: { head: 300 } })
    const client = scene.client()
    client.send('GET http://shop.example/ HTTP/1.1\r\nX: ')
    expect(await client.end()).toContain('HTTP/1.1 408')
    const silent = scene.client()
    expect(await silent.end()).toBe('')
  })

  it('a chunked body that breaks later never becomes a second request', async () => {
    await open()
    const target = await scene.target(() => undefined)
    const client = scene.client()
    client.send(head('POST', `http://shop.example:${target.port}/`, 'Transfer-Encoding: chunked\r\n'))
    client.send('3\r\nabc\r\n')
    await expect.poll(() => target.received()).toContain('abc')
    client.send('5;a\nGET /evil HTTP/1.1\r\nHost: x\r\n\r\n')
    expect(await client.end()).toContain('X-Zhongheng-Refusal: FRAME-8')
    expect(target.received()).not.toContain('evil')
  })

  it('a chunked head waits until its first chunk line was judged', async () => {
    await open()
    const target = await scene.target(() => undefined)
    const client = scene.client()
    client.send(head('POST', `http://shop.example:${target.port}/`, 'Transfer-Encoding: chunked\r\n'))
    client.send('1;a\nb\r\nx\r\n0\r\n\r\n')
    expect(await client.end()).toContain('HTTP/1.1 400')
    expect(target.received()).toBe('')
  })
})

describe('the gateway’s own pages', () => {
  it('hand out the CA to its tester only, and the proxy settings to everybody', async () => {
    await open()
    const get = async (text: string): Promise<string> => {
      const client = scene.client()
      client.send(text)
      return client.end()
    }
    const close = 'Connection: close\r\n\r\n'
    expect(await get(`GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n${close}`)).toContain('HTTP/1.1 200')
    expect(await get(`GET /proxy.pac HTTP/1.1\r\nHost: 127.0.0.1\r\n${close}`)).toContain(
      `PROXY 127.0.0.1:${scene.gateway.port}`,
    )
    expect(await get(`GET /ca.pem HTTP/1.1\r\nHost: 127.0.0.1\r\n${close}`)).toContain('HTTP/1.1 401')
    expect(await get(`GET /gateway-ca.pem HTTP/1.1\r\nHost: 127.0.0.1\r\n${close}`)).toContain(
      scene.installation.certificate.trim(),
    )
    expect(await get(`GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n${close}`)).toContain(
      `socks5h://127.0.0.1:${scene.gateway.port}`,
    )
    expect(await get(`GET /ca.pem HTTP/1.1\r\nHost: a\r\nAuthorization: Basic ${scene.basic}\r\n${close}`)).toContain(
      'BEGIN CERTIFICATE',
    )
    expect(await get(head('GET', 'http://heng.gateway/lease', 'Connection: close\r\n'))).toContain('"state": "active"')
    const tls = await scene.tlsClient('heng.gateway', 443)
    tls.send(`GET /check HTTP/1.1\r\nHost: heng.gateway\r\n${close}`)
    expect(await tls.end()).toContain('"caTrusted": true')
  })
})

import { once } from 'node:events'
import { noRules, type TestRules } from '@zhongheng/domain/conduct/test-rules.ts'
import { afterEach, describe, expect, it } from 'vitest'
import { http2Target, openHttp2 } from '../testing/http2.ts'
import { always, okAnswer, Scene, type SceneOptions } from '../testing/scene.ts'

let scene: Scene
const open = async (rules: Partial<TestRules>, options: SceneOptions = {}): Promise<Scene> => {
  scene = await Scene.open(options)
  scene.push({ engagement: { rules: { ...noRules, ...rules } } })
  return scene
}
afterEach(async () => {
  expect(scene.faults).toEqual([])
  await scene.close()
})

const head = (method: string, url: string, more = ''): string =>
  `${method} ${url} HTTP/1.1\r\nHost: ${new URL(url).host}\r\nProxy-Authorization: Basic ${scene.basic}\r\n${more}\r\n`
/** Quiet hours around now, or just over, on the clock of UTC. */
const clockIn = (minutes: number): string => new Date(Date.now() + minutes * 60_000).toISOString().slice(11, 16)
const quietNow = { zone: 'UTC', quietHours: [{ from: clockIn(-60), to: clockIn(60) }] }

describe('in quiet hours', () => {
  it('a request is refused with the time when testing may go on', async () => {
    await open(quietNow)
    const target = await scene.target(always(okAnswer))
    const client = scene.client()
    client.send(head('GET', `http://shop.example:${target.port}/`, 'Accept: application/json\r\n'))
    const text = await client.until((got) => got.endsWith('}\n'))
    expect(text).toMatch(/^HTTP\/1.1 403 /)
    const wait = Number(/Retry-After: (\d+)/.exec(text)?.[1])
    expect(wait).toBeGreaterThan(58 * 60)
    expect(wait).toBeLessThanOrEqual(60 * 60)
    const told = JSON.parse(Buffer.from(text.slice(text.indexOf('\r\n\r\n') + 4), 'latin1').toString()) as {
      rule: string
      text: { zh: string; en: string }
    }
    expect(told.rule).toBe('QUIET-1')
    expect(told.text.zh).toContain('静默时段')
    expect(told.text.en).toContain(clockIn(60))
    expect(target.connections()).toBe(0)
    expect(scene.memory.refusals[0]?.head.refusal).toMatchObject({ rule: 'QUIET-1' })
  })

  it('a CONNECT, a SOCKS tunnel and an HTTP/2 stream are refused, and open ones are cut', async () => {
    await open({})
    const target = await http2Target(scene, (server) =>
      server.on('stream', (stream) => stream.respond({ ':status': 200 })),
    )
    const session = await openHttp2(scene, target.port)
    const stream = session.request({ ':path': '/long' })
    stream.on('error', () => undefined)
    await once(stream, 'response')
    scene.push({ engagement: { rules: { ...noRules, ...quietNow } } })
    await once(stream, 'close')
    expect(scene.memory.exchanges[0]?.end?.outcome).toBe('stopped')
    const client = scene.client()
    client.send(`CONNECT shop.example:${target.port} HTTP/1.1\r\nProxy-Authorization: Basic ${scene.basic}\r\n\r\n`)
    expect(await client.until((got) => got.includes('QUIET-1'))).toMatch(/^HTTP\/1.1 403 /)
    const socks = scene.client()
    const name = Buffer.from('shop.example')
    socks.send(
      Buffer.concat([
        Buffer.from([5, 1, 2, 1, 2]),
        Buffer.from('li'),
        Buffer.from([scene.secret.length]),
        Buffer.from(scene.secret),
        Buffer.from([5, 1, 0, 3, name.length]),
        name,
        Buffer.from([target.port >> 8, target.port & 255]),
      ]),
    )
    // Method accepted, account accepted, then: not allowed by the rules (RFC 1928).
    expect(
      Buffer.from(await socks.end(), 'latin1')
        .subarray(0, 6)
        .toString('hex'),
    ).toBe('050201000502')
  })

  it('begin by the clock: what is open is cut without a new snapshot', async () => {
    await open({})
    const target = await scene.target((socket) =>
      socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12')),
    )
    const client = scene.client()
    client.send(head('GET', `http://shop.example:${target.port}/`))
    await client.until((got) => got.endsWith('12'))
    // The next full minute comes when the wall clock is put just before it.
    const minute = Math.ceil((Date.now() + 1) / 60_000) * 60_000
    scene.time.wallOffset = minute - 300 - Date.now()
    const clock = new Date(minute).toISOString().slice(11, 16)
    const rules = { ...noRules, zone: 'UTC', quietHours: [{ from: clock, to: clockIn(120) }] }
    scene.push({ engagement: { rules } })
    expect(client.ended).toBe(false)
    await client.end()
    await expect.poll(() => scene.memory.exchanges[0]?.end?.outcome).toBe('stopped')
  })
})

describe('a forbidden method', () => {
  it.each(['DELETE', 'delete'])('%s is refused before the target is touched; another passes', async (method) => {
    await open({ forbiddenMethods: ['DELETE'] })
    const target = await scene.target(always(okAnswer))
    const client = scene.client()
    client.send(head(method, `http://shop.example:${target.port}/user/1`))
    const text = await client.until((got) => got.includes('METHOD-1') && got.includes('time:'))
    expect(text).toMatch(/^HTTP\/1.1 403 /)
    expect(target.connections()).toBe(0)
    client.send(head('GET', `http://shop.example:${target.port}/user/1`))
    await client.until((got) => got.endsWith(okAnswer))
    expect(target.received()).toMatch(/^GET /)
  })

  it.each([
    ['/user/1', 'X-HTTP-Method-Override: DELETE\r\n'],
    ['/user/1', 'X-HTTP-Method: delete\r\n'],
    ['/user/1', 'x-method-override:  Delete \r\n'],
    ['/user/1', 'X-HTTP-Method-Override: GET\r\nX-HTTP-Method-Override: DELETE\r\n'],
    ['/user/1?_method=DELETE', ''],
    ['/user/1?a=1&_method=GET&_method=delete', ''],
    ['/user/1?%5fmethod=%44ELETE', ''],
  ])('PUB-GW-01: said a second time, in POST %s %s, is refused as well', async (path, fields) => {
    await open({ forbiddenMethods: ['DELETE'] })
    const target = await scene.target(always(okAnswer))
    const client = scene.client()
    client.send(head('POST', `http://shop.example:${target.port}${path}`, `Content-Length: 0\r\n${fields}`))
    expect(await client.until((got) => got.includes('time:'))).toMatch(/METHOD-1/)
    expect(target.connections()).toBe(0)
    client.send(head('POST', `http://shop.example:${target.port}/user/1`, 'X-HTTP-Method-Override: PATCH\r\n'))
    await client.until((got) => got.endsWith(okAnswer))
  })

  it('is refused on its HTTP/2 stream, and the others go on', async () => {
    await open({ forbiddenMethods: ['PUT'] })
    const target = await http2Target(scene, (server) =>
      server.on('stream', (stream) => {
        stream.respond({ ':status': 200 })
        stream.end('ok')
      }),
    )
    const session = await openHttp2(scene, target.port)
    const statusOf = async (method: string): Promise<unknown> => {
      const stream = session.request({ ':path': '/', ':method': method })
      stream.end()
      stream.resume()
      const [headers] = (await once(stream, 'response')) as [Record<string, unknown>]
      return [headers[':status'], headers['x-zhongheng-refusal']]
    }
    expect(await statusOf('PUT')).toEqual([403, 'METHOD-1'])
    expect(await statusOf('GET')).toEqual([200, undefined])
  })
})

describe('rates of the engagement and of a target', () => {
  it('answer 429 with the rule and the time, over HTTP/1.1 and on an HTTP/2 stream', async () => {
    await open({
      target: { requestsPerSecond: 1 },
      targets: [{ host: 'shop.example', limits: { requestsPerSecond: 2 } }],
    })
    const target = await http2Target(scene, (server) =>
      server.on('stream', (stream) => {
        stream.respond({ ':status': 200 })
        stream.end('ok')
      }),
    )
    const session = await openHttp2(scene, target.port)
    const answers = await Promise.all(
      [1, 2, 3].map(async () => {
        const stream = session.request({ ':path': '/' })
        stream.resume()
        const [headers] = (await once(stream, 'response')) as [Record<string, unknown>]
        return [headers[':status'], headers['x-zhongheng-refusal'], headers['retry-after']]
      }),
    )
    expect(answers).toContainEqual([429, 'LIMIT-5', '1'])
    const client = scene.client()
    client.send(head('GET', `http://shop.example:${target.port}/`))
    expect(await client.until((got) => got.includes('time:'))).toMatch(
      /^HTTP\/1.1 429 [^]*X-Zhongheng-Refusal: LIMIT-5/,
    )
  })
})

describe('bytes per minute', () => {
  it('slow a long answer down to the rate, and refuse what is new meanwhile', async () => {
    await open({ engagement: { receivedPerMinute: 60_000 } })
    const [half, rest] = [Buffer.alloc(59_000), Buffer.alloc(2_000)]
    const target = await scene.target((socket) =>
      socket.once('data', () => {
        socket.write(Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 61000\r\n\r\n'), half]))
        setTimeout(() => socket.write(rest), 50)
      }),
    )
    const client = scene.client()
    client.send(head('GET', `http://shop.example:${target.port}/`))
    await expect.poll(() => scene.memory.exchanges[0]?.responseBytes).toBeGreaterThan(61_000)
    const second = scene.client()
    second.send(head('GET', `http://shop.example:${target.port}/`))
    expect(await second.until((got) => got.includes('time:'))).toMatch(/X-Zhongheng-Refusal: LIMIT-8/)
    expect(scene.memory.exchanges[0]?.end).toBeNull()
    await expect.poll(() => scene.memory.exchanges[0]?.end?.outcome, { timeout: 8000 }).toBe('complete')
  })

  it('end with the right to go on: a stop order does not wait for a pause', async () => {
    await open({ lease: { sentPerMinute: 1000 } })
    const target = await scene.target(() => undefined)
    const client = scene.client()
    client.send(head('POST', `http://shop.example:${target.port}/`, 'Content-Length: 100000\r\n'))
    await expect.poll(() => target.received()).toContain('POST')
    client.send(Buffer.alloc(100_000))
    await expect.poll(() => scene.memory.exchanges[0]?.requestBytes).toBeGreaterThan(1000)
    scene.push({ engagement: { state: 'stopped' } })
    await client.end()
    await expect.poll(() => scene.memory.exchanges[0]?.end?.outcome).toBe('stopped')
  })
})

describe('messages of a WebSocket', () => {
  const message = Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0x61])
  async function upgraded(requestsPerSecond: number) {
    await open({ lease: { requestsPerSecond } })
    const target = await scene.target((socket, seen) =>
      socket.on('data', () => {
        if (seen().endsWith('\r\n\r\n'))
          socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n')
      }),
    )
    const client = scene.client()
    client.send(head('GET', `http://shop.example:${target.port}/ws`, 'Connection: Upgrade\r\nUpgrade: websocket\r\n'))
    await client.until((got) => got.includes('101 Switching'))
    return { client, target, content: () => target.received().split('\r\n\r\n')[1] ?? '' }
  }

  it('count as requests: those beyond the rate wait, and a new request is refused', async () => {
    const { client, target, content } = await upgraded(1)
    client.send(Buffer.concat(Array.from({ length: 9 }, () => message)))
    await expect.poll(() => scene.memory.exchanges[0]?.requestBytes).toBeGreaterThan(9 * message.length)
    expect(content()).toBe('')
    const second = scene.client()
    second.send(head('GET', `http://shop.example:${target.port}/`))
    expect(await second.until((got) => got.includes('time:'))).toMatch(/X-Zhongheng-Refusal: LIMIT-1/)
  })

  it('arrive whole once there is room', async () => {
    const { client, content } = await upgraded(20)
    for (let count = 0; count < 24; count++) client.send(message)
    await expect.poll(() => content().length, { timeout: 8000 }).toBe(24 * message.length)
  })
})

describe('forbidden content', () => {
  const rules: Partial<TestRules> = { forbiddenPayloads: ['write_sql', 'web_shell'] }
  const post = (port: number, more: string): string => head('POST', `http://shop.example:${port}/a`, more)
  const refusedBy = async (request: string | Buffer): Promise<string> => {
    const client = scene.client()
    client.send(request)
    const text = await client.until((got) => got.includes('time:'))
    client.socket.destroy()
    return /X-Zhongheng-Refusal: (\S+)/.exec(text)?.[1] ?? text
  }

  it('is refused before anything of the request leaves: in the path, a field, a body, in chunks', async () => {
    await open(rules)
    const { port, received } = await scene.target(always(okAnswer))
    const sql = "1';drop table users--"
    for (const request of [
      head('GET', `http://shop.example:${port}/a?id=${encodeURIComponent(sql)}`),
      head('GET', `http://shop.example:${port}/a`, `X-Id: ${sql}\r\n`),
      `${post(port, `Content-Length: ${sql.length + 3}\r\n`)}id=${sql}`,
      `${post(port, 'Transfer-Encoding: chunked\r\n')}8\r\nid=1';dr\r\n10\r\nop table users--\r\n0\r\n\r\n`,
    ]) {
      expect(await refusedBy(request)).toBe('PAYLOAD-1')
    }
    expect(received()).toBe('')
    expect(scene.memory.refusals.map(({ head: one }) => one.refusal?.code)).toEqual(
      Array.from({ length: 4 }, () => 'payload_write_sql'),
    )
    expect(scene.memory.refusals[0]?.head.refusal?.detailZh).toContain('改写数据的 SQL')
  })

  it('in a body that cannot be looked into is refused too, and harmless requests pass unchanged', async () => {
    await open(rules)
    const { port, received } = await scene.target(always(okAnswer))
    for (const coding of [
      'gzip',
      'identity\r\nContent-Encoding: gzip',
      'identity, br',
      'x-gzip',
      'IDENTITY\r\ncontent-encoding:deflate',
    ])
      expect(await refusedBy(`${post(port, `Content-Encoding: ${coding}\r\nContent-Length: 3\r\n`)}abc`), coding).toBe(
        'PAYLOAD-2',
      )
    const client = scene.client()
    client.send(`${post(port, 'Content-Length: 11\r\n')}name=gloves`)
    expect(await client.until((got) => got.endsWith('ok'))).toBe(okAnswer)
    expect(received()).toMatch(/name=gloves$/)
  })

  it('in a long body cuts it where it is seen: the target never has the whole', async () => {
    await open(rules)
    const { port, received } = await scene.target(() => undefined)
    const client = scene.client()
    client.send(post(port, 'Content-Length: 500000\r\n'))
    client.send(Buffer.alloc(100_000, 'a'))
    await expect.poll(() => received().length).toBeGreaterThan(100_000)
    client.send(Buffer.concat([Buffer.from("<?php eval($_POST['x']);"), Buffer.alloc(10_000, 'b')]))
    expect(await client.until((got) => got.includes('time:'))).toContain('X-Zhongheng-Refusal: PAYLOAD-1')
    expect(received()).not.toContain('eval')
    await expect.poll(() => scene.memory.exchanges[0]?.end?.outcome).toBe('stopped')
  })

  it('is refused on an HTTP/2 stream, and the others go on', async () => {
    await open(rules)
    let bodies = ''
    const target = await http2Target(scene, (server) =>
      server.on('stream', (stream) => {
        stream.on('data', (chunk: Buffer) => {
          bodies += chunk.toString()
        })
        stream.on('end', () => {
          stream.respond({ ':status': 200 })
          stream.end('ok')
        })
      }),
    )
    const session = await openHttp2(scene, target.port)
    const statusOf = async (body: string): Promise<unknown> => {
      const stream = session.request({ ':path': '/', ':method': 'POST' })
      stream.on('error', () => undefined)
      stream.resume()
      stream.end(body)
      const [headers] = (await once(stream, 'response')) as [Record<string, unknown>]
      return [headers[':status'], headers['x-zhongheng-refusal']]
    }
    expect(await statusOf("id=1';delete from users where 1=1--")).toEqual([403, 'PAYLOAD-1'])
    expect(await statusOf('id=1')).toEqual([200, undefined])
    expect(bodies).toBe('id=1')
  })
})

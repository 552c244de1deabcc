import { connect as connectTls, type TLSSocket } from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import { compileScope } from '@zhongheng/domain/authorizations/scope/compile.ts'
import { readScopeLines } from '@zhongheng/domain/authorizations/scope/read-lines.ts'
import { requestText, responseText } from '../../testing/memory-recorder.ts'
import { always, Client, makeLeaf, okAnswer, Scene } from '../../testing/scene.ts'
import { readHello } from './client-hello.ts'

let scene: Scene
const open = async (lines: string): Promise<Scene> => {
  scene = await Scene.open({ patience: { rawFirst: 50, head: 500, goodbye: 50 } })
  scene.push({ engagement: { scope: compileScope(readScopeLines(lines), { versionId: 'scv_closed' }).scope } })
  return scene
}
afterEach(async () => {
  expect(scene.faults).toEqual([])
  await scene.close()
})

/** A target with a certificate of its own, as an app pins it. */
const pinned = async () => scene.target(always(okAnswer), await makeLeaf(scene.authority, ['shop.example']))

const through = async (host: string, port: number): Promise<Client> => {
  const client = scene.client()
  client.send(`CONNECT ${host}:${port} HTTP/1.1\r\nProxy-Authorization: Basic ${scene.basic}\r\n\r\n`)
  await client.until((text) => text.includes('\r\n\r\n'))
  expect(client.text).toMatch(/^HTTP\/1.1 200/)
  client.chunks.length = 0
  return client
}
const tlsIn = (client: Client, servername: string | undefined, more = {}): TLSSocket => {
  client.socket.removeAllListeners('data')
  const tls = connectTls({
    socket: client.socket,
    ca: scene.authority.certificate,
    checkServerIdentity: () => undefined,
    ...(servername === undefined ? {} : { servername }),
    ...more,
  })
  tls.on('error', () => undefined)
  return tls
}

describe('a tunnel to an object marked @tunnel', () => {
  it('carries the target’s own TLS, and its metadata alone is recorded', async () => {
    await open('shop.example:* @tunnel')
    const target = await pinned()
    const client = await through('shop.example', target.port)
    const inner = new Client(tlsIn(client, 'shop.example', { ALPNProtocols: ['http/1.1'] }))
    inner.send(`GET /pinned HTTP/1.1\r\nHost: shop.example:${target.port}\r\n\r\n`)
    expect(await inner.until((text) => text.endsWith('ok'))).toBe(okAnswer)
    inner.socket.end()
    await expect.poll(() => scene.memory.exchanges[0]?.end?.outcome).toBe('complete')
    const [recorded] = scene.memory.exchanges
    expect(recorded?.head).toMatchObject({
      kind: 'tunnel',
      scheme: 'https',
      host: 'shop.example',
      port: target.port,
      address: '127.0.0.1',
      hello: { serverName: 'shop.example', alpn: ['http/1.1'] },
      leaseId: 'lea_li',
    })
    expect(recorded?.requestBytes).toBe(0)
    const { requestBytes = 0, responseBytes = 0, requestChunks = 0 } = recorded?.end?.carried ?? {}
    expect(requestBytes).toBeGreaterThan(300)
    expect(responseBytes).toBeGreaterThan(500)
    expect(requestChunks).toBeGreaterThanOrEqual(2)
  })

  it.each([
    ['another server name', 'other.example', 'ROUTE-2'],
    ['no server name', undefined, 'ROUTE-2'],
  ])('PUB-GW-03 with %s is cut before a byte goes on', async (_name, servername, rule) => {
    await open('shop.example:* @tunnel')
    const target = await pinned()
    const client = await through('shop.example', target.port)
    const tls = tlsIn(client, servername)
    const failed = await new Promise<string>((resolve) => tls.once('error', (error) => resolve(error.message)))
    expect(failed).toMatch(/unrecognized name/i)
    expect(target.connections()).toBe(0)
    expect(scene.memory.refusals.map(({ head }) => head.refusal?.rule)).toEqual([rule])
  })

  it('PUB-GW-03 with an encrypted hello, whose true name nobody can read, is cut', async () => {
    await open('shop.example:* @tunnel')
    const target = await scene.target(always(okAnswer))
    const client = await through('shop.example', target.port)
    client.send(hello({ name: 'shop.example', extra: [[0xfe0d, Buffer.alloc(40)]] }))
    await client.end()
    expect(target.connections()).toBe(0)
    expect(scene.memory.refusals[0]?.head.refusal).toMatchObject({ rule: 'ROUTE-5' })
    expect(scene.memory.refusals[0]?.head.refusal?.detailZh).toMatch(/服务器名称/)
  })

  it('is judged request by request when HTTP is spoken in it, and refuses what is neither', async () => {
    await open('shop.example:* @tunnel')
    const target = await scene.target(always(okAnswer))
    const client = await through('shop.example', target.port)
    client.send(`GET /x HTTP/1.1\r\nHost: shop.example:${target.port}\r\n\r\n`)
    await client.until((text) => text.endsWith('ok'))
    expect(scene.memory.exchanges[0]?.head).toMatchObject({ kind: 'http', path: '/x' })
    const odd = await through('shop.example', target.port)
    odd.send(Buffer.from('SSH-2.0-x\r\n'))
    expect(await odd.end()).toContain('HTTP/1.1 400')
    expect(target.connections()).toBe(1)
  })

  it('is opened again once the scope no longer says so', async () => {
    await open('shop.example:* @tunnel')
    const target = await pinned()
    const client = await through('shop.example', target.port)
    const inner = new Client(tlsIn(client, 'shop.example'))
    inner.send(`GET / HTTP/1.1\r\nHost: shop.example:${target.port}\r\n\r\n`)
    expect(await inner.until((text) => text.endsWith('ok'))).toBe(okAnswer)
    scene.push({
      engagement: { scope: compileScope(readScopeLines('shop.example:*'), { versionId: 'scv_opened' }).scope },
    })
    await inner.end()
    await expect.poll(() => scene.memory.exchanges[0]?.end?.outcome).toBe('stopped')
  })

  it('PUB-GW-07 falls silent when the lease ends, and when the recorder is lost', async () => {
    await open('shop.example:* @tunnel')
    const target = await pinned()
    for (const end of [() => scene.push({ lease: { state: 'revoked' } }), () => scene.memory.lose()]) {
      const client = await through('shop.example', target.port)
      const tls = tlsIn(client, 'shop.example')
      await new Promise<void>((resolve) => tls.once('secureConnect', resolve))
      end()
      await new Client(tls).end()
      scene.push({ lease: { state: 'active' } })
    }
    await expect.poll(() => scene.memory.exchanges.map((one) => one.end?.outcome)).toEqual(['stopped', 'stopped'])
  })

  it('holds its place among the lease’s requests at a time', async () => {
    await open('shop.example:* @tunnel')
    scene.push({ lease: { limits: { requestsPerSecond: 100, concurrency: 1 } } })
    const target = await pinned()
    const client = await through('shop.example', target.port)
    const second = scene.client()
    const ask = `CONNECT shop.example:${target.port} HTTP/1.1\r\nProxy-Authorization: Basic ${scene.basic}\r\n\r\n`
    second.send(ask)
    expect(await second.until((text) => text.includes('time:'))).toContain('X-Zhongheng-Refusal: LIMIT-2')
    client.socket.destroy()
    const third = async (): Promise<string> => {
      const again = scene.client()
      again.send(ask)
      const text = await again.until((got) => got.includes('\r\n\r\n'))
      again.socket.destroy()
      return text.slice(0, 12)
    }
    await expect.poll(third).toBe('HTTP/1.1 200')
  })
})

describe('a tunnel to an object marked @raw', () => {
  it('speaks any protocol, the target first if it likes, and all bytes are recorded', async () => {
    await open('shop.example:* @raw')
    const target = await scene.target((socket) => {
      socket.write('220 ready\r\n')
      socket.on('data', () => socket.end('221 bye\r\n'))
    })
    const client = await through('shop.example', target.port)
    await client.until((text) => text.includes('ready'))
    client.send('QUIT\r\n')
    expect(await client.end()).toBe('220 ready\r\n221 bye\r\n')
    client.socket.end()
    await expect.poll(() => scene.memory.exchanges[0]?.end?.outcome).toBe('complete')
    const [recorded] = scene.memory.exchanges
    expect(recorded?.head).toMatchObject({ kind: 'tunnel', scheme: 'tcp', method: 'CONNECT' })
    expect(requestText(recorded)).toBe('QUIT\r\n')
    expect(responseText(recorded)).toBe('220 ready\r\n221 bye\r\n')
  })

  it('lets nothing on before the recorder has it', async () => {
    await open('shop.example:* @raw')
    const target = await scene.target(() => undefined)
    const client = await through('shop.example', target.port)
    let release = (): void => undefined
    scene.memory.gate = new Promise((resolve) => {
      release = resolve
    })
    client.send('*1\r\n$4\r\nPING\r\n')
    await expect.poll(() => target.connections()).toBe(1)
    expect(target.received()).toBe('')
    release()
    await expect.poll(() => target.received()).toBe('*1\r\n$4\r\nPING\r\n')
  })

  it('judges HTTP in it, and does not let it or TLS come late', async () => {
    await open('shop.example:* @raw')
    const target = await scene.target((socket) => socket.write('hello\r\n'))
    const client = await through('shop.example', target.port)
    client.send('GET / HTTP/1.1\r\nHost: other.example\r\n\r\n')
    expect(await client.until((text) => text.includes('time:'))).toContain('X-Zhongheng-Refusal: ROUTE-1')
    for (const late of ['GET / HTTP/1.1\r\nHost: other.example\r\n\r\n', hello({ name: 'other.example' })]) {
      const slow = await through('shop.example', target.port)
      await slow.until((text) => text.includes('hello'))
      slow.send(late)
      await slow.end()
    }
    expect(target.received()).toBe('')
  })
})

/** A ClientHello by hand; `cut` spreads it over records of that many bytes. */
function hello(options: { name?: string; extra?: [number, Buffer][]; cut?: number }): Buffer {
  const two = (value: number): Buffer => Buffer.from([value >> 8, value & 255])
  const vector = (bytes: Buffer): Buffer => Buffer.concat([two(bytes.length), bytes])
  const extension = (type: number, value: Buffer): Buffer => Buffer.concat([two(type), vector(value)])
  const named = (name: string): Buffer =>
    extension(0, vector(Buffer.concat([Buffer.from([0]), vector(Buffer.from(name))])))
  const extensions = Buffer.concat([
    ...(options.name === undefined ? [] : [named(options.name)]),
    ...(options.extra ?? []).map(([type, value]) => extension(type, value)),
  ])
  const body = Buffer.concat([
    Buffer.from([3, 3]),
    Buffer.alloc(32),
    Buffer.from([0]),
    vector(Buffer.from([0x13, 1])),
    Buffer.from([1, 0]),
    vector(extensions),
  ])
  const message = Buffer.concat([Buffer.from([1, 0]), two(body.length), body])
  const records: Buffer[] = []
  const cut = options.cut ?? message.length
  for (let at = 0; at < message.length; at += cut) {
    records.push(Buffer.concat([Buffer.from([0x16, 3, 1]), vector(message.subarray(at, at + cut))]))
  }
  return Buffer.concat(records)
}

describe('reading a hello', () => {
  it('finds the name over records of any size and at any point of arrival', () => {
    for (const cut of [1, 7, 100, 10_000]) {
      const bytes = hello({ name: 'a.example', extra: [[16, Buffer.from('\0\x0c\x02h2\x08http/1.1', 'latin1')]], cut })
      expect(readHello(bytes)).toEqual({ serverName: 'a.example', alpn: ['h2', 'http/1.1'], veiled: false })
      for (let end = 0; end < bytes.length; end++) expect(readHello(bytes.subarray(0, end))).toBe('more')
    }
  })
  it.each([
    ['a second name', hello({ name: 'a.example', extra: [[0, Buffer.from('\0\x04\0\0\x01b', 'latin1')]] })],
    ['a name of two entries', hello({ extra: [[0, Buffer.from('\0\x08\0\0\x01a\0\0\x01b', 'latin1')]] })],
    ['a name with a NUL', hello({ name: 'a\0.example' })],
    ['a cut extension', hello({ extra: [[0, Buffer.from('\0\x44\0\0\x01b', 'latin1')]] })],
    ['another handshake message', Buffer.from([0x16, 3, 1, 0, 4, 2, 0, 0, 0])],
    ['an empty record', Buffer.from([0x16, 3, 1, 0, 0])],
    ['a hello of 16 MiB', Buffer.from([0x16, 3, 1, 0, 4, 1, 255, 255, 255])],
  ])('%s is unreadable', (_name, bytes) => {
    expect(readHello(bytes)).toBe('unreadable')
  })
})

import { connect as connectTls, type TLSSocket } from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import { requestText } from '../../testing/memory-recorder.ts'
import { always, Client, okAnswer, Scene, type SceneOptions } from '../../testing/scene.ts'

let scene: Scene
const open = async (options: SceneOptions = {}): Promise<Scene> => {
  scene = await Scene.open(options)
  return scene
}
afterEach(async () => {
  expect(scene.faults).toEqual([])
  await scene.close()
})

const greeting = Buffer.from([5, 2, 0, 2])
const account = (name = 'li', secret = scene.secret): Buffer =>
  Buffer.concat([Buffer.from([1, name.length]), Buffer.from(name), Buffer.from([secret.length]), Buffer.from(secret)])
const port = (value: number): Buffer => Buffer.from([value >> 8, value & 255])
const named = (host: string, to: number, command = 1): Buffer =>
  Buffer.concat([Buffer.from([5, command, 0, 3, Buffer.byteLength(host)]), Buffer.from(host), port(to)])
const numbered = (type: 1 | 4, address: readonly number[], to: number): Buffer =>
  Buffer.concat([Buffer.from([5, 1, 0, type]), Buffer.from(address), port(to)])

/** Speaks a whole dialogue; gives the bytes that came back, as hex. */
async function socks(request: Buffer, given = account()): Promise<{ client: Client; said: string }> {
  const client = scene.client()
  client.send(greeting)
  await client.until((text) => text.length >= 2)
  client.send(given)
  await client.until((text) => text.length >= 4)
  client.send(request)
  await client.until((text) => text.length >= 14)
  return { client, said: Buffer.from(client.text, 'latin1').toString('hex') }
}
const granted = '0502010005000001000000000000'
const refusedWith = (code: number): string => `05020100050${code}0001000000000000`

describe('SOCKS5', () => {
  it('leads Ms Li to a target in scope, the name resolved at the gateway, the request recorded', async () => {
    await open()
    const target = await scene.target(always(okAnswer))
    const { client, said } = await socks(named('shop.example', target.port))
    expect(said).toBe(granted)
    client.chunks.length = 0
    const request = `GET /by-socks HTTP/1.1\r\nHost: shop.example:${target.port}\r\n\r\n`
    client.send(request)
    expect(await client.until((text) => text.endsWith('ok'))).toBe(okAnswer)
    expect(target.received()).toBe(request)
    expect(requestText(scene.memory.exchanges[0])).toBe(request)
  })

  it('is looked into where TLS is spoken inside', async () => {
    await open()
    const target = await scene.target(always(okAnswer), scene.authority)
    const { client } = await socks(named('shop.example', target.port))
    client.socket.removeAllListeners('data')
    const tls = connectTls({ socket: client.socket, ca: scene.authority.certificate, servername: 'shop.example' })
    const inner = new Client(tls)
    inner.send(`GET /in HTTP/1.1\r\nHost: shop.example:${target.port}\r\n\r\n`)
    expect(await inner.until((text) => text.endsWith('ok'))).toBe(okAnswer)
    expect(scene.memory.exchanges[0]?.head).toMatchObject({ scheme: 'https', path: '/in' })
  })

  it('takes IPv4 and IPv6 addresses that the scope names', async () => {
    await open({
      inside: ['203.0.113.9:*', '[2001:db8::9]:*'],
      pins: { '203.0.113.9': '127.0.0.1', '2001:db8::9': '127.0.0.1' },
    })
    const target = await scene.target(always(okAnswer))
    expect((await socks(numbered(1, [203, 0, 113, 9], target.port))).said).toBe(granted)
    const six = [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9]
    expect((await socks(numbered(4, six, target.port))).said).toBe(granted)
    expect((await socks(numbered(1, [203, 0, 113, 8], target.port))).said).toBe(refusedWith(2))
  })

  it.each([
    ['a name outside the scope', () => named('other.example', 80), 2, 'SCOPE-1'],
    ['a port outside the scope', () => named('shop.example', 22), 2, 'SCOPE-1'],
    [
      'a mapped IPv4 address',
      () => numbered(4, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 127, 0, 0, 1], 80),
      2,
      'TARGET-4',
    ],
    ['a name that holds another port', () => named('shop.example:81', 80), 2, 'TARGET-5'],
    ['a name with a user part', () => named('shop.example@other.example', 80), 2, 'TARGET-2'],
    ['a decimal address as a name', () => named('2130706433', 80), 2, 'TARGET-4'],
    [
      'a name of bytes that are no text',
      () => Buffer.concat([Buffer.from([5, 1, 0, 3, 2, 0xff, 0xfe]), port(80)]),
      2,
      'TARGET-7',
    ],
    ['port 0', () => named('shop.example', 0), 2, 'TARGET-6'],
    ['a name without an address', () => named('gone.shop.example', 80), 4, 'DIAL-1'],
    ['a name that leads to loopback', () => named('loop.shop.example', 80), 2, 'ADDR-1'],
    ['BIND', () => named('shop.example', 80, 2), 7, 'SOCKS-1'],
    ['UDP ASSOCIATE', () => named('shop.example', 80, 3), 7, 'SOCKS-1'],
    ['an unknown address type', () => Buffer.from([5, 1, 0, 9]), 8, 'SOCKS-2'],
  ])('%s is refused, recorded and never dialled', async (_name, request, code, rule) => {
    await open({ inside: ['shop.example', '*.shop.example'], dns: { 'loop.shop.example': ['127.0.0.1'] } })
    const { client, said } = await socks(request())
    expect(said).toBe(refusedWith(code))
    await client.end()
    expect(scene.memory.exchanges).toEqual([])
    expect(scene.memory.refusals.map(({ head }) => head.refusal?.rule)).toEqual([rule])
  })

  it('wants the account, and the right one', async () => {
    await open()
    const wrong = scene.client()
    wrong.send(Buffer.concat([greeting, account('li', 'guess')]))
    expect(Buffer.from(await wrong.end(), 'latin1').toString('hex')).toBe('05020101')
    expect(scene.memory.refusals[0]?.head).toMatchObject({ leaseId: 'lea_li', refusal: { rule: 'LEASE-1' } })
    const nameless = scene.client()
    nameless.send(Buffer.from([5, 1, 0]))
    expect(Buffer.from(await nameless.end(), 'latin1').toString('hex')).toBe('05ff')
  })

  it('says general failure once the snapshot has lapsed', async () => {
    await open()
    scene.time.wallOffset = 120_000
    expect((await socks(named('shop.example', 80))).said).toBe(refusedWith(1))
  })

  it('may come in one piece or byte by byte', async () => {
    await open()
    const target = await scene.target(always(okAnswer))
    const all = Buffer.concat([
      greeting,
      account(),
      named('shop.example', target.port),
      Buffer.from(`GET / HTTP/1.1\r\nHost: shop.example:${target.port}\r\n\r\n`),
    ])
    const whole = scene.client()
    whole.send(all)
    expect(await whole.until((text) => text.endsWith('ok'))).toContain(okAnswer)
    const slow = scene.client()
    for (const byte of all) {
      slow.send(Buffer.from([byte]))
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(await slow.until((text) => text.endsWith('ok'))).toContain(okAnswer)
  })

  it('that stops halfway is given up', async () => {
    await open({ patience: { head: 200 } })
    for (const part of [greeting.subarray(0, 1), greeting, Buffer.concat([greeting, account().subarray(0, 3)])]) {
      const client = scene.client()
      client.send(part)
      await client.end()
      expect(client.ended).toBe(true)
    }
  })

  it('counts an opened tunnel against the lease', async () => {
    await open({ limits: { requestsPerSecond: 2, concurrency: 9 } })
    const target = await scene.target(always(okAnswer))
    const said: string[] = []
    for (let round = 0; round < 3; round++) said.push((await socks(named('shop.example', target.port))).said)
    expect(said).toEqual([granted, granted, refusedWith(1)])
  })
})

describe('TLS to the proxy itself', () => {
  const dialProxy = async (): Promise<{ client: Client; tls: TLSSocket }> => {
    const tls = connectTls({ host: '127.0.0.1', port: scene.gateway.port, ca: scene.installation.certificate })
    await new Promise<void>((resolve, reject) => {
      tls.once('secureConnect', resolve)
      tls.once('error', reject)
    })
    return { client: new Client(tls), tls }
  }

  it('shows a certificate of the installation’s CA and serves like the plain port', async () => {
    await open()
    const target = await scene.target(always(okAnswer))
    const { client, tls } = await dialProxy()
    expect(tls.authorized).toBe(true)
    const at = `shop.example:${target.port}`
    client.send(`GET http://${at}/s HTTP/1.1\r\nHost: ${at}\r\nProxy-Authorization: Basic ${scene.basic}\r\n\r\n`)
    expect(await client.until((text) => text.endsWith('ok'))).toBe(okAnswer)
    client.socket.destroy()
  })

  it('may carry a CONNECT with TLS inside, looked into', async () => {
    await open()
    const target = await scene.target(always(okAnswer), scene.authority)
    const { client, tls } = await dialProxy()
    const at = `shop.example:${target.port}`
    client.send(`CONNECT ${at} HTTP/1.1\r\nHost: ${at}\r\nProxy-Authorization: Basic ${scene.basic}\r\n\r\n`)
    await client.until((text) => text.endsWith('\r\n\r\n'))
    tls.removeAllListeners('data')
    const inside = connectTls({ socket: tls, ca: scene.authority.certificate, servername: 'shop.example' })
    const inner = new Client(inside)
    inner.send(`GET /deep HTTP/1.1\r\nHost: ${at}\r\n\r\n`)
    expect(await inner.until((text) => text.endsWith('ok'))).toBe(okAnswer)
    expect(scene.memory.exchanges[0]?.head).toMatchObject({ scheme: 'https', path: '/deep' })
    inside.destroy()
  })

  it('may carry SOCKS5, but not TLS to the proxy once more', async () => {
    await open()
    const target = await scene.target(always(okAnswer))
    const { client } = await dialProxy()
    client.send(Buffer.concat([greeting, account(), named('shop.example', target.port)]))
    expect(Buffer.from(await client.until((text) => text.length >= 14), 'latin1').toString('hex')).toBe(granted)
    client.socket.destroy()
    const { client: twice } = await dialProxy()
    twice.send(Buffer.from([0x16, 3, 1, 0, 1, 1]))
    expect(await twice.end()).toBe('')
  })
})

describe('the first bytes', () => {
  it.each([
    ['nothing', Buffer.alloc(0)],
    ['SOCKS4', Buffer.from([4, 1, 0, 80, 127, 0, 0, 1, 0])],
    ['a broken TLS record', Buffer.from([0x16, 0xff, 0xff, 0xff, 0xff, 1, 2, 3])],
    ['half a TLS record', Buffer.from([0x16, 3, 1])],
    ['zeros', Buffer.alloc(200)],
  ])('%s ends within the bounds and reaches nobody', async (_name, bytes) => {
    await open({ patience: { head: 200, goodbye: 50 } })
    const client = scene.client()
    if (bytes.length > 0) client.send(bytes)
    await client.end()
    expect(client.ended).toBe(true)
    expect(scene.memory.exchanges).toEqual([])
  })
})

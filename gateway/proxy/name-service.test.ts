import { createSocket, type Socket } from 'node:dgram'
import { afterEach, describe, expect, it } from 'vitest'
import { always, okAnswer, Scene } from '../testing/scene.ts'
import { namesFrom } from './name-service.ts'

/** A name server on loopback: what it answers may change from one question to the next. TTL is always 0. */
class NameServer {
  readonly #socket: Socket = createSocket('udp4')
  answers: { a: readonly string[]; aaaa: readonly string[]; failing?: 'a' | 'aaaa' } = { a: [], aaaa: [] }
  questions = 0

  static async open(): Promise<NameServer> {
    const server = new NameServer()
    server.#socket.on('message', (question, from) => {
      server.questions++
      server.#socket.send(server.#reply(question), from.port, from.address)
    })
    await new Promise<void>((resolve) => server.#socket.bind(0, '127.0.0.1', resolve))
    return server
  }

  get address(): string {
    return `127.0.0.1:${this.#socket.address().port}`
  }

  close(): void {
    this.#socket.close()
  }

  #reply(question: Buffer): Buffer {
    let end = 12
    while (question[end] !== 0) end += (question[end] ?? 0) + 1
    const type = question.readUInt16BE(end + 1) === 28 ? 'aaaa' : 'a'
    const records = this.answers.failing === type ? [] : this.answers[type]
    const head = Buffer.alloc(12)
    question.copy(head, 0, 0, 2)
    head.writeUInt16BE(0x8180 | (this.answers.failing === type ? 2 : 0), 2)
    head.writeUInt16BE(1, 4)
    head.writeUInt16BE(records.length, 6)
    const answers = records.map((text) => {
      const data =
        type === 'a'
          ? Buffer.from(text.split('.').map(Number))
          : Buffer.from(
              text
                .split(':')
                .map((group) => group.padStart(4, '0'))
                .join(''),
              'hex',
            )
      const record = Buffer.from([0xc0, 12, 0, type === 'a' ? 1 : 28, 0, 1, 0, 0, 0, 0, 0, data.length])
      return Buffer.concat([record, data])
    })
    return Buffer.concat([head, question.subarray(12, end + 5), ...answers])
  }
}

let scene: Scene
let names: NameServer
const open = async (): Promise<void> => {
  names = await NameServer.open()
  scene = await Scene.open({ inside: ['moving.example:*'], pins: {}, resolve: namesFrom([names.address]) })
  // From a loopback source nothing can leave the machine, whatever address is dialled.
  scene.push({ engagement: { egressAddresses: ['127.0.0.1'] } })
}
afterEach(async () => {
  names.close()
  expect(scene.faults).toEqual([])
  await scene.close()
})
const connectTo = async (port: number): Promise<string> => {
  const client = scene.client()
  client.send(`CONNECT moving.example:${port} HTTP/1.1\r\nProxy-Authorization: Basic ${scene.basic}\r\n\r\n`)
  const text = await client.until((got) => got.includes('\r\n\r\n'))
  if (!text.startsWith('HTTP/1.1 200')) return client.until((got) => got.includes('time:'))
  client.send(`GET / HTTP/1.1\r\nHost: moving.example:${port}\r\n\r\n`)
  return client.until((got) => got.includes('time:') || got.endsWith('ok'))
}
const publicSix = '2606:4700:0:0:0:0:0:1111'
const loopSix = '0:0:0:0:0:0:0:1'

describe('PUB-GW-02 names, asked of a real name server', () => {
  it('are resolved once for a tunnel; what the server says later is not dialled', async () => {
    await open()
    const target = await scene.target(always(okAnswer))
    names.answers = { a: ['198.51.100.9'], aaaa: [] }
    const client = scene.client()
    client.send(`CONNECT moving.example:${target.port} HTTP/1.1\r\nProxy-Authorization: Basic ${scene.basic}\r\n\r\n`)
    expect(await client.until((text) => text.includes('\r\n\r\n'))).toMatch(/^HTTP\/1.1 200/)
    const asked = names.questions
    names.answers = { a: ['127.0.0.1'], aaaa: [] }
    client.send(`GET / HTTP/1.1\r\nHost: moving.example:${target.port}\r\n\r\n`)
    expect(await client.until((text) => text.includes('time:'))).toContain('X-Zhongheng-Refusal: DIAL-2')
    expect(names.questions).toBe(asked)
    expect(target.connections()).toBe(0)
    expect(await connectTo(target.port)).toContain('X-Zhongheng-Refusal: ADDR-1')
    expect(names.questions).toBeGreaterThan(asked)
    expect(target.connections()).toBe(0)
  })

  it.each([
    ['one loopback address beside a public one', ['198.51.100.9', '127.0.0.1'], [], 'ADDR-1'],
    ['a public IPv4 and a loopback IPv6 address', ['198.51.100.9'], [loopSix], 'ADDR-1'],
    ['a private IPv4 and a public IPv6 address', ['10.0.0.5'], [publicSix], 'ADDR-4'],
    ['a metadata service', ['169.254.169.254'], [], 'ADDR-1'],
    ['loopback by NAT64', [], ['64:ff9b:0:0:0:0:7f00:1'], 'ADDR-1'],
    ['loopback by 6to4', [], ['2002:7f00:1:0:0:0:0:1'], 'ADDR-1'],
    ['a mapped loopback address', [], ['0:0:0:0:0:ffff:7f00:1'], 'ADDR-1'],
    ['carrier-grade NAT', ['100.64.0.9'], [], 'ADDR-4'],
    ['multicast', ['224.0.0.1'], [], 'ADDR-1'],
    ['nothing', [], [], 'DIAL-1'],
  ])('that lead to %s are refused whole', async (_name, a, aaaa, rule) => {
    await open()
    names.answers = { a, aaaa }
    expect(await connectTo(443)).toContain(`X-Zhongheng-Refusal: ${rule}`)
    expect(scene.memory.exchanges).toEqual([])
  })

  it('of which one family fails are refused: the address that forbids might be missing', async () => {
    await open()
    names.answers = { a: ['198.51.100.9'], aaaa: [], failing: 'aaaa' }
    expect(await connectTo(443)).toContain('X-Zhongheng-Refusal: DIAL-1')
  })
})

import { createSocket } from 'node:dgram'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { filePath, openOwnershipVerifier } from './ownership.ts'

/** A name server of our own on loopback: TXT answers for names it knows, "no such name" for the others. */
function startNameServer(records: { [name: string]: string }) {
  const socket = createSocket('udp4')
  socket.on('message', (query, from) => {
    const labels: string[] = []
    let at = 12
    for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
      labels.push(query.subarray(at + 1, at + 1 + length).toString())
      at += length + 1
    }
    const text = records[labels.join('.')]
    const question = query.subarray(12, at + 5)
    const head = Buffer.from(query.subarray(0, 12))
    head.writeUInt16BE(text === undefined ? 0x8183 : 0x8180, 2)
    head.writeUInt16BE(text === undefined ? 0 : 1, 6)
    head.writeUInt16BE(0, 8)
    head.writeUInt16BE(0, 10)
    const answer =
      text === undefined
        ? Buffer.alloc(0)
        : Buffer.concat([
            Buffer.from([0xc0, 0x0c, 0, 16, 0, 1, 0, 0, 0, 0, 0, text.length + 1, text.length]),
            Buffer.from(text),
          ])
    socket.send(Buffer.concat([head, question, answer]), from.port, from.address)
  })
  return new Promise<{ address: string; close: () => void }>((resolve) =>
    socket.bind(0, '127.0.0.1', () =>
      resolve({ address: `127.0.0.1:${socket.address().port}`, close: () => socket.close() }),
    ),
  )
}

const challenge = 'zhongheng-proof=0123456789abcdef'
let names: Awaited<ReturnType<typeof startNameServer>>
beforeAll(async () => {
  names = await startNameServer({
    '_zhongheng-challenge.yunfan.example': challenge,
    '_zhongheng-challenge.old.example': 'something else',
  })
})
afterAll(() => names.close())
const verifier = () => openOwnershipVerifier({ dnsServers: [names.address], mayDial: () => false })

describe('ownership by DNS record', () => {
  it('is proven by a TXT record with the challenge', async () => {
    expect(await verifier().check({ object: 'yunfan.example', method: 'dns', challenge })).toMatchObject({
      proven: true,
    })
  })
  it('is not proven by another record or by none, and says which', async () => {
    expect(await verifier().check({ object: 'old.example', method: 'dns', challenge })).toMatchObject({
      proven: false,
      result: { en: expect.stringContaining('none holds') as unknown },
    })
    expect(await verifier().check({ object: 'none.example', method: 'dns', challenge })).toMatchObject({
      proven: false,
      result: { en: expect.stringContaining('no DNS record') as unknown },
    })
  })
})

describe('ownership by file', () => {
  let port = 0
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.headers.host} ${request.url}`)
    if (request.headers.host === 'moved.example') response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()
    else if (request.headers.host === 'big.example') response.end('x'.repeat(100_000))
    else response.end(`${challenge}\n`)
  })
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    port = (server.address() as AddressInfo).port
  })
  afterAll(() => void server.close())
  const pinned = (object: string) =>
    openOwnershipVerifier({
      dnsServers: [names.address],
      pins: { [object]: { address: '127.0.0.1', port } },
      mayDial: () => false,
    }).check({ object, method: 'file', challenge })

  it('is proven by the challenge at the well-known path, asked under the object’s own name', async () => {
    expect(await pinned('yunfan.example')).toMatchObject({ proven: true })
    expect(asked).toContain(`yunfan.example ${filePath}`)
  })
  it('follows no redirect and reads no more than a few kilobytes', async () => {
    expect(await pinned('moved.example')).toMatchObject({ proven: false })
    expect(await pinned('big.example')).toMatchObject({ proven: false })
  })
  it('dials nothing for a name that does not resolve', async () => {
    expect(await verifier().check({ object: 'none.example', method: 'file', challenge })).toMatchObject({
      proven: false,
      result: { en: 'the name does not resolve' },
    })
  })
})

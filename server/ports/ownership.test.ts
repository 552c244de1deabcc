import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startNameServer } from '@zhongheng/testing/names/name-server.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openEgress } from '../egress/egress.ts'
import { filePath, openOwnershipVerifier } from './ownership.ts'

const challenge = 'zhongheng-proof=0123456789abcdef'
let names: Awaited<ReturnType<typeof startNameServer>>
beforeAll(async () => {
  names = await startNameServer({
    '_zhongheng-challenge.yunfan.example': { txt: challenge },
    '_zhongheng-challenge.old.example': { txt: 'something else' },
  })
})
afterAll(() => names.close())
const verifier = () => openOwnershipVerifier(openEgress({ dnsServers: [names.address] }))

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
    openOwnershipVerifier(
      openEgress({ dnsServers: [names.address], pins: { [object]: { address: '127.0.0.1', port } } }),
    ).check({ object, method: 'file', challenge })

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
      result: { en: expect.stringContaining('does not resolve') as unknown },
    })
  })
})

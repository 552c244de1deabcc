import type { Policy } from '@zhongheng/domain/authorizations/policy.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Scene } from '../testing/scene.ts'

const gateways: Policy['gateways'] = [
  { node: 0, address: 'gw0.example.com:7080' },
  { node: 1, address: 'gw1.example.com:7081' },
]
let scene: Scene
beforeEach(async () => {
  scene = await Scene.open()
})
afterEach(() => scene.close())

const ask = async (path: string, headers = ''): Promise<string> => {
  const client = scene.client()
  client.send(
    `GET ${path} HTTP/1.1\r\nHost: ${new URL(path, 'http://heng.gateway').host}\r\nConnection: close\r\n${headers}\r\n`,
  )
  return client.end()
}
const signedOn = (): string => `Proxy-Authorization: Basic ${scene.basic}\r\n`

describe('a gateway whose engagement is served by another one', () => {
  it('tells the right address to who has the lease, passes nothing, and puts nothing on record', async () => {
    scene.push({ policy: { gateways }, engagement: { node: 1 } })
    const target = await scene.target((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'))
    const answer = await ask(`http://shop.example:${target.port}/`, signedOn())
    expect(answer).toMatch(/^HTTP\/1\.1 403 /)
    expect(answer).toContain('NODE-1')
    expect(answer).toContain('gw1.example.com:7081')
    expect(target.connections()).toBe(0)
    expect([...scene.memory.refusals, ...scene.memory.exchanges]).toEqual([])
  })

  it('does not tell it to who has not', async () => {
    scene.push({ policy: { gateways }, engagement: { node: 1 } })
    const wrong = `Proxy-Authorization: Basic ${Buffer.from('li:wrong').toString('base64')}\r\n`
    const answer = await ask('http://shop.example/', wrong)
    expect(answer).toMatch(/^HTTP\/1\.1 407 /)
    expect(answer).not.toContain('gw1.example.com')
  })

  it('names that gateway in the files for browsers', async () => {
    scene.push({ policy: { gateways }, engagement: { node: 1 } })
    const authorization = `Authorization: Basic ${scene.basic}\r\n`
    expect(await ask('/scope.pac', authorization)).toContain('PROXY gw1.example.com:7081')
    expect(await ask('/', authorization)).toContain('gw1.example.com:7081')
  })

  it('ends what is open at once when the engagement moves, and serves it again when it comes back', async () => {
    const target = await scene.target((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nfirst'))
    const client = scene.client()
    client.send(
      `GET http://shop.example:${target.port}/ HTTP/1.1\r\nHost: shop.example:${target.port}\r\n${signedOn()}\r\n`,
    )
    await client.until((text) => text.includes('first'))
    scene.push({ policy: { gateways }, engagement: { node: null } })
    await client.end()
    expect(await ask(`http://shop.example:${target.port}/`, signedOn())).toContain('is moving to another gateway')
    scene.push({ engagement: { node: 0 } })
    const back = scene.client()
    back.send(
      `GET http://shop.example:${target.port}/ HTTP/1.1\r\nHost: shop.example:${target.port}\r\n${signedOn()}\r\n`,
    )
    expect(await back.until((text) => text.includes('first'))).toContain('200 OK')
  })

  it('takes an engagement without a number for node 0’s, and refuses a number that there cannot be', () => {
    expect(() => scene.push({ engagement: { node: 256 } })).toThrow()
    expect(() => scene.push({ policy: { gateways: [{ node: 0, address: 'no port' }] } })).toThrow()
  })
})

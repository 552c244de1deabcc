import type { Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import type { EngagementPolicy, LeasePolicy } from '@zhongheng/domain/authorizations/policy.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { always, okAnswer, Scene } from '../testing/scene.ts'

let scene: Scene
beforeEach(async () => {
  scene = await Scene.open()
  scene.memory.keepBytes = false
  const { leases } = scene.policy.engagements[0] as EngagementPolicy
  const wang: LeasePolicy = {
    ...(leases[0] as LeasePolicy),
    leaseId: 'lea_wang',
    testerId: 'per_wang',
    proxyName: 'wang',
  }
  scene.push({ engagement: { leases: [...leases, wang] } })
})
afterEach(async () => {
  expect(scene.faults).toEqual([])
  await scene.close()
})

/** A request for a page by one of the two testers. */
const get = (port: number, name: 'li' | 'wang' = 'li'): string =>
  `GET http://shop.example:${port}/ HTTP/1.1\r\nHost: shop.example:${port}\r\nProxy-Authorization: Basic ${Buffer.from(`${name}:${scene.secret}`).toString('base64')}\r\n\r\n`

/** Mr Wang tests another target of the same engagement, and gets his answer as ever. */
async function wangIsUnhurt(): Promise<void> {
  const target = await scene.target(always(okAnswer))
  const client = scene.client()
  client.send(get(target.port, 'wang'))
  expect(await client.until((text) => text.endsWith('ok'))).toBe(okAnswer)
  client.socket.destroy()
}

/** Writes as long as the other side takes it; tells how much was handed over. */
function pourInto(socket: Socket, first: string, piece: Buffer): () => number {
  let poured = 0
  socket.write(first)
  const pour = (): void => {
    while (!socket.destroyed) {
      poured += piece.length
      if (!socket.write(piece)) return
    }
  }
  socket.on('drain', pour)
  pour()
  return () => poured
}

describe('a hostile target', () => {
  it('PUB-GW-10: a million header fields are never held as a head: above the cap they pass as the bytes they are, and the connection ends with them', async () => {
    const answer = Buffer.from(`HTTP/1.1 200 OK\r\n${'x-a: b\r\n'.repeat(1_000_000)}\r\nHTTP/1.1 200 OK\r\n\r\n`)
    let sent = 0
    const target = await scene.target((socket) => {
      socket.once('data', () => {
        // The end of the head is not sent before the tester has the beginning: whoever waited for it would wait for ever.
        socket.write(answer.subarray(0, 2 ** 20))
        sent = 2 ** 20
      })
      scene.onClose(() => socket.destroy())
      void expect
        .poll(() => client.chunks.length > 0)
        .toBe(true)
        .then(() => socket.end(answer.subarray(sent)))
    })
    const client = scene.client()
    client.send(get(target.port))
    await client.end()
    expect(Buffer.concat(client.chunks).equals(answer)).toBe(true)
    expect(scene.memory.exchanges[0]?.responseBytes).toBe(answer.length)
    // Nothing of it was read as a head: no status, and no second answer.
    expect(scene.memory.exchanges).toHaveLength(1)
    expect(scene.memory.exchanges[0]?.end?.status).toBe(0)
    await wangIsUnhurt()
  })

  it('PUB-GW-10: whose chunked answer never ends is read no faster than the tester takes it, and ends with the lease', async () => {
    let poured = (): number => 0
    const target = await scene.target((socket) => {
      socket.once('data', () => {
        const chunk = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(65_536, 'a'), Buffer.from('\r\n')])
        poured = pourInto(socket, 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', chunk)
      })
    })
    const client = scene.client()
    client.send(get(target.port))
    await client.until((text) => text.includes('aaaa'))
    client.socket.pause()
    // Until nothing moves any more: what the sockets in between hold, and no more.
    for (let before = -1; before !== poured(); ) {
      before = poured()
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    const held = poured()
    expect(held).toBeLessThan(64 * 2 ** 20)
    await wangIsUnhurt()
    expect(poured()).toBe(held)
    scene.push({ engagement: { state: 'stopped' } })
    client.socket.resume()
    await client.end()
    await expect.poll(() => scene.memory.exchanges[0]?.end?.outcome).toBe('stopped')
  })

  it('PUB-GW-10: whose gzip unpacks to a thousand times its size is passed and recorded as the bytes that it is', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 2 ** 20))
    const answer = Buffer.concat([
      Buffer.from(`HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`),
      bomb,
    ])
    const target = await scene.target((socket) => socket.once('data', () => socket.write(answer)))
    const client = scene.client()
    client.send(get(target.port))
    await expect.poll(() => scene.memory.exchanges[0]?.end?.outcome).toBe('complete')
    expect(scene.memory.exchanges[0]?.responseBytes).toBe(answer.length)
    await expect.poll(() => Buffer.concat(client.chunks).equals(answer)).toBe(true)
    await wangIsUnhurt()
  })

  it('PUB-GW-10: that drips a byte at a time holds its own testers’ connections only, and none of them after the lease', async () => {
    const timers: NodeJS.Timeout[] = []
    const target = await scene.target((socket) => {
      socket.once('data', () => {
        const text = `HTTP/1.1 200 OK\r\nx-slow: ${'s'.repeat(100_000)}`
        let at = 0
        timers.push(setInterval(() => socket.destroyed || socket.write(text.charAt(at++)), 20))
      })
    })
    const clients = Array.from({ length: 50 }, () => scene.client())
    for (const client of clients) client.send(get(target.port))
    await expect.poll(() => target.connections()).toBe(50)
    for (let n = 0; n < 5; n++) await wangIsUnhurt()
    const { leases } = scene.policy.engagements[0] as EngagementPolicy
    scene.push({
      engagement: { leases: leases.map((one) => (one.leaseId === 'lea_li' ? { ...one, state: 'revoked' } : one)) },
    })
    await Promise.all(clients.map((client) => client.end()))
    for (const timer of timers) clearInterval(timer)
    for (const { end } of scene.memory.exchanges.slice(0, 50)) expect(end?.outcome).not.toBe('complete')
    await wangIsUnhurt()
  })
})

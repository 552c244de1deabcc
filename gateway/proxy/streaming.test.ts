import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import { always, okAnswer, Scene } from '../testing/scene.ts'

let scene: Scene
afterEach(async () => {
  expect(scene.faults).toEqual([])
  await scene.close()
})
const post = (port: number, length: number): string =>
  `POST http://shop.example:${port}/ HTTP/1.1\r\nHost: shop.example:${port}\r\nProxy-Authorization: Basic ${scene.basic}\r\nContent-Length: ${length}\r\n\r\n`

/** Waits until a count stands still. */
async function settled(count: () => number): Promise<number> {
  for (let before = -1; ; ) {
    const now = count()
    if (now === before && now > 0) return now
    before = now
    await new Promise((resolve) => setTimeout(resolve, 150))
  }
}

describe('bodies', () => {
  it('of 100 MB go both ways unchanged', async () => {
    scene = await Scene.open()
    scene.memory.keepBytes = false
    const block = randomBytes(1024 * 1024)
    const count = 100
    const sent = createHash('sha256')
    const seen = createHash('sha256')
    const back = createHash('sha256')
    let got = 0
    const total = block.length * count
    const target = await scene.target((socket) => {
      let head = true
      socket.removeAllListeners('data')
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${total}\r\n\r\n`)
      socket.on('data', (chunk: Buffer) => {
        const body = head ? chunk.subarray(chunk.indexOf('\r\n\r\n') + 4) : chunk
        head = false
        seen.update(body)
        if (!socket.write(body)) {
          socket.pause()
          socket.once('drain', () => socket.resume())
        }
      })
    }, scene.authority)
    const client = await scene.tlsClient('shop.example', target.port)
    client.socket.removeAllListeners('data')
    let skip = -1
    client.socket.on('data', (chunk: Buffer) => {
      const body = skip < 0 ? chunk.subarray(chunk.indexOf('\r\n\r\n') + 4) : chunk
      skip = 0
      back.update(body)
      got += body.length
    })
    client.send(`POST / HTTP/1.1\r\nHost: shop.example:${target.port}\r\nContent-Length: ${total}\r\n\r\n`)
    for (let at = 0; at < count; at++) {
      sent.update(block)
      if (!client.socket.write(block)) await new Promise((resolve) => client.socket.once('drain', resolve))
    }
    await expect.poll(() => got, { timeout: 30_000 }).toBe(total)
    const digest = sent.digest('hex')
    expect(seen.digest('hex')).toBe(digest)
    expect(back.digest('hex')).toBe(digest)
    await expect.poll(() => scene.memory.exchanges[0]?.end?.outcome).toBe('complete')
    expect(scene.memory.exchanges[0]?.responseBytes).toBeGreaterThan(total)
  }, 60_000)

  it('that nobody takes are not taken from the sender either', async () => {
    scene = await Scene.open()
    scene.memory.keepBytes = false
    const flood = await scene.target((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100000000000\r\n\r\n')
        const pour = (): void => {
          while (!socket.destroyed && socket.write(Buffer.alloc(65_536)));
        }
        socket.on('drain', pour)
        pour()
      })
    })
    const reader = scene.client()
    reader.send(post(flood.port, 0))
    await reader.until((text) => text.length > 0)
    reader.socket.pause()
    // What the kernel holds on three loopback sockets, and 256 KiB here.
    expect(await settled(() => scene.memory.exchanges[0]?.responseBytes ?? 0)).toBeLessThan(32 * 1024 * 1024)

    const deaf = await scene.target((socket) => {
      socket.removeAllListeners('data')
      socket.pause()
    })
    const writer = scene.client()
    writer.send(post(deaf.port, 100_000_000_000))
    const pour = (): void => {
      while (!writer.socket.destroyed && writer.socket.write(Buffer.alloc(65_536)));
    }
    writer.socket.on('drain', pour)
    pour()
    expect(await settled(() => scene.memory.exchanges[1]?.requestBytes ?? 0)).toBeLessThan(32 * 1024 * 1024)
  }, 30_000)
})

describe.skipIf(!existsSync('/usr/bin/curl'))('curl', () => {
  it('works through the gateway over http, https and with a chunked upload', async () => {
    scene = await Scene.open()
    const plain = await scene.target(always(okAnswer))
    const secure = await scene.target(always(okAnswer), scene.authority)
    const ca = join(scene.folder, 'ca.pem')
    writeFileSync(ca, scene.authority.certificate)
    const curl = async (...more: string[]): Promise<string> => {
      const proxy = `http://li:${scene.secret}@127.0.0.1:${scene.gateway.port}`
      const { stdout } = await promisify(execFile)('curl', [
        '-sS',
        '--max-time',
        '10',
        '-x',
        proxy,
        '--noproxy',
        '',
        '--cacert',
        ca,
        ...more,
      ])
      return stdout
    }
    expect(await curl(`http://shop.example:${plain.port}/a`)).toBe('ok')
    expect(await curl(`https://shop.example:${secure.port}/a`, `https://shop.example:${secure.port}/b`)).toBe('okok')
    expect(await curl('-p', `http://shop.example:${plain.port}/tunnel`)).toBe('ok')
    expect(
      await curl('-H', 'Transfer-Encoding: chunked', '-d', 'x'.repeat(2000), `http://shop.example:${plain.port}/up`),
    ).toContain('ok')
    expect(await curl('-o', '/dev/null', '-w', '%{http_code}', 'http://other.example/')).toBe('403')
    expect(
      await curl('-o', '/dev/null', '-w', '%{http_connect}', 'https://other.example/').catch(
        (error: { stdout: string }) => error.stdout,
      ),
    ).toBe('403')
    expect(secure.connections()).toBe(1)
  })
})

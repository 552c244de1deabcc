import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type Socket, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { http2Target, openHttp2 } from '../testing/http2.ts'
import type { SceneProcess } from '../testing/scene-process.ts'
import { always, Client, makeLeaf, okAnswer, Scene } from '../testing/scene.ts'

/*
 * A relay that leaves Nagle's algorithm on holds small answers back for 40 ms (measured on microsocks: 713 requests a second
 * instead of 40,000). Whether the option is set cannot be asked of a socket from Node: the system calls are watched.
 */
const watchable = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0
if (!watchable) console.log('Not run: TCP_NODELAY on both sides of each way (strace is not here, or may not watch)')

describe.skipIf(!watchable)('both sides of each way through the gateway send at once (TCP_NODELAY)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'zh-nodelay-'))
  const log = join(folder, 'calls')
  let scene: Scene
  let installation = ''
  let end: () => Promise<void>

  beforeAll(async () => {
    const program = spawn(
      'strace',
      [
        '-qq',
        '-e',
        'trace=accept,accept4,connect,setsockopt,close',
        '-e',
        'signal=none',
        '-o',
        log,
        process.execPath,
        join(import.meta.dirname, '../testing/scene-process.ts'),
      ],
      { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
    )
    const [told] = (await once(program, 'message')) as [SceneProcess]
    // The test's own scene lends targets and clients; they go to the gateway of the other process and by its authority.
    scene = await Scene.open()
    scene.gateway = { ...scene.gateway, port: told.port }
    scene.authority = told.authority
    installation = told.installation.certificate
    end = async () => {
      program.disconnect()
      await once(program, 'exit')
    }
  }, 60_000)
  afterAll(async () => {
    await scene.close()
    await end()
    rmSync(folder, { recursive: true, force: true })
  })

  /** The calls on each TCP connection so far, accepted or dialled, and whether the option was set before it was closed. */
  function connections(): { readonly way: 'accepted' | number; readonly sentAtOnce: boolean }[] {
    const found: { way: 'accepted' | number; sentAtOnce: boolean }[] = []
    const open = new Map<string, (typeof found)[number]>()
    for (const line of readFileSync(log, 'utf8').split('\n')) {
      const accepted = /^accept4?\(.*\) = (\d+)$/.exec(line)?.[1]
      const dialled = /^connect\((\d+), \{sa_family=AF_INET6?, sin6?_port=htons\((\d+)\)/.exec(line)
      const fd = accepted ?? dialled?.[1]
      if (fd !== undefined) {
        const one = {
          way: accepted === undefined ? Number(dialled?.[2]) : ('accepted' as const),
          sentAtOnce: open.get(`set ${fd}`) !== undefined,
        }
        open.set(fd, one)
        found.push(one)
      }
      const set = /^setsockopt\((\d+), SOL_TCP, TCP_NODELAY, \[1\]/.exec(line)?.[1]
      if (set !== undefined) {
        const one = open.get(set)
        if (one === undefined) open.set(`set ${set}`, { way: 0, sentAtOnce: true })
        else one.sentAtOnce = true
      }
      const closed = /^close\((\d+)\)/.exec(line)?.[1]
      if (closed !== undefined) {
        open.delete(closed)
        open.delete(`set ${closed}`)
      }
    }
    return found
  }

  const account = () => `Proxy-Authorization: Basic ${scene.basic}\r\n`
  const socks = (host: string, port: number): Buffer =>
    Buffer.concat([
      Buffer.from([5, 1, 2, 1, 2]),
      Buffer.from('li'),
      Buffer.from([scene.secret.length]),
      Buffer.from(scene.secret),
      Buffer.from([5, 1, 0, 3, host.length]),
      Buffer.from(host),
      Buffer.from([port >> 8, port & 255]),
    ])
  const echo = (socket: Socket): void => void socket.on('data', (chunk: Buffer) => socket.write(chunk))

  const ways: { readonly [way: string]: () => Promise<number> } = {
    async 'plain HTTP'() {
      const { port } = await scene.target(always(okAnswer))
      const client = scene.client()
      client.send(`GET http://shop.example:${port}/ HTTP/1.1\r\nHost: shop.example:${port}\r\n${account()}\r\n`)
      await client.until((text) => text.endsWith('ok'))
      return port
    },
    async 'HTTP to a proxy over TLS'() {
      const { port } = await scene.target(always(okAnswer))
      const tls = connectTls({
        socket: connect(scene.gateway.port, '127.0.0.1'),
        ca: installation,
        servername: 'heng.gateway',
      })
      await once(tls, 'secureConnect')
      const client = new Client(tls)
      client.send(`GET http://shop.example:${port}/ HTTP/1.1\r\nHost: shop.example:${port}\r\n${account()}\r\n`)
      await client.until((text) => text.endsWith('ok'))
      return port
    },
    async 'intercepted TLS'() {
      const { port } = await scene.target(always(okAnswer), scene.authority)
      const client = await scene.tlsClient('shop.example', port)
      client.send(`GET / HTTP/1.1\r\nHost: shop.example:${port}\r\n\r\n`)
      await client.until((text) => text.endsWith('ok'))
      return port
    },
    async 'HTTP/2'() {
      const { port } = await http2Target(scene, (server) =>
        server.on('stream', (stream) => {
          stream.respond({ ':status': 200 })
          stream.end('ok')
        }),
      )
      const stream = (await openHttp2(scene, port)).request({ ':path': '/' })
      stream.resume()
      await once(stream, 'end')
      return port
    },
    async 'a WebSocket'() {
      const { port } = await scene.target((socket) => {
        socket.once('data', () => {
          socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n')
          echo(socket)
        })
      }, scene.authority)
      const client = await scene.tlsClient('shop.example', port)
      client.send(`GET /ws HTTP/1.1\r\nHost: shop.example:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`)
      await client.until((text) => text.endsWith('\r\n\r\n'))
      client.send('\x81\x02hi')
      await client.until((text) => text.endsWith('\x81\x02hi'))
      return port
    },
    async SOCKS5() {
      const { port } = await scene.target(always(okAnswer))
      const client = scene.client()
      client.send(socks('shop.example', port))
      await client.until((text) => text.length >= 14)
      client.send(`GET / HTTP/1.1\r\nHost: shop.example:${port}\r\n\r\n`)
      await client.until((text) => text.endsWith('ok'))
      return port
    },
    async 'a closed tunnel'() {
      const { port } = await scene.target(always(okAnswer), await makeLeaf(scene.authority, ['pinned.example']))
      const client = await scene.tlsClient('pinned.example', port)
      client.send(`GET / HTTP/1.1\r\nHost: pinned.example:${port}\r\n\r\n`)
      await client.until((text) => text.endsWith('ok'))
      return port
    },
    async 'a raw tunnel'() {
      const { port } = await scene.target(echo)
      const client = scene.client()
      client.send(`CONNECT raw.example:${port} HTTP/1.1\r\nHost: raw.example:${port}\r\n${account()}\r\n`)
      await client.until((text) => text.includes('\r\n\r\n'))
      client.send('EHLO shop')
      await client.until((text) => text.endsWith('EHLO shop'))
      return port
    },
  }

  it.each(Object.keys(ways))('%s', async (name) => {
    const before = connections().length
    const port = (await ways[name]?.()) ?? 0
    const [...made] = connections().slice(before)
    expect(made.map(({ way }) => way)).toEqual(expect.arrayContaining(['accepted', port]))
    expect(made.filter(({ sentAtOnce }) => !sentAtOnce)).toEqual([])
  })
})

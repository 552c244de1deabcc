import { fork } from 'node:child_process'
import { once } from 'node:events'
import { connect as connectTcp, createServer, type Socket } from 'node:net'
import { connect as connectTls, createServer as createTlsServer } from 'node:tls'
import { type Authority, makeAuthority, Scene } from '@zhongheng/gateway/testing/scene.ts'
import type { Figure } from '../main.ts'
import { warmUpSeconds } from './machine.ts'

type Measured = {
  readonly requestsPerSecond: number
  /** Processor time that the subject's process used for one request. */
  readonly cpu: number
  readonly p50: number
  readonly p99: number
}

const body = 'x'.repeat(1024)
const answer = Buffer.from(
  `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
)

const seconds = 3
const rounds = 3

/**
 * The gateway's own cost: 1 KiB answers over 32 kept connections, every request judged, limited and handed to a recorder
 * that keeps nothing (its own cost is another process's), against a bare CONNECT relay on node:net in the same process.
 * Rounds are interleaved, medians by processor time.
 */
export async function bareRelayFigures(): Promise<readonly Figure[]> {
  const authority = await makeAuthority()
  const target = await startTarget(authority)
  const child = fork(import.meta.filename, ['serve'], { serialization: 'advanced' })
  try {
    const [{ port, tunnelPort, basic }] = (await once(child, 'message')) as [
      { port: number; tunnelPort: number; basic: string },
    ]
    const cpu = async (): Promise<number> => {
      child.send('cpu')
      const [used] = (await once(child, 'message')) as [number]
      return used
    }
    const account = `Proxy-Authorization: Basic ${basic}\r\n`
    const subjects = {
      intercepted: () => openTunnel(port, target.tls, account, true),
      plain: async () => ({
        socket: connectTcp({ port, host: '127.0.0.1', noDelay: true }),
        request: `GET http://shop.example:${target.plain}/ HTTP/1.1\r\nHost: shop.example:${target.plain}\r\nUser-Agent: bench\r\nAccept: */*\r\n${account}\r\n`,
      }),
      tunnel: () => openTunnel(tunnelPort, target.tls, '', true),
    }
    const found: { [name in keyof typeof subjects]: Measured[] } = { intercepted: [], plain: [], tunnel: [] }
    for (let round = 0; round < rounds; round++) {
      for (const name of ['intercepted', 'plain', 'tunnel'] as const) {
        const clients = await Promise.all(Array.from({ length: 32 }, subjects[name]))
        await load(clients, round === 0 ? warmUpSeconds * 1000 : 500)
        const before = await cpu()
        const { count, latencies } = await load(clients, seconds * 1000)
        const used = (await cpu()) - before
        for (const { socket } of clients) socket.destroy()
        latencies.sort((one, other) => one - other)
        found[name].push({
          requestsPerSecond: count / seconds,
          cpu: used / count,
          p50: latencies[Math.floor(latencies.length / 2)] ?? 0,
          p99: latencies[Math.floor(latencies.length * 0.99)] ?? 0,
        })
      }
    }
    const intercepted = median(found.intercepted)
    const plain = median(found.plain)
    const tunnel = median(found.tunnel)
    return [
      ...figuresOf('TLS intercepted', intercepted),
      ...figuresOf('plain HTTP', plain),
      ...figuresOf('bare relay of the same TLS', tunnel),
      {
        what: 'intercepted against bare relay, processor time',
        value: intercepted.cpu / tunnel.cpu,
        unit: 'times',
        reach: 'at most 2.8',
      },
    ]
  } finally {
    child.kill()
    target.close()
  }
}

const figuresOf = (what: string, measured: Measured): Figure[] => [
  { what: `${what}, requests`, value: measured.requestsPerSecond, unit: 'per s' },
  { what: `${what}, processor time`, value: measured.cpu, unit: 'µs per request' },
  { what: `${what}, p50`, value: measured.p50, unit: 'ms' },
  { what: `${what}, p99`, value: measured.p99, unit: 'ms' },
]

const median = (figures: readonly Measured[]): Measured => {
  const sorted = figures.toSorted((one, other) => one.cpu - other.cpu)
  return sorted[Math.floor(sorted.length / 2)] ?? { requestsPerSecond: 0, cpu: 0, p50: 0, p99: 0 }
}

type LoadClient = { readonly socket: Socket; readonly request: string }

async function openTunnel(proxyPort: number, targetPort: number, account: string, tls: boolean): Promise<LoadClient> {
  const outer = connectTcp({ port: proxyPort, host: '127.0.0.1', noDelay: true })
  outer.write(`CONNECT shop.example:${targetPort} HTTP/1.1\r\nHost: shop.example:${targetPort}\r\n${account}\r\n`)
  await once(outer, 'data')
  const request = `GET / HTTP/1.1\r\nHost: shop.example:${targetPort}\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n`
  if (!tls) return { socket: outer, request }
  const socket = connectTls({ socket: outer, servername: 'shop.example', rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  return { socket, request }
}

function load(clients: readonly LoadClient[], milliseconds: number): Promise<{ count: number; latencies: number[] }> {
  const latencies: number[] = []
  let running = clients.length
  const until = performance.now() + milliseconds
  return new Promise((resolve, reject) => {
    for (const { socket, request } of clients) {
      let got = 0
      let sentAt = 0
      const send = (): void => {
        got = 0
        sentAt = performance.now()
        socket.write(request)
      }
      const take = (chunk: Buffer): void => {
        got += chunk.length
        if (got < answer.length) return
        if (got > answer.length)
          return reject(new Error(`unexpected answer: ${chunk.toString('latin1').slice(0, 300)}`))
        const now = performance.now()
        latencies.push(now - sentAt)
        if (now < until) return send()
        socket.off('data', take)
        if (--running === 0) resolve({ count: latencies.length, latencies })
      }
      socket.on('data', take)
      send()
    }
  })
}

async function startTarget(authority: Authority): Promise<{ plain: number; tls: number; close(): void }> {
  const serve = (socket: Socket): void => {
    socket.on('error', () => socket.destroy())
    socket.on('data', () => socket.write(answer))
  }
  const plain = createServer({ noDelay: true }, serve)
  const tls = createTlsServer({ key: authority.key, cert: authority.certificate, noDelay: true }, serve)
  const port = async (server: typeof plain | typeof tls): Promise<number> => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return (server.address() as { port: number }).port
  }
  return {
    plain: await port(plain),
    tls: await port(tls),
    close: () => {
      plain.close()
      tls.close()
    },
  }
}

/** The process under measurement: the gateway and, for the floor, a bare relay. */
async function serve(): Promise<void> {
  const scene = await Scene.open({ inside: ['shop.example:*'] })
  scene.memory.keepBytes = false
  setInterval(() => {
    scene.memory.exchanges.length = 0
  }, 100)
  const relay = createServer({ noDelay: true }, (client) => {
    client.on('error', () => client.destroy())
    client.once('data', (head: Buffer) => {
      const port = Number(/:(\d+) /.exec(head.toString('latin1'))?.[1])
      const upstream = connectTcp({ port, host: '127.0.0.1', noDelay: true }, () => {
        client.write('HTTP/1.1 200 OK\r\n\r\n')
        client.pipe(upstream).pipe(client)
      })
      upstream.on('error', () => client.destroy())
    })
  })
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve))
  process.on('message', () => {
    const { user, system } = process.cpuUsage()
    process.send?.(user + system)
  })
  process.send?.({
    port: scene.gateway.port,
    tunnelPort: (relay.address() as { port: number }).port,
    basic: scene.basic,
  })
}

if (process.argv[2] === 'serve') await serve()

import type { AddressInfo } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'
import { makeAuthority } from '@zhongheng/gateway/testing/scene.ts'
import type { Figure } from '../main.ts'
import { findProgram, median, processorTime, warmUpSeconds, workFolder } from './machine.ts'
import { startGatewaySubject } from './subject-gateway.ts'
import { startMitmdump } from './subject-mitmdump.ts'
import { ask, tlsThroughProxy } from './through-proxy.ts'

const rounds = 3
const connections = 32
const roundMs = 3000
const text = Buffer.alloc(256, 'x')
const toServer = Buffer.concat([Buffer.from([0x81, 0xfe, 1, 0, 0, 0, 0, 0]), text])
const toClient = Buffer.concat([Buffer.from([0x81, 0x7e, 1, 0]), text])
/** Key and answer of RFC 6455's own example. */
const key = 'dGhlIHNhbXBsZSBub25jZQ=='
const accepted = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='

/** One echo of 256 bytes over WebSocket under TLS, recorded, beside mitmdump that writes its flows. */
export async function webSocketFigures(): Promise<readonly Figure[]> {
  const mitmdump = findProgram('mitmdump')
  const folder = workFolder()
  const origin = await echoServer()
  const ends: (() => void)[] = [folder.end, origin.close]
  try {
    const gateway = await startGatewaySubject(folder.path)
    ends.push(gateway.end)
    const peer = mitmdump === undefined ? null : await startMitmdump(mitmdump, folder.path)
    if (peer === null) console.log('Not measured: WebSocket against mitmdump (Debian: mitmproxy)')
    else ends.push(peer.end)
    const account = `${gateway.name}:${gateway.secret}`
    const cost = {
      ours: (ms?: number) =>
        costOfEcho(
          gateway.pids,
          `shop.example:${origin.port}`,
          () => tlsThroughProxy(gateway.port, account, 'shop.example', origin.port),
          ms,
        ),
      theirs: (pid: number, port: number, ms?: number) =>
        costOfEcho([pid], `localhost:${origin.port}`, () => tlsThroughProxy(port, '', 'localhost', origin.port), ms),
    }
    await cost.ours(warmUpSeconds * 1000)
    if (peer !== null) await cost.theirs(peer.pid, peer.port, warmUpSeconds * 1000)
    const ours: number[] = []
    const theirs: number[] = []
    for (let round = 0; round < rounds; round++) {
      ours.push(await cost.ours())
      if (peer !== null) theirs.push(await cost.theirs(peer.pid, peer.port))
    }
    const ourCost = median(ours)
    const figures: Figure[] = [
      {
        key: 'figures.websocket_cpu_us',
        what: 'WebSocket echo recorded, 256 bytes, processor time',
        value: ourCost,
        unit: 'µs per echo',
      },
    ]
    if (peer !== null)
      figures.push(
        {
          key: 'figures.peer_websocket_mitmdump_cpu_us',
          what: '  peer: mitmdump',
          value: median(theirs),
          unit: 'µs per echo',
        },
        {
          key: 'ratios.websocket_vs_mitmdump',
          what: "  that of mitmdump by the gateway's",
          value: median(theirs) / ourCost,
          unit: 'times',
          reach: 'at least 25',
        },
      )
    return figures
  } finally {
    for (const end of ends.toReversed()) end()
  }
}

async function costOfEcho(
  pids: readonly number[],
  host: string,
  open: () => Promise<TLSSocket>,
  milliseconds = roundMs,
): Promise<number> {
  const used = (): number => pids.reduce((sum, pid) => sum + processorTime(pid), 0)
  const sockets = await Promise.all(
    Array.from({ length: connections }, async () => {
      const socket = await open()
      const said = await ask(
        socket,
        `GET / HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
      )
      if (!said.startsWith('HTTP/1.1 101')) throw new Error(said.slice(0, 300))
      return socket
    }),
  )
  const before = used()
  const echoes = await echoFor(sockets, milliseconds)
  const cost = (used() - before) / echoes
  for (const socket of sockets) socket.destroy()
  return cost
}

function echoFor(sockets: readonly TLSSocket[], milliseconds: number): Promise<number> {
  const until = performance.now() + milliseconds
  let echoes = 0
  let running = sockets.length
  return new Promise((resolve, reject) => {
    for (const socket of sockets) {
      let got = 0
      socket.on('error', reject)
      socket.on('data', (chunk: Buffer) => {
        got += chunk.length
        if (got < toClient.length) return
        got -= toClient.length
        echoes++
        if (performance.now() < until) socket.write(toServer)
        else if (--running === 0) resolve(echoes)
      })
      socket.write(toServer)
    }
  })
}

async function echoServer(): Promise<{ port: number; close(): void }> {
  const { certificate, key: privateKey } = await makeAuthority()
  const sockets = new Set<TLSSocket>()
  const server = createServer({ cert: certificate, key: privateKey, noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.once('data', () => {
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accepted}\r\n\r\n`,
      )
      let got = 0
      socket.on('data', (chunk: Buffer) => {
        for (got += chunk.length; got >= toServer.length; got -= toServer.length) socket.write(toClient)
      })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

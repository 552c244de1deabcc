import type { TLSSocket } from 'node:tls'
import type { Figure } from '../main.ts'
import { findProgram, memoryOf, workFolder } from './machine.ts'
import { startOrigin } from './origin-http2.ts'
import { startGatewaySubject } from './subject-gateway.ts'
import { ask, tlsThroughProxy } from './through-proxy.ts'

const many = 500

/** What an intercepted tunnel holds in memory while nothing moves, after one request went through it. */
export async function idleTunnelFigures(): Promise<readonly Figure[]> {
  const nginx = findProgram('nginx')
  if (nginx === undefined) return []
  const folder = workFolder()
  const ends: (() => void)[] = [folder.end]
  const sockets: TLSSocket[] = []
  try {
    const origin = await startOrigin(nginx, folder.path)
    ends.push(origin.end)
    const gateway = await startGatewaySubject(folder.path)
    ends.push(gateway.end)
    const open = async (count: number): Promise<void> => {
      for (let n = 0; n < count; n++) {
        const socket = await tlsThroughProxy(
          gateway.port,
          `${gateway.name}:${gateway.secret}`,
          'shop.example',
          origin.port,
        )
        socket.on('error', () => undefined)
        sockets.push(socket)
        const said = await ask(socket, `GET / HTTP/1.1\r\nHost: shop.example:${origin.port}\r\n\r\n`)
        if (!said.startsWith('HTTP/1.1 200')) throw new Error(said.slice(0, 300))
      }
    }
    // What the first ones need once for all is not counted.
    await open(100)
    const before = memoryOf(gateway.pids[0] ?? 0).now
    await open(many)
    const after = memoryOf(gateway.pids[0] ?? 0).now
    return [
      {
        key: 'figures.idle_tunnel_kib',
        what: `memory per idle intercepted tunnel, of ${many}`,
        value: ((after - before) * 1024) / many,
        unit: 'KiB',
        reach: 'at most 100',
      },
    ]
  } finally {
    for (const socket of sockets) socket.destroy()
    for (const end of ends.toReversed()) end()
  }
}

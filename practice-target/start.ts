import { type Server as HttpServer, createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { label } from './shop/label.ts'
import { answer } from './shop/routes.ts'
import { openShop } from './shop/state.ts'
import { selfSignedCertificate } from './wire/certificate.ts'
import { echoWebSocket } from './wire/websocket-echo.ts'

export type PracticeTarget = {
  readonly port: number
  readonly tlsPort: number | undefined
  /** `http://127.0.0.1:port` */
  readonly url: string
  /** PEM of the self-signed certificate, for clients that want to check it; undefined without TLS. */
  readonly certificate: string | undefined
  close(): Promise<void>
}

const loopback = new Set(['127.0.0.1', '::1', 'localhost'])

/**
 * Starts the deliberately vulnerable shop. It listens on loopback only, because its flaws are real.
 * @param options `port` and `tlsPort` may be 0 (any free port); without `tlsPort` there is no TLS listener; `names` are
 *   the certificate's host names
 * @throws RangeError for a host that is not loopback; the listener's own error (EADDRINUSE) for a busy port
 */
export async function startPracticeTarget(options: {
  port: number
  tlsPort?: number
  host?: string
  names?: readonly string[]
}): Promise<PracticeTarget> {
  const host = options.host ?? '127.0.0.1'
  if (!loopback.has(host)) {
    throw new RangeError(
      `靶场只能监听本机回环地址，不能监听 ${host} / the practice target listens on loopback only, not on ${host}`,
    )
  }
  const shop = openShop()
  const servers: HttpServer[] = []
  const upgraded = new Set<Duplex>()

  const start = async (server: HttpServer, port: number): Promise<number> => {
    server.on('request', (request, response) => void answer(shop, request, response))
    server.on('upgrade', (request, socket: Duplex) => {
      upgraded.add(socket)
      socket.once('close', () => upgraded.delete(socket))
      echoWebSocket(request, socket)
    })
    // The label is on every answer, those that never reach a route included.
    server.on('clientError', (_error, socket: Duplex) => {
      if (!socket.writable) return
      const head = Object.entries(label.headers).map(([name, value]) => `${name}: ${value}\r\n`)
      socket.end(`HTTP/1.1 400 Bad Request\r\n${head.join('')}connection: close\r\ncontent-length: 0\r\n\r\n`)
    })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, host, () => {
        server.off('error', reject)
        resolve()
      })
    })
    servers.push(server)
    return (server.address() as AddressInfo).port
  }

  const close = async (): Promise<void> => {
    for (const socket of upgraded) socket.destroy()
    await Promise.all(
      servers.splice(0).map(
        (server) =>
          new Promise<void>((resolve) => {
            server.close(() => resolve())
            server.closeAllConnections()
          }),
      ),
    )
    shop.close()
  }

  try {
    const port = await start(createServer(), options.port)
    let tlsPort: number | undefined
    let certificate: string | undefined
    if (options.tlsPort !== undefined) {
      const identity = await selfSignedCertificate(options.names ?? ['localhost', 'shop.practice.test'])
      certificate = identity.certificate
      const server = createTlsServer({ key: identity.key, cert: identity.certificate })
      server.on('tlsClientError', (_error, socket: Socket) => socket.destroy())
      tlsPort = await start(server, options.tlsPort)
    }
    const shown = host === '::1' ? '[::1]' : host
    return { port, tlsPort, url: `http://${shown}:${port}`, certificate, close }
  } catch (error) {
    await close()
    throw error
  }
}

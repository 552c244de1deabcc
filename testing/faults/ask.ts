import { request } from 'node:http'
import type { Lease } from '@zhongheng/tools/demo/http-clients.ts'

/** What a tester's tool got: status 0 when the connection failed or the answer was cut. */
export type Asked = { readonly status: number; readonly body: string }

/** One plain request through the gateway, as a proxy's client sends it, on a connection of its own. */
export function ask(lease: Lease, url: string, timeoutMs = 60_000): Promise<Asked> {
  const proxy = new URL(lease.proxyUrl)
  const secret = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`
  return new Promise((resolve) => {
    const failed = (): void => resolve({ status: 0, body: '' })
    const outgoing = request(
      {
        host: proxy.hostname,
        port: proxy.port,
        path: url,
        headers: {
          host: new URL(url).host,
          'proxy-authorization': `Basic ${Buffer.from(secret).toString('base64')}`,
          connection: 'close',
        },
        agent: false,
      },
      (incoming) => {
        const parts: Buffer[] = []
        incoming.on('data', (part: Buffer) => parts.push(part))
        incoming.on('error', failed)
        incoming.on('close', () =>
          incoming.complete
            ? resolve({ status: incoming.statusCode ?? 0, body: Buffer.concat(parts).toString('utf8') })
            : failed(),
        )
      },
    )
    outgoing.setTimeout(timeoutMs, () => outgoing.destroy())
    outgoing.on('error', failed)
    outgoing.end()
  })
}

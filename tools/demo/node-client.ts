import { readFile } from 'node:fs/promises'
import { request } from 'node:http'
import { type TLSSocket, connect } from 'node:tls'
import type { Lease } from './http-clients.ts'

/** One request through the gateway by Node itself, for machines without curl. Answers the status code, 0 when none came. */
export async function nodeClient(lease: Lease, url: string): Promise<number> {
  const target = new URL(url)
  const proxy = new URL(lease.proxyUrl)
  const authorization = `Basic ${Buffer.from(`${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`).toString('base64')}`
  const through = {
    host: proxy.hostname,
    port: proxy.port,
    headers: { 'proxy-authorization': authorization },
    agent: false as const,
    timeout: 20_000,
  }
  const status = (options: object): Promise<number> =>
    new Promise((resolve) => {
      const outgoing = request(options, (incoming) => {
        incoming.resume()
        incoming.on('close', () => resolve(incoming.statusCode ?? 0))
      })
      outgoing.on('timeout', () => outgoing.destroy())
      outgoing.on('error', () => resolve(0))
      outgoing.end()
    })
  if (target.protocol === 'http:')
    return status({ ...through, path: url, headers: { ...through.headers, host: target.host } })
  const authority = `${target.hostname}:${target.port || 443}`
  const tunnel = await new Promise<TLSSocket | number>((resolve) => {
    const outgoing = request({
      ...through,
      method: 'CONNECT',
      path: authority,
      headers: { ...through.headers, host: authority },
    })
    outgoing.on('error', () => resolve(0))
    outgoing.on('response', (incoming) => resolve(incoming.statusCode ?? 0))
    outgoing.on('connect', (answer, socket) => {
      if (answer.statusCode !== 200) return resolve(answer.statusCode ?? 0)
      readFile(lease.caFile).then(
        (ca) => {
          const secure = connect({ socket, servername: target.hostname, ca }, () => resolve(secure))
          secure.on('error', () => resolve(0))
        },
        () => resolve(0),
      )
    })
    outgoing.end()
  })
  if (typeof tunnel === 'number') return tunnel
  return status({
    createConnection: () => tunnel,
    path: target.pathname + target.search,
    headers: { host: target.host, connection: 'close' },
  })
}

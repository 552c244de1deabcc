import { once } from 'node:events'
import { connect } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'

/** CONNECT, then TLS with whatever certificate is shown. @throws when the proxy refuses */
export async function tlsThroughProxy(
  proxyPort: number,
  account: string,
  host: string,
  port: number,
): Promise<TLSSocket> {
  const outer = connect({ port: proxyPort, host: '127.0.0.1', noDelay: true })
  const basic = account === '' ? '' : `Proxy-Authorization: Basic ${Buffer.from(account).toString('base64')}\r\n`
  outer.write(`CONNECT ${host}:${port} HTTP/1.1\r\nHost: ${host}:${port}\r\n${basic}\r\n`)
  const [said] = (await once(outer, 'data')) as [Buffer]
  if (!/^HTTP\/1\.[01] 200/.test(said.toString('latin1'))) throw new Error(said.toString('latin1').slice(0, 300))
  const socket = connectTls({ socket: outer, servername: host, rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  return socket
}

/** Sends a head and waits for the head of the answer. */
export async function ask(socket: TLSSocket, head: string): Promise<string> {
  socket.write(head)
  const [said] = (await once(socket, 'data')) as [Buffer]
  return said.toString('latin1')
}

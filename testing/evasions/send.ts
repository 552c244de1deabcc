import { execFile } from 'node:child_process'
import { connect as connectHttp2 } from 'node:http2'
import { connect, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import type { Scene } from '@zhongheng/gateway/testing/scene.ts'

/** Ways of a tester to the gateway. Each returns what came back, as far as it came within its time. */
export type Send = {
  /** Bytes as they are; several are written one after the other. */
  raw(...pieces: (string | Buffer)[]): Promise<string>
  /** CONNECT to `through`, then bytes inside. */
  tunnel(through: string, ...pieces: (string | Buffer)[]): Promise<string>
  /** CONNECT, TLS with this server name (null: none), then bytes inside. */
  tls(through: string, servername: string | null, inside: string): Promise<string>
  /** CONNECT, TLS, HTTP/2, one request with these fields. */
  h2(through: string, fields: { readonly [name: string]: string }): Promise<string>
  /** SOCKS5 sign-on, then this request, then bytes. */
  socks(request: Buffer, ...pieces: (string | Buffer)[]): Promise<string>
  curl(...args: string[]): Promise<string>
}

/** An answer has come when data came and then nothing for this long; nothing at all is waited for twenty times longer. */
const quiet = 15

export function sender(scene: Scene): Send {
  const { port } = scene.gateway
  const open = (): Socket => connect({ host: '127.0.0.1', port, noDelay: true })
  const connectHead = (through: string): string =>
    `CONNECT ${through} HTTP/1.1\r\nHost: ${through}\r\nProxy-Authorization: Basic ${scene.basic}\r\n\r\n`

  async function talk(socket: Socket, pieces: readonly (string | Buffer)[]): Promise<string> {
    let all = ''
    for (const piece of pieces) {
      socket.write(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece)
      all += await answer(socket)
    }
    socket.destroy()
    return all
  }
  async function opened(through: string): Promise<{ socket: Socket; said: string }> {
    const socket = open()
    socket.write(Buffer.from(connectHead(through), 'latin1'))
    return { socket, said: await answer(socket) }
  }
  async function secured(through: string, servername: string | null, protocols: string[]): Promise<TLSSocket | string> {
    const { socket, said } = await opened(through)
    if (!said.startsWith('HTTP/1.1 200')) {
      socket.destroy()
      return said
    }
    const tls = connectTls({
      socket,
      rejectUnauthorized: false,
      ALPNProtocols: protocols,
      ...(servername === null ? {} : { servername }),
    })
    return new Promise((resolve) => {
      tls.once('secureConnect', () => resolve(tls))
      tls.once('error', (error) => resolve(`TLS ${error.message}`))
      tls.once('close', () => resolve('TLS closed'))
    })
  }
  return {
    raw: (...pieces) => talk(open(), pieces),
    async tunnel(through, ...pieces) {
      const { socket, said } = await opened(through)
      return said + (await talk(socket, pieces))
    },
    async tls(through, servername, inside) {
      const tls = await secured(through, servername, ['http/1.1'])
      return typeof tls === 'string' ? tls : talk(tls, [inside])
    },
    async h2(through, fields) {
      const tls = await secured(through, 'shop.example', ['h2'])
      if (typeof tls === 'string') return tls
      const session = connectHttp2('https://shop.example', { createConnection: () => tls })
      try {
        return await new Promise<string>((resolve) => {
          const timer = setTimeout(() => resolve('nothing'), 500)
          const done = (text: string): void => {
            clearTimeout(timer)
            resolve(text)
          }
          session.once('error', (error) => done(error.message))
          const stream = session.request(fields)
          stream.once('response', (head) => done(String(head[':status'])))
          stream.once('error', (error) => done(error.message))
          stream.end()
        })
      } catch (error) {
        return String(error)
      } finally {
        session.destroy()
      }
    },
    async socks(request, ...pieces) {
      const password = Buffer.from(scene.secret)
      const socket = open()
      socket.write(Buffer.from([5, 1, 2]))
      await answer(socket)
      socket.write(Buffer.concat([Buffer.from([1, 2]), Buffer.from('li'), Buffer.from([password.length]), password]))
      await answer(socket)
      return talk(socket, [request, ...pieces])
    },
    curl: (...args) =>
      new Promise((resolve) => {
        const proxy = ['-x', `http://127.0.0.1:${port}`, '-U', `li:${scene.secret}`]
        execFile('curl', ['-s', '-i', '-k', '-m', '3', ...proxy, ...args], (error, stdout) =>
          resolve(`${stdout}${error === null ? '' : ` curl ${error.code}`}`),
        )
      }),
  }
}

function answer(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    const done = (): void => {
      clearTimeout(timer)
      socket.off('data', onData)
      resolve(text)
    }
    let timer = setTimeout(done, quiet * 20)
    const onData = (chunk: Buffer): void => {
      text += chunk.toString('latin1')
      clearTimeout(timer)
      timer = setTimeout(done, quiet)
    }
    socket.on('data', onData)
    socket.on('error', () => undefined)
    socket.once('close', done)
    if (socket.destroyed) done()
  })
}

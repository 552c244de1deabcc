import { once } from 'node:events'
import {
  type ClientHttp2Session,
  connect,
  createSecureServer,
  type Http2SecureServer,
  type SecureServerOptions,
} from 'node:http2'
import type { Socket } from 'node:net'
import { connect as connectTls, createServer as createTlsServer, type TLSSocket } from 'node:tls'
import {
  dataHead,
  type Frame,
  FrameCutter,
  frameBytes,
  frameTypes,
  headerFrames,
  preface,
  resetFrame,
  settingsFrame,
} from '../proxy/http2/frames.ts'
import { HpackDecoder } from '../proxy/http2/hpack/decoder.ts'
import { encodeBlock } from '../proxy/http2/hpack/encoder.ts'
import type { HeaderField } from '../proxy/http2/hpack/static-table.ts'
import type { Scene } from './scene.ts'

/** CONNECT, then TLS that offers these protocols; waits for the handshake. */
export async function openTls(
  scene: Scene,
  port: number,
  protocols: readonly string[] = ['h2', 'http/1.1'],
  host = 'shop.example',
  servername = host,
): Promise<TLSSocket> {
  const outer = scene.client()
  outer.send(`CONNECT ${host}:${port} HTTP/1.1\r\nProxy-Authorization: Basic ${scene.basic}\r\n\r\n`)
  await outer.until((text) => text.includes('\r\n\r\n'))
  if (!outer.text.startsWith('HTTP/1.1 200')) throw new Error(outer.text)
  outer.socket.removeAllListeners('data')
  const tls = connectTls({
    socket: outer.socket,
    ca: scene.authority.certificate,
    servername,
    ALPNProtocols: [...protocols],
    checkServerIdentity: () => undefined,
  })
  await once(tls, 'secureConnect')
  tls.on('error', () => tls.destroy())
  return tls
}

/** A client of node:http2 through the gateway. */
export async function openHttp2(scene: Scene, port: number): Promise<ClientHttp2Session> {
  const tls = await openTls(scene, port)
  const session = connect(`https://shop.example:${port}`, { createConnection: () => tls })
  session.on('error', () => undefined)
  scene.onClose(() => session.destroy())
  return session
}

/** A target of node:http2; it also speaks HTTP/1.1 unless told otherwise. */
export async function http2Target(
  scene: Scene,
  serve: (server: Http2SecureServer) => void,
  options: SecureServerOptions = {},
): Promise<{ port: number; server: Http2SecureServer }> {
  const server = createSecureServer({
    cert: scene.authority.certificate,
    key: scene.authority.key,
    allowHTTP1: true,
    ...options,
  })
  server.on('stream', (stream) => stream.on('error', () => undefined))
  serve(server)
  server.on('sessionError', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  scene.onClose(() => server.close())
  return { port: (server.address() as { port: number }).port, server }
}

/** A target that speaks frames as a test writes them. Settings are exchanged. */
export async function rawTarget(
  scene: Scene,
  serve: (raw: RawHttp2, frame: Frame) => void,
  begin: (raw: RawHttp2) => void = (raw) => raw.send(settingsFrame([])),
): Promise<{ port: number; connections(): number }> {
  let connections = 0
  const server = createTlsServer(
    { cert: scene.authority.certificate, key: scene.authority.key, ALPNProtocols: ['h2'] },
    (socket) => {
      connections++
      const raw = new RawHttp2(socket, true)
      raw.onFrame = (frame) => serve(raw, frame)
      begin(raw)
      scene.onClose(() => socket.destroy())
    },
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  scene.onClose(() => server.close())
  return { port: (server.address() as { port: number }).port, connections: () => connections }
}

/** One end of a connection that writes any frames it likes and keeps those it gets. */
export class RawHttp2 {
  readonly socket: Socket
  readonly frames: Frame[] = []
  closed = false
  onFrame: (frame: Frame) => void = () => undefined
  readonly #cutter = new FrameCutter()
  readonly #decoder = new HpackDecoder(1024 * 1024, 10_000)
  #skip: number
  #wake: (() => void)[] = []

  constructor(socket: Socket, server = false) {
    this.socket = socket
    this.#skip = server ? preface.length : 0
    socket.on('error', () => socket.destroy())
    socket.on('end', () => socket.destroy())
    socket.on('close', () => {
      this.closed = true
      this.#awake()
    })
    socket.on('data', (chunk: Buffer) => {
      const rest = chunk.subarray(this.#skip)
      this.#skip = Math.max(0, this.#skip - chunk.length)
      this.#cutter.push(rest, (frame) => {
        this.frames.push(frame)
        this.onFrame(frame)
        return true
      })
      this.#awake()
    })
  }

  static async open(scene: Scene, port: number): Promise<RawHttp2> {
    const raw = new RawHttp2(await openTls(scene, port))
    raw.send(preface, settingsFrame([]))
    return raw
  }

  send(...parts: readonly Buffer[]): void {
    if (!this.socket.destroyed) this.socket.write(Buffer.concat(parts))
  }

  /** A head of literals; pairs in order. */
  head(stream: number, fields: readonly (readonly [string, string])[], end = true): void {
    this.send(headerFrames(stream, encodeBlock(fields.map(([name, value]) => ({ name, value }))), end))
  }

  data(stream: number, bytes: Buffer, end = false): void {
    this.send(dataHead(stream, bytes.length, end), bytes)
  }

  reset(stream: number, code = 8): void {
    this.send(resetFrame(stream, code))
  }

  acknowledge(): void {
    this.send(frameBytes(frameTypes.settings, 1, 0, Buffer.alloc(0)))
  }

  /** Decodes a block; where the other side uses a table, every block must be given, in order. */
  fields(frame: Frame): readonly HeaderField[] {
    return this.#decoder.decode(frame.payload).fields
  }

  /** Waits for such a frame, or for the end of the connection. */
  async until(test: (frame: Frame) => boolean): Promise<Frame | null> {
    for (let at = 0; ; ) {
      for (; at < this.frames.length; at++) {
        const frame = this.frames[at]
        if (frame !== undefined && test(frame)) return frame
      }
      if (this.closed) return null
      await new Promise<void>((resolve) => {
        this.#wake.push(resolve)
      })
    }
  }

  async end(): Promise<void> {
    await this.until(() => false)
  }

  #awake(): void {
    for (const wake of this.#wake.splice(0)) wake()
  }
}

export const get = (port: number, path = '/', more: readonly (readonly [string, string])[] = []) =>
  [
    [':method', 'GET'],
    [':scheme', 'https'],
    [':authority', `shop.example:${port}`],
    [':path', path],
    ...more,
  ] as readonly (readonly [string, string])[]

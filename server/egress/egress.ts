import { Resolver } from 'node:dns/promises'
import { createSocket } from 'node:dgram'
import { type IncomingMessage, type RequestOptions, request as plainRequest } from 'node:http'
import { request as tlsRequest } from 'node:https'
import { type Socket, connect as connectTcp, isIP } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { parseAddress } from '@zhongheng/domain/authorizations/ip.ts'
import type { Target } from '@zhongheng/domain/authorizations/target.ts'
import {
  type Allowance,
  checkAddress,
  checkDestination,
  egressRefusal,
  readDestination,
} from '@zhongheng/domain/egress/destination.ts'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'

export type Outgoing = {
  readonly method?: 'GET' | 'POST' | 'PUT'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Buffer | string
  /** Bytes of the answer's body that are taken; more is EGRESS-5. 64 KiB unless told. */
  readonly maxBytes?: number
  /** From the look-up to the answer's last byte, milliseconds; 10,000 unless told. */
  readonly timeoutMs?: number
  /** PEM of the authorities to trust instead of the public ones. */
  readonly ca?: string
}

export type Incoming = {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
  /** The address that was dialled. */
  readonly address: string
}

/** The one way out: every call that the platform makes to another machine by its own decision. */
export type Egress = {
  /** One request and its whole answer. Follows no redirect, keeps no connection, uses no proxy. @throws Problem EGRESS-1 to 5 */
  send(outgoing: Outgoing, allowance: Allowance): Promise<Incoming>
  /**
   * A TCP connection for other protocols (mail, syslog), by the same rules; with `tls` its peer has shown that it is the host, by the
   * authorities of `ca` (PEM) or the public ones. The caller sets its time-outs. @throws Problem EGRESS-2 to 5
   */
  connect(host: string, port: number, allowance: Allowance, options?: ConnectOptions): Promise<Socket>
  /** One UDP datagram; nobody says whether it came. @throws Problem EGRESS-2 to 5 */
  datagram(host: string, port: number, bytes: Buffer, allowance: Allowance): Promise<void>
  /** The TXT records of a name, each joined; none when there are none. @throws Problem EGRESS-5 when no answer came */
  texts(name: string): Promise<string[]>
}

export type ConnectOptions = { readonly tls?: { readonly ca?: string } }

export type EgressOptions = {
  /** Name servers to ask, `address:port`; the machine's own without it. */
  readonly dnsServers?: readonly string[]
  /** Where a name leads without a look-up: the practice target on loopback. Stands above the address rules. */
  readonly pins?: { readonly [host: string]: { readonly address: string; readonly port: number } }
}

type Place = { readonly address: string; readonly port: number }

const connectTimeoutMs = 3000

export function openEgress(options: EgressOptions = {}): Egress {
  const resolver = new Resolver({ timeout: 2000, tries: 1 })
  if (options.dnsServers) resolver.setServers([...options.dnsServers])

  /** Looks a name up once and judges every address: one forbidden among them condemns the name, since the next look-up might bring that one. */
  async function placeOf(host: string, port: number, allowance: Allowance): Promise<Place> {
    checkDestination(host, port, allowance)
    const pin = options.pins?.[host]
    if (pin) return pin
    if (isIP(host)) return { address: host, port }
    const found = await Promise.all([
      resolver.resolve4(host).catch(() => [] as string[]),
      resolver.resolve6(host).catch(() => [] as string[]),
    ])
    const addresses = found.flat()
    for (const address of addresses) {
      const parsed = parseAddress(address)
      if (parsed === undefined) throw egressRefusal('EGRESS-3', say(address, address))
      checkAddress(parsed, port, allowance, undefined, true)
    }
    const [first] = addresses
    if (first === undefined) throw egressRefusal('EGRESS-4', say(host, host))
    return { address: first, port }
  }

  return {
    async send(outgoing, allowance) {
      const target = readDestination(outgoing.url)
      const limit = AbortSignal.timeout(outgoing.timeoutMs ?? 10_000)
      return within(limit, outgoing.timeoutMs ?? 10_000, async () => {
        const place = await placeOf(target.host, target.port, allowance)
        return exchange(outgoing, target, place, limit)
      })
    },
    connect: (host, port, allowance, options = {}) =>
      within(AbortSignal.timeout(connectTimeoutMs * 2), connectTimeoutMs * 2, async () => {
        const socket = await dial(await placeOf(host, port, allowance))
        return options.tls === undefined ? socket : secure(socket, host, options.tls)
      }),
    datagram: (host, port, bytes, allowance) =>
      within(AbortSignal.timeout(connectTimeoutMs), connectTimeoutMs, async () => {
        const place = await placeOf(host, port, allowance)
        const socket = createSocket(isIP(place.address) === 6 ? 'udp6' : 'udp4')
        await new Promise<void>((resolve, reject) => {
          socket.once('error', reject)
          socket.send(bytes, place.port, place.address, (error) => (error ? reject(error) : resolve()))
        }).finally(() => socket.close())
      }),
    async texts(name) {
      try {
        return (await resolver.resolveTxt(name)).map((parts) => parts.join(''))
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code ?? ''
        if (code === 'ENOTFOUND' || code === 'ENODATA') return []
        throw egressRefusal('EGRESS-5', say(`名称服务（${code}）`, `name service (${code})`))
      }
    },
  }
}

/** Turns whatever a peer or the network does into one of our refusals: the caller must be able to say what happened. */
async function within<T>(limit: AbortSignal, milliseconds: number, act: () => Promise<T>): Promise<T> {
  const late = new Promise<never>((_, reject) => {
    limit.addEventListener('abort', () => reject(new Error(`over ${milliseconds} ms`)), { once: true })
  })
  try {
    return await Promise.race([act(), late])
  } catch (error) {
    if (error instanceof Problem) throw error
    const { code, message } = error as NodeJS.ErrnoException
    const what = code ?? message
    throw egressRefusal('EGRESS-5', say(what, what))
  }
}

function dial(place: Place): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ host: place.address, port: place.port, noDelay: true })
    const limit = setTimeout(
      () => socket.destroy(new Error(`no connection within ${connectTimeoutMs} ms`)),
      connectTimeoutMs,
    )
    socket.once('connect', () => {
      clearTimeout(limit)
      socket.removeListener('error', reject)
      resolve(socket)
    })
    socket.once('error', (error) => {
      clearTimeout(limit)
      reject(error)
    })
  })
}

function secure(socket: Socket, host: string, { ca }: { readonly ca?: string }): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const given = { socket, host, ...(isIP(host) ? {} : { servername: host }), ...(ca === undefined ? {} : { ca }) }
    const limit = setTimeout(() => tls.destroy(new Error(`no TLS within ${connectTimeoutMs} ms`)), connectTimeoutMs)
    const tls = connectTls(given, () => {
      clearTimeout(limit)
      tls.removeListener('error', reject)
      resolve(tls)
    })
    tls.once('error', (error) => {
      clearTimeout(limit)
      reject(error)
    })
  })
}

function exchange(outgoing: Outgoing, target: Target, place: Place, limit: AbortSignal): Promise<Incoming> {
  const maxBytes = outgoing.maxBytes ?? 64 * 1024
  const host = target.host.includes(':') ? `[${target.host}]` : target.host
  const usual = target.scheme === 'https' ? 443 : 80
  const body = outgoing.body === undefined ? undefined : Buffer.from(outgoing.body)
  const options: RequestOptions & { servername?: string; ca?: string } = {
    host: place.address,
    port: place.port,
    path: target.path ?? '/',
    method: outgoing.method ?? 'GET',
    agent: false,
    signal: limit,
    maxHeaderSize: 16 * 1024,
    headers: {
      'user-agent': 'zhongheng',
      'accept-encoding': 'identity',
      ...outgoing.headers,
      ...(body === undefined ? {} : { 'content-length': body.length }),
      // Whoever the caller names, the name that was judged is the name that is asked.
      host: target.port === usual ? host : `${host}:${target.port}`,
    },
    ...(target.scheme === 'https' && !isIP(target.host) ? { servername: target.host } : {}),
    ...(outgoing.ca === undefined ? {} : { ca: outgoing.ca }),
  }
  return new Promise((resolve, reject) => {
    const sent = (target.scheme === 'https' ? tlsRequest : plainRequest)(options, (incoming: IncomingMessage) => {
      const parts: Buffer[] = []
      let size = 0
      incoming.on('data', (part: Buffer) => {
        size += part.length
        if (size > maxBytes) incoming.destroy(new Error(`more than ${maxBytes} bytes`))
        else parts.push(part)
      })
      incoming.on('end', () =>
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          body: Buffer.concat(parts),
          address: place.address,
        }),
      )
      incoming.on('error', reject)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

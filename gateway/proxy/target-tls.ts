import { connect, type Socket } from 'node:net'
import { connect as connectTls, type SecureContext, type TLSSocket } from 'node:tls'
import type { Target } from '@zhongheng/domain/authorizations/target.ts'
import type { TargetSession } from './target-sessions.ts'
import type { Route, Way } from './upstream.ts'

class TimedOut extends Error {}

/** The target is there and no TLS came about. */
export class TlsFailure extends Error {
  /** It said nothing for as long as it had. */
  readonly silent: boolean
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : 'handshake failed', { cause })
    this.silent = cause instanceof TimedOut
  }
}

type Handshake = {
  readonly context: SecureContext
  /** Of the session. */
  readonly key: string
  readonly address: string
  readonly before?: TargetSession
}

export async function connected(target: Target, { address, from }: Route, { timeoutMs }: Way): Promise<Socket> {
  const plain = connect({
    host: address,
    port: target.port,
    noDelay: true,
    ...(from === undefined ? {} : { localAddress: from }),
  })
  await settled(plain, 'connect', timeoutMs)
  return plain
}

export type Secured = {
  readonly secure: TLSSocket
  /** What is wrong with the certificate; undefined when it is good for the name. */
  readonly fault: string | undefined
}

/** TLS over a connection: shortened where an earlier handshake left a session. @throws TlsFailure */
export async function secured(plain: Socket, target: Target, route: Route, way: Way): Promise<Secured> {
  const { credentials, held, sessions, snapshot } = way
  const context = credentials.contextFor(snapshot, held.engagement.engagementId, target.host)
  const { address, from = '' } = route
  const offer = way.protocols ?? ['http/1.1']
  const key = [held.lease.leaseId, target.host, target.port, address, from, ...offer].join(' ')
  const before = sessions.find(context, key)
  if (before === undefined) return handshake(plain, target, way, { context, key, address })
  try {
    return await handshake(plain, target, way, { context, key, address, before })
  } catch (failure) {
    sessions.forget(context, key)
    if (failure instanceof TlsFailure && failure.silent) throw failure
    // Some targets break at a session that they have forgotten, instead of beginning anew.
    return handshake(await connected(target, route, way), target, way, { context, key, address })
  }
}

async function handshake(
  plain: Socket,
  target: Target,
  { protocols, sessions, timeoutMs }: Way,
  { context, key, address, before }: Handshake,
): Promise<Secured> {
  const secure = connectTls({
    socket: plain,
    secureContext: context,
    // The certificate is checked and the result recorded; a test target with a bad one is still a test target.
    rejectUnauthorized: false,
    ALPNProtocols: [...(protocols ?? ['http/1.1'])],
    ...(target.address === undefined ? { servername: target.host } : { host: address }),
    ...(before === undefined ? {} : { session: before.bytes }),
  })
  let latest: Buffer | null = null
  let found: Secured | null = null
  const keep = (): void => {
    if (found !== null && latest !== null) sessions.keep(context, key, { bytes: latest, fault: found.fault })
  }
  // One for each lease and target is enough: writing every ticket down costs as much as it saves.
  if (before === undefined) {
    secure.on('session', (bytes: Buffer) => {
      latest = bytes
      keep()
    })
  }
  await settled(secure, 'secureConnect', timeoutMs).catch((error: unknown) => {
    plain.destroy()
    throw new TlsFailure(error)
  })
  if (before !== undefined && secure.isSessionReused()) return { secure, fault: before.fault }
  if (before !== undefined) sessions.forget(context, key)
  const fault = secure.authorized ? undefined : String(secure.authorizationError ?? 'unknown').slice(0, 200)
  found = { secure, fault }
  keep()
  return found
}

/** Waits for an event of a fresh socket; afterwards errors of the socket only close it. */
function settled(socket: Socket, event: 'connect' | 'secureConnect', timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => socket.destroy(new TimedOut('timed out')), timeoutMs)
    const finish = (error?: Error): void => {
      clearTimeout(timer)
      if (error === undefined) resolve()
      else reject(error)
    }
    socket.on('error', (error: Error) => finish(error))
    socket.once('close', () => finish(new Error('closed by the target')))
    socket.once(event, () => finish())
  })
}

import { connect, type Socket } from 'node:net'
import { connect as connectTls, createSecureContext } from 'node:tls'
import { type HeldLease, judgeAddress } from '@zhongheng/domain/authorizations/judge.ts'
import type { Policy } from '@zhongheng/domain/authorizations/policy.ts'
import { sameOrigin, type Target } from '@zhongheng/domain/authorizations/target.ts'
import { Refused, refusalBy, refusalOf, type Whose } from './refusals.ts'
import type { Protocol } from './http2/offer.ts'
import { Inflow } from './streams.ts'

/** Every address of a name, as text. Rejects when the name has none. */
export type Resolve = (host: string) => Promise<readonly string[]>

/** One connection to one target; it belongs to one tester's connection and is never shared. */
export type Upstream = {
  readonly socket: Socket
  readonly inflow: Inflow
  readonly target: Target
  readonly address: string
  /** Whether the certificate was good for the name; undefined without TLS. */
  readonly verified?: boolean
  /** What the target chose (ALPN); without TLS, and where it chose nothing, HTTP/1.1. */
  readonly protocol: Protocol
  used: boolean
}

/** Old protocols and weak ciphers are what testers come to find, so the gateway speaks them with targets. */
const targetContext = createSecureContext({ minVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0' })

/**
 * Resolves once and has every address judged. One bad address among several refuses them all: whoever controls the name
 * could steer us to it at any moment. @throws Refused
 */
export async function addressesOf(
  target: Target,
  held: HeldLease,
  policy: Policy,
  whose: Whose,
  resolve: Resolve,
): Promise<readonly string[]> {
  const pin = Object.hasOwn(held.engagement.pins, target.host) ? held.engagement.pins[target.host] : undefined
  const addresses =
    pin !== undefined
      ? [pin]
      : target.address !== undefined
        ? [target.host]
        : await resolved(target.host, whose, resolve)
  judgeAll(addresses, target, held, policy, whose)
  return addresses
}

/** @throws Refused when any of the addresses may not be dialled by the policy given */
function judgeAll(addresses: readonly string[], target: Target, held: HeldLease, policy: Policy, whose: Whose): void {
  for (const address of addresses) {
    const verdict = judgeAddress(policy, held.engagement, target, address)
    if (!verdict.pass) throw new Refused(refusalOf(verdict, whose))
  }
}

/**
 * Dials exactly one of these addresses, after judging them all by the policy of this moment.
 * @param protocols offered to the target under TLS @throws Refused
 */
export async function dial(
  target: Target,
  addresses: readonly string[],
  held: HeldLease,
  policy: Policy,
  whose: Whose,
  timeoutMs: number,
  onBytes: () => void,
  protocols: readonly Protocol[] = ['http/1.1'],
): Promise<Upstream> {
  judgeAll(addresses, target, held, policy, whose)
  let failure: unknown
  for (const address of addresses.slice(0, 4)) {
    try {
      return await reach(target, address, timeoutMs, onBytes, protocols)
    } catch (error) {
      failure = error
    }
  }
  if (failure instanceof TlsFailure) throw new Refused(refusalBy('DIAL-3', whose, failure.message))
  throw new Refused(refusalBy('DIAL-2', whose, failure instanceof Error ? failure.message : undefined))
}

/** Whether a connection may serve one more request for this target. */
export const serves = (upstream: Upstream, target: Target): boolean =>
  upstream.target.scheme === target.scheme &&
  sameOrigin(upstream.target, target) &&
  !upstream.socket.destroyed &&
  !upstream.inflow.ended &&
  !upstream.inflow.waiting

async function resolved(host: string, whose: Whose, resolve: Resolve): Promise<readonly string[]> {
  try {
    const addresses = await resolve(host)
    if (addresses.length > 0) return addresses
  } catch {
    // Whatever the name service said, the tester needs to know only that it gave no address.
  }
  throw new Refused(refusalBy('DIAL-1', whose, host))
}

class TlsFailure extends Error {}

async function reach(
  target: Target,
  address: string,
  timeoutMs: number,
  onBytes: () => void,
  protocols: readonly Protocol[],
): Promise<Upstream> {
  const plain = connect({ host: address, port: target.port, noDelay: true })
  await settled(plain, 'connect', timeoutMs)
  const base = { target, address, used: false, protocol: 'http/1.1' as const }
  if (target.scheme === 'http') return { ...base, socket: plain, inflow: new Inflow(plain, onBytes) }
  const secure = connectTls({
    socket: plain,
    secureContext: targetContext,
    // The certificate is checked and the result recorded; a test target with a bad one is still a test target.
    rejectUnauthorized: false,
    ALPNProtocols: [...protocols],
    ...(target.address === undefined ? { servername: target.host } : { host: address }),
  })
  await settled(secure, 'secureConnect', timeoutMs).catch((error: unknown) => {
    plain.destroy()
    throw new TlsFailure(error instanceof Error ? error.message : 'handshake failed')
  })
  return {
    ...base,
    socket: secure,
    inflow: new Inflow(secure, onBytes),
    verified: secure.authorized,
    protocol: secure.alpnProtocol === 'h2' ? 'h2' : 'http/1.1',
  }
}

/** Waits for an event of a fresh socket; afterwards errors of the socket only close it. */
function settled(socket: Socket, event: 'connect' | 'secureConnect', timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => socket.destroy(new Error('timed out')), timeoutMs)
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

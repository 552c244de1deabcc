import { isIP, type Socket } from 'node:net'
import { type HeldLease, judgeAddress } from '@zhongheng/domain/authorizations/judge.ts'
import type { EngagementPolicy, Policy } from '@zhongheng/domain/authorizations/policy.ts'
import { sameOrigin, type Target } from '@zhongheng/domain/authorizations/target.ts'
import type { Snapshot } from '../policy/policy-keeper.ts'
import type { TargetCredentials } from './target-credentials.ts'
import type { TargetSessions } from './target-sessions.ts'
import { connected, secured, TlsFailure } from './target-tls.ts'
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
  /** Why not. */
  readonly fault?: string
  /** The source address that the engagement chose; undefined where the system did. */
  readonly egress?: string
  /** What the target chose (ALPN); without TLS, and where it chose nothing, HTTP/1.1. */
  readonly protocol: Protocol
  used: boolean
  /** By what its address was judged last: the same policy says the same of the same engagement again. */
  judgedBy: { readonly policy: Policy; readonly engagement: EngagementPolicy }
}

/** By whose right, and how, targets are dialled. */
export type Way = {
  readonly held: HeldLease
  readonly snapshot: Snapshot
  readonly whose: Whose
  readonly credentials: TargetCredentials
  readonly sessions: TargetSessions
  readonly timeoutMs: number
  readonly onBytes: () => void
  /** Offered to the target under TLS. */
  readonly protocols?: readonly Protocol[]
}

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

/** The next address is tried beside one that is still silent (ms, RFC 8305 5). */
const nextAttemptAfter = 250
/** Of a name with more addresses the first few are tried. */
const mostAttempts = 6

/** Dials exactly one of these addresses, after judging them all by the policy of this moment. @throws Refused */
export async function dial(target: Target, addresses: readonly string[], way: Way): Promise<Upstream> {
  const { held, whose } = way
  judgeAll(addresses, target, held, way.snapshot.policy, whose)
  const routes = routesOf(addresses, held.engagement.egressAddresses ?? [])
  if (routes.length === 0) throw new Refused(refusalBy('DIAL-7', whose))
  try {
    return await firstReached(routes.slice(0, mostAttempts), (route, given) => reach(target, route, way, given))
  } catch (failure) {
    if (failure instanceof Refused) throw failure
    const detail = failure instanceof Error ? failure.message : undefined
    throw new Refused(refusalBy(failure instanceof TlsFailure ? 'DIAL-3' : 'DIAL-2', whose, detail))
  }
}

/** An address and the source address from which it is dialled. */
export type Route = { readonly address: string; readonly from?: string }

/** Families take turns, the first resolved first (RFC 8305 4). With egress addresses only their families can be reached. */
function routesOf(addresses: readonly string[], egress: readonly string[]): readonly Route[] {
  const routes = addresses.flatMap((address): Route[] => {
    if (egress.length === 0) return [{ address }]
    const from = egress.find((one) => isIP(one) === isIP(address))
    return from === undefined ? [] : [{ address, from }]
  })
  const first = isIP(routes[0]?.address ?? '')
  const ahead = routes.filter(({ address }) => isIP(address) === first)
  const behind = routes.filter(({ address }) => isIP(address) !== first)
  return ahead.flatMap((route, at) => [route, ...behind.slice(at, at + 1)]).concat(behind.slice(ahead.length))
}

/** Tries one after another, overlapping; the first that is reached wins and the rest are given up. */
async function firstReached(
  routes: readonly Route[],
  attempt: (route: Route, given: () => boolean) => Promise<Upstream>,
): Promise<Upstream> {
  let won = false
  let wake = (): void => undefined
  const failures: unknown[] = []
  const winner = Promise.withResolvers<Upstream>()
  for (const [at, route] of routes.entries()) {
    if (won) break
    attempt(route, () => won).then(
      (upstream) => {
        if (won) return void upstream.socket.destroy()
        won = true
        winner.resolve(upstream)
        wake()
      },
      (error: unknown) => {
        failures.push(error)
        if (failures.length === routes.length) winner.reject(failures[0])
        wake()
      },
    )
    if (at === routes.length - 1) break
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, nextAttemptAfter)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
  return winner.promise
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

async function reach(target: Target, route: Route, way: Way, given: () => boolean): Promise<Upstream> {
  const { held, snapshot, whose, onBytes } = way
  const { address, from } = route
  const plain = await connected(target, route, way)
  const base = {
    target,
    address,
    used: false,
    judgedBy: { policy: snapshot.policy, engagement: held.engagement },
    protocol: 'http/1.1' as const,
    ...(from === undefined ? {} : { egress: from }),
  }
  if (target.scheme === 'http') return { ...base, socket: plain, inflow: new Inflow(plain, onBytes) }
  if (given()) {
    plain.destroy()
    throw new Error('not needed')
  }
  const { secure, fault } = await secured(plain, target, route, way)
  if (fault !== undefined && held.engagement.verifiedTargetsOnly === true) {
    secure.destroy()
    throw new Refused(refusalBy('DIAL-6', whose, fault))
  }
  return {
    ...base,
    socket: secure,
    inflow: new Inflow(secure, onBytes),
    verified: fault === undefined,
    ...(fault === undefined ? {} : { fault }),
    protocol: secure.alpnProtocol === 'h2' ? 'h2' : 'http/1.1',
  }
}

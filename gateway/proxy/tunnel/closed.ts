import type { Socket } from 'node:net'
import type { Outbound } from '@zhongheng/domain/authorizations/judge.ts'
import type { SpecialHandling } from '@zhongheng/domain/authorizations/scope/handling.ts'
import type { Target } from '@zhongheng/domain/authorizations/target.ts'
import { stillHeld } from '../../policy/accounts.ts'
import { peek, peekSoon, spokenIn, take } from '../entry/first-bytes.ts'
import type { Link, Parts } from '../parts.ts'
import { type Asked, tunnelRecord } from '../record-heads.ts'
import { type Refusal, Refused, refusalBy, whoseOf } from '../refusals.ts'
import type { Upstream } from '../upstream.ts'
import { namesAgree, type Opening, type Tunnel } from './intercept.ts'
import { relayTunnel } from './relay.ts'
import { type Hello, looksLikeHttp, readHello } from './client-hello.ts'

/** What the connection lends to a tunnel that passes closed. */
export type ClosedHost = {
  readonly parts: Parts
  readonly link: Link
  /** @throws Refused */
  allow(outbound: Outbound, opening: Opening): void
  /** @throws Refused */
  dial(target: Target, tunnel: Tunnel, opening: Opening): Promise<Upstream>
  record(refusal: Refusal, asked: Asked, target: Target, at: Date): Promise<unknown>
}

/** What a tester begins to speak in a tunnel that is not to be looked into. */
export type Beginning =
  | { readonly kind: 'gone' | 'silent' | 'http' | 'other' | 'unreadable' }
  | { readonly kind: 'tls'; readonly hello: Hello }

/** The ClientHello of somebody who begins TLS, left in place; null when it cannot be read. */
export async function helloIn(socket: Socket, timeoutMs: number): Promise<Hello | null> {
  const reading = await wholeHello(socket, timeoutMs)
  return reading === 'unreadable' || reading === 'gone' ? null : reading
}

async function beginningOf(socket: Socket, first: Buffer, timeoutMs: number): Promise<Beginning> {
  if (spokenIn(first) !== 'tls') return { kind: looksLikeHttp(first) ? 'http' : 'other' }
  const reading = await wholeHello(socket, timeoutMs)
  return typeof reading === 'string' ? { kind: reading } : { kind: 'tls', hello: reading }
}

/** Reads a whole ClientHello and puts it back. The socket is destroyed when it does not come in time. */
async function wholeHello(socket: Socket, timeoutMs: number): Promise<Hello | 'unreadable' | 'gone'> {
  const timer = setTimeout(() => socket.destroy(), timeoutMs)
  try {
    let held: Buffer = Buffer.alloc(0)
    for (;;) {
      const reading = readHello(held)
      if (reading !== 'more') {
        socket.unshift(held)
        return reading
      }
      const next = await peek(socket, timeoutMs)
      const taken = next === null ? null : await take(socket, next.length)
      if (taken === null) return 'gone'
      held = Buffer.concat([held, taken])
    }
  } finally {
    clearTimeout(timer)
  }
}

/** A fatal alert, `unrecognized_name` (RFC 6066 3): all that can be told to a TLS client before the handshake. */
export const wrongName = Buffer.from([0x15, 3, 3, 0, 2, 2, 112])

/**
 * Passes on a tunnel that the scope leaves closed, once its beginning agrees with what it was opened for. HTTP in it is
 * judged all the same: for that it gives true, and the tunnel is to be looked into.
 */
export async function passClosed(
  socket: Socket,
  opened: Tunnel,
  mode: SpecialHandling,
  host: ClosedHost,
): Promise<boolean> {
  const { patience, keeper, time } = host.parts
  const { target, account } = opened
  const first = mode === 'raw' ? await peekSoon(socket, patience.rawFirst) : await peek(socket, patience.head)
  if (socket.destroyed) return false
  const begins: Beginning =
    first === null ? { kind: mode === 'raw' ? 'silent' : 'gone' } : await beginningOf(socket, first, patience.head)
  if (begins.kind === 'gone') return false
  // In a closed TLS tunnel everything but TLS is read as HTTP, which judges or refuses it.
  if (begins.kind === 'http' || (mode === 'tunnel' && begins.kind === 'other')) return true
  const standing = keeper.standing()
  const held = standing.ok ? stillHeld(standing.snapshot.policy, account) : undefined
  if (!standing.ok || held === undefined) return false
  const { snapshot } = standing
  const whose = whoseOf(held)
  const opening: Opening = { account, held, snapshot, whose }
  const startedAt = time.now()
  try {
    checkName(begins, target, whose)
    const reading = { ok: true, target } as const
    host.allow({ proxyName: account.proxyName, target: reading, reach: 'tunnel', handling: mode }, opening)
    const upstream = await host.dial({ ...target, scheme: 'http' }, opened, opening)
    const hello = begins.kind === 'tls' ? begins.hello : undefined
    const record = tunnelRecord(mode, target, hello, upstream, whose, snapshot, startedAt)
    await relayTunnel(host.parts, host.link, socket, upstream, record, mode, begins.kind === 'silent', opened.share)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    await host.record(error.refusal, { method: 'CONNECT', target: '' }, target, startedAt)
    if (begins.kind === 'tls' || begins.kind === 'unreadable') socket.write(wrongName)
  }
  return false
}

/** @throws Refused when the name in the hello is not the tunnel's, or another may hide behind it */
function checkName(begins: Beginning, target: Target, whose: Opening['whose']): void {
  if (begins.kind === 'unreadable' || (begins.kind === 'tls' && begins.hello.veiled)) {
    throw new Refused(refusalBy('ROUTE-5', whose))
  }
  if (begins.kind !== 'tls' || namesAgree(target, begins.hello.serverName)) return
  const { serverName } = begins.hello
  throw new Refused(refusalBy('ROUTE-2', whose, serverName === false ? undefined : serverName))
}

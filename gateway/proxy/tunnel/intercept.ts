import { once } from 'node:events'
import type { Socket } from 'node:net'
import { type SecureContext, TLSSocket } from 'node:tls'
import type { Handling } from '@zhongheng/domain/authorizations/scope/handling.ts'
import type { Target } from '@zhongheng/domain/authorizations/target.ts'
import type { Protocol } from '../http2/offer.ts'
import type { Share } from '../../policy/load-book.ts'
import type { Account } from '../../policy/accounts.ts'
import type { Snapshot } from '../../policy/policy-keeper.ts'
import type { Proved } from '../entry/sign-on.ts'
import type { Whose } from '../refusals.ts'

/** The inside of an accepted CONNECT, by HTTP or SOCKS. */
export type Tunnel = {
  /** Host and port of the CONNECT; the scheme says whether TLS is spoken inside. */
  readonly target: Target
  readonly account: Account
  /** Resolved and judged when the tunnel was opened: whatever the name service says later, nothing else is dialled. */
  readonly addresses: readonly string[]
  /** What is done with its inside. */
  readonly handling: Handling
  /** What it takes of the limits, when the inside is not looked into: released when it ends. */
  readonly share?: Share
  /** The name in the TLS hello; false without one, undefined without TLS. */
  readonly serverName?: string | false
}

/** Who opens a tunnel, by which snapshot. */
export type Opening = Proved & { readonly snapshot: Snapshot; readonly whose: Whose }

/**
 * Ends the tester's TLS with the certificate of the tunnel's host, whatever name the hello asks for: a client that asks
 * for another sees the wrong name, or, if it does not look, is told by a page. Nothing of such a tunnel goes to a target.
 */
export async function acceptTls(
  socket: Socket,
  secureContext: SecureContext,
  timeoutMs: number,
  protocol: Protocol = 'http/1.1',
): Promise<TLSSocket | null> {
  const secure = new TLSSocket(socket, { isServer: true, secureContext, ALPNProtocols: [protocol] })
  secure.on('error', () => secure.destroy())
  const timer = setTimeout(() => secure.destroy(), timeoutMs)
  try {
    await Promise.race([once(secure, 'secure'), once(secure, 'close')])
  } catch {
    // The handshake failed; the socket is destroyed.
  } finally {
    clearTimeout(timer)
  }
  return secure.destroyed ? null : secure
}

/** Whether the name in the hello is the one the tunnel was opened for. An address has no server name (RFC 6066 3). */
export function namesAgree(target: Target, serverName: string | false): boolean {
  if (target.address !== undefined) return serverName === false || serverName === ''
  return typeof serverName === 'string' && serverName.toLowerCase().replace(/\.$/, '') === target.host
}

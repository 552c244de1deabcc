import type { Socket } from 'node:net'
import type { HeldLease } from '@zhongheng/domain/authorizations/judge.ts'
import { signIn, stillHeld } from '../../policy/accounts.ts'
import { valueOf } from '../framing/fields.ts'
import type { RequestHead } from '../framing/request-head.ts'
import type { Parts } from '../parts.ts'
import { refusalBy } from '../refusals.ts'
import { homePage } from './pages.ts'

/** How the gateway's own name was reached. */
export type Reached = 'proxy' | 'tls' | 'direct'

/** The lease of somebody who asks the gateway's port directly, by Authorization. */
export function leaseShown({ keeper }: Pick<Parts, 'keeper'>, head: RequestHead): HeldLease | null {
  const standing = keeper.standing()
  if (!standing.ok) return null
  const { policy } = standing.snapshot
  const signed = signIn(policy, valueOf(head.fields, 'authorization'))
  return signed.ok ? (stillHeld(policy, signed.account) ?? null) : null
}

/** The page of the gateway's own name for a request. @param socket the tester's connection as it was accepted */
export function pageOfHome(
  { keeper, recorder, time }: Pick<Parts, 'keeper' | 'recorder' | 'time'>,
  socket: Pick<Socket, 'localAddress' | 'localPort'>,
  asked: { readonly head: RequestHead; readonly path: string; readonly by: Reached; readonly held: HeldLease | null },
): Buffer {
  const { localAddress = '127.0.0.1', localPort = 0 } = socket
  const standing = keeper.standing()
  return homePage(asked.head, asked.path, {
    held: asked.held,
    by: asked.by,
    proxyAddress: `${localAddress.includes(':') ? `[${localAddress}]` : localAddress}:${localPort}`,
    stoppage: !standing.ok ? standing.text : recorder.ready ? null : refusalBy('RECORDER-1').text,
    installation: keeper.snapshot?.policy.gatewayAuthority ?? null,
    now: time.now().toISOString(),
  })
}

import type { Socket } from 'node:net'
import { elsewhereText, type HeldLease, servedElsewhere } from '@zhongheng/domain/authorizations/judge.ts'
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
  { keeper, recorder, time, node }: Pick<Parts, 'keeper' | 'recorder' | 'time' | 'node'>,
  socket: Pick<Socket, 'localAddress' | 'localPort'>,
  asked: { readonly head: RequestHead; readonly path: string; readonly by: Reached; readonly held: HeldLease | null },
): Buffer {
  const { localAddress = '127.0.0.1', localPort = 0 } = socket
  const standing = keeper.standing()
  const { held } = asked
  const elsewhere = standing.ok && held ? servedElsewhere(standing.snapshot.policy, held.engagement, node) : undefined
  return homePage(asked.head, asked.path, {
    held,
    by: asked.by,
    // The files for browsers and systems name the gateway that serves the engagement, whichever one gave them.
    proxyAddress: elsewhere ?? `${localAddress.includes(':') ? `[${localAddress}]` : localAddress}:${localPort}`,
    stoppage: !standing.ok
      ? standing.text
      : elsewhere !== undefined
        ? elsewhereText(elsewhere)
        : recorder.ready
          ? null
          : refusalBy('RECORDER-1').text,
    installation: keeper.snapshot?.policy.gatewayAuthority ?? null,
    now: time.now().toISOString(),
  })
}

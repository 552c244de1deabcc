import type { Socket } from 'node:net'
import type { Target } from '@zhongheng/domain/authorizations/target.ts'
import type { Standing } from '../../policy/policy-keeper.ts'
import type { Reading } from '../reading.ts'
import type { Asked } from '../record-heads.ts'
import { type Refusal, Refused, refusalBy, refusalOfStanding, whoseOf } from '../refusals.ts'
import type { Opening } from '../tunnel/intercept.ts'
import type { Proved, SignOn } from './sign-on.ts'
import { socksAccount, socksAnswer, socksCodeOf, socksReply, socksRequest, tellAccount } from './socks.ts'

/** What the connection lends to a SOCKS dialogue. */
export type SocksHost<T> = {
  readonly headMs: number
  readonly signOn: SignOn
  standing(): Standing
  /** @throws Refused */
  openTunnel(reading: Reading, opening: Opening): Promise<T>
  record(refusal: Refusal, asked: Asked, target: Target | null): Promise<unknown>
}

/**
 * SOCKS5 by name and secret, up to the opened tunnel: the same verdict as for CONNECT, with a reply code in place of a
 * page. Null when the dialogue ended otherwise; a refusal is in the record then. The caller sends `socksAnswer(granted)`.
 */
export async function serveSocks<T>(socket: Socket, host: SocksHost<T>): Promise<T | null> {
  const timer = setTimeout(() => socket.destroy(), host.headMs)
  try {
    const given = await socksAccount(socket)
    if (given === null) return null
    const standing = host.standing()
    let proved: Proved | null = null
    try {
      // Without a policy nobody can be known; the reason is told by the reply to the request.
      if (standing.ok) proved = host.signOn.bySecret(standing.snapshot.policy, given)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      await host.record(error.refusal, { method: 'CONNECT', target: '' }, null)
      tellAccount(socket, false)
      return null
    }
    tellAccount(socket, true)
    const request = await socksRequest(socket)
    clearTimeout(timer)
    if (request === null) return null
    try {
      if (!standing.ok) throw new Refused(refusalOfStanding(standing))
      if (proved === null) throw new Refused(refusalBy('LEASE-1'))
      const whose = whoseOf(proved.held)
      if (request.command !== 1) throw new Refused(refusalBy('SOCKS-1', whose))
      if (request.target === undefined) throw new Refused(refusalBy('SOCKS-2', whose))
      return await host.openTunnel({ target: request.target }, { ...proved, snapshot: standing.snapshot, whose })
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      const target = request.target?.ok ? request.target.target : null
      await host.record(error.refusal, { method: 'CONNECT', target: request.written }, target)
      socket.write(socksAnswer(socksCodeOf(error.refusal)))
      return null
    }
  } finally {
    clearTimeout(timer)
  }
}

export const socksGranted = socksAnswer(socksReply.granted)

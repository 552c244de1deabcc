import type { Socket } from 'node:net'
import { type HeldLease, judge, judgeAddress, type Outbound } from '@zhongheng/domain/authorizations/judge.ts'
import type { Target } from '@zhongheng/domain/authorizations/target.ts'
import { type Account, signIn, stillHeld } from '../policy/accounts.ts'
import type { Snapshot } from '../policy/policy-keeper.ts'
import { ClientStream } from './client-stream.ts'
import { type After, Exchange } from './exchange.ts'
import { valueOf } from './framing/fields.ts'
import type { RequestHead } from './framing/request-head.ts'
import { homeName, homePage } from './home.ts'
import { type Link, newExchangeId, type Parts } from './parts.ts'
import { type Reading, readTarget } from './reading.ts'
import { recordOf, refusalRecord } from './record-heads.ts'
import { refusalBytes } from './refusal-page.ts'
import {
  type Refusal,
  Refused,
  refusalBy,
  refusalOf,
  refusalOfFault,
  refusalOfStanding,
  type Whose,
} from './refusals.ts'
import { acceptTls, firstByte, namesAgree, type Tunnel } from './tunnel.ts'
import { dial, serves, type Upstream } from './upstream.ts'

/** What was admitted last and must stay admissible while this connection lives. */
type Granted = { readonly account: Account; readonly outbound: Outbound; readonly whose: Whose }

/** One tester's connection: reads requests, has each judged anew, and relays those that pass. */
export class Connection {
  readonly #parts: Parts
  readonly #socket: Socket
  readonly #link: Link
  #granted: Granted | null = null
  /** The field that was proved good on this connection; the lease behind it is read anew for every request. */
  #proved: { readonly shown: string; readonly account: Account } | null = null
  #phase: 'head' | 'handshake' | 'exchange' | 'goodbye' = 'head'
  #phaseSince: number
  #headSince: number
  #endedSince: number
  #requests = 0

  constructor(parts: Parts, socket: Socket) {
    this.#parts = parts
    this.#socket = socket
    const now = parts.time.monotonic()
    this.#phaseSince = now
    this.#headSince = now
    this.#endedSince = now
    const stream = new ClientStream(socket, this.#touch)
    this.#link = { stream, upstream: null, cutBy: null, answering: false, touched: now, raw: false }
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#link.upstream?.socket.destroy())
  }

  /** Serves until the connection ends. Never rejects. */
  async run(): Promise<void> {
    try {
      await this.#serve(null)
    } catch (error) {
      this.#parts.counters.faults++
      this.#parts.onFault(error)
    } finally {
      this.#link.upstream?.socket.destroy()
      await this.#sayGoodbye()
    }
  }

  /**
   * Judges again what is open, by the policy of this moment, and ends what may not go on: in the middle of a body, in
   * an idle tunnel, anywhere. A page is shown only where no byte of an answer was released yet.
   */
  review(): void {
    if (this.#granted === null || this.#link.cutBy !== null) return
    const refusal = this.#objection(this.#granted)
    if (refusal !== null) this.cut(refusal)
  }

  cut(refusal: Refusal): void {
    if (this.#link.cutBy !== null) return
    this.#link.cutBy = refusal
    this.#link.upstream?.socket.destroy()
    if (this.#phase !== 'exchange' || this.#link.answering) this.#reset()
  }

  /** Ends what takes too long. Called several times a second. @param now monotonic ms */
  sweep(now: number): void {
    const { patience } = this.#parts
    const { stream } = this.#link
    switch (this.#phase) {
      case 'head': {
        if (!stream.reader.inHead && this.#requests > 0) {
          this.#headSince = now
          if (now - this.#phaseSince > patience.idle) this.#socket.destroy()
        } else if (now - this.#headSince > patience.head) {
          if (stream.reader.inHead) {
            stream.socket.write(this.#page(refusalBy('TIME-2'), null, newExchangeId(this.#parts.time.now()), false))
          }
          this.#phase = 'goodbye'
          void this.#sayGoodbye()
        }
        break
      }
      case 'exchange': {
        const limit = this.#link.raw ? patience.raw : patience.exchange
        if (!stream.ended) this.#endedSince = now
        if (now - this.#link.touched > limit) this.cut(refusalBy('DIAL-5', this.#granted?.whose))
        else if (!this.#link.answering && now - this.#endedSince > patience.halfOpen) this.#socket.destroy()
        break
      }
      case 'handshake':
      case 'goodbye':
        break
    }
  }

  /** Ends it when nothing is under way; true when it did. */
  closeIfIdle(): boolean {
    if (this.#phase === 'exchange') return false
    this.#socket.destroy()
    return true
  }

  destroy(): void {
    this.#socket.destroy()
  }

  async #serve(tunnel: Tunnel | null): Promise<void> {
    for (;;) {
      this.#enter('head')
      this.#headSince = this.#phaseSince
      const { stream } = this.#link
      const head = await stream.nextHead()
      this.#enter('exchange')
      this.#link.answering = false
      if (head === null) {
        const fault = stream.reader.fault ?? (stream.reader.inHead ? 'FRAME-11' : null)
        if (fault !== null) await this.#refuse(refusalOfFault(fault, this.#granted?.whose), null, null)
        return
      }
      this.#requests++
      const after = await this.#answer(head, tunnel)
      if (typeof after === 'object') return this.#enterTunnel(after)
      if (after === 'reset') this.#reset()
      if (after !== 'keep') return
      if (head.upgrade !== null) stream.reader.goOn()
    }
  }

  async #answer(head: RequestHead, tunnel: Tunnel | null): Promise<After | Tunnel> {
    const reading = readTarget(head, tunnel)
    const startedAt = this.#parts.time.now()
    try {
      return await this.#pass(head, tunnel, reading, startedAt)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      return this.#refuse(error.refusal, head, reading.target.ok ? reading.target.target : null)
    }
  }

  async #pass(head: RequestHead, tunnel: Tunnel | null, reading: Reading, startedAt: Date): Promise<After | Tunnel> {
    const { keeper, recorder, time } = this.#parts
    if (tunnel === null && head.target.startsWith('/'))
      return this.#showHome(head, head.target, 'direct', this.#direct(head))
    const standing = keeper.standing()
    if (!standing.ok) throw new Refused(refusalOfStanding(standing))
    const { snapshot } = standing
    const { account, held } = this.#who(snapshot, head, tunnel)
    const whose: Whose = {
      engagementId: held.engagement.engagementId,
      engagementTitle: held.engagement.title,
      leaseId: held.lease.leaseId,
      testerId: held.lease.testerId,
    }
    if (tunnel?.serverName !== undefined && !namesAgree(tunnel.target, tunnel.serverName)) {
      throw new Refused(refusalBy('ROUTE-2', whose, tunnel.serverName === false ? undefined : tunnel.serverName))
    }
    if (reading.conflict !== undefined) throw new Refused(refusalBy(reading.conflict, whose))
    const toHome = reading.target.ok && reading.target.target.host === homeName
    if (toHome && head.method !== 'CONNECT' && reading.target.ok) {
      return this.#showHome(
        head,
        reading.target.target.path ?? '/',
        tunnel?.serverName === undefined ? 'proxy' : 'tls',
        held,
      )
    }
    const outbound: Outbound = {
      proxyName: account.proxyName,
      target: reading.target,
      reach: head.method === 'CONNECT' ? 'connect' : 'request',
    }
    if (!toHome) {
      const verdict = judge(outbound, snapshot.policy, time.now())
      if (!verdict.pass) throw new Refused(refusalOf(verdict, whose))
      if (!recorder.ready) throw new Refused(refusalBy('RECORDER-1', whose, recorder.why ?? undefined))
      this.#granted = { account, outbound, whose }
    }
    // A target that cannot be read was refused by the rule; this only tells the compiler.
    if (!reading.target.ok) throw new Refused(refusalBy('ROUTE-3', whose))
    const { target } = reading.target
    if (head.method === 'CONNECT') return { target, account }
    const admitted = this.#parts.limits.admit(held.lease, time.monotonic())
    if (!admitted.ok) throw new Refused({ ...refusalBy(admitted.rule, whose), waitMs: admitted.waitMs })
    try {
      const upstream = await this.#upstreamFor(target, held, snapshot, whose)
      const record = recordOf(head, target, upstream, whose, snapshot, startedAt)
      return await new Exchange(this.#parts, this.#link, head, upstream, record, whose).run()
    } finally {
      admitted.release()
    }
  }

  #who(snapshot: Snapshot, head: RequestHead, tunnel: Tunnel | null): { account: Account; held: HeldLease } {
    if (tunnel !== null) {
      const held = stillHeld(snapshot.policy, tunnel.account)
      if (held === undefined) throw new Refused({ ...refusalBy('LEASE-1'), status: 403 })
      return { account: tunnel.account, held }
    }
    const shown = valueOf(head.fields, 'proxy-authorization')
    const proved = this.#proved?.shown === shown ? this.#proved : null
    const known = proved === null ? undefined : stillHeld(snapshot.policy, proved.account)
    if (proved !== null && known !== undefined) return { account: proved.account, held: known }
    const signed = signIn(snapshot.policy, shown)
    if (!signed.ok) {
      const engagementId = signed.held?.engagement.engagementId
      const leaseId = signed.held?.lease.leaseId
      const testerId = signed.held?.lease.testerId
      // The title is not told to somebody who has not proved anything; the ids go into the record only.
      throw new Refused({
        ...refusalBy(signed.given ? 'LEASE-1' : 'AUTH-1'),
        ...(engagementId === undefined ? {} : { engagementId }),
        ...(leaseId === undefined ? {} : { leaseId }),
        ...(testerId === undefined ? {} : { testerId }),
      })
    }
    const held = stillHeld(snapshot.policy, signed.account)
    if (held === undefined) throw new Refused(refusalBy('LEASE-1'))
    this.#proved = shown === undefined ? null : { shown, account: signed.account }
    return { account: signed.account, held }
  }

  async #upstreamFor(target: Target, held: HeldLease, snapshot: Snapshot, whose: Whose): Promise<Upstream> {
    const present = this.#link.upstream
    if (present !== null && serves(present, target)) {
      const verdict = judgeAddress(snapshot.policy, held.engagement, target, present.address)
      if (verdict.pass) return present
    }
    present?.socket.destroy()
    this.#link.upstream = null
    const { resolve, patience } = this.#parts
    const upstream = await dial(target, held, snapshot.policy, whose, resolve, patience.dial, this.#touch)
    this.#link.upstream = upstream
    if (this.#socket.destroyed) upstream.socket.destroy()
    // The world may have changed while the name was resolved and the target dialled.
    this.review()
    if (this.#link.cutBy !== null) throw new Refused(this.#link.cutBy)
    return upstream
  }

  #objection({ account, outbound, whose }: Granted): Refusal | null {
    const { keeper, time } = this.#parts
    const standing = keeper.standing()
    if (!standing.ok) return { ...refusalOfStanding(standing), ...whose }
    const { policy } = standing.snapshot
    const held = stillHeld(policy, account)
    if (held === undefined) return { ...refusalBy('LEASE-1', whose), status: 403 }
    const verdict = judge(outbound, policy, time.now())
    if (!verdict.pass) return refusalOf(verdict, whose)
    const { upstream } = this.#link
    if (upstream === null || !outbound.target.ok) return null
    const address = judgeAddress(policy, held.engagement, upstream.target, upstream.address)
    return address.pass ? null : refusalOf(address, whose)
  }

  async #enterTunnel({ target, account }: Tunnel): Promise<void> {
    this.#enter('handshake')
    const { patience, keeper, mint, time } = this.#parts
    const socket = this.#socket
    this.#link.stream.detach()
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
    const first = await firstByte(socket, patience.head)
    if (first === null) return
    let tunnel: Tunnel = { target: { ...target, scheme: 'http' }, account }
    let inner: Socket = socket
    if (first === 0x16) {
      const standing = keeper.standing()
      const held = standing.ok ? stillHeld(standing.snapshot.policy, account) : undefined
      const key = standing.ok && held !== undefined ? standing.snapshot.caKeys[held.engagement.engagementId] : undefined
      if (held === undefined || key === undefined) return void socket.destroy()
      const { caCertificate } = held.engagement
      const context = await mint.contextFor(caCertificate, key, target.host, time.now().getTime())
      const secure = socket.destroyed ? null : await acceptTls(socket, context, patience.head)
      if (secure === null) return
      inner = secure
      const serverName = (secure as { servername?: string | false }).servername
      tunnel = {
        target: { ...target, scheme: 'https' },
        account,
        serverName: serverName === '' || serverName === undefined ? false : serverName,
      }
    }
    this.#link.stream = new ClientStream(inner, this.#touch)
    inner.resume()
    return this.#serve(tunnel)
  }

  /** The lease of somebody who asks the gateway's port directly, by Authorization. */
  #direct(head: RequestHead): HeldLease | null {
    const standing = this.#parts.keeper.standing()
    if (!standing.ok) return null
    const signed = signIn(standing.snapshot.policy, valueOf(head.fields, 'authorization'))
    return signed.ok ? (stillHeld(standing.snapshot.policy, signed.account) ?? null) : null
  }

  #showHome(head: RequestHead, path: string, by: 'proxy' | 'tls' | 'direct', held: HeldLease | null): After {
    const { keeper, recorder, time } = this.#parts
    const { localAddress = '127.0.0.1', localPort = 0 } = this.#socket
    const proxyAddress = `${localAddress.includes(':') ? `[${localAddress}]` : localAddress}:${localPort}`
    const ready = keeper.standing().ok && recorder.ready
    this.#link.stream.socket.write(
      homePage(head, path, { held, by, proxyAddress, ready, now: time.now().toISOString() }),
    )
    return head.keepAlive && head.body.kind === 'none' ? 'keep' : 'close'
  }

  /** Records the refusal, then shows it. Framing faults, CONNECT and unread bodies end the connection. */
  async #refuse(refusal: Refusal, head: RequestHead | null, target: Target | null): Promise<After> {
    this.#parts.counters.refused++
    const at = this.#parts.time.now()
    const exchangeId = newExchangeId(at)
    if (refusal.engagementId !== undefined && this.#parts.recorder.ready) {
      const record = refusalRecord(exchangeId, at, refusal, head, target, this.#parts.keeper.snapshot)
      const end = { finishedAt: at.toISOString(), status: refusal.status, outcome: 'refused' as const }
      await this.#parts.recorder.refuse(record, end).catch(() => undefined)
    }
    let keep =
      head !== null &&
      head.keepAlive &&
      head.method !== 'CONNECT' &&
      this.#link.cutBy === null &&
      refusal.status !== 400
    if (keep && head?.body.kind !== 'none') keep = this.#skipBodyInHand()
    this.#link.stream.socket.write(this.#page(refusal, head, exchangeId, keep))
    return keep ? 'keep' : 'close'
  }

  #skipBodyInHand(): boolean {
    for (;;) {
      const piece = this.#link.stream.bodyInHand()
      if (piece === undefined) return false
      if (piece.last) return true
    }
  }

  #page(refusal: Refusal, head: RequestHead | null, exchangeId: string, keepAlive: boolean): Buffer {
    return refusalBytes(refusal, {
      accept: head === null ? '' : (valueOf(head.fields, 'accept') ?? ''),
      asked: head === null ? '' : `${head.method} ${head.target}`.slice(0, 500),
      exchangeId,
      at: this.#parts.time.now().toISOString(),
      method: head?.method ?? 'GET',
      keepAlive,
    })
  }

  #enter(phase: 'head' | 'handshake' | 'exchange' | 'goodbye'): void {
    this.#phase = phase
    this.#phaseSince = this.#parts.time.monotonic()
    this.#link.touched = this.#phaseSince
    this.#endedSince = this.#phaseSince
  }

  readonly #touch = (): void => {
    this.#link.touched = this.#parts.time.monotonic()
  }

  #reset(): void {
    // Not only closed: a reset throws away what still waits in the kernel.
    if (!this.#socket.destroyed) this.#socket.resetAndDestroy()
    this.#link.stream.socket.destroy()
  }

  /** Lets the tester read the last page before the connection goes: what it still sends is read and dropped for a moment. */
  async #sayGoodbye(): Promise<void> {
    this.#enter('goodbye')
    const inner = this.#link.stream.socket
    if (!inner.destroyed) {
      inner.removeAllListeners('data')
      inner.resume()
      inner.end()
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, this.#parts.patience.goodbye)
        inner.once('close', () => {
          clearTimeout(timer)
          resolve()
        })
        inner.once('end', () => inner.destroySoon())
        if (inner.readableEnded) inner.destroySoon()
      })
    }
    this.#socket.destroy()
  }
}

import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { type HeldLease, judge, judgeAddress, type Outbound } from '@zhongheng/domain/authorizations/judge.ts'
import { handlingOf } from '@zhongheng/domain/authorizations/scope/match.ts'
import type { Target } from '@zhongheng/domain/authorizations/target.ts'
import type { Share } from '../policy/load-book.ts'
import { stillHeld } from '../policy/accounts.ts'
import { ClientStream } from './client-stream.ts'
import { peek, spokenIn } from './entry/first-bytes.ts'
import { SignOn } from './entry/sign-on.ts'
import { serveSocks, socksGranted } from './entry/serve-socks.ts'
import { type After, Exchange } from './exchange.ts'
import { valueOf } from './framing/fields.ts'
import type { RequestHead } from './framing/request-head.ts'
import { saidTwice } from './said-twice.ts'
import { sayGoodbye } from './goodbye.ts'
import { homeName } from './home/facts.ts'
import { leaseShown, pageOfHome, type Reached } from './home/show.ts'
import { offerFor } from './http2/offer.ts'
import { noHttp2Here, speaksHttp2 } from './http2/prior-knowledge.ts'
import { Http2Tunnel } from './http2/tunnel.ts'
import { type Granted, objectionTo } from './objections.ts'
import { type Link, newExchangeId, type Parts } from './parts.ts'
import { PayloadGuard } from './payload-guard.ts'
import { type Reading, readTarget } from './reading.ts'
import { recordOf } from './record-heads.ts'
import { type Noted, recordRefusal } from './record-refusal.ts'
import { refusalBytes } from './refusal-page.ts'
import { type Refusal, Refused, refusalBy, refusalOf, refusalOfFault, refusalOfStanding, whoseOf } from './refusals.ts'
import { type ClosedHost, helloIn, passClosed } from './tunnel/closed.ts'
import { acceptTls, namesAgree, type Opening, type Tunnel } from './tunnel/intercept.ts'
import { addressesOf, dial, serves, type Upstream, type Way } from './upstream.ts'

/** One tester's connection: reads requests, has each judged anew, and relays those that pass. */
export class Connection {
  readonly #parts: Parts
  readonly #socket: Socket
  readonly #link: Link
  /** What was admitted last. */
  #granted: Granted | null = null
  /** Speaks for the connection once HTTP/2 is spoken in its tunnel. */
  #http2: Http2Tunnel | null = null
  readonly #signOn = new SignOn()
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
      await this.#begin(this.#socket)
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
    if (this.#http2 !== null) return this.#http2.review()
    if (this.#granted === null || this.#link.cutBy !== null) return
    const refusal = objectionTo(this.#parts, this.#granted, this.#link.upstream)
    if (refusal !== null) this.cut(refusal)
  }

  cut(refusal: Refusal): void {
    if (this.#http2 !== null) return this.#http2.cut(refusal)
    if (this.#link.cutBy !== null) return
    this.#link.cutBy = refusal
    this.#link.upstream?.socket.destroy()
    if (this.#phase !== 'exchange' || this.#link.answering) this.#reset()
  }

  /** Ends what takes too long. Called several times a second. @param now monotonic ms */
  sweep(now: number): void {
    if (this.#http2 !== null) return this.#http2.sweep(now)
    const { patience } = this.#parts
    const { stream } = this.#link
    switch (this.#phase) {
      case 'head': {
        if (!stream.reader.inHead && this.#requests > 0) {
          this.#headSince = now
          if (now - this.#phaseSince > patience.idle) this.#socket.destroy()
        } else if (now - this.#headSince > patience.head) {
          if (stream.reader.inHead) {
            const at = this.#parts.time.now()
            stream.socket.write(this.#page(refusalBy('TIME-2'), null, { exchangeId: newExchangeId(at), at }, false))
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
    if (this.#http2 !== null) return this.#http2.closeIfIdle()
    if (this.#phase === 'exchange') return false
    this.#socket.destroy()
    return true
  }

  destroy(): void {
    this.#socket.destroy()
  }

  /** One listener for all: what is spoken is told by the first byte. TLS to the gateway itself is opened once. */
  async #begin(socket: Socket): Promise<void> {
    this.#enter('handshake')
    const { patience, ownTls } = this.#parts
    const first = await peek(socket, patience.head)
    if (first === null) return
    const spoken = spokenIn(first)
    if (speaksHttp2(first)) return void socket.end(noHttp2Here())
    if (spoken === 'http') return this.#serve(null)
    if (spoken === 'socks') return this.#serveSocks(socket)
    const context = ownTls.context()
    if (context === null || socket !== this.#socket) return void socket.destroy()
    const secure = await acceptTls(socket, context, patience.head)
    if (secure === null) return
    this.#link.stream = new ClientStream(secure, this.#touch)
    return this.#begin(secure)
  }

  async #serveSocks(socket: Socket): Promise<void> {
    const { patience, keeper } = this.#parts
    const tunnel = await serveSocks(socket, {
      headMs: patience.head,
      signOn: this.#signOn,
      standing: () => keeper.standing(),
      openTunnel: (reading, opening) => this.#openTunnel(reading, opening),
      record: (refusal, asked, target) => recordRefusal(this.#parts, refusal, asked, target),
    })
    if (tunnel !== null) await this.#enterTunnel(tunnel, socksGranted)
  }

  async #serve(tunnel: Tunnel | null): Promise<void> {
    this.#link.stream.attach()
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
      if (typeof after === 'object') {
        return this.#enterTunnel(after, Buffer.from('HTTP/1.1 200 Connection Established\r\n\r\n'))
      }
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
    const { keeper } = this.#parts
    if (tunnel === null && head.target.startsWith('/'))
      return this.#showHome(head, head.target, 'direct', leaseShown(this.#parts, head))
    const standing = keeper.standing()
    if (!standing.ok) throw new Refused(refusalOfStanding(standing))
    const { snapshot } = standing
    const { policy } = snapshot
    const proved = tunnel === null ? this.#signOn.byHead(policy, head) : this.#signOn.byTunnel(policy, tunnel.account)
    const { account, held } = proved
    const whose = whoseOf(held)
    const opening: Opening = { account, held, snapshot, whose }
    if (tunnel?.serverName !== undefined && !namesAgree(tunnel.target, tunnel.serverName)) {
      throw new Refused(refusalBy('ROUTE-2', whose, tunnel.serverName === false ? undefined : tunnel.serverName))
    }
    if (reading.conflict !== undefined) throw new Refused(refusalBy(reading.conflict, whose))
    if (head.method === 'CONNECT') return this.#openTunnel(reading, opening)
    if (leadsHome(reading) && reading.target.ok) {
      const by = tunnel?.serverName === undefined ? 'proxy' : 'tls'
      return this.#showHome(head, reading.target.target.path ?? '/', by, held)
    }
    const { method } = head
    const outbound: Outbound = { proxyName: account.proxyName, target: reading.target, reach: 'request', method }
    const target = this.#allow(outbound, opening)
    for (const one of saidTwice(head.fields, outbound, target)) {
      const verdict = judge(one, policy, this.#parts.time.now(), this.#parts.node)
      if (!verdict.pass) throw new Refused(refusalOf(verdict, whose))
    }
    const share = this.#admit(target, opening)
    const guard = PayloadGuard.of(held, whose, head.body.kind === 'chunked')
    try {
      const upstream = await this.#upstreamFor(target, tunnel, opening)
      const record = recordOf(head, target, upstream, whose, snapshot, startedAt)
      return await new Exchange(this.#parts, this.#link, head, upstream, record, whose, share, guard).run()
    } finally {
      share.release()
    }
  }

  /** A place among what lease, engagement and target take. @throws Refused */
  #admit(target: Target, { held, whose }: Opening): Share {
    const admitted = this.#parts.limits.admit(held, target)
    if (!admitted.ok) throw new Refused({ ...refusalBy(admitted.rule, whose), waitMs: admitted.waitMs })
    return admitted.share
  }

  /** Has the rule speak; what it admits must stay admissible from here on. @throws Refused */
  #allow(outbound: Outbound, { account, whose, snapshot }: Opening): Target {
    const { recorder, time, node } = this.#parts
    const verdict = judge(outbound, snapshot.policy, time.now(), node)
    if (!verdict.pass) throw new Refused(refusalOf(verdict, whose))
    if (!recorder.ready) throw new Refused(refusalBy('RECORDER-1', whose, recorder.why ?? undefined))
    // A target that cannot be read was refused by the rule; this only tells the compiler.
    if (!outbound.target.ok) throw new Refused(refusalBy('ROUTE-3', whose))
    this.#granted = { account, outbound, whose }
    return outbound.target.target
  }

  /**
   * Judges name, port and every address before a tunnel is opened, and keeps the addresses for as long as it lives.
   * Opening one counts as a request of the lease. @throws Refused
   */
  async #openTunnel(reading: Reading, opening: Opening): Promise<Tunnel> {
    const { account, held, snapshot, whose } = opening
    if (leadsHome(reading) && reading.target.ok) {
      return { target: reading.target.target, account, addresses: [], handling: 'intercept' }
    }
    const { resolve } = this.#parts
    const outbound: Outbound = { proxyName: account.proxyName, target: reading.target, reach: 'connect' }
    const target = this.#allow(outbound, opening)
    const share = this.#admit(target, opening)
    const handling = handlingOf(held.engagement.scope, target)
    try {
      const addresses = await addressesOf(target, held, snapshot.policy, whose, resolve)
      // What is looked into counts request by request; what is not counts for as long as it is open.
      if (handling === 'intercept') share.release()
      return { target, account, addresses, handling, share }
    } catch (error) {
      share.release()
      throw error
    }
  }

  async #upstreamFor(target: Target, tunnel: Tunnel | null, opening: Opening): Promise<Upstream> {
    const { held, snapshot, whose } = opening
    const present = this.#link.upstream
    if (present !== null && serves(present, target)) {
      const { policy } = snapshot
      const { engagement } = held
      const before = present.judgedBy
      if (before.policy === policy && before.engagement === engagement) return present
      // Another engagement has pins, source addresses and certificates of its own.
      const same = before.engagement.engagementId === engagement.engagementId
      if (same && judgeAddress(policy, engagement, target, present.address).pass) {
        present.judgedBy = { policy, engagement }
        return present
      }
    }
    present?.socket.destroy()
    this.#link.upstream = null
    const { resolve } = this.#parts
    const { policy } = snapshot
    const addresses = tunnel?.addresses ?? (await addressesOf(target, held, policy, whose, resolve))
    const upstream = await dial(target, addresses, this.#way(opening))
    this.#link.upstream = upstream
    if (this.#socket.destroyed) upstream.socket.destroy()
    // The world may have changed while the name was resolved and the target dialled.
    this.review()
    if (this.#link.cutBy !== null) throw new Refused(this.#link.cutBy)
    return upstream
  }

  #way({ held, snapshot, whose }: Opening): Way {
    const { credentials, patience, sessions } = this.#parts
    return { held, snapshot, whose, credentials, sessions, timeoutMs: patience.dial, onBytes: this.#touch }
  }

  get #closedHost(): ClosedHost {
    return {
      parts: this.#parts,
      link: this.#link,
      allow: (outbound, opening) => void this.#allow(outbound, opening),
      dial: async (target, tunnel, opening) => {
        const upstream = await this.#upstreamFor(target, tunnel, opening)
        this.#enter('exchange')
        return upstream
      },
      record: (refusal, asked, target, at) => recordRefusal(this.#parts, refusal, asked, target, at),
    }
  }

  /** @param accepted what tells the tester that the tunnel is open */
  async #enterTunnel(opened: Tunnel, accepted: Buffer): Promise<void> {
    this.#enter('handshake')
    const { stream } = this.#link
    const { socket } = stream
    stream.detach()
    socket.write(accepted)
    try {
      if (opened.handling !== 'intercept' && !(await passClosed(socket, opened, opened.handling, this.#closedHost)))
        return
    } finally {
      opened.share?.release()
    }
    const { patience, keeper, mint, time } = this.#parts
    const { target, account } = opened
    const first = await peek(socket, patience.head)
    if (first === null) return
    let tunnel: Tunnel = { ...opened, target: { ...target, scheme: 'http' } }
    let inner: Socket = socket
    if (spokenIn(first) === 'tls') {
      const standing = keeper.standing()
      const held = standing.ok ? stillHeld(standing.snapshot.policy, account) : undefined
      const key = standing.ok && held !== undefined ? standing.snapshot.caKeys[held.engagement.engagementId] : undefined
      if (held === undefined || key === undefined) return void socket.destroy()
      const { caCertificate } = held.engagement
      const context = await mint.contextFor(caCertificate, key, target.host, time.now().getTime())
      const hello = await helloIn(socket, patience.head)
      const reachable = target.host !== homeName && hello !== null && namesAgree(target, hello.serverName ?? false)
      const offer = await offerFor(hello, target, reachable, this.#parts.known, time.monotonic, () =>
        this.#dialBoth(opened),
      )
      this.#link.upstream = offer.upstream
      const secure = socket.destroyed ? null : await acceptTls(socket, context, patience.head, offer.protocol)
      if (secure === null) return
      inner = secure
      const serverName = (secure as { servername?: string | false }).servername
      tunnel = {
        ...opened,
        target: { ...target, scheme: 'https' },
        serverName: serverName === '' || serverName === undefined ? false : serverName,
      }
    }
    if (speaksHttp2(first) || (inner instanceof TLSSocket && inner.alpnProtocol === 'h2'))
      return this.#serveHttp2(inner, tunnel)
    this.#link.stream = new ClientStream(inner, this.#touch)
    return this.#serve(tunnel)
  }

  async #serveHttp2(socket: Socket, tunnel: Tunnel): Promise<void> {
    const { upstream } = this.#link
    this.#link.upstream = null
    this.#http2 = new Http2Tunnel(this.#parts, socket, tunnel, () => this.#dialBoth(tunnel), upstream)
    await this.#http2.run()
    this.#socket.destroy()
  }

  /** Connects to a tunnel's target in whichever version it likes. @throws Refused */
  async #dialBoth(tunnel: Tunnel): Promise<Upstream> {
    const standing = this.#parts.keeper.standing()
    if (!standing.ok) throw new Refused(refusalOfStanding(standing))
    const held = stillHeld(standing.snapshot.policy, tunnel.account)
    if (held === undefined) throw new Refused(refusalBy('LEASE-1'))
    const target = { ...tunnel.target, path: '/' }
    const opening: Opening = { account: tunnel.account, held, snapshot: standing.snapshot, whose: whoseOf(held) }
    return dial(target, tunnel.addresses, { ...this.#way(opening), protocols: ['h2', 'http/1.1'] })
  }

  #showHome(head: RequestHead, path: string, by: Reached, held: HeldLease | null): After {
    this.#link.stream.socket.write(pageOfHome(this.#parts, this.#socket, { head, path, by, held }))
    return head.keepAlive && head.body.kind === 'none' ? 'keep' : 'close'
  }

  /** Records the refusal, then shows it. Framing faults, CONNECT and unread bodies end the connection. */
  async #refuse(refusal: Refusal, head: RequestHead | null, target: Target | null): Promise<After> {
    const noted = await recordRefusal(this.#parts, refusal, head ?? { method: '', target: '' }, target)
    let keep =
      head !== null &&
      head.keepAlive &&
      head.method !== 'CONNECT' &&
      this.#link.cutBy === null &&
      refusal.status !== 400
    if (keep && head?.body.kind !== 'none') keep = this.#skipBodyInHand()
    this.#link.stream.socket.write(this.#page(refusal, head, noted, keep))
    return keep ? 'keep' : 'close'
  }

  #skipBodyInHand(): boolean {
    for (;;) {
      const piece = this.#link.stream.bodyInHand()
      if (piece === undefined) return false
      if (piece.last) return true
    }
  }

  #page(refusal: Refusal, head: RequestHead | null, { exchangeId, at }: Noted, keepAlive: boolean): Buffer {
    return refusalBytes(refusal, {
      accept: head === null ? '' : (valueOf(head.fields, 'accept') ?? ''),
      asked: head === null ? '' : `${head.method} ${head.target}`.slice(0, 500),
      exchangeId,
      at: at.toISOString(),
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

  async #sayGoodbye(): Promise<void> {
    this.#enter('goodbye')
    await sayGoodbye(this.#link.stream.socket, this.#parts.patience.goodbye)
    this.#socket.destroy()
  }
}

const leadsHome = ({ target }: Reading): boolean => target.ok && target.target.host === homeName

import type { Socket } from 'node:net'
import { type HeldLease, judge, judgeAddress, type Outbound } from '@zhongheng/domain/authorizations/judge.ts'
import type { Target } from '@zhongheng/domain/authorizations/target.ts'
import { stillHeld } from '../../policy/accounts.ts'
import type { Snapshot } from '../../policy/policy-keeper.ts'
import { objectionTo } from '../objections.ts'
import type { Parts } from '../parts.ts'
import { recordOf } from '../record-heads.ts'
import { type Noted, recordRefusal } from '../record-refusal.ts'
import { refusalParts } from '../refusal-page.ts'
import { type Refusal, Refused, refusalBy, refusalOf, refusalOfStanding, type Whose, whoseOf } from '../refusals.ts'
import { namesAgree, type Tunnel } from '../tunnel/intercept.ts'
import type { Upstream } from '../upstream.ts'
import { Http2Exchange, type Leave } from './exchange.ts'
import { codes } from './frames.ts'
import { encodeBlock } from './hpack/encoder.ts'
import type { HeaderField } from './hpack/static-table.ts'
import { type Http2Request, readRequest } from './messages.ts'
import { readHttp2Target } from './reading.ts'
import { PayloadGuard } from '../payload-guard.ts'
import { saidTwice } from '../said-twice.ts'
import { Session, type SessionFault, type SessionOwner } from './session.ts'
import type { Piece, Stream } from './stream.ts'
import { TargetSide } from './target-side.ts'

/** Connects to the tunnel's target. @throws Refused */
export type Dial = () => Promise<Upstream>

/** A stream that is being served, and what must stay admissible while it lasts. */
type Serving = { readonly leave: Leave; outbound: Outbound | null; side: TargetSide | null; readonly whose: Whose }

/**
 * HTTP/2 inside one tester's tunnel: each stream is judged by itself and relayed over one connection to the target, which
 * belongs to this tunnel alone.
 */
export class Http2Tunnel implements SessionOwner {
  readonly #parts: Parts
  readonly #tunnel: Tunnel
  readonly #dial: Dial
  readonly #session: Session
  readonly #serving = new Set<Serving>()
  readonly #ended: Promise<void>
  #end: () => void = () => undefined
  #side: TargetSide | null = null
  #dialling: Promise<TargetSide> | null = null
  #waiting: (() => void)[] = []
  #idleSince: number
  #over = false

  /** @param upstream a connection to the target that is there already */
  constructor(parts: Parts, socket: Socket, tunnel: Tunnel, dial: Dial, upstream: Upstream | null) {
    this.#parts = parts
    this.#tunnel = tunnel
    this.#dial = dial
    this.#idleSince = parts.time.monotonic()
    this.#ended = new Promise((resolve) => {
      this.#end = resolve
    })
    if (upstream !== null) this.#side = this.#sideOf(upstream)
    this.#session = new Session(socket, 'server', this, () => parts.time.monotonic())
    this.#tellTester()
  }

  /** Serves until the connection ends. */
  async run(): Promise<void> {
    await this.#ended
    this.#side?.session.destroy()
  }

  /** Judges again what is under way, by the policy of this moment. */
  review(): void {
    const objection = this.#objectionToTunnel()
    if (objection !== null) return this.cut(objection)
    for (const serving of this.#serving) {
      const refusal = this.#objection(serving)
      if (refusal !== null) cutLeave(serving.leave, refusal)
    }
  }

  /** Ends every stream, with a page where none was answered yet, and the connection behind them. */
  cut(refusal: Refusal): void {
    for (const { leave } of this.#serving) cutLeave(leave, refusal)
    this.#side?.session.destroy()
    this.#side = null
    this.#over = true
    this.#closeWhenIdle()
  }

  /** @param now monotonic ms */
  sweep(now: number): void {
    const { patience } = this.#parts
    this.#session.sweep(now, patience.head)
    this.#side?.session.sweep(now, patience.head)
    for (const { leave, whose } of this.#serving) {
      if (now - leave.touched > (leave.raw ? patience.raw : patience.exchange))
        cutLeave(leave, refusalBy('DIAL-5', whose))
    }
    if (this.#serving.size > 0) this.#idleSince = now
    else if (now - this.#idleSince > patience.idle) this.#session.close(codes.none, 'idle')
  }

  closeIfIdle(): boolean {
    this.#over = true
    return this.#closeWhenIdle()
  }

  destroy(): void {
    this.#session.destroy()
  }

  opened(stream: Stream, head: Piece & { readonly kind: 'head' }): void {
    const { parts } = this
    const leave: Leave = { cutBy: null, onCut: null, answering: false, touched: parts.time.monotonic(), raw: false }
    const serving: Serving = { leave, outbound: null, side: null, whose: this.#whose() }
    this.#serving.add(serving)
    void this.#serve(stream, head, serving)
      .catch((error: unknown) => {
        parts.counters.faults++
        parts.onFault(error)
      })
      .finally(() => {
        stream.discard()
        this.#serving.delete(serving)
        this.#closeWhenIdle()
      })
  }

  fault(fault: SessionFault): void {
    void this.#record(
      refusalBy(fault.kind === 'flood' ? 'H2-9' : 'H2-8', this.#whose(), fault.what),
      { method: '', target: '' },
      this.#tunnel.target,
    )
  }

  changed(): void {
    if (!this.#session.gone) return
    this.#side?.session.destroy()
    this.#wake()
    this.#end()
  }

  extension(): void {
    // Frames nobody knows are not passed on (RFC 9113 4.1); testers have none that would matter.
  }

  private get parts(): Parts {
    return this.#parts
  }

  async #serve(stream: Stream, head: Piece & { readonly kind: 'head' }, serving: Serving): Promise<void> {
    const startedAt = this.#parts.time.now()
    const request = head.over ? 'H2-6' : readRequest(head.fields, head.end)
    try {
      if (typeof request === 'string') throw new Refused(refusalBy(request, serving.whose))
      await this.#pass(stream, request, head.end, serving, startedAt)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      const asked = typeof request === 'string' ? rawRequest(head.fields) : request
      await this.#refuse(stream, error.refusal, asked)
    }
  }

  async #pass(
    stream: Stream,
    request: Http2Request,
    bodyless: boolean,
    serving: Serving,
    startedAt: Date,
  ): Promise<void> {
    const { keeper, recorder, time, limits, node } = this.#parts
    const tunnel = this.#tunnel
    const standing = keeper.standing()
    if (!standing.ok) throw new Refused({ ...refusalOfStanding(standing), ...serving.whose })
    const { snapshot } = standing
    const held = stillHeld(snapshot.policy, tunnel.account)
    if (held === undefined) throw new Refused({ ...refusalBy('LEASE-1'), status: 403 })
    const whose = whoseOf(held)
    if (tunnel.serverName !== undefined && !namesAgree(tunnel.target, tunnel.serverName))
      throw new Refused(refusalBy('ROUTE-2', whose, tunnel.serverName === false ? undefined : tunnel.serverName))
    const reading = readHttp2Target(request, tunnel.target)
    if (reading.conflict !== undefined) throw new Refused(refusalBy(reading.conflict, whose))
    const outbound: Outbound = {
      proxyName: tunnel.account.proxyName,
      target: reading.target,
      reach: 'request',
      method: request.method,
    }
    const verdict = judge(outbound, snapshot.policy, time.now(), node)
    if (!verdict.pass) throw new Refused(refusalOf(verdict, whose))
    if (!recorder.ready) throw new Refused(refusalBy('RECORDER-1', whose, recorder.why ?? undefined))
    if (!reading.target.ok) throw new Refused(refusalBy('ROUTE-3', whose))
    const { target } = reading.target
    for (const one of saidTwice(request.fields, outbound, target)) {
      const again = judge(one, snapshot.policy, time.now(), node)
      if (!again.pass) throw new Refused(refusalOf(again, whose))
    }
    serving.outbound = outbound
    const admitted = limits.admit(held, target)
    if (!admitted.ok) throw new Refused({ ...refusalBy(admitted.rule, whose), waitMs: admitted.waitMs })
    try {
      const side = await this.#sideFor(stream, target, held, snapshot, whose, serving.leave)
      if (side === null) return
      serving.side = side
      try {
        const websocket = request.protocol?.toLowerCase() === 'websocket'
        if (request.protocol !== undefined && !(websocket && side.session.remote.connectProtocol))
          throw new Refused(refusalBy('H2-13', whose))
        const record = {
          ...recordOf(
            { method: request.method, upgrade: websocket ? 'websocket' : null },
            target,
            side.upstream,
            whose,
            snapshot,
            startedAt,
          ),
          httpVersion: '2' as const,
        }
        await new Http2Exchange(
          this.#parts,
          stream,
          request,
          side,
          record,
          whose,
          serving.leave,
          bodyless,
          admitted.share,
          PayloadGuard.of(held, whose, false),
        ).run()
      } finally {
        side.release()
      }
    } finally {
      admitted.share.release()
    }
  }

  /** The connection to the target, with a place on it reserved; null when the tester went away meanwhile. @throws Refused */
  async #sideFor(
    stream: Stream,
    target: Target,
    held: HeldLease,
    snapshot: Snapshot,
    whose: Whose,
    leave: Leave,
  ): Promise<TargetSide | null> {
    for (;;) {
      if (leave.cutBy !== null) throw new Refused(leave.cutBy)
      if (stream.reset || this.#session.gone) return null
      const side = this.#side ?? (await this.#dialled(target, whose))
      if (leave.cutBy !== null) throw new Refused(leave.cutBy)
      const verdict = judgeAddress(snapshot.policy, held.engagement, target, side.upstream.address)
      if (!verdict.pass) throw new Refused(refusalOf(verdict, whose))
      if (side.ready) {
        side.reserve()
        return side
      }
      if (!side.session.usable) {
        if (side.broken !== null && !side.session.remote.settled)
          throw new Refused(refusalBy('H2-11', whose, side.broken.what))
        // It says goodbye: streams that it has go on there, others begin on a new one.
        if (this.#side === side) this.#side = null
        if (!side.session.remote.settled) throw new Refused(refusalBy('DIAL-4', whose))
        continue
      }
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve)
      })
    }
  }

  #dialled(target: Target, whose: Whose): Promise<TargetSide> {
    this.#dialling ??= (async () => {
      try {
        const upstream = await this.#dial()
        this.#parts.known.note(target, upstream.protocol, this.#parts.time.monotonic())
        if (target.scheme === 'https' && upstream.protocol !== 'h2') {
          upstream.socket.destroy()
          // The next connection is answered with what the target speaks.
          this.#over = true
          throw new Refused(refusalBy('H2-12', whose))
        }
        const side = this.#sideOf(upstream)
        if (this.#session.gone || this.#over) side.session.destroy()
        this.#side = side
        return side
      } finally {
        this.#dialling = null
      }
    })()
    return this.#dialling
  }

  #sideOf(upstream: Upstream): TargetSide {
    return new TargetSide(
      upstream,
      () => this.#parts.time.monotonic(),
      () => {
        this.#tellTester()
        this.#wake()
      },
      (fault) => {
        void this.#record(
          refusalBy('H2-11', this.#whose(), fault.what),
          { method: '', target: '' },
          this.#tunnel.target,
        )
      },
    )
  }

  #told = false
  #tellTester(): void {
    if (this.#told || this.#side?.session.remote.connectProtocol !== true) return
    this.#told = true
    this.#session.allowConnectProtocol()
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  #closeWhenIdle(): boolean {
    if (!this.#over || this.#serving.size > 0) return false
    this.#session.close(codes.none, 'the gateway ends this connection; open a new one')
    return true
  }

  #objectionToTunnel(): Refusal | null {
    const { account, target } = this.#tunnel
    const outbound: Outbound = { proxyName: account.proxyName, target: { ok: true, target }, reach: 'connect' }
    return objectionTo(this.#parts, { account, outbound, whose: this.#whose() }, null)
  }

  #objection({ outbound, side, whose }: Serving): Refusal | null {
    if (outbound === null) return null
    const { target } = outbound
    const dialled = side === null || !target.ok ? null : { target: target.target, address: side.upstream.address }
    return objectionTo(this.#parts, { account: this.#tunnel.account, outbound, whose }, dialled)
  }

  #whose(): Whose {
    const snapshot = this.#parts.keeper.snapshot
    const held = snapshot === null ? undefined : stillHeld(snapshot.policy, this.#tunnel.account)
    return held === undefined ? {} : whoseOf(held)
  }

  #record(
    refusal: Refusal,
    asked: { readonly method: string; readonly target: string },
    target: Target,
  ): Promise<Noted> {
    return recordRefusal(this.#parts, refusal, asked, target, undefined, { httpVersion: '2' })
  }

  /** Records the refusal, then shows it on its stream. */
  async #refuse(stream: Stream, refusal: Refusal, request: Asked): Promise<void> {
    const reading = readHttp2Target(request, this.#tunnel.target)
    const target = reading.target.ok ? reading.target.target : this.#tunnel.target
    const { exchangeId, at } = await this.#record(refusal, { method: request.method, target: request.path }, target)
    const { status, headers, body } = refusalParts(refusal, {
      accept: request.accept,
      asked: `${request.method} ${request.path}`.slice(0, 500),
      exchangeId,
      at: at.toISOString(),
      method: request.method,
    })
    const fields = [
      { name: ':status', value: String(status) },
      ...headers.map(([name, value]) => ({ name: name.toLowerCase(), value })),
    ]
    stream.sendHead(encodeBlock(fields), body.length === 0)
    if (body.length > 0) await stream.sendData(body, true)
    // RFC 9113 8.1: the rest of the request is not wanted.
    if (!stream.remoteEnded) stream.sendReset(codes.none)
  }
}

type Asked = Pick<Http2Request, 'method' | 'scheme' | 'path' | 'authority' | 'hosts' | 'accept' | 'protocol'>

function cutLeave(leave: Leave, refusal: Refusal): void {
  if (leave.cutBy !== null) return
  leave.cutBy = refusal
  leave.onCut?.()
}

/** A request that could not be read, as far as a page and the record show it. */
function rawRequest(fields: readonly HeaderField[]): Asked {
  const of = (name: string): string =>
    (fields.find((field) => field.name === name)?.value ?? '').replace(/[^\u0021-\u007e\u0080-\u00ff]/g, '?')
  return {
    method: of(':method').slice(0, 64),
    scheme: of(':scheme'),
    path: of(':path'),
    authority: of(':authority'),
    hosts: [],
    protocol: undefined,
    accept: of('accept'),
  }
}

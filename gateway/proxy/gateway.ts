import { createServer } from 'node:net'
import type { GatewayStatus } from '@zhongheng/contracts/records/policy.ts'
import { LoadBook } from '../policy/load-book.ts'
import type { PolicyKeeper } from '../policy/policy-keeper.ts'
import type { Time } from '../policy/time.ts'
import type { Recorder } from '../taps/tap.ts'
import { LeafMint } from './certificates.ts'
import { Connection } from './connection.ts'
import { OwnTls } from './entry/own-tls.ts'
import { KnownProtocols } from './http2/offer.ts'
import { type Counters, type Parts, type Patience, usualPatience } from './parts.ts'
import { refusalBy } from './refusals.ts'
import { TargetCredentials } from './target-credentials.ts'
import { TargetSessions } from './target-sessions.ts'
import type { Resolve } from './upstream.ts'

export type GatewayOptions = {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** Its number among the installation's gateways; 0 without. */
  readonly node?: number
  readonly keeper: PolicyKeeper
  readonly recorder: Recorder
  readonly time: Time
  readonly resolve: Resolve
  readonly patience?: Partial<Patience>
  /** PEM of authorities that count beside the public ones when targets are verified. */
  readonly targetAuthorities?: readonly string[]
  /** Told of faults of ours; each ends only its own connection. */
  readonly onFault?: (error: unknown) => void
}

export type Gateway = {
  readonly port: number
  status(): GatewayStatus
  /** Takes no new connections, lets exchanges finish for `drainMs`, then ends everything. */
  close(drainMs: number): Promise<void>
}

/** Starts the testers' way out. Rejects when the port is taken (`EADDRINUSE`). */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { keeper, recorder, time } = options
  const counters: Counters = { passed: 0, refused: 0, faults: 0 }
  const limits = new LoadBook(() => time.monotonic())
  const parts: Parts = {
    node: options.node ?? 0,
    keeper,
    recorder,
    limits,
    mint: new LeafMint(),
    ownTls: new OwnTls(keeper),
    credentials: new TargetCredentials(options.targetAuthorities),
    sessions: new TargetSessions(() => time.monotonic()),
    known: new KnownProtocols(),
    time,
    resolve: options.resolve,
    patience: { ...usualPatience, ...options.patience },
    counters,
    onFault: options.onFault ?? (() => undefined),
  }
  const open = new Set<Connection>()
  // A half-closed client still wants its answer.
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    if (open.size >= parts.patience.connections) return void socket.destroy()
    const connection = new Connection(parts, socket)
    open.add(connection)
    void connection.run().finally(() => open.delete(connection))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, resolve)
  })
  server.on('error', parts.onFault)
  keeper.onChange(() => {
    for (const connection of open) connection.review()
  })
  recorder.onLost(() => {
    for (const connection of open) connection.cut(refusalBy('RECORDER-1'))
  })
  const clockwork = setInterval(() => {
    keeper.tick()
    const now = time.monotonic()
    for (const connection of open) connection.sweep(now)
    limits.prune()
  }, 100)
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    status: () => ({
      node: parts.node,
      policySequence: keeper.snapshot?.policy.sequence ?? null,
      policyDigest: keeper.snapshot?.digest ?? null,
      policyExpiresAt: keeper.snapshot?.policy.expiresAt ?? null,
      recorder: recorder.ready ? 'connected' : 'absent',
      openConnections: open.size,
      passed: counters.passed,
      refused: counters.refused,
      now: time.now().toISOString(),
    }),
    close: async (drainMs) => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      const until = time.monotonic() + drainMs
      for (;;) {
        for (const connection of open) connection.closeIfIdle()
        if (open.size === 0 || time.monotonic() >= until) break
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      for (const connection of open) connection.destroy()
      clearInterval(clockwork)
      await closed
    },
  }
}

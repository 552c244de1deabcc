import { randomFillSync } from 'node:crypto'
import { makeId } from '@zhongheng/domain/shared/ids.ts'
import type { LoadBook } from '../policy/load-book.ts'
import type { PolicyKeeper } from '../policy/policy-keeper.ts'
import type { Time } from '../policy/time.ts'
import type { Recorder } from '../taps/tap.ts'
import type { LeafMint } from './certificates.ts'
import type { ClientStream } from './client-stream.ts'
import type { OwnTls } from './entry/own-tls.ts'
import type { KnownProtocols } from './http2/offer.ts'
import type { Refusal } from './refusals.ts'
import type { TargetCredentials } from './target-credentials.ts'
import type { TargetSessions } from './target-sessions.ts'
import type { Resolve, Upstream } from './upstream.ts'

/** Waiting times in milliseconds and caps. */
export type Patience = {
  /** For a whole request head, from its first byte; also for the first one of a connection. */
  readonly head: number
  /** Between requests on one connection. */
  readonly idle: number
  /** Without a byte in either direction during an exchange. */
  readonly exchange: number
  /** Without a byte in either direction on an upgraded connection. */
  readonly raw: number
  readonly dial: number
  /** For a tester's first byte in a raw tunnel; then the target may speak first. */
  readonly rawFirst: number
  /** For an answer to begin after the tester has sent its end: it may wait for it, or be gone. */
  readonly halfOpen: number
  /** For connections that were told to close. */
  readonly goodbye: number
  readonly connections: number
}

export const usualPatience: Patience = {
  head: 10_000,
  idle: 120_000,
  exchange: 300_000,
  raw: 1_800_000,
  dial: 10_000,
  rawFirst: 300,
  halfOpen: 10_000,
  goodbye: 2_000,
  connections: 10_000,
}

export type Counters = { passed: number; refused: number; faults: number }

/** What every connection of the gateway works with. */
export type Parts = {
  /** Its number among the installation's gateways. */
  readonly node: number
  readonly keeper: PolicyKeeper
  readonly recorder: Recorder
  readonly limits: LoadBook
  readonly mint: LeafMint
  readonly ownTls: OwnTls
  readonly credentials: TargetCredentials
  readonly sessions: TargetSessions
  readonly known: KnownProtocols
  readonly time: Time
  readonly resolve: Resolve
  readonly patience: Patience
  readonly counters: Counters
  /** A fault of ours: told, counted, never fatal. */
  readonly onFault: (error: unknown) => void
}

/** The state of one tester's connection that its parts share. */
export type Link = {
  stream: ClientStream
  upstream: Upstream | null
  /** Set once when the connection lost its right to go on; the exchange under way ends with it. */
  cutBy: Refusal | null
  /** A byte of the present answer was released, so that no page can be shown any more. */
  answering: boolean
  /** Monotonic milliseconds of the last byte in either direction. */
  touched: number
  raw: boolean
}

const randomPool = Buffer.alloc(4000)
let randomAt = randomPool.length

export function newExchangeId(at: Date): string {
  if (randomAt + 10 > randomPool.length) {
    randomFillSync(randomPool)
    randomAt = 0
  }
  randomAt += 10
  return makeId('exchange', at, randomPool.subarray(randomAt - 10, randomAt))
}

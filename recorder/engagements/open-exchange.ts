import { createHash, hash, type Hash } from 'node:crypto'
import type { ExchangeEnd, ExchangeHead, ExchangeRow } from '@zhongheng/contracts/records/capture.ts'
import type { Rejection } from '@zhongheng/contracts/records/intake.ts'
import { randomPortion } from '../segments/sealing.ts'
import { answeredStatus } from './answered-status.ts'

export type Direction = 'request' | 'response'
export type Recovered = NonNullable<ExchangeRow['recovered']>
export type DeclaredEnd = ExchangeEnd & { readonly recovered?: Recovered }

/** Most messages are short: so much is kept, and its digest is taken with one call at the end. */
const kept = { bytes: 4096, pieces: 4 } as const
/** So much of an answer's beginning is kept in any case: an exchange whose end nobody tells has its status there. */
const frontBytes = 1024

/** One direction: how much there was, and the digest of salt and bytes. */
class Side {
  // The salt makes the digest meaningless once the sealed record is gone: short bodies could be guessed otherwise.
  readonly salt = randomPortion(32)
  bytes = 0
  #kept: Uint8Array[] = []
  #hash: Hash | null = null

  take(chunk: Uint8Array): void {
    this.bytes += chunk.length
    if (this.#hash !== null) this.#hash.update(chunk)
    // A copy: a view would hold all that was read with it for as long as the exchange is open.
    else if (this.bytes <= kept.bytes && this.#kept.length < kept.pieces) this.#kept.push(Buffer.from(chunk))
    else {
      this.#hash = createHash('sha256').update(this.salt)
      for (const part of this.#kept) this.#hash.update(part)
      this.#hash.update(chunk)
      this.#kept = []
    }
  }

  /** Hex. Call once. */
  digest(): string {
    if (this.#hash !== null) return this.#hash.digest('hex')
    return hash('sha256', Buffer.concat([this.salt, ...this.#kept], this.salt.length + this.bytes), 'hex')
  }
}

/** An exchange whose end has not been written yet: sizes and digests so far. */
export class OpenExchange {
  readonly head: ExchangeHead
  readonly request = new Side()
  readonly response = new Side()
  #front: Buffer = Buffer.alloc(0)
  /** The segment that holds its latest entry; null before the first was written. */
  segmentId: string | null = null
  /** Why nothing more of it is taken, once that is so. */
  fault: Rejection | null = null
  /** Its end was told; nothing may follow. */
  ended = false

  constructor(head: ExchangeHead) {
    this.head = head
  }

  take(direction: Direction, chunk: Uint8Array): void {
    this[direction].take(chunk)
    const room = frontBytes - this.#front.length
    if (direction === 'response' && room > 0) this.#front = Buffer.concat([this.#front, chunk.subarray(0, room)])
  }

  /** The end of an exchange that nobody told: what the target answered is in the record, whether the tester got it is not known. */
  untold(finishedAt: string, recovered: Recovered): DeclaredEnd {
    return { finishedAt, status: answeredStatus(this.head, this.#front), outcome: 'target_gone', recovered }
  }

  /** The row of the finished exchange. Call once: it closes the digests. */
  row(end: DeclaredEnd, sequence: number, segmentId: string): ExchangeRow {
    return {
      ...this.head,
      ...end,
      sequence,
      segmentId,
      requestBytes: this.request.bytes,
      responseBytes: this.response.bytes,
      requestDigest: this.request.digest(),
      responseDigest: this.response.digest(),
    }
  }
}

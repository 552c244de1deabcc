import { createHash, type Hash } from 'node:crypto'
import type { ExchangeEnd, ExchangeHead, ExchangeRow } from '@zhongheng/contracts/records/capture.ts'
import type { Rejection } from '@zhongheng/contracts/records/intake.ts'
import { randomPortion } from '../segments/sealing.ts'

export type Direction = 'request' | 'response'
export type Recovered = NonNullable<ExchangeRow['recovered']>
export type DeclaredEnd = ExchangeEnd & { readonly recovered?: Recovered }

type Side = { readonly salt: Buffer; readonly hash: Hash; bytes: number }

/** An exchange whose end has not been written yet: sizes and digests so far. */
export class OpenExchange {
  readonly head: ExchangeHead
  readonly request = newSide()
  readonly response = newSide()
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
    const side = this[direction]
    side.hash.update(chunk)
    side.bytes += chunk.length
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
      requestDigest: this.request.hash.digest('hex'),
      responseDigest: this.response.hash.digest('hex'),
    }
  }
}

function newSide(): Side {
  // The salt makes the digest meaningless once the sealed record is gone: short bodies could be guessed otherwise.
  const salt = randomPortion(32)
  return { salt, hash: createHash('sha256').update(salt), bytes: 0 }
}

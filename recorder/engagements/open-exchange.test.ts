import { createHash, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { headOf } from '../fixtures/recording.ts'
import { OpenExchange } from './open-exchange.ts'

const digestOf = (salt: Buffer, bytes: Buffer): string => createHash('sha256').update(salt).update(bytes).digest('hex')

describe('the digest of a side', () => {
  // What is kept whole ends at 4 KiB and at four pieces: just below, at, and beyond each.
  it.each([
    ['nothing', 0, 1],
    ['one short piece', 100, 100],
    ['4 KiB in one piece', 4096, 4096],
    ['one byte more', 4097, 4097],
    ['four pieces', 400, 100],
    ['five pieces', 500, 100],
    ['one byte at a time', 5000, 1],
    ['64 KiB in pieces of 16', 65_536, 16_384],
  ])('is that of salt and bytes for %s', (_what, length, step) => {
    const exchange = new OpenExchange(headOf())
    const bytes = randomBytes(length)
    for (let at = 0; at < length; at += step) {
      const piece = Buffer.from(bytes.subarray(at, at + step))
      exchange.take('response', piece)
      // The memory of a read may be used again: the digest must not depend on it.
      piece.fill(0)
    }
    const end = { finishedAt: '2026-06-01T10:00:00.000Z', status: 200, outcome: 'complete' } as const
    const row = exchange.row(end, 1, 'seg_1')
    expect(row.responseBytes).toBe(length)
    expect(row.responseDigest).toBe(digestOf(exchange.response.salt, bytes))
    expect(row.requestDigest).toBe(digestOf(exchange.request.salt, Buffer.alloc(0)))
  })
})

import type { ExchangeHead, ExchangeRow } from '@zhongheng/contracts/records/capture.ts'

/**
 * What a batch record holds once opened: entries, one behind the other, each
 * `kind u8 · stream u32 · length u32 · bytes`. `stream` numbers the exchanges of one segment.
 */
export const entryKinds = {
  /** JSON `ExchangeHead`. */
  open: 1,
  request: 2,
  response: 3,
  /** JSON `EndEntry`. */
  end: 4,
  /** JSON `CarriedEntry`: the exchange began in an earlier segment and had not ended when this one was opened. */
  carried: 5,
} as const
export type EntryKind = (typeof entryKinds)[keyof typeof entryKinds]

export type EndEntry = { readonly row: ExchangeRow; readonly requestSalt: string; readonly responseSalt: string }
export type CarriedEntry = {
  readonly head: ExchangeHead
  /** The segment before, in which the exchange has entries too. */
  readonly from: string
}

export type Entry = { readonly kind: number; readonly stream: number; readonly bytes: Buffer }

export const entryHeadBytes = 9

export function entryHead(kind: EntryKind, stream: number, length: number): Buffer {
  const head = Buffer.allocUnsafe(entryHeadBytes)
  head[0] = kind
  head.writeUInt32BE(stream, 1)
  head.writeUInt32BE(length, 5)
  return head
}

/** Walks the entries of an opened batch. @throws RangeError when they do not fill it exactly */
export function* entriesOf(batch: Buffer): Generator<Entry> {
  let at = 0
  while (at < batch.length) {
    if (batch.length - at < entryHeadBytes) throw new RangeError('entry cut short')
    const length = batch.readUInt32BE(at + 5)
    const end = at + entryHeadBytes + length
    if (end > batch.length) throw new RangeError('entry cut short')
    yield {
      kind: batch[at] ?? 0,
      stream: batch.readUInt32BE(at + 1),
      bytes: batch.subarray(at + entryHeadBytes, end),
    }
    at = end
  }
}

export const jsonOf = <T>(entry: Entry): T => JSON.parse(entry.bytes.toString('utf8')) as T

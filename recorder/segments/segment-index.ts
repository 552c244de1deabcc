import { hash } from 'node:crypto'

/** Where one exchange's entries lie in one segment. */
export type IndexedExchange = {
  readonly exchangeId: string
  /** Its number within the segment. */
  readonly stream: number
  /** The segment with its earlier entries; null when it began in this one. */
  readonly from: string | null
  /** Offsets of the records with entries of it, ascending. */
  readonly records: number[]
  /** Feed sequence, when it ended in this segment. */
  sequence: number | null
  /** Hex leaf hash, when it ended in this segment. */
  leaf: string | null
}

/** Of a segment: the exchanges that ended in it, in leaf order, and those that did not. */
export type SegmentIndex = {
  readonly finished: readonly IndexedExchange[]
  readonly unfinished: readonly IndexedExchange[]
}

/** 48 bits of an id, as a number: enough to look only into few wrong segments. */
export const printOf = (exchangeId: string): number =>
  Number.parseInt(hash('sha256', exchangeId, 'hex').slice(0, 12), 16)

export const printBytes = 6

export const writePrint = (into: Buffer, at: number, exchangeId: string): void => {
  into.writeUIntBE(printOf(exchangeId), at, printBytes)
}

export function decodePrints(text: string): Float64Array {
  const bytes = Buffer.from(text, 'base64')
  return Float64Array.from({ length: Math.floor(bytes.length / printBytes) }, (_, index) =>
    bytes.readUIntBE(index * printBytes, printBytes),
  )
}

/** The place of a feed sequence among the finished exchanges, which ascend; -1 when it is not there. */
export function placeOf(finished: readonly IndexedExchange[], sequence: number): number {
  let low = 0
  let high = finished.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const there = finished[middle]?.sequence ?? 0
    if (there === sequence) return middle
    if (there < sequence) low = middle + 1
    else high = middle - 1
  }
  return -1
}

import { hashLeaf, type Hashes, roomFor } from './hashing.ts'

/** Entries in the spelling of an entry bundle (each after its length in two bytes), and where each of them begins. */
export type Batch = {
  readonly bytes: Buffer
  /** One more than there are entries; the last is where the bytes end. */
  readonly starts: Uint32Array
}

export const countOf = (batch: Batch): number => batch.starts.length - 1

/** Bytes that leaves take in a bundle. */
export const bundleBytes = (leaves: readonly Uint8Array[]): number =>
  leaves.reduce((sum, leaf) => sum + leaf.length + 2, 0)

/** Spells leaves into `bytes`, which must be `bundleBytes` long; each must be at most 65,535 bytes. */
export function encodeInto(bytes: Buffer, leaves: readonly Uint8Array[]): Batch {
  const starts = new Uint32Array(leaves.length + 1)
  let at = 0
  for (const [number, leaf] of leaves.entries()) {
    starts[number] = at
    bytes[at] = leaf.length >> 8
    bytes[at + 1] = leaf.length & 255
    bytes.set(leaf, at + 2)
    at += 2 + leaf.length
  }
  starts[leaves.length] = at
  return { bytes, starts }
}

/** Finds the entries in a bundle's bytes; stops at the first broken length, so compare the count with what you expected. */
export function readBatch(bytes: Buffer, most = 0xffff_ffff): Batch & { readonly whole: boolean } {
  const starts: number[] = []
  let at = 0
  while (starts.length < most && at + 2 <= bytes.length) {
    const end = at + 2 + (((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0))
    if (end > bytes.length) break
    starts.push(at)
    at = end
  }
  const whole = at === bytes.length
  starts.push(at)
  return { bytes, starts: Uint32Array.from(starts), whole }
}

/** The entries from `from` to before `to`, over the same bytes. */
export function partOf(batch: Batch, from: number, to: number): Batch {
  const begin = batch.starts[from] ?? 0
  const starts = batch.starts.slice(from, to + 1).map((start) => start - begin)
  return { bytes: batch.bytes.subarray(begin, batch.starts[to] ?? begin), starts }
}

/** One entry, as bytes of its own. */
export const leafAt = (batch: Batch, number: number): Uint8Array =>
  new Uint8Array(batch.bytes.subarray((batch.starts[number] ?? 0) + 2, batch.starts[number + 1] ?? 0))

/** The leaf hashes of all entries. */
export function hashBatch(batch: Batch, to: Hashes = roomFor(countOf(batch))): Hashes {
  const { bytes, starts } = batch
  for (let number = 0; number + 1 < starts.length; number++)
    hashLeaf(bytes, (starts[number] ?? 0) + 2, starts[number + 1] ?? 0, to, number)
  return to
}

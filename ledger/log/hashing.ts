import { hash } from 'node:crypto'

/**
 * RFC 6962 hashes written to where they belong. A digest as a Buffer of its own costs twice the hashing, and a block put
 * together anew for each node as much again; so a digest travels as a one-byte string, and nodes share one block. Nothing
 * here yields, so one block is enough.
 */
export const hashBytes = 32

// The 65 bytes of a node's block end at an offset that lets both halves be moved as whole words.
const words = new Int32Array(18)
const nodeBlock = Buffer.from(words.buffer, 7, 65)
nodeBlock[0] = 1
const left = 2
const right = 10

/** Eight words each way: `at` counts hashes, not bytes. */
export type Hashes = { readonly bytes: Buffer; readonly words: Int32Array }

/** Room for `count` hashes, zeroed. */
export function roomFor(count: number): Hashes {
  const room = new ArrayBuffer(count * hashBytes)
  return { bytes: Buffer.from(room), words: new Int32Array(room) }
}

/** Hashes of which bytes are at hand, copied where they do not lie on a word's border. */
export function hashesIn(bytes: Uint8Array): Hashes {
  const whole = Math.floor(bytes.length / hashBytes) * hashBytes
  const room = roomFor(whole / hashBytes)
  room.bytes.set(bytes.subarray(0, whole))
  return room
}

// A leaf's block, and a view of it for each length that has come up: making a view costs as much as filling it.
const leafBlock = Buffer.alloc(1 + 65_535)
const leafViews: Buffer[] = []

/** The leaf hash of `bytes[start, end)`: SHA-256 of a zero byte and the leaf. The bytes may be on their way to the disk. */
export function hashLeaf(bytes: Buffer, start: number, end: number, to: Hashes, at: number): void {
  const length = end - start
  bytes.copy(leafBlock, 1, start, end)
  const block = (leafViews[length] ??= leafBlock.subarray(0, 1 + length))
  to.bytes.write(hash('sha256', block, 'binary'), at * hashBytes, hashBytes, 'latin1')
}

/** The node over two hashes: SHA-256 of a one byte, left and right. The target may be one of the two. */
export function hashNode(one: Hashes, oneAt: number, two: Hashes, twoAt: number, to: Hashes, at: number): void {
  for (let word = 0; word < 8; word++) {
    words[left + word] = one.words[oneAt * 8 + word] ?? 0
    words[right + word] = two.words[twoAt * 8 + word] ?? 0
  }
  to.bytes.write(hash('sha256', nodeBlock, 'binary'), at * hashBytes, hashBytes, 'latin1')
}

/** Moves one hash. */
export function copyHash(from: Hashes, fromAt: number, to: Hashes, at: number): void {
  for (let word = 0; word < 8; word++) to.words[at * 8 + word] = from.words[fromAt * 8 + word] ?? 0
}

/** One hash as 32 bytes of its own. */
export const takeHash = (from: Hashes, at: number): Uint8Array =>
  new Uint8Array(from.bytes.subarray(at * hashBytes, at * hashBytes + hashBytes))

import { createWriteStream } from 'node:fs'
import { type FileHandle, open as openFile } from 'node:fs/promises'
import { Readable, Transform, type TransformCallback, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type DataKeys, type SealPlace, headOf, open, overheadOf, overheadOfFormOne, seal } from './seal.ts'

/**
 * A file on the disk, sealed in pieces of a fixed size, so that a part of it can be read without the rest.
 * A piece belongs to its place in its file; how many there are follows from the size in the database.
 */
const pieceBytes = 256 << 10
/** Whose file it is: a table, a column that stands for the file, and the row's id. */
export type FilePlace = { readonly table: string; readonly column: string; readonly row: string }
const placeOf = (place: FilePlace, piece: number): SealPlace => ({ ...place, row: `${place.row}/${piece}` })

/** Seals what is written into it. */
function sealing(keys: DataKeys, place: FilePlace): Transform {
  let held: Buffer[] = []
  let bytes = 0
  let piece = 0
  const flush = (stream: Transform, least: number): void => {
    if (bytes < least || bytes === 0) return
    const all = Buffer.concat(held)
    let at = 0
    for (; all.length - at >= least && at < all.length; at += pieceBytes)
      stream.push(seal(keys, placeOf(place, piece++), all.subarray(at, at + pieceBytes)))
    held = at < all.length ? [all.subarray(at)] : []
    bytes = Math.max(0, all.length - at)
  }
  return new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      held.push(chunk)
      bytes += chunk.length
      flush(this, pieceBytes)
      done()
    },
    flush(done) {
      flush(this, 1)
      done()
    },
  })
}

/** A stream that seals into a new file; `done` ends when everything is on the disk. */
export function writeSealed(path: string, keys: DataKeys, place: FilePlace): { out: Writable; done: Promise<void> } {
  const out = sealing(keys, place)
  const done = pipeline(out, createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true }))
  return { out, done }
}

/** A name that was given in it stays also after the power went. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await openFile(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** The bytes from `first` to `last`, both included. The stream fails where the file is not what was sealed. */
export function readSealed(path: string, keys: DataKeys, place: FilePlace, first: number, last: number): Readable {
  return Readable.from(pieces(path, keys, place, first, last), { objectMode: false })
}

async function* pieces(
  path: string,
  keys: DataKeys,
  place: FilePlace,
  first: number,
  last: number,
): AsyncGenerator<Buffer> {
  if (last < first) return
  const file = await openFile(path, 'r')
  try {
    const overhead = await overheadIn(file)
    for (let piece = Math.floor(first / pieceBytes); piece * pieceBytes <= last; piece++) {
      const sealed = Buffer.alloc(pieceBytes + overhead)
      const { bytesRead } = await file.read(sealed, 0, sealed.length, piece * sealed.length)
      const plain = open(keys, placeOf(place, piece), sealed.subarray(0, bytesRead))
      const from = Math.max(0, first - piece * pieceBytes)
      const to = Math.min(plain.length, last + 1 - piece * pieceBytes)
      if (to <= from) throw new Error(`the file of ${place.row} is shorter than it was`)
      yield plain.subarray(from, to)
    }
  } finally {
    await file.close()
  }
}

/** By how many bytes each piece of this file is longer than what it holds: its first piece says how it was sealed. */
async function overheadIn(file: FileHandle): Promise<number> {
  const first = Buffer.alloc(64)
  await file.read(first, 0, first.length, 0)
  const head = headOf(first)
  return head === null ? overheadOfFormOne : overheadOf(head.suite)
}

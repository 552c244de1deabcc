import { rm } from 'node:fs/promises'
import { bundlePath, hashesAt, tilePath, tileWidth } from '../verify/layout.ts'
import { countOf, hashBatch, partOf, readBatch } from './batch.ts'
import { BundleTail } from './bundle-tail.ts'
import { Edge } from './edge.ts'
import { copyHash, hashBytes, hashesIn, hashNode, roomFor } from './hashing.ts'
import { journalFiles, readJournal } from './journal.ts'
import { LedgerError } from './ledger-error.ts'
import type { TileReader, TileStore } from './tile-store.ts'

/** The log's end in memory: the tree's right edge and the entries after the last full bundle. */
export type LogEnd = { readonly edge: Edge; readonly tail: BundleTail }

/**
 * The tree as the disk holds it: full tiles up to where the oldest journal file begins, then every record of the
 * journals, whose tiles are made again where a crash left them out. Without a journal (a restored copy of the public
 * files) the checkpoint's own size and partial bundle say where the log ends.
 * @param checkpointSize size of the last checkpoint; 0 where there is none
 * @throws LedgerError damaged
 */
export async function recoverEnd(store: TileStore, stateFolder: string, checkpointSize: number): Promise<LogEnd> {
  const journals = await journalFiles(stateFolder)
  const [oldest] = journals
  const start = oldest?.start ?? Math.floor(checkpointSize / tileWidth) * tileWidth
  const end: LogEnd = { edge: edgeAt(store, start), tail: new BundleTail(start / tileWidth) }
  const { edge, tail } = end
  const grow = (batch: ReturnType<typeof readBatch>): void => {
    const hashes = hashBatch(batch)
    edge.add(hashes, 0, countOf(batch), ({ level, index, bytes, seeds }) => {
      store.mend(tilePath(level, index), Buffer.from(bytes))
      if (level === 0) store.writeSeeds(index, seeds)
    })
    tail.add(batch, (index, bytes) => store.mend(bundlePath(index), bytes))
  }
  if (oldest === undefined) {
    grow(partialBundle(store, checkpointSize))
    return end
  }
  for (const { path } of journals) {
    for (const { first, batch } of await readJournal(path)) {
      if (first > edge.size) throw gap(path, edge.size, first)
      // A later file repeats the entries of the last partial bundle: the same ones, or the disk lies.
      const known = Math.min(edge.size - first, countOf(batch))
      const again = partOf(batch, 0, known).bytes
      if (known > 0 && !endsWith(tail, edge.size - first, known, again)) throw gap(path, edge.size, first)
      grow({ ...partOf(batch, known, countOf(batch)), whole: true })
    }
  }
  return end
}

/** Do the tail's entries, from `back` before its end, begin with these bytes? Those before the tail stand in full bundles. */
function endsWith(tail: BundleTail, back: number, count: number, bytes: Buffer): boolean {
  if (back > tail.count) return true
  const from = tail.count - back
  return partOf(tail.batch(), from, from + count).bytes.equals(bytes)
}

/** Removes what was begun and never finished. */
export async function removeJournals(stateFolder: string, except: string): Promise<void> {
  for (const { path } of await journalFiles(stateFolder)) if (path !== except) await rm(path)
}

/** The edge of a tree of `size` leaves, a multiple of 256, out of full tiles alone. */
export function edgeAt(store: TileReader, size: number): Edge {
  const levels: { full: number; hashes: Uint8Array }[] = []
  for (let level = 0; hashesAt(level, size) > 0; level++) {
    const full = Math.floor(hashesAt(level, size) / tileWidth)
    const first = full * tileWidth
    const hashes = Buffer.alloc((hashesAt(level, size) - first) * hashBytes)
    for (let at = 0; at < hashes.length / hashBytes; at++) {
      const path = tilePath(level - 1, first + at)
      const tile = store.get(path)
      if (tile?.length !== tileWidth * hashBytes) throw missing(path)
      hashes.set(rootOfTile(tile), at * hashBytes)
    }
    levels.push({ full, hashes })
  }
  return new Edge(levels)
}

function rootOfTile(tile: Buffer): Uint8Array {
  const row = hashesIn(tile)
  for (let width = tileWidth; width > 1; width /= 2)
    for (let at = 0; at < width; at += 2) {
      const node = roomFor(1)
      hashNode(row, at, row, at + 1, node, 0)
      copyHash(node, 0, row, at / 2)
    }
  return row.bytes.subarray(0, hashBytes)
}

function partialBundle(store: TileStore, size: number): ReturnType<typeof readBatch> {
  const width = size % tileWidth
  if (width === 0) return readBatch(Buffer.alloc(0))
  const index = Math.floor(size / tileWidth)
  const bundle = store.get(bundlePath(index, width)) ?? store.get(bundlePath(index)) ?? Buffer.alloc(0)
  const batch = readBatch(bundle, width)
  if (countOf(batch) < width) throw missing(bundlePath(index, width))
  return batch
}

const missing = (path: string): LedgerError =>
  new LedgerError('damaged', `账本文件 ${path} 缺失或不完整`, `the log's file ${path} is missing or not whole`)

const gap = (path: string, size: number, first: number): LedgerError =>
  new LedgerError(
    'damaged',
    `日志文件 ${path} 从第 ${first} 条继续，与已有的 ${size} 条不符`,
    `journal ${path} goes on at ${first}, which does not fit the ${size} entries before it`,
  )

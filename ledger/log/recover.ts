import { join } from 'node:path'
import { rm } from 'node:fs/promises'
import type { Sha256 } from '../verify/crypto.ts'
import { bundlePath, decodeBundle, hashesAt, tilePath, tileWidth } from '../verify/layout.ts'
import { leafHash } from '../verify/merkle.ts'
import { sameBytes } from '../verify/bytes.ts'
import { balancedRoot, type Completed, Edge } from './edge.ts'
import { journalFiles, readJournal } from './journal.ts'
import { LedgerError } from './ledger-error.ts'
import type { TileStore } from './tile-store.ts'

export const completedPath = (one: Completed): string =>
  one.kind === 'tile' ? tilePath(one.level, one.index) : bundlePath(one.index)

/**
 * The tree as the disk holds it: full tiles up to where the oldest journal file begins, then every record of the
 * journals, whose tiles are made again where a crash left them out. Without a journal (a restored copy of the public
 * files) the checkpoint's own size and partial bundle say where the log ends.
 * @param checkpointSize size of the last checkpoint; 0 where there is none
 * @throws LedgerError damaged
 */
export async function recoverEdge(
  sha256: Sha256,
  store: TileStore,
  stateFolder: string,
  checkpointSize: number,
): Promise<Edge> {
  const journals = await journalFiles(stateFolder)
  const [oldest] = journals
  const start = oldest?.start ?? Math.floor(checkpointSize / tileWidth) * tileWidth
  const edge = await edgeAt(sha256, store, start)
  const grow = async (leaf: Uint8Array): Promise<void> => {
    for (const full of edge.add(leaf, leafHash(sha256, leaf))) await store.mend(completedPath(full), full.bytes)
  }
  if (oldest === undefined) {
    for (const leaf of await partialBundle(store, checkpointSize)) await grow(leaf)
    return edge
  }
  for (const { path } of journals) {
    for (const { first, leaves } of await readJournal(path)) {
      if (first > edge.size) throw gap(path, edge.size, first)
      // A later file repeats the leaves of the last partial bundle: the same ones, or the disk lies.
      const known = edge.size - first
      const tail = edge.leaves.slice(Math.max(0, edge.leaves.length - known))
      const repeated = leaves.slice(0, known)
      if (!repeated.every((leaf, at) => sameBytes(leaf, tail[at] ?? leaf))) throw gap(path, edge.size, first)
      for (const leaf of leaves.slice(known)) await grow(leaf)
    }
  }
  return edge
}

/** Removes what was begun and never finished. */
export async function removeJournals(stateFolder: string, except: string): Promise<void> {
  for (const { path } of await journalFiles(stateFolder)) if (path !== except) await rm(path)
}

/** The edge of a tree of `size` leaves, a multiple of 256, out of full tiles alone. */
async function edgeAt(sha256: Sha256, store: TileStore, size: number): Promise<Edge> {
  const levels: { full: number; hashes: Uint8Array[] }[] = []
  for (let level = 0; hashesAt(level, size) > 0; level++) {
    const full = Math.floor(hashesAt(level, size) / tileWidth)
    const hashes: Uint8Array[] = []
    for (let at = full * tileWidth; at < hashesAt(level, size); at++) {
      const tile = await store.get(tilePath(level - 1, at))
      if (tile?.length !== tileWidth * 32) throw missing(tilePath(level - 1, at))
      hashes.push(balancedRoot(sha256, cut(tile)))
    }
    levels.push({ full, hashes })
  }
  return new Edge(sha256, levels)
}

const cut = (tile: Uint8Array): Uint8Array[] =>
  Array.from({ length: tile.length / 32 }, (_, at) => tile.slice(at * 32, at * 32 + 32))

async function partialBundle(store: TileStore, size: number): Promise<readonly Uint8Array[]> {
  const width = size % tileWidth
  if (width === 0) return []
  const index = Math.floor(size / tileWidth)
  const bundle = (await store.get(bundlePath(index, width))) ?? (await store.get(bundlePath(index)))
  const leaves = bundle === undefined ? [] : decodeBundle(bundle).leaves
  if (leaves.length < width) throw missing(bundlePath(index, width))
  return leaves.slice(0, width)
}

const missing = (path: string): LedgerError =>
  new LedgerError('damaged', `账本文件 ${path} 缺失或不完整`, `the log's file ${path} is missing or not whole`)

const gap = (path: string, size: number, first: number): LedgerError =>
  new LedgerError(
    'damaged',
    `日志文件 ${join(path)} 从第 ${first} 条继续，与已有的 ${size} 条不符`,
    `journal ${join(path)} goes on at ${first}, which does not fit the ${size} entries before it`,
  )

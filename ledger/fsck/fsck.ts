import { join } from 'node:path'
import { fromUtf8, sameBytes } from '../verify/bytes.ts'
import { openCheckpoint, parseCheckpoint, type Checkpoint } from '../verify/checkpoint.ts'
import { fingerprint, noteAlgorithms, parseVerifierKey } from '../verify/keys.ts'
import { bundlePath, tilePath, tileWidth } from '../verify/layout.ts'
import { nodeCrypto } from '../verify/node-crypto.ts'
import { parseNote } from '../verify/note.ts'
import { type Batch, countOf, hashBatch, partOf, readBatch } from '../log/batch.ts'
import { Edge } from '../log/edge.ts'
import { readAtOnce, readIfThere } from '../log/files.ts'
import { hashBytes, roomFor } from '../log/hashing.ts'
import { journalFiles, readJournal } from '../log/journal.ts'
import { errorCode, LedgerError } from '../log/ledger-error.ts'
import type { Bilingual } from '../verify/bilingual.ts'

const { sha256 } = nodeCrypto

/** The first thing that is wrong: in which file, at which entry of the log where that is known, and what. */
export type FsckFault = { readonly file: string; readonly entry?: number; readonly what: Bilingual }

export type FsckVerdict =
  | {
      readonly ok: true
      readonly origin: string
      readonly size: number
      readonly root: Uint8Array
      /** Entries in the journal that no checkpoint covers yet. */
      readonly beyond: number
      /** Fingerprint of the key that signed the checkpoint; undefined where no key was at hand to check it. */
      readonly signedBy: string | undefined
      readonly signedAt: Date | undefined
      /** `given` by the caller, or `folder`: the key lay beside the log and proves nothing about its owner. */
      readonly keyFrom: 'given' | 'folder' | 'nowhere'
    }
  | { readonly ok: false; readonly fault: FsckFault }

class Found extends Error {
  readonly fault: FsckFault
  constructor(file: string, zh: string, en: string, entry?: number) {
    super(en)
    this.fault = entry === undefined ? { file, what: { zh, en } } : { file, entry, what: { zh, en } }
  }
}

/**
 * Works the whole tree out again from the entry bundles of a tlog-tiles folder and compares every tile, the
 * checkpoint and the journal with it. Reads only; memory does not grow with the log.
 * @param publicKey 32 raw bytes of the log's key; without it the folder's own `verifier-key` is used
 * @throws the file system's errors other than a missing file
 */
export async function fsck(folder: string, publicKey?: Uint8Array): Promise<FsckVerdict> {
  try {
    const head = await readHead(folder, publicKey)
    const { size, root } = head.checkpoint
    const edge = growFromBundles(folder, size)
    for (const tile of edge.partialTiles()) {
      const bytes = readTile(folder, tile.level, tile.index, tile.width)
      mustEqual(tilePath(tile.level, tile.index, tile.width), bytes, tile)
    }
    if (!sameBytes(edge.root(), root)) {
      throw new Found(
        'checkpoint',
        '检查点的根与条目算出的根不同',
        'the root of the checkpoint is not the root of the entries',
      )
    }
    const beyond = await checkJournal(folder, size)
    return { ok: true, origin: head.checkpoint.origin, size, root, beyond, ...head.key }
  } catch (error) {
    if (error instanceof Found) return { ok: false, fault: error.fault }
    if (error instanceof LedgerError) return { ok: false, fault: { file: '.state', what: error.text } }
    throw error
  }
}

type Head = {
  checkpoint: Checkpoint
  key: { signedBy: string | undefined; signedAt: Date | undefined; keyFrom: 'given' | 'folder' | 'nowhere' }
}

async function readHead(folder: string, given: Uint8Array | undefined): Promise<Head> {
  const bytes = await readIfThere(join(folder, 'checkpoint'))
  if (bytes === undefined) throw new Found('checkpoint', '检查点缺失', 'there is no checkpoint')
  const line = await readIfThere(join(folder, 'verifier-key'))
  const text = line === undefined ? undefined : fromUtf8(line)
  const beside = text?.endsWith('\n') === true ? parseVerifierKey(sha256, text.slice(0, -1)) : undefined
  if (line !== undefined && beside?.algorithm !== noteAlgorithms.ed25519) {
    throw new Found('verifier-key', '不是有效的验证密钥', 'not a valid verifier key')
  }
  const key = given ?? beside?.publicKey
  if (key === undefined) {
    const note = parseNote(bytes)
    const checkpoint = note === undefined ? undefined : parseCheckpoint(note.text)
    if (checkpoint === undefined) throw new Found('checkpoint', '检查点格式不正确', 'the checkpoint is malformed')
    return { checkpoint, key: { signedBy: undefined, signedAt: undefined, keyFrom: 'nowhere' } }
  }
  const opened = openCheckpoint(nodeCrypto, bytes, key)
  if (opened === undefined) {
    throw new Found(
      'checkpoint',
      '检查点格式不正确，或不是此密钥签名的',
      'the checkpoint is malformed or not signed by this key',
    )
  }
  if (beside !== undefined && opened.signedAt === undefined) {
    // Our own logs always sign the time too; a line that no key fits would otherwise pass for a stranger's cosignature.
    throw new Found('checkpoint', '检查点缺少签名的时间', 'the checkpoint lacks its signed time')
  }
  const signedBy = fingerprint(sha256, key)
  return {
    checkpoint: opened,
    key: { signedBy, signedAt: opened.signedAt, keyFrom: given === undefined ? 'folder' : 'given' },
  }
}

function growFromBundles(folder: string, size: number): Edge {
  const edge = new Edge()
  const hashes = roomFor(tileWidth)
  for (let index = 0; index * tileWidth < size; index++) {
    const width = Math.min(tileWidth, size - index * tileWidth)
    const tile = readTile(folder, 0, index, width)
    hashBatch(readBundle(folder, index, width), hashes)
    if (!hashes.bytes.subarray(0, width * hashBytes).equals(tile)) {
      const at = firstDifference(hashes.bytes, tile)
      throw new Found(
        bundlePath(index, width),
        `条目与 ${tilePath(0, index, width)} 中的散列不符`,
        `the entry does not hash to what ${tilePath(0, index, width)} holds`,
        index * tileWidth + at,
      )
    }
    edge.add(hashes, 0, width, (full) => {
      if (full.level === 0) return
      mustEqual(tilePath(full.level, full.index), readTile(folder, full.level, full.index, tileWidth), full)
    })
  }
  return edge
}

function readBundle(folder: string, index: number, width: number): Batch {
  const { path, bytes, held } = readWidth(folder, (some) => bundlePath(index, some), width)
  const batch = readBatch(bytes)
  const count = countOf(batch)
  if (!batch.whole || count !== held) {
    throw new Found(
      path,
      `应有 ${held} 条，读出 ${count} 条${batch.whole ? '' : '后损坏'}`,
      `${held} entries expected, ${count} read${batch.whole ? '' : ' before it breaks off'}`,
      index * tileWidth + Math.min(count, held),
    )
  }
  return width === held ? batch : partOf(batch, 0, width)
}

function readTile(folder: string, level: number, index: number, width: number): Buffer {
  const { path, bytes, held } = readWidth(folder, (some) => tilePath(level, index, some), width)
  if (bytes.length !== held * hashBytes) {
    throw new Found(
      path,
      `应为 ${held * hashBytes} 字节，实为 ${bytes.length}`,
      `${held * hashBytes} bytes expected, ${bytes.length} there`,
    )
  }
  return bytes.subarray(0, width * hashBytes)
}

/** A tile or bundle of `width`, or the full one that may have taken a partial one's place since. */
function readWidth(
  folder: string,
  pathOf: (width: number) => string,
  width: number,
): { path: string; bytes: Buffer; held: number } {
  for (const held of [width, tileWidth]) {
    const bytes = readAtOnce(join(folder, pathOf(held)))
    if (bytes !== undefined) return { path: pathOf(held), bytes, held }
  }
  throw new Found(pathOf(width), '文件缺失', 'the file is missing')
}

/** Number of the first hash in which two rows of hashes differ. */
function firstDifference(one: Uint8Array, other: Uint8Array): number {
  let at = 0
  while (one[at] === other[at] && at < other.length) at++
  return Math.floor(at / hashBytes)
}

function mustEqual(
  file: string,
  found: Uint8Array,
  expected: { level: number; index: number; bytes: Uint8Array },
): void {
  if (sameBytes(found, expected.bytes)) return
  const hash = firstDifference(found, expected.bytes)
  const entry = (expected.index * tileWidth + hash) * tileWidth ** expected.level
  throw new Found(file, `第 ${hash} 个散列与条目不符`, `hash ${hash} is not what the entries give`, entry)
}

/** @returns how many entries the journal holds beyond `size` */
async function checkJournal(folder: string, size: number): Promise<number> {
  let end = size
  for (const { path } of await journalsOf(join(folder, '.state'))) {
    for (const { first, batch } of await readJournal(path)) {
      const count = countOf(batch)
      for (let at = 0; at < count && first + at < size; ) {
        const entry = first + at
        const index = Math.floor(entry / tileWidth)
        const place = entry - index * tileWidth
        const width = Math.min(tileWidth, size - index * tileWidth)
        const many = Math.min(width - place, count - at)
        const mine = partOf(batch, at, at + many)
        const logged = partOf(readBundle(folder, index, width), place, place + many)
        if (!mine.bytes.equals(logged.bytes)) {
          let bad = 0
          while (bad < many && sameEntry(mine, logged, bad)) bad++
          throw new Found(
            path,
            '日志中的条目与账本不符',
            'the entry in the journal is not the one in the log',
            entry + bad,
          )
        }
        at += many
      }
      end = Math.max(end, first + count)
    }
  }
  return end - size
}

const sameEntry = (one: Batch, other: Batch, at: number): boolean =>
  partOf(one, at, at + 1).bytes.equals(partOf(other, at, at + 1).bytes)

async function journalsOf(folder: string): Promise<{ path: string }[]> {
  try {
    return await journalFiles(folder)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return []
    throw error
  }
}

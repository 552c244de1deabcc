import { join, relative } from 'node:path'
import { type Batch, countOf, hashBatch } from '../log/batch.ts'
import type { Edge } from '../log/edge.ts'
import { readIfThere, StrangeFile } from '../log/files.ts'
import { hashBytes, roomFor } from '../log/hashing.ts'
import { LedgerError } from '../log/ledger-error.ts'
import { edgeAt } from '../log/recover.ts'
import { TileReader } from '../log/tile-store.ts'
import { fromUtf8, sameBytes } from '../verify/bytes.ts'
import { type Checkpoint, openCheckpoint, parseCheckpoint } from '../verify/checkpoint.ts'
import { isKeyHistory, keyHistoryOf } from '../verify/key-history.ts'
import { fingerprint, noteAlgorithms, parseVerifierKey } from '../verify/keys.ts'
import { leadsToPresent, openHead } from '../verify/keys-file.ts'
import { bundlePath, tilePath, tileWidth } from '../verify/layout.ts'
import { nodeCrypto } from '../verify/node-crypto.ts'
import { noteBytes, parseNote } from '../verify/note.ts'
import { checkJournal } from './check-journal.ts'
import { Found, type FsckFault, Malformed } from './fault.ts'
import { KeyActs } from './key-acts-in-log.ts'
import { type KeptHead, KeptHeads } from './kept-heads.ts'
import { brokenBundle, firstDifference, openBundle, readTile } from './log-files.ts'

export type { FsckFault } from './fault.ts'

const { sha256 } = nodeCrypto

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
  | {
      readonly ok: false
      readonly fault: FsckFault /** It has no form that could be judged. */
      readonly malformed?: true
    }

export type FsckOptions = {
  /** Heads that were kept outside of the folder: only they tell a rollback, a fork or a rewriting with the log's own key. */
  readonly kept?: readonly KeptHead[]
  /**
   * Gets each bundle's entries after they were held against the tree; answers what else is wrong with them. May take its
   * time: for comparing with rows and segments, and for going slowly.
   */
  readonly visit?: (first: number, entries: Batch) => Promise<FsckFault | undefined>
  /** Goes on at this entry, a multiple of 256, where an earlier run over the same log stopped. */
  readonly from?: number
  /** The log is being written meanwhile: its journal is left alone. */
  readonly live?: boolean
}

/**
 * Works the whole tree out again from the entry bundles of a tlog-tiles folder and compares every tile, the
 * checkpoint and the journal with it. Reads only; memory does not grow with the log.
 * @param publicKey 32 raw bytes of the log's key, or of one from which its entries lead to the present one; without it the folder's own `verifier-key` is used
 * @throws the file system's errors other than a missing file, and what `visit` throws
 */
export async function fsck(folder: string, publicKey?: Uint8Array, options: FsckOptions = {}): Promise<FsckVerdict> {
  try {
    const head = await readHead(folder, publicKey)
    const { size, root } = head.checkpoint
    const acts = new KeyActs(head.later !== undefined)
    const edge = await growFromBundles(folder, size, options, acts)
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
    const key = head.later === undefined ? head.key : signedByLaterKeys(head.later, acts)
    const beyond = options.live === true ? 0 : await checkJournal(folder, size)
    return { ok: true, origin: head.checkpoint.origin, size, root, beyond, ...key }
  } catch (error) {
    if (error instanceof Malformed) return { ok: false, fault: error.fault, malformed: true }
    if (error instanceof Found) return { ok: false, fault: error.fault }
    if (error instanceof StrangeFile) return { ok: false, fault: strangeFault(folder, error), malformed: true }
    if (error instanceof LedgerError) return { ok: false, fault: { file: '.state', what: error.text } }
    throw error
  }
}

type SignedBy = {
  signedBy: string | undefined
  signedAt: Date | undefined
  keyFrom: 'given' | 'folder' | 'nowhere'
}
type Head = {
  checkpoint: Checkpoint
  key: SignedBy
  /** Set where the given key did not sign and the log speaks of several: the entries tell which keys followed. */
  later?: Later
}
type Later = { readonly bytes: Uint8Array; readonly given: Uint8Array; readonly size: number; readonly origin: string }

/** Held against what the entries themselves say about keys; nothing beside the log is believed. @throws Found */
function signedByLaterKeys({ bytes, given, size, origin }: Later, acts: KeyActs): SignedBy {
  const history = keyHistoryOf(nodeCrypto, origin, size, acts.found)
  const named = fingerprint(sha256, given)
  const opened =
    isKeyHistory(history) && leadsToPresent(history, [named]) ? openHead(nodeCrypto, bytes, given, history) : undefined
  if (opened === undefined) throw notSigned()
  return { signedBy: named, signedAt: opened.signedAt, keyFrom: 'given' }
}

const notSigned = (): Found =>
  new Found('checkpoint', '检查点不是此密钥签名的', 'the checkpoint is not signed by this key')

const strangeFault = (folder: string, { path, code }: StrangeFile): FsckFault => ({
  file: relative(folder, path),
  what:
    code === 'EFBIG'
      ? { zh: '文件过大', en: 'the file is far too large' }
      : { zh: '不是普通文件', en: 'it is not a regular file' },
})

/** The head before anything about it is judged. @throws Malformed */
function formOf(bytes: Uint8Array): Checkpoint {
  const note = parseNote(bytes)
  const checkpoint = note === undefined ? undefined : parseCheckpoint(note.text)
  if (checkpoint === undefined) throw new Malformed('checkpoint', '检查点格式不正确', 'the checkpoint is malformed')
  return checkpoint
}

async function readHead(folder: string, given: Uint8Array | undefined): Promise<Head> {
  const bytes = await readIfThere(join(folder, 'checkpoint'), noteBytes)
  if (bytes === undefined) throw await noCheckpoint(folder)
  const checkpoint = formOf(bytes)
  const line = await readIfThere(join(folder, 'verifier-key'), noteBytes)
  const text = line === undefined ? undefined : fromUtf8(line)
  const beside = text?.endsWith('\n') === true ? parseVerifierKey(sha256, text.slice(0, -1)) : undefined
  if (line !== undefined && beside?.algorithm !== noteAlgorithms.ed25519) {
    throw new Malformed('verifier-key', '不是有效的验证密钥', 'not a valid verifier key')
  }
  const key = given ?? beside?.publicKey
  if (key === undefined) return { checkpoint, key: { signedBy: undefined, signedAt: undefined, keyFrom: 'nowhere' } }
  const opened = openCheckpoint(nodeCrypto, bytes, key)
  if (opened === undefined) {
    // Logs whose keys may change have their history beside them; others are judged at once.
    if (given === undefined || (await readIfThere(join(folder, 'keys.json'))) === undefined) throw notSigned()
    const { size, origin } = checkpoint
    const key = { signedBy: undefined, signedAt: undefined, keyFrom: 'given' as const }
    return { checkpoint, key, later: { bytes, given, size, origin } }
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

/** A log that was killed before its first signature looks like one whose head was removed: neither proves anything. */
async function noCheckpoint(folder: string): Promise<Found> {
  const waiting = await checkJournal(folder, 0)
  if (waiting === 0) return new Found('checkpoint', '检查点缺失', 'there is no checkpoint')
  return new Found(
    'checkpoint',
    `检查点缺失：日志中有 ${waiting} 条从未签署，或检查点已被移除。请启动服务器，由它签署后再查`,
    `there is no checkpoint: the journal's ${waiting} entries were never signed, or it was removed. Start the server, which signs what it finds, and check again`,
  )
}

async function growFromBundles(folder: string, size: number, options: FsckOptions, acts: KeyActs): Promise<Edge> {
  const { visit, from = 0 } = options
  const kept = new KeptHeads(
    (options.kept ?? []).filter((head) => head.size >= from),
    size,
  )
  const edge = edgeAt(new TileReader(folder), from)
  const hashes = roomFor(tileWidth)
  if (kept.next === from) kept.check(() => edge.root())
  for (let index = from / tileWidth; index * tileWidth < size; index++) {
    const first = index * tileWidth
    const width = Math.min(tileWidth, size - first)
    const bundle = openBundle(folder, index, width)
    const tile = readTile(folder, 0, index, width)
    const count = countOf(bundle.batch)
    hashBatch(bundle.batch, hashes)
    const found = hashes.bytes.subarray(0, count * hashBytes)
    if (!found.equals(tile.subarray(0, count * hashBytes))) {
      throw new Found(
        bundlePath(index, width),
        `条目与 ${tilePath(0, index, width)} 中的散列不符`,
        `the entry does not hash to what ${tilePath(0, index, width)} holds`,
        first + firstDifference(found, tile),
      )
    }
    if (!bundle.good) throw brokenBundle(bundle, index)
    acts.take(first, bundle.batch, width)
    for (let at = 0; at < width; ) {
      // Kept heads seldom end where a bundle does.
      const to = Math.min(width, kept.next - first)
      edge.add(hashes, at, to, (full) => {
        if (full.level === 0) return
        mustEqual(tilePath(full.level, full.index), readTile(folder, full.level, full.index, tileWidth), full)
      })
      at = to
      if (first + at === kept.next) kept.check(() => edge.root())
    }
    const fault = await visit?.(first, bundle.batch)
    if (fault !== undefined) throw new Found(fault.file, fault.what.zh, fault.what.en, fault.entry)
  }
  return edge
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

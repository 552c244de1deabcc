import { join } from 'node:path'
import { sameBytes, toHex, utf8 } from '../verify/bytes.ts'
import type { OpenedCheckpoint } from '../verify/checkpoint.ts'
import { formatVerifierKey, isKeyName, noteAlgorithms } from '../verify/keys.ts'
import { bundlePath, hashesAt, maxLeafBytes, tilePath, tileWidth } from '../verify/layout.ts'
import { nodeCrypto } from '../verify/node-crypto.ts'
import { bundleBytes, countOf, hashBatch, leafAt, readBatch } from './batch.ts'
import { type Claim, claimLog, underWay } from './claim.ts'
import { makeFolder, readIfThere, replaceFile } from './files.ts'
import { encodeRecord, JournalFile } from './journal.ts'
import { LedgerError } from './ledger-error.ts'
import { keysOf, type LogSigning, openOwnCheckpoint } from './log-keys.ts'
import { type LogEnd, recoverEnd, removeJournals } from './recover.ts'
import { signCheckpoint } from './sign-checkpoint.ts'
import { leafSource, TileStore } from './tile-store.ts'
import { Tree } from './tree.ts'

/** Bytes of one append, lengths included: a record is read back whole. */
const maxBatchBytes = 64 << 20
/** A journal file of this size is settled and begun anew. */
const journalBytes = 32 << 20
const stateName = '.state'
const { sha256 } = nodeCrypto

export type LogOptions = {
  /** Everything of the log; may be served as static files, except `.state`. */
  readonly folder: string
  /** The log's name for ever: a host and path without scheme, no blank and no plus sign. */
  readonly origin: string
  /** Its key, or its keys where they may change while it grows. */
  readonly signer: LogSigning
  readonly now: () => Date
  /** Fencing token: takes the log over from any writer with a lower one, alive or paused. See `claim.ts`. */
  readonly token?: number
}

/** A tiled transparency log, open for its only writer. Every method may throw LedgerError. */
export type Log = {
  readonly origin: string
  /** The log's newest public key as one line, under the origin's name. */
  readonly verifierKey: string
  /** Entries that are durable; after a crash this is the truth, whatever was acknowledged before. */
  readonly size: number
  /** Root over all `size` entries. */
  root(): Uint8Array
  rootAt(size: number): Promise<Uint8Array>
  /** Adds leaves in order, all or none, with one fsync. Resolves when they survive a power cut. */
  append(leaves: readonly Uint8Array[]): Promise<{ firstIndex: number; size: number }>
  /**
   * Signs and publishes the head over everything durable. Where nothing was added it is the last one again, or, `anew`,
   * the same head signed with the present time.
   */
  checkpoint(anew?: 'anew'): Promise<string>
  entry(index: number): Promise<Uint8Array>
  /** RFC 6962 audit path of an entry in the tree of `size` (at most the log's). */
  inclusionProof(index: number, size: number): Promise<Uint8Array[]>
  consistencyProof(size1: number, size2: number): Promise<Uint8Array[]>
  /** Finishes what is under way, brings tiles onto the disk and gives the claim back. */
  close(): Promise<void>
}

/**
 * Opens a log for writing, or begins one in an empty folder. After a crash it is mended from its journal first. Entries
 * that no checkpoint covers stay so until the caller asks for one: where keys change by entries, only the caller knows
 * when what they say is known.
 * @throws LedgerError locked, fenced, damaged, or rollback when the folder's own checkpoint knows more entries, another
 * root, key or origin than the folder
 */
export async function openLog(options: LogOptions): Promise<Log> {
  if (!isKeyName(options.origin)) {
    throw new LedgerError(
      'out_of_range',
      '账本名称不能为空，也不能含空白或加号',
      'an origin is not empty and has no blank or plus sign',
    )
  }
  const stateFolder = join(options.folder, stateName)
  await makeFolder(stateFolder)
  const claim = await claimLog(stateFolder, options.token)
  try {
    const store = new TileStore(options.folder, underWay(stateFolder, claim, 'tile'))
    const before = await readCheckpoint(options)
    const end = await recoverEnd(store, stateFolder, before?.head.size ?? 0)
    const log = new OpenLog(options, store, end, before?.note, claim)
    if (before !== undefined) await log.mustContain(before.head)
    await log.begin()
    return log
  } catch (error) {
    await claim.release()
    throw error
  }
}

async function readCheckpoint(options: LogOptions): Promise<{ note: string; head: OpenedCheckpoint } | undefined> {
  const bytes = await readIfThere(join(options.folder, 'checkpoint'))
  if (bytes === undefined) return undefined
  const head = await openOwnCheckpoint(options.signer, options.origin, bytes)
  return { note: Buffer.from(bytes).toString('utf8'), head }
}

class OpenLog implements Log {
  readonly origin: string
  readonly #options: LogOptions
  readonly #stateFolder: string
  readonly #store: TileStore
  readonly #end: LogEnd
  readonly #tree: Tree
  readonly #claim: Claim
  #journal: JournalFile | undefined
  /** Writes run one after the other; reads do not wait. */
  #queue: Promise<unknown> = Promise.resolve()
  #settling: Promise<void> = Promise.resolve()
  #broken: LedgerError | undefined
  #signed: { note: string; size: number } | undefined
  #lastNote: string | undefined
  #lastSize = 0
  #verifierKey = ''

  constructor(options: LogOptions, store: TileStore, end: LogEnd, lastNote: string | undefined, claim: Claim) {
    this.#options = options
    this.#stateFolder = join(options.folder, stateName)
    this.#store = store
    this.#end = end
    this.#lastNote = lastNote
    this.#claim = claim
    this.#tree = new Tree({
      tile: (level, index) => this.#tile(level, index),
      ...leafSource(store),
    })
    this.origin = options.origin
  }

  get verifierKey(): string {
    return this.#verifierKey
  }

  get size(): number {
    return this.#end.edge.size
  }

  root(): Uint8Array {
    return this.#end.edge.root()
  }

  async rootAt(size: number): Promise<Uint8Array> {
    mustBeWithin(size, 0, this.size)
    return this.#tree.rootAt(size)
  }

  /** What the last checkpoint promised must still be the beginning of this log. */
  async mustContain(head: OpenedCheckpoint): Promise<void> {
    this.#lastSize = head.size
    if (head.size <= this.size && toHex(await this.rootAt(head.size)) === toHex(head.root)) {
      if (head.size === this.size && this.#lastNote !== undefined)
        this.#signed = { note: this.#lastNote, size: head.size }
      return
    }
    throw new LedgerError(
      'rollback',
      `账本只有 ${this.size} 条，与其 ${head.size} 条的检查点不符：磁盘被回滚或改动`,
      `the log's ${this.size} entries do not bear out its checkpoint over ${head.size}: the disk was rolled back or changed`,
    )
  }

  /** After recovery: everything mended goes onto the disk, and one fresh journal takes the place of the old ones. */
  async begin(): Promise<void> {
    await this.#publishKey(this.#lastSize)
    await this.#store.flush()
    await this.#store.settle(this.#store.takeUnsettled())
    this.#journal = await this.#newJournal()
    await removeJournals(this.#stateFolder, this.#journal.path)
    // Partial tiles are never settled: a power cut may have taken those of the last checkpoint.
    await this.#writePartials()
  }

  /** Whoever serves the folder shows the newest key beside the log. */
  async #publishKey(size: number): Promise<void> {
    const [newest] = await keysOf(this.#options.signer).keysAt(size)
    if (newest === undefined) return
    const key = { name: this.origin, algorithm: noteAlgorithms.ed25519, publicKey: newest.publicKey }
    const text = formatVerifierKey(sha256, key)
    if (text === this.#verifierKey) return
    const path = join(this.#options.folder, 'verifier-key')
    const line = utf8(`${text}\n`)
    if (!sameBytes((await readIfThere(path)) ?? new Uint8Array(0), line)) await replaceFile(path, line)
    this.#verifierKey = text
  }

  append(leaves: readonly Uint8Array[]): Promise<{ firstIndex: number; size: number }> {
    return this.#inTurn(async (journal) => {
      const firstIndex = this.size
      if (leaves.length === 0) return { firstIndex, size: firstIndex }
      mustFit(leaves)
      const { bytes, batch } = encodeRecord(firstIndex, leaves)
      const durable = this.#orBreak(() => journal.append(bytes))
      // Hashing goes on while the disk works; the tree grows only once the leaves are safe.
      const hashes = hashBatch(batch)
      await durable
      await this.#orBreak(async () => {
        this.#claim.mustHold()
        this.#end.edge.add(hashes, 0, countOf(batch), ({ level, index, bytes: tile, seeds }) => {
          this.#store.put(tilePath(level, index), Buffer.from(tile))
          if (level === 0) this.#store.writeSeeds(index, seeds)
        })
        this.#end.tail.add(batch, (index, bundle) => this.#store.put(bundlePath(index), bundle))
        await this.#store.makeRoom()
        if (journal.bytes > journalBytes) await this.#beginJournal(journal)
      })
      return { firstIndex, size: this.size }
    })
  }

  checkpoint(anew?: 'anew'): Promise<string> {
    return this.#inTurn(async () => {
      if (this.#signed?.size === this.size && anew === undefined) return this.#signed.note
      const head = { origin: this.origin, size: this.size, root: this.root() }
      const signers = await keysOf(this.#options.signer).signersAt(head.size)
      const note = await signCheckpoint(signers, head, this.#options.now())
      await this.#orBreak(async () => {
        await this.#writePartials()
        const under = underWay(this.#stateFolder, this.#claim, 'checkpoint')
        await replaceFile(join(this.#options.folder, 'checkpoint'), utf8(note), under, () => this.#claim.mustHold())
        await this.#publishKey(head.size)
      })
      this.#signed = { note, size: head.size }
      return note
    })
  }

  async entry(index: number): Promise<Uint8Array> {
    mustBeWithin(index, 0, this.size - 1)
    const { tail } = this.#end
    if (index >= tail.start) return tail.leaf(index - tail.start)
    return entryIn(this.#store.get(bundlePath(Math.floor(index / tileWidth))), index)
  }

  async inclusionProof(index: number, size: number): Promise<Uint8Array[]> {
    mustBeWithin(size, 1, this.size)
    mustBeWithin(index, 0, size - 1)
    return this.#tree.inclusionProof(index, size)
  }

  async consistencyProof(size1: number, size2: number): Promise<Uint8Array[]> {
    mustBeWithin(size2, 1, this.size)
    mustBeWithin(size1, 1, size2)
    return this.#tree.consistencyProof(size1, size2)
  }

  async close(): Promise<void> {
    const end = this.#queue.then(async () => {
      if (this.#broken?.code === 'closed') return
      await this.#settling
      await this.#background(() => this.#store.flush())
      this.#broken = new LedgerError('closed', '账本已关闭', 'the log is closed')
      this.#store.close()
      await this.#journal?.close()
      await this.#claim.release()
    })
    this.#queue = end
    return end
  }

  /** Brings the tree's whole right edge to where readers find it. */
  async #writePartials(): Promise<void> {
    const { edge, tail } = this.#end
    await this.#store.flush()
    for (const { level, index, width, bytes } of edge.partialTiles())
      await this.#store.writePartial(tilePath(level, index, width), bytes)
    if (tail.count > 0) await this.#store.writePartial(bundlePath(tail.start / tileWidth, tail.count), tail.bytes())
  }

  #tile(level: number, index: number): Buffer {
    const isFull = index < Math.floor(hashesAt(level, this.size) / tileWidth)
    const bytes = isFull ? this.#store.get(tilePath(level, index)) : this.#end.edge.partialTile(level, index)
    if (bytes === undefined) throw notThere(tilePath(level, index))
    return bytes
  }

  /** A new journal takes over at once; the old one goes when its tiles are on the disk, which nobody waits for. */
  async #beginJournal(old: JournalFile): Promise<void> {
    await this.#settling
    await this.#store.flush()
    this.#journal = await this.#newJournal()
    const unsettled = this.#store.takeUnsettled()
    this.#settling = this.#background(async () => {
      await this.#store.settle(unsettled)
      await old.remove()
    })
  }

  #newJournal(): Promise<JournalFile> {
    const { tail } = this.#end
    const under = underWay(this.#stateFolder, this.#claim, 'journal')
    return JournalFile.begin(this.#stateFolder, tail.start, tail.batch(), under, () => this.#claim.mustHold())
  }

  #inTurn<T>(task: (journal: JournalFile) => Promise<T>): Promise<T> {
    const turn = this.#queue.then(() => {
      if (this.#broken !== undefined) throw this.#broken
      if (this.#journal === undefined) throw new Error('the log has not begun')
      return task(this.#journal)
    })
    this.#queue = turn.catch(() => undefined)
    return turn
  }

  /** Work that nobody awaits at once: its failure ends the log instead of the process. */
  #background(work: () => Promise<void>): Promise<void> {
    return this.#orBreak(work).catch(() => undefined)
  }

  /** After an error of unknown extent nothing more is written: opening the log anew finds out what is on the disk. */
  async #orBreak<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (cause) {
      if (cause instanceof LedgerError && cause.code === 'unavailable') throw cause
      this.#broken ??= this.#reasonOf(cause)
      throw this.#broken
    }
  }

  #reasonOf(cause: unknown): LedgerError {
    try {
      // A file that is gone because another writer took over must not read as a broken disk.
      this.#claim.mustHold()
    } catch (fenced) {
      if (fenced instanceof LedgerError) return fenced
    }
    return new LedgerError(
      'unavailable',
      '账本写入失败，须重新打开',
      'writing failed; the log must be opened anew',
      cause,
    )
  }
}

/** @throws LedgerError damaged */
export function entryIn(bundle: Buffer | undefined, index: number): Uint8Array {
  const place = index % tileWidth
  const batch = bundle === undefined ? undefined : readBatch(bundle, place + 1)
  if (batch === undefined || countOf(batch) <= place) throw notThere(bundlePath(Math.floor(index / tileWidth)))
  return leafAt(batch, place)
}

function mustFit(leaves: readonly Uint8Array[]): void {
  const long = leaves.findIndex((leaf) => leaf.length > maxLeafBytes)
  if (long >= 0) {
    throw new LedgerError(
      'too_large',
      `第 ${long} 条超过 ${maxLeafBytes} 字节`,
      `leaf ${long} is over ${maxLeafBytes} bytes`,
    )
  }
  if (bundleBytes(leaves) > maxBatchBytes) {
    throw new LedgerError('too_large', '一批超过 64 MiB，请分批', 'a batch is over 64 MiB; append it in parts')
  }
}

export function mustBeWithin(value: number, least: number, most: number): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return
  throw new LedgerError(
    'out_of_range',
    `${value} 不在 ${least} 至 ${most} 之间`,
    `${value} is not between ${least} and ${most}`,
  )
}

export const notThere = (path: string): LedgerError =>
  new LedgerError('damaged', `账本文件 ${path} 缺失`, `the log's file ${path} is missing`)

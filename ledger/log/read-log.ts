import { join } from 'node:path'
import { utf8 } from '../verify/bytes.ts'
import { bundlePath, hashesAt, tilePath, tileWidth } from '../verify/layout.ts'
import { emptyRoot } from '../verify/merkle.ts'
import { nodeCrypto } from '../verify/node-crypto.ts'
import { readIfThere } from './files.ts'
import { LedgerError } from './ledger-error.ts'
import { keysOf, type LogSigning, openOwnCheckpoint } from './log-keys.ts'
import { entryIn, mustBeWithin, notThere } from './open-log.ts'
import { signCheckpoint } from './sign-checkpoint.ts'
import { leafSource, TileReader } from './tile-store.ts'
import { Tree } from './tree.ts'

/** A log's published head. */
export type Head = {
  readonly size: number
  readonly root: Uint8Array
  readonly note: string
  /** When it was signed; null for the empty tree that was never published. */
  readonly signedAt: Date | null
}

/** What everybody sees of a log: nothing beyond the published checkpoint, whoever writes it. */
export type LogReader = {
  readonly head: Head
  /** Reads the checkpoint anew. A smaller one than known already never takes its place. @throws LedgerError rollback */
  refresh(): Promise<Head>
  entry(index: number): Promise<Uint8Array>
  inclusionProof(index: number, size: number): Promise<Uint8Array[]>
  consistencyProof(size1: number, size2: number): Promise<Uint8Array[]>
}

/**
 * Opens a log's folder for reading, beside its writer or without one. Where nothing was published yet the head is the
 * empty tree's, signed here.
 * @throws LedgerError rollback when the checkpoint is not this key's under this origin
 */
export async function openLogReader(options: {
  readonly folder: string
  readonly origin: string
  readonly signer: LogSigning
  readonly now: () => Date
}): Promise<LogReader> {
  const { folder, origin, signer } = options
  const store = new TileReader(folder)
  const root = emptyRoot(nodeCrypto.sha256)
  // Signed only where nothing was published: a server whose key is locked or lost still shows the log.
  const none = async (): Promise<Head> => {
    const signers = await keysOf(signer).signersAt(0)
    return {
      size: 0,
      root,
      note: await signCheckpoint(signers, { origin, size: 0, root }, options.now()),
      signedAt: null,
    }
  }
  let head: Head = { size: 0, root, note: '', signedAt: null }
  const tree = new Tree({
    tile: (level, index) => tileOf(store, level, index, head.size),
    ...leafSource(store),
  })
  const refresh = async (): Promise<Head> => {
    const bytes = await readIfThere(join(folder, 'checkpoint'))
    if (bytes === undefined) return head
    const note = Buffer.from(bytes).toString('utf8')
    if (note === head.note) return head
    const opened = await openOwnCheckpoint(signer, origin, utf8(note))
    if (opened.size < head.size)
      throw new LedgerError(
        'rollback',
        `账本的检查点从 ${head.size} 条退回到 ${opened.size} 条`,
        `the log's checkpoint went back from ${head.size} entries to ${opened.size}`,
      )
    head = { size: opened.size, root: opened.root, note, signedAt: opened.signedAt ?? null }
    return head
  }
  await refresh()
  if (head.note === '') head = await none()
  return {
    get head() {
      return head
    },
    refresh,
    async entry(index) {
      mustBeWithin(index, 0, head.size - 1)
      const bundle = Math.floor(index / tileWidth)
      return entryIn(
        held(head.size, bundle, (width) => store.get(bundlePath(bundle, width))),
        index,
      )
    },
    async inclusionProof(index, size) {
      mustBeWithin(size, 1, head.size)
      mustBeWithin(index, 0, size - 1)
      return tree.inclusionProof(index, size)
    },
    async consistencyProof(size1, size2) {
      mustBeWithin(size2, 1, head.size)
      mustBeWithin(size1, 1, size2)
      return tree.consistencyProof(size1, size2)
    },
  }
}

function tileOf(store: TileReader, level: number, index: number, size: number): Buffer {
  const found = held(hashesAt(level, size), index, (width) => store.get(tilePath(level, index, width)))
  if (found === undefined) throw notThere(tilePath(level, index))
  return found
}

/** The full file, or the partial one of exactly this tree: the writer takes partial ones away once the full one is there. */
function held(count: number, index: number, get: (width: number) => Buffer | undefined): Buffer | undefined {
  const width = Math.min(tileWidth, count - index * tileWidth)
  return get(width) ?? (width < tileWidth ? get(tileWidth) : undefined)
}

import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs'
import { rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { sameBytes } from '../verify/bytes.ts'
import { tilePath } from '../verify/layout.ts'
import { seedsOfTile } from './edge.ts'
import { makeFolder, readAtOnce, syncPath } from './files.ts'
import { hashBytes } from './hashing.ts'
import type { TileSource } from './tree.ts'

const cachedBytes = 32 << 20

/** Bytes that may be asked for again, the oldest forgotten first. */
class Recent {
  readonly #kept = new Map<string, Buffer>()
  #bytes = 0

  get(path: string): Buffer | undefined {
    return this.#kept.get(path)
  }

  keep(path: string, bytes: Buffer): void {
    this.#kept.set(path, bytes)
    this.#bytes += bytes.length
    for (const [oldest, old] of this.#kept) {
      if (this.#bytes <= cachedBytes) break
      this.#kept.delete(oldest)
      this.#bytes -= old.length
    }
  }
}

/**
 * Reads the tiles and bundles of a log's folder. Synchronous: a tile is 8 KiB and nearly always in the system's cache,
 * where reading it costs a tenth of sending the call to another thread and back.
 */
export class TileReader {
  readonly #folder: string
  readonly #recent = new Recent()
  #seedFile: number | undefined

  constructor(folder: string) {
    this.#folder = folder
  }

  /** A file that never changes once it is there; undefined where it is not. The bytes are shared: do not write to them. */
  get(path: string): Buffer | undefined {
    const known = this.#recent.get(path)
    if (known !== undefined) return known
    const bytes = readAtOnce(join(this.#folder, path))
    if (bytes !== undefined) this.#recent.keep(path, bytes)
    return bytes
  }

  /** Part of a full tile or bundle, read into the beginning of `to`. @returns false where it is not there */
  getPart(path: string, offset: number, length: number, to: Buffer): boolean {
    const known = this.#recent.get(path)
    if (known !== undefined) return known.copy(to, 0, offset, offset + length) === length
    try {
      const file = openSync(join(this.#folder, path), 'r')
      try {
        return readSync(file, to, 0, length, offset) === length
      } finally {
        closeSync(file)
      }
    } catch {
      return false
    }
  }

  /**
   * The nodes that were set aside for a full tile of leaves, read into the beginning of `to`. @returns false where there
   * are none. Whoever uses them must check them against the tree.
   */
  readSeeds(index: number, length: number, to: Buffer): boolean {
    try {
      this.#seedFile ??= openSync(seedPath(this.#folder), 'r')
      return readSync(this.#seedFile, to, 0, length, index * length) === length
    } catch {
      return false
    }
  }

  close(): void {
    if (this.#seedFile !== undefined) closeSync(this.#seedFile)
    this.#seedFile = undefined
  }
}

const seedPath = (folder: string): string => join(folder, '.state', 'nodes')

/** Files written at once; more would only queue behind the disk. */
const lanes = 4
/** Bytes of tiles that may wait for the disk before an append has to. */
const mostPending = 16 << 20

/**
 * Writes tiles and bundles behind the log's back: a file is at once readable here, `flush` brings it into the disk's
 * cache, `settle` onto the disk. Until it is settled the journal can make it again. Making a file can stall for
 * milliseconds while the disk commits, so it never happens between an append and its answer.
 */
export class TileStore extends TileReader {
  readonly #root: string
  readonly #temporary: string
  readonly #pending = new Map<string, Buffer>()
  #pendingBytes = 0
  readonly #lanes: Promise<void>[] = Array.from({ length: lanes }, () => Promise.resolve())
  #next = 0
  #fault: { readonly cause: unknown } | undefined
  readonly #unsettled = new Set<string>()
  readonly #folders = new Set<string>()
  /** Folders of partial tiles that stand on the disk. */
  readonly #partials = new Set<string>()
  #seedsOut: number | undefined

  /** @param temporary where files are prepared, on the same disk: a name that others are made from */
  constructor(folder: string, temporary: string) {
    super(folder)
    this.#root = folder
    this.#temporary = temporary
  }

  override get(path: string): Buffer | undefined {
    return this.#pending.get(path) ?? super.get(path)
  }

  override getPart(path: string, offset: number, length: number, to: Buffer): boolean {
    const pending = this.#pending.get(path)
    if (pending === undefined) return super.getPart(path, offset, length, to)
    return pending.copy(to, 0, offset, offset + length) === length
  }

  /** A partial tile or bundle. Everything full must have been flushed. */
  async writePartial(path: string, bytes: Uint8Array): Promise<void> {
    await this.#write(path, bytes, 0)
    this.#partials.add(dirname(path))
  }

  /** A full tile or bundle; it replaces its partial ones, which the format then allows to go. The bytes must not change. */
  put(path: string, bytes: Buffer): void {
    const lane = this.#next++ % lanes
    this.#pending.set(path, bytes)
    this.#pendingBytes += bytes.length
    this.#lanes[lane] = (this.#lanes[lane] ?? Promise.resolve()).then(async () => {
      try {
        if (this.#fault === undefined) await this.#replacePartials(path, bytes, lane)
      } catch (cause) {
        this.#fault ??= { cause }
      }
      if (this.#pending.get(path) === bytes) this.#pending.delete(path)
      this.#pendingBytes -= bytes.length
    })
  }

  async #replacePartials(path: string, bytes: Buffer, lane: number): Promise<void> {
    await this.#write(path, bytes, lane)
    this.#unsettled.add(path)
    if (this.#partials.delete(`${path}.p`)) await rm(join(this.#root, `${path}.p`), { recursive: true, force: true })
  }

  /** Makes a full tile again after a crash, unless it is there already with these bytes. */
  mend(path: string, bytes: Buffer): void {
    this.#partials.add(`${path}.p`)
    const there = readAtOnce(join(this.#root, path))
    if (there === undefined || !sameBytes(there, bytes)) this.put(path, bytes)
    else this.#unsettled.add(path)
  }

  /** Waits while too much is pending. @throws what writing failed with */
  async makeRoom(): Promise<void> {
    if (this.#fault !== undefined || this.#pendingBytes > mostPending) await this.flush()
  }

  /** Everything that was put is in the disk's cache. @throws what writing failed with */
  async flush(): Promise<void> {
    await Promise.all(this.#lanes)
    if (this.#fault !== undefined) throw this.#fault.cause
  }

  /** Sets nodes of a full tile aside for faster proofs. They may be lost or wrong without harm, so a fault is passed over. */
  writeSeeds(index: number, bytes: Uint8Array): void {
    try {
      this.#seedsOut ??= openSync(seedPath(this.#root), constants.O_WRONLY | constants.O_CREAT, 0o644)
      writeSync(this.#seedsOut, bytes, 0, bytes.length, index * bytes.length)
    } catch {
      // The tile itself is what counts.
    }
  }

  /** Files that `settle` must bring onto the disk; taking them starts a new list. */
  takeUnsettled(): readonly string[] {
    const paths = [...this.#unsettled]
    this.#unsettled.clear()
    return paths
  }

  async settle(paths: readonly string[]): Promise<void> {
    const folders = new Set<string>()
    for (const path of paths) {
      await syncPath(join(this.#root, path))
      for (let folder = dirname(path); !folders.has(folder); folder = dirname(folder)) folders.add(folder)
    }
    for (const folder of folders) await syncPath(join(this.#root, folder))
  }

  override close(): void {
    super.close()
    if (this.#seedsOut !== undefined) closeSync(this.#seedsOut)
    this.#seedsOut = undefined
  }

  /** A reader sees the whole file or none. */
  async #write(path: string, bytes: Uint8Array, lane: number): Promise<void> {
    const whole = join(this.#root, path)
    const folder = dirname(whole)
    if (!this.#folders.has(folder)) {
      await makeFolder(folder)
      this.#folders.add(folder)
    }
    const temporary = `${this.#temporary}-${lane}`
    await writeFile(temporary, bytes)
    await rename(temporary, whole)
  }
}

/** How a tree finds the lowest part of audit paths in a folder. */
export const leafSource = (store: TileReader): Pick<TileSource, 'leafHashes' | 'seeds'> => ({
  leafHashes: (index, first, count, to) => store.getPart(tilePath(0, index), first * hashBytes, count * hashBytes, to),
  seeds: (index, to) => store.readSeeds(index, seedsOfTile * hashBytes, to),
})

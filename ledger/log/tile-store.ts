import { rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { sameBytes } from '../verify/bytes.ts'
import { makeFolder, readIfThere, replaceSoon, syncPath } from './files.ts'

const cachedBytes = 32 << 20

/**
 * The tiles and bundles of a log, written behind: `put` is at once readable, `flush` brings it to the disk's cache,
 * `settle` onto the disk itself. Until they are settled the journal can make them again.
 */
export class TileStore {
  readonly #folder: string
  readonly #pending = new Map<string, Uint8Array>()
  readonly #unsettled = new Set<string>()
  readonly #folders = new Set<string>()
  readonly #cache = new Map<string, Uint8Array>()
  #cached = 0
  /** Folders of partial tiles that stand on the disk, and those that a full tile has replaced. */
  readonly #partials = new Set<string>()
  readonly #outdated = new Set<string>()

  constructor(folder: string) {
    this.#folder = folder
  }

  put(path: string, bytes: Uint8Array): void {
    this.#pending.set(path, bytes)
  }

  /** A full tile replaces its partial ones, which the format then allows to go. */
  putFull(path: string, bytes: Uint8Array): void {
    this.put(path, bytes)
    if (this.#partials.delete(`${path}.p`)) this.#outdated.add(`${path}.p`)
  }

  async get(path: string): Promise<Uint8Array | undefined> {
    const known = this.#pending.get(path) ?? this.#cache.get(path)
    if (known !== undefined) return known
    const bytes = await readIfThere(join(this.#folder, path))
    if (bytes === undefined) return undefined
    this.#cache.set(path, bytes)
    this.#cached += bytes.length
    for (const [oldest, old] of this.#cache) {
      if (this.#cached <= cachedBytes) break
      this.#cache.delete(oldest)
      this.#cached -= old.length
    }
    return bytes
  }

  /** Writes what is pending. One call at a time. */
  async flush(): Promise<void> {
    const work = [...this.#pending]
    const outdated = [...this.#outdated]
    this.#outdated.clear()
    for (const [path, bytes] of work) {
      await this.#write(path, bytes)
      if (this.#pending.get(path) === bytes) this.#pending.delete(path)
    }
    for (const path of outdated) await rm(join(this.#folder, path), { recursive: true, force: true })
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
      await syncPath(join(this.#folder, path))
      for (let folder = dirname(path); !folders.has(folder); folder = dirname(folder)) folders.add(folder)
    }
    for (const folder of folders) await syncPath(join(this.#folder, folder))
  }

  /** Writes a full tile unless it is there already with these bytes: for making tiles again after a crash. */
  async mend(path: string, bytes: Uint8Array): Promise<void> {
    const there = await readIfThere(join(this.#folder, path))
    if (there === undefined || !sameBytes(there, bytes)) await this.#write(path, bytes)
    else this.#unsettled.add(path)
    await rm(join(this.#folder, `${path}.p`), { recursive: true, force: true })
  }

  async #write(path: string, bytes: Uint8Array): Promise<void> {
    const whole = join(this.#folder, path)
    const folder = dirname(whole)
    if (!this.#folders.has(folder)) {
      await makeFolder(folder)
      this.#folders.add(folder)
    }
    replaceSoon(whole, bytes)
    if (path.includes('.p/')) this.#partials.add(dirname(path))
    else this.#unsettled.add(path)
  }
}

import { closeSync, constants, fdatasync, fsyncSync, ftruncateSync, openSync, statfsSync, writevSync } from 'node:fs'
import { dirname } from 'node:path'

/** What the recorder asks of the disk it writes to. The one place where a test may let a disk be full. */
export interface Disk {
  /** Makes a new file; its name is durable on return. @throws when it exists */
  create(path: string): AppendFile
  /** Opens a file for appending and cuts it to `size` bytes. */
  resume(path: string, size: number): AppendFile
  /** Bytes an ordinary account may still write below the folder. */
  freeBytes(folder: string): number
}

/** A file that only grows. */
export interface AppendFile {
  /** Bytes that belong to the file. */
  readonly size: number
  /** Writes all buffers behind the last byte with one call to the kernel, or throws and leaves the file as it was. */
  append(buffers: readonly Uint8Array[]): void
  /** Resolves when what was appended before the call would survive a power cut. */
  sync(): Promise<void>
  close(): void
}

/** The real disk. */
export const realDisk: Disk = {
  create(path) {
    const file = new RealFile(openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600), 0)
    syncFolder(dirname(path))
    return file
  },
  resume(path, size) {
    const fd = openSync(path, constants.O_RDWR)
    ftruncateSync(fd, size)
    return new RealFile(fd, size)
  },
  freeBytes(folder) {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize
  },
}

/** Makes names made, changed or removed in a folder durable. */
export function syncFolder(folder: string): void {
  const fd = openSync(folder, constants.O_RDONLY)
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** The kernel takes at most 1024 buffers in one call. */
const buffersPerCall = 1000

class RealFile implements AppendFile {
  readonly #fd: number
  #size: number
  /** A failed write may have left bytes behind the end. */
  #overhang = false
  constructor(fd: number, size: number) {
    this.#fd = fd
    this.#size = size
  }

  get size(): number {
    return this.#size
  }

  append(buffers: readonly Uint8Array[]): void {
    if (this.#overhang) this.#cut()
    let left = buffers.length > buffersPerCall ? [Buffer.concat(buffers)] : buffers
    let at = this.#size
    let bytes = 0
    for (const buffer of left) bytes += buffer.length
    const end = at + bytes
    try {
      while (at < end) {
        const written = writevSync(this.#fd, left, at)
        at += written
        if (at < end) left = rest(left, written)
      }
    } catch (fault) {
      this.#overhang = true
      try {
        this.#cut()
      } catch {
        // The next append tries again before it writes.
      }
      throw fault
    }
    this.#size = end
  }

  #cut(): void {
    ftruncateSync(this.#fd, this.#size)
    this.#overhang = false
  }

  sync(): Promise<void> {
    return new Promise((resolve, reject) => {
      fdatasync(this.#fd, (fault) => (fault ? reject(fault) : resolve()))
    })
  }

  close(): void {
    closeSync(this.#fd)
  }
}

function rest(buffers: readonly Uint8Array[], written: number): Uint8Array[] {
  const left: Uint8Array[] = []
  let skip = written
  for (const buffer of buffers) {
    if (skip >= buffer.length) skip -= buffer.length
    else {
      left.push(buffer.subarray(skip))
      skip = 0
    }
  }
  return left
}

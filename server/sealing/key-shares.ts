import { randomBytes } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'

/** What a share belongs to: the engagement's rows, or its recorded traffic. */
export type ShareOf = 'file' | 'traffic'

/**
 * Half of each engagement's keys, in files apart from database and root key. Destroying it is what makes a disposal final:
 * a backup of everything else does not bring the data back.
 */
export type KeyShares = {
  /** Makes both shares of a new engagement. */
  make(engagementId: string): void
  /** 32 bytes; null for an engagement from before shares, `destroyed` after its disposal. */
  read(engagementId: string, of: ShareOf): Buffer | null | 'destroyed'
  /** Overwrites and removes a share, and remembers that it did. May be repeated. */
  destroy(engagementId: string, of: ShareOf): void
  /** Every engagement whose share was destroyed. */
  destroyed(of: ShareOf): readonly string[]
}

const bytes = 32

/** @param folder made where it is missing; an id that is not one of ours never becomes a path */
export function openKeyShares(folder: string): KeyShares {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const pathOf = (id: string, of: ShareOf): string => {
    if (!/^eng_[0-9a-z]{26}$/.test(id)) throw new Error(`no engagement's id: ${id}`)
    return join(folder, `${id}.${of}`)
  }
  return {
    make(id) {
      for (const share of ['file', 'traffic'] as const) writeWhole(folder, pathOf(id, share), randomBytes(bytes))
    },
    read(id, of) {
      const path = pathOf(id, of)
      if (existsSync(`${path}.destroyed`)) return 'destroyed'
      if (!existsSync(path)) return null
      const share = readFileSync(path)
      if (share.length !== bytes) throw new Error(`${path} must hold ${bytes} bytes; restore it from backup`)
      return share
    },
    destroy(id, of) {
      const path = pathOf(id, of)
      // The mark comes first: whatever happens next, nobody takes a missing share for one that never was.
      writeWhole(folder, `${path}.destroyed`, Buffer.alloc(0))
      if (!existsSync(path)) return
      const file = openSync(path, 'r+')
      writeSync(file, Buffer.alloc(bytes), 0, bytes, 0)
      fsyncSync(file)
      closeSync(file)
      rmSync(path)
      syncFolder(folder)
    },
    destroyed(of) {
      const ending = `.${of}.destroyed`
      return readdirSync(folder)
        .filter((name) => name.endsWith(ending))
        .map((name) => name.slice(0, -ending.length))
    },
  }
}

function writeWhole(folder: string, path: string, content: Buffer): void {
  const file = openSync(`${path}.new`, 'w', 0o600)
  writeSync(file, content)
  fsyncSync(file)
  closeSync(file)
  renameSync(`${path}.new`, path)
  syncFolder(folder)
}

function syncFolder(folder: string): void {
  const file = openSync(folder, 'r')
  fsyncSync(file)
  closeSync(file)
}

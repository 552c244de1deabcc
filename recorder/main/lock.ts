import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Another recorder works in the folder. */
export class Locked extends Error {
  override readonly name = 'Locked'
}

/**
 * Takes the folder for this process alone, until it ends in whatever way. A file names the process by number and start
 * time, for numbers come back: after a reboot, in a container always.
 * @returns a function that gives the folder back
 * @throws Locked
 */
export function lockFolder(folder: string): () => void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, 'lock')
  const mine = join(folder, `lock.${process.pid}`)
  writeFileSync(mine, JSON.stringify({ pid: process.pid, start: startOf(process.pid) }), { mode: 0o600 })
  try {
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        // A link appears whole or not at all, and fails where one is: nobody reads a half-written lock.
        linkSync(mine, path)
        return () => rmSync(path, { force: true })
      } catch (fault) {
        if (!(fault instanceof Error && 'code' in fault && fault.code === 'EEXIST')) throw fault
      }
      removeStale(path, `${mine}.stale`)
    }
  } finally {
    rmSync(mine, { force: true })
  }
  throw new Locked(`${folder} is being taken by several recorders at once`)
}

function removeStale(path: string, aside: string): void {
  const text = read(path)
  if (text === null) return
  const holder = parse(text)
  if (holder && startOf(holder.pid) === holder.start && holder.start !== null) {
    throw new Locked(`a recorder works in this folder already: process ${holder.pid}`)
  }
  try {
    renameSync(path, aside)
  } catch {
    return
  }
  // Another starter may have been quicker and what was moved is its lock: put it back.
  if (read(aside) !== text) {
    try {
      linkSync(aside, path)
    } catch {
      // A third one holds it now; the next attempt finds that out.
    }
  }
  rmSync(aside, { force: true })
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

function parse(text: string): { pid: number; start: string | null } | null {
  try {
    const { pid, start } = JSON.parse(text) as { pid: unknown; start: unknown }
    return typeof pid === 'number' && typeof start === 'string' ? { pid, start } : null
  } catch {
    return null
  }
}

/** When a process began, in the kernel's own count; where there is no /proc, only whether it lives. Null when it does not. */
function startOf(pid: number): string | null {
  const stat = read(`/proc/${pid}/stat`)
  // The name in parentheses may hold blanks; field 22 of the whole line is the 20th behind it. Z is dead already.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (fields) return fields[0] === 'Z' ? null : (fields[19] ?? null)
  if (process.platform === 'linux') return null
  try {
    process.kill(pid, 0)
    return 'alive'
  } catch {
    return null
  }
}

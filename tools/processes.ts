import { readFileSync, readlinkSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** Fields 3 (state), 4 (parent) and 22 (start time in clock ticks since boot) of `/proc/PID/stat`; undefined without such a process. */
function statOf(pid: number): { state: string; parent: number; started: string } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The command name stands in brackets and may itself hold brackets and spaces: fields count from the last one.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return { state: fields[0] ?? '', parent: Number(fields[1]), started: fields[19] ?? '' }
  } catch {
    return undefined // ENOENT: no such process, or no /proc on this system
  }
}

/** Whether the process runs. A zombie (killed, not yet reaped) does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  return statOf(pid)?.state !== 'Z'
}

/** A mark that tells this process from a later one with the same number; empty where the system has no `/proc`. */
export const startMark = (pid: number): string => statOf(pid)?.started ?? ''

/** The parent of a process; undefined where we may not know it. */
export const parentOf = (pid: number): number | undefined => statOf(pid)?.parent

/** The folder in which the process works, where we may know it. */
export function folderOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return undefined // gone, or another account's
  }
}

/** The command line of a process, words separated by spaces; empty where we may not know it. */
export function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
  } catch {
    return '' // gone, or another account's
  }
}

/** Sends a signal; false when the process is gone already. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}

/** Waits until the process has ended; false when it still runs after `ms` milliseconds. */
export async function ended(pid: number, ms: number): Promise<boolean> {
  const until = performance.now() + ms
  while (isAlive(pid)) {
    if (performance.now() > until) return false
    await sleep(25)
  }
  return true
}

import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { environment } from '@zhongheng/tools/settings.ts'

/** Whether a program is on the PATH or beside the system's own. */
export const findProgram = (name: string): string | undefined =>
  [...(environment().PATH ?? '').split(':'), '/usr/sbin', '/sbin']
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path))

/** Seconds of load before the first that counts: code that is compiled while it runs is at its pace only then, and a gateway runs for weeks. */
export const warmUpSeconds = 12

/** Microseconds of processor time that a process and its children have used, from /proc (ticks of 10 ms). */
export function processorTime(pid: number): number {
  const children = readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    try {
      return statOf(Number(name))[1] === String(pid) ? [Number(name)] : []
    } catch {
      return []
    }
  })
  const fields = statOf(pid)
  // utime and stime, and those of children that have ended.
  const own = [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at] ?? 0), 0) * 10_000
  return children.reduce((sum, child) => sum + processorTime(child), own)
}

/** The fields of /proc/PID/stat behind the name, which may hold blanks: state, parent, … */
const statOf = (pid: number): string[] =>
  readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /s, '')
    .split(' ')

/** A folder that is removed by `end`. */
export function workFolder(): { readonly path: string; end(): void } {
  const path = mkdtempSync(join(tmpdir(), 'zh-bench-'))
  return { path, end: () => rmSync(path, { recursive: true, force: true }) }
}

/** Waits until somebody listens. */
export async function listening(port: number): Promise<void> {
  for (let turn = 0; turn < 600; turn++) {
    const there = await new Promise<boolean>((resolve) => {
      const socket = connect({ host: '127.0.0.1', port })
      socket.once('connect', () => {
        socket.destroy()
        resolve(true)
      })
      socket.once('error', () => resolve(false))
    })
    if (there) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`nobody listens on ${port}`)
}

export const median = (values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN

/** Keeps a process and what it starts on one core: the subject on the first, client and origin on the second. */
export function keepOn(core: 'subject' | 'load', pid: number | undefined): void {
  if (pid === undefined || availableParallelism() < 2) return
  execFileSync('taskset', ['-a', '-c', '-p', core === 'subject' ? '0' : '1', String(pid)], { stdio: 'ignore' })
}

/** Words before a program that is to run where the load runs. */
export const besideTheLoad = (): readonly string[] => (availableParallelism() < 2 ? [] : ['taskset', '-c', '1'])

/** MiB of memory: what is held now, and the most that ever was. */
export function memoryOf(pid: number): { now: number; most: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1')
  const mib = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) / 1024
  return { now: mib('VmRSS'), most: mib('VmHWM') }
}

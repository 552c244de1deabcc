import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/** File names of the recorder's two sockets in the run folder. */
export const recorderSockets = { intake: 'recorder-intake.sock', control: 'recorder.sock' } as const

/** The kernel takes 108 bytes for a socket's path (104 on macOS); some are left for the terminator. */
const longestPath = 100

/**
 * Where a unix socket of a run folder lies. Every program asks here, so that all find the same file: in the run folder,
 * or, when that path is too long for the kernel, in a short folder below the machine's temporary one.
 * Whoever listens makes the folder with mode 0700 and checks that it is its own (`dirname` of the answer).
 */
export function socketPath(runFolder: string, name: string): string {
  const direct = join(resolve(runFolder), name)
  if (Buffer.byteLength(direct) <= longestPath) return direct
  const short = `zh-${createHash('sha256').update(resolve(runFolder)).digest('hex').slice(0, 16)}`
  const below = join(tmpdir(), short, name)
  return Buffer.byteLength(below) <= longestPath ? below : join('/tmp', short, name)
}

import { spawn, spawnSync } from 'node:child_process'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import type { Examined } from '../examiner/examined.ts'

/** A file that the examiner could not come to an end with: it took too long, too much memory, or broke the parser. */
export class ExaminerGaveUp extends Error {
  override readonly name = 'ExaminerGaveUp'
}

export type Examiner = {
  /**
   * Looks into a file, in its turn.
   * @param bytes the whole file, piece by piece, asked for when its turn has come
   * @throws ExaminerGaveUp; whatever reading the bytes throws
   */
  examine(bytes: AsyncIterable<Uint8Array>): Promise<{ examined: Examined; preview: Buffer }>
  /** Whether the operating system keeps the network away from it as well, or its own rules alone. */
  readonly walled: boolean
}

const root = fileURLToPath(new URL('../../', import.meta.url))
/** All that it may read: its code and the packages. */
const readable = ['node_modules', 'server/examiner', 'server/package.json', 'domain', 'package.json']
const seconds = 15
const longestAnswer = 8 * 1024 * 1024

/**
 * Starts a process for each file, at most `atOnce` of them; the next waits. Each has an own network namespace without an interface where the system
 * allows one, 1 GiB of memory, 15 s of processor and of time, no other programs and no file but its code.
 */
export function openExaminer(atOnce = 2): Examiner {
  const walls = ['unshare', '--map-root-user', '--net', '--']
  const walled = spawnSync(walls[0] ?? '', [...walls.slice(1), 'true']).status === 0
  const limits = ['prlimit', '--data=1073741824', `--cpu=${seconds}`, '--nofile=64', '--core=0', '--']
  const limited = spawnSync(limits[0] ?? '', [...limits.slice(1), 'true']).status === 0
  const words = [
    ...(walled ? walls : []),
    ...(limited ? limits : []),
    process.execPath,
    '--permission',
    '--allow-addons',
    ...readable.map((path) => `--allow-fs-read=${root}${path}`),
    '--max-old-space-size=256',
    '--no-warnings',
    fileURLToPath(new URL('../examiner/main.ts', import.meta.url)),
  ]
  let running = 0
  const waiting: (() => void)[] = []
  return {
    walled,
    async examine(bytes) {
      if (running >= atOnce) await new Promise<void>((go) => waiting.push(go))
      else running++
      try {
        return await examineIn(words, bytes)
      } finally {
        // The turn is handed on, so that nobody comes between.
        const next = waiting.shift()
        if (next) next()
        else running--
      }
    },
  }
}

async function examineIn(
  words: readonly string[],
  bytes: AsyncIterable<Uint8Array>,
): Promise<{ examined: Examined; preview: Buffer }> {
  const [program = '', ...rest] = words
  // No environment: nothing of ours is in it that it needs, and much that it must not know.
  const child = spawn(program, rest, { stdio: ['pipe', 'pipe', 'ignore'], env: { PATH: '/usr/bin:/bin' }, cwd: '/' })
  const timer = setTimeout(() => child.kill('SIGKILL'), seconds * 1000)
  const parts: Buffer[] = []
  let size = 0
  child.stdout.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size > longestAnswer) child.kill('SIGKILL')
    else parts.push(chunk)
  })
  const ended = new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null))
    child.once('close', (code) => resolve(code))
  })
  let unread: { readonly error: unknown } | undefined
  async function* read(): AsyncGenerator<Uint8Array> {
    try {
      yield* bytes
    } catch (error) {
      unread = { error }
      child.kill('SIGKILL')
    }
  }
  // It may end before it has read everything; what it said by then counts.
  const given = pipeline(read(), child.stdin).catch(() => undefined)
  const code = await ended
  clearTimeout(timer)
  await given
  if (unread) throw unread.error
  const answer = Buffer.concat(parts)
  const at = answer.indexOf(10)
  if (code !== 0 || at < 0) throw new ExaminerGaveUp(`the examiner ended with ${code}`)
  const examined = JSON.parse(answer.subarray(0, at).toString()) as Examined
  const preview = answer.subarray(at + 1)
  if (examined.verdict === 'kept' && examined.preview !== preview.length) throw new ExaminerGaveUp('its answer is cut')
  return { examined, preview }
}

import { spawn, spawnSync } from 'node:child_process'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import type { ScanRead } from '@zhongheng/domain/imports/scan.ts'
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
  /**
   * Reads the results out of a scanner's file, in the same turns and behind the same walls.
   * @param bytes as above
   * @throws as above
   */
  readScan(bytes: AsyncIterable<Uint8Array>): Promise<ScanRead>
  /** Whether the operating system keeps the network away from it as well, or its own rules alone. */
  readonly walled: boolean
}

const root = fileURLToPath(new URL('../../', import.meta.url))
/** All that it may read: its code and the packages. */
const readable = ['node_modules', 'server/examiner', 'server/package.json', 'domain', 'package.json']
const seconds = 15
const mebibyte = 1024 * 1024

/** A program that hostile bytes are given to, with its limits in MiB. */
type Program = {
  readonly file: string
  readonly data: number
  readonly heap: number
  readonly answer: number
}
const programs = {
  file: { file: 'main.ts', data: 1024, heap: 256, answer: 8 },
  scan: { file: 'scans/main.ts', data: 1024, heap: 160, answer: 24 },
} as const satisfies Record<string, Program>

const walls = ['unshare', '--map-root-user', '--net', '--']
const answers = (words: readonly string[]): boolean =>
  spawnSync(words[0] ?? '', [...words.slice(1), 'true']).status === 0

/**
 * The command line that one of the programs is started with.
 * @param walled whether the system allows a network namespace
 */
export function examinerCommand(which: keyof typeof programs, walled: boolean): readonly string[] {
  const { file, data, heap } = programs[which]
  const limits = ['prlimit', `--data=${data * mebibyte}`, `--cpu=${seconds}`, '--nofile=64', '--core=0', '--']
  return [
    ...(walled ? walls : []),
    ...(answers(limits) ? limits : []),
    process.execPath,
    '--permission',
    '--allow-addons',
    ...readable.map((path) => `--allow-fs-read=${root}${path}`),
    `--max-old-space-size=${heap}`,
    '--no-warnings',
    fileURLToPath(new URL(`../examiner/${file}`, import.meta.url)),
  ]
}

/**
 * Starts a process for each file, at most `atOnce` of them; the next waits. Each has an own network namespace without an interface where the system
 * allows one, 1 GiB of memory, 15 s of processor and of time, no other programs and no file but its code.
 */
export function openExaminer(atOnce = 2): Examiner {
  const walled = answers(walls)
  const commands = { file: examinerCommand('file', walled), scan: examinerCommand('scan', walled) }
  let running = 0
  const waiting: (() => void)[] = []
  async function inTurn(which: keyof typeof programs, bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
    if (running >= atOnce) await new Promise<void>((go) => waiting.push(go))
    else running++
    try {
      return await askProgram(commands[which], bytes, programs[which].answer * mebibyte)
    } finally {
      // The turn is handed on, so that nobody comes between.
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
  return {
    walled,
    async examine(bytes) {
      const answer = await inTurn('file', bytes)
      const at = answer.indexOf(10)
      if (at < 0) throw new ExaminerGaveUp('the examiner said nothing')
      const examined = JSON.parse(answer.subarray(0, at).toString()) as Examined
      const preview = answer.subarray(at + 1)
      if (examined.verdict === 'kept' && examined.preview !== preview.length)
        throw new ExaminerGaveUp('its answer is cut')
      return { examined, preview }
    },
    readScan: async (bytes) => JSON.parse((await inTurn('scan', bytes)).toString()) as ScanRead,
  }
}

/** Gives the bytes to a program and answers all that it says. @throws ExaminerGaveUp; whatever reading the bytes throws */
async function askProgram(
  words: readonly string[],
  bytes: AsyncIterable<Uint8Array>,
  longestAnswer: number,
): Promise<Buffer> {
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
  if (code !== 0 || size === 0) throw new ExaminerGaveUp(`the examiner ended with ${code}`)
  return Buffer.concat(parts)
}

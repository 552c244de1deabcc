import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { beginAnew } from '@zhongheng/contracts/records/exit-codes.ts'
import { say } from '@zhongheng/domain/shared/problem.ts'
import type { Text } from '@zhongheng/domain/shared/problem.ts'
import { Stop } from '../stop.ts'
import { eachLine, lastLines } from '../lines.ts'
import type { LogFile } from './log-file.ts'

/** One of the platform's programs. `main` prints one JSON line `{"ready": NAME, …}` on stdout when it serves. */
export type Program = {
  readonly name: string
  /** Absolute path of its main module. */
  readonly main: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/** What a program said when it was ready, its name aside. */
export type ReadyLine = Readonly<Record<string, unknown>>

export type Watch = {
  readonly log: LogFile
  readonly tell: (text: Text) => void
  /** A process of the program was started or ended. */
  readonly changed: () => void
  /** The program cannot be kept running. */
  readonly gaveUp: (why: Stop) => void
  /** Times in milliseconds; tests shorten them. */
  readonly patience?: Patience
}

export type Patience = {
  /** A run shorter than this is a quick failure. */
  readonly quick: number
  /** Wait before the first restart; doubled by each quick failure. */
  readonly firstWait: number
  /** How long a program may take to end when asked. */
  readonly grace: number
}
const usual: Patience = { quick: 20_000, firstWait: 250, grace: 10_000 }
const quickFailuresAllowed = 5
/** A program that ends so wants somebody to act: starting it again changes nothing (sysexits: EX_CONFIG). */
const needsAPerson = 78

export type RunningProgram = {
  readonly name: string
  /** Resolves with the first ready line; never rejects (`gaveUp` is told instead). */
  readonly ready: Promise<ReadyLine>
  pid(): number | undefined
  /** Ends it for good: SIGTERM, then SIGKILL. */
  stop(): Promise<void>
}

/**
 * Starts a program and keeps it running: when it ends unasked it is started again after a growing wait, until five runs in a row were
 * quick failures. Being killed while it serves counts as none. It gets a session of its own, so that a Ctrl-C in the terminal reaches only the launcher, which ends things in order.
 */
export function keepRunning(program: Program, watch: Watch): RunningProgram {
  const patience = watch.patience ?? usual
  const last = lastLines(15)
  let child: ChildProcess | undefined
  let quickFailures = 0
  let serves = false
  let stopping = false
  let waiting: NodeJS.Timeout | undefined
  let onReady: (line: ReadyLine) => void = () => {}
  const ready = new Promise<ReadyLine>((resolve) => {
    onReady = resolve
  })

  const note = (line: string): void => {
    watch.log.write(line)
    last.add(line)
  }
  const begin = (): void => {
    const began = performance.now()
    serves = false
    const started = spawnProgram(program)
    child = started
    eachLine(started.stderr, note)
    eachLine(started.stdout, (line) => {
      const said = readyLine(program.name, line)
      if (said === undefined) note(line)
      else {
        serves = true
        onReady(said)
      }
    })
    started.stdin.on('error', () => {}) // it ended: `close` tells
    started.once('error', (error) => note(error.message))
    started.once('close', (code, signal) => {
      child = undefined
      watch.changed()
      if (stopping) return
      // Killed while it served (by somebody, or by the system for want of memory), or asking for it: that says nothing
      // about the next run.
      if (serves && (signal === 'SIGKILL' || code === beginAnew)) quickFailures = 0
      if (code === needsAPerson) stopForGood()
      else afterEnd(performance.now() - began, signal ?? `exit ${code}`)
    })
    watch.changed()
  }
  const stopForGood = (): void =>
    watch.gaveUp(
      new Stop(
        say(
          `${program.name} 需要人工处理后才能启动（日志：${watch.log.path}）：\n${last.text()}`,
          `${program.name} cannot start before somebody acts (log: ${watch.log.path}):\n${last.text()}`,
        ),
      ),
    )
  const afterEnd = (ranMs: number, how: string): void => {
    quickFailures = ranMs < patience.quick ? quickFailures + 1 : 1
    if (quickFailures >= quickFailuresAllowed) {
      watch.gaveUp(
        new Stop(
          say(
            `${program.name} 连续 ${quickFailures} 次启动后即结束（${how}）。最后的日志（${watch.log.path}）：\n${last.text()}`,
            `${program.name} ended ${quickFailures} times in a row soon after its start (${how}). Its last log lines (${watch.log.path}):\n${last.text()}`,
          ),
        ),
      )
      return
    }
    const wait = patience.firstWait * 2 ** (quickFailures - 1)
    watch.tell(
      say(
        `${program.name} 意外结束（${how}），${wait / 1000} 秒后重新启动；日志：${watch.log.path}`,
        `${program.name} ended unexpectedly (${how}); starting it again in ${wait / 1000} s; log: ${watch.log.path}`,
      ),
    )
    waiting = setTimeout(begin, wait)
  }
  begin()

  return {
    name: program.name,
    ready,
    pid: () => child?.pid,
    async stop() {
      stopping = true
      clearTimeout(waiting)
      const running = child
      if (running === undefined) return
      const closed = new Promise((resolve) => running.once('close', resolve))
      running.kill('SIGTERM')
      const late = setTimeout(() => {
        note(`did not end within ${patience.grace / 1000} s: killed`)
        running.kill('SIGKILL')
      }, patience.grace)
      await closed
      clearTimeout(late)
    },
  }
}

const lifeline = new URL('../lifeline.ts', import.meta.url).href
const root = fileURLToPath(new URL('../../', import.meta.url))

function spawnProgram(program: Program) {
  return spawn(process.execPath, ['--import', lifeline, program.main], {
    cwd: root,
    env: { ...program.env },
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
}

/** The ready line's content; undefined for any other line. */
function readyLine(name: string, line: string): ReadyLine | undefined {
  if (!line.startsWith('{"ready"')) return undefined
  try {
    const said = JSON.parse(line) as Record<string, unknown>
    return said.ready === name ? said : undefined
  } catch {
    return undefined
  }
}

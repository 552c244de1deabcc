import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import type { DocumentModel } from '../models/document.ts'
import { refuseIncomplete } from '../models/sections.ts'
import { noSystemFonts } from '../pdf/fonts.ts'
import type { Answer, Order } from './press-child.ts'

export type PressLimits = {
  /** Longest time for one document, milliseconds. */
  readonly longest: number
  /** Memory the press may map for data, KiB. Libraries reserve about 2 GiB of it and touch a third. */
  readonly memory: number
  /** Documents that may wait; one more is refused. */
  readonly waiting: number
  /** How long an idle press is kept warm, milliseconds. */
  readonly idle: number
}

export const pressLimits: PressLimits = { longest: 60_000, memory: 4 * 1024 * 1024, waiting: 32, idle: 30_000 }

/** Prints documents one after another in a process of its own. */
export type Press = {
  /**
   * @throws Problem `wrong_state` (empty section), `too_many` (queue full), `unavailable` (time, memory or compiler)
   */
  print(format: 'pdf' | 'docx', model: DocumentModel): Promise<Uint8Array>
  /** Ends the process; what waits is refused as `unavailable`. */
  end(): void
}

type Job = Order & { readonly resolve: (bytes: Uint8Array) => void; readonly reject: (reason: Problem) => void }

const failed = (detail: string): Problem =>
  new Problem('unavailable', say('文件生成失败，请稍后重试', 'the document could not be made; try again later'), {
    rule: 'DOC-PRESS',
    cause: new Error(detail),
  })

const childFile = fileURLToPath(new URL('press-child.ts', import.meta.url))

/**
 * The compiler is native code that holds its thread and cannot be interrupted, so the press is a process that can be
 * killed. It gets an empty environment: no secrets, no system fonts, and for every outgoing call a proxy that is not
 * there (the template imports nothing; this makes it certain).
 */
function startChild(memory: number): ChildProcess {
  const nowhere = 'http://127.0.0.1:9'
  // RLIMIT_DATA counts what is really private; RLIMIT_AS would count the address space V8 only reserves.
  const [file, args] =
    process.platform === 'linux'
      ? [
          '/bin/sh',
          [
            '-c',
            'ulimit -d "$1" && exec "$2" --max-old-space-size=768 "$3"',
            'press',
            String(memory),
            process.execPath,
            childFile,
          ],
        ]
      : [process.execPath, ['--max-old-space-size=768', childFile]]
  return spawn(file as string, args as string[], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    env: {
      FONTCONFIG_FILE: noSystemFonts,
      HOME: '/nonexistent',
      HTTP_PROXY: nowhere,
      HTTPS_PROXY: nowhere,
      ALL_PROXY: nowhere,
      TZ: 'UTC',
    },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    serialization: 'advanced',
  })
}

/** A press with the given limits. One is enough for a server: `renderPdf` and `renderDocx` share it. */
export function openPress(limits: PressLimits = pressLimits): Press {
  const queue: Job[] = []
  let child: ChildProcess | undefined
  let current: Job | undefined
  let clock: NodeJS.Timeout | undefined
  let lastNumber = 0

  const stopChild = (): void => {
    clearTimeout(clock)
    const old = child
    child = undefined
    old?.removeAllListeners()
    old?.kill('SIGKILL')
  }
  const settle = (finish: (job: Job) => void): void => {
    clearTimeout(clock)
    const job = current
    current = undefined
    if (job !== undefined) finish(job)
    next()
  }
  const fail = (detail: string): void => {
    stopChild()
    settle((job) => job.reject(failed(detail)))
  }
  const start = (): ChildProcess => {
    const started = startChild(limits.memory)
    started.on('message', (answer: Answer) => {
      if (answer.number !== current?.number) return
      settle((job) => ('bytes' in answer ? job.resolve(answer.bytes) : job.reject(failed(answer.fault))))
    })
    started.on('error', (error) => fail(error.message))
    started.on('exit', (code, signal) => fail(`the press ended (${signal ?? code})`))
    return started
  }
  /** An idle press must not keep its parent alive, a busy one must. */
  const hold = (busy: boolean): void => {
    if (busy) {
      child?.ref()
      child?.channel?.ref()
    } else {
      child?.unref()
      child?.channel?.unref()
    }
  }
  function next(): void {
    if (current !== undefined) return
    current = queue.shift()
    if (current === undefined) {
      hold(false)
      if (child !== undefined) clock = setTimeout(stopChild, limits.idle).unref()
      return
    }
    clearTimeout(clock)
    child ??= start()
    hold(true)
    clock = setTimeout(() => fail(`no answer in ${limits.longest} ms`), limits.longest)
    const { number, format, model } = current
    child.send({ number, format, model } satisfies Order, (error) => {
      if (error !== null && current?.number === number) fail(error.message)
    })
  }

  return {
    async print(format, model) {
      refuseIncomplete(model)
      if (queue.length >= limits.waiting) {
        throw new Problem(
          'too_many',
          say('等待生成的文件过多，请稍后重试', 'too many documents are waiting; try again later'),
          {
            rule: 'DOC-QUEUE',
          },
        )
      }
      return new Promise<Uint8Array>((resolve, reject) => {
        lastNumber += 1
        queue.push({ number: lastNumber, format, model, resolve, reject })
        next()
      })
    },
    end() {
      stopChild()
      const waiting = queue.splice(0)
      settle((job) => job.reject(failed('the press was closed')))
      for (const job of waiting) job.reject(failed('the press was closed'))
    },
  }
}

let shared: Press | undefined

/** The press of this process, started with the first document. */
export function sharedPress(): Press {
  shared ??= openPress()
  return shared
}

/** Ends the shared press, if one was started. For an orderly stop of the server; an idle press ends by itself. */
export function endPress(): void {
  shared?.end()
  shared = undefined
}

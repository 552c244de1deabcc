import { chmodSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Text } from '@zhongheng/domain/shared/problem.ts'
import { say } from '@zhongheng/domain/shared/problem.ts'
import type { Environment, Settings } from '../settings.ts'
import { Stop } from '../stop.ts'
import { checkPorts } from './check-ports.ts'
import type { RunningDatabase } from './database.ts'
import { openDatabase } from './database.ts'
import { handOverOf } from './hand-over.ts'
import type { Lock } from './lock.ts'
import { lockData } from './lock.ts'
import type { LogFile } from './log-file.ts'
import { openLog } from './log-file.ts'
import { practicePorts } from './practice-ports.ts'
import type { Patience, RunningProgram } from './program.ts'
import { keepRunning } from './program.ts'
import type { ProgramPlan } from './programs.ts'
import { commonEnv } from './programs.ts'
import { ensureWebPages } from './web-pages.ts'

export type House = {
  /** The repository's folder. */
  readonly root: string
  readonly programs: readonly ProgramPlan[]
  readonly webPages: boolean
  /** What the programs inherit, the settings aside. */
  readonly environment: Environment
  readonly patience?: Patience
}

/** Where progress is shown: one line per finished step, and remarks. */
export type Teller = { step(text: Text, ms: number): void; say(text: Text): void }

export type Platform = {
  readonly address: string
  /** Resolves with the reason when the platform should be stopped: it was asked to, or it cannot be kept running. */
  readonly toEnd: Promise<Stop>
  /** Ends all programs, then the database, then lets the data folder go. */
  stop(): Promise<void>
}

const readyWithin = 120_000

/**
 * Starts the platform and resolves when every program is ready. `asked` resolves when somebody wants it to end, during the start or later.
 * Errors: `Stop` with the text and exit code for the person at the keyboard; whatever was started by then has been ended.
 */
export async function launch(
  settings: Settings,
  house: House,
  teller: Teller,
  asked: Promise<Stop>,
): Promise<Platform> {
  const address = `http://127.0.0.1:${settings.port}`
  const open: { lock?: Lock; database?: RunningDatabase; run?: string } = {}
  const programs: RunningProgram[] = []
  const logs: LogFile[] = []
  const ending = Promise.withResolvers<Stop>()
  const fail = ending.resolve
  const toEnd = Promise.race([asked, ending.promise])
  const untilEnd = toEnd.then((why) => Promise.reject(why))
  untilEnd.catch(() => {}) // after the start nobody waits for it
  const logOf = (name: string): LogFile => {
    const log = openLog(join(settings.data, 'logs', `${name}.log`))
    logs.push(log)
    return log
  }

  const stop = once(async () => {
    for (const program of programs.toReversed()) await program.stop()
    await open.database?.stop()
    if (open.run !== undefined) rmSync(open.run, { recursive: true, force: true })
    for (const log of logs) await log.close()
    open.lock?.release()
  })

  async function step<T>(work: () => Promise<T>, told: (result: T) => Text): Promise<T> {
    const began = performance.now()
    const result = await work()
    teller.step(told(result), performance.now() - began)
    return result
  }

  try {
    makeDataFolder(settings.data)
    open.lock = await lockData(settings.data, address)
    await step(
      () =>
        checkPorts([
          { variable: 'ZH_PORT', port: settings.port },
          { variable: 'ZH_GATEWAY_PORT', port: settings.gatewayPort },
        ]),
      () =>
        say(
          `端口 ${settings.port}、${settings.gatewayPort} 可用`,
          `ports ${settings.port} and ${settings.gatewayPort} are free`,
        ),
    )
    const postgresLog = logOf('postgres')
    // Both may take seconds at the first start, and each keeps one core busy.
    const [database] = await allOrError([
      step(
        () =>
          openDatabase(
            settings,
            (line) => postgresLog.write(line),
            (text) => teller.say(text),
            fail,
          ).then((opened) => (open.database = opened)),
        (opened) => opened.about,
      ),
      house.webPages ? buildPages(house.root, logOf('web-build'), step) : undefined,
    ])

    const run = (open.run = makeRunFolder(settings.data))
    const practice = settings.demo ? await practicePorts(settings.data) : undefined
    const env = { ...house.environment, ...commonEnv(settings, run, practice) }
    const handOver = handOverOf(settings.data)
    handOver.remember()
    const noteProcesses = (): void => open.lock?.noteChildren(programs.flatMap((one) => one.pid() ?? []))
    for (const plan of house.programs.filter((one) => settings.demo || !one.demoOnly)) {
      programs.push(
        keepRunning(
          { name: plan.name, main: plan.main, env: { ...env, DATABASE_URL: plan.database ? database.url : undefined } },
          {
            log: logOf(plan.name),
            tell: (text) => teller.say(text),
            changed: () => queueMicrotask(noteProcesses),
            gaveUp: fail,
            ...(house.patience === undefined ? {} : { patience: house.patience }),
          },
        ),
      )
    }
    const said = await Promise.all(
      programs.map((program) =>
        step(
          () => Promise.race([program.ready, untilEnd, tooLate(program.name, settings.data)]),
          () => say(`${program.name} 就绪`, `${program.name} is ready`),
        ),
      ),
    )
    for (const text of handOver.lines()) teller.say(text)
    if (said.some((line) => line['sealed'] !== undefined))
      teller.say(
        say(
          `平台处于封存状态：请份额持有人在 ${address}/unseal 输入份额，或执行 npm run keys -- unseal`,
          `The platform is sealed: its holders enter their shares at ${address}/unseal, or with npm run keys -- unseal`,
        ),
      )
  } catch (error) {
    await stop()
    throw error
  }
  return { address, toEnd, stop }
}

type Step = <T>(work: () => Promise<T>, told: (result: T) => Text) => Promise<T>

const buildPages = (root: string, log: LogFile, step: Step): Promise<boolean> =>
  step(
    () => ensureWebPages(root, (line) => log.write(line)),
    (built) => (built ? say('网页已构建', 'web pages built') : say('网页已是最新', 'web pages are up to date')),
  )

/** Root's data folder must let PostgreSQL's account pass; what lies in it is closed by its own modes. */
function makeDataFolder(data: string): void {
  try {
    mkdirSync(data, { recursive: true, mode: 0o700 })
    chmodSync(data, process.getuid?.() === 0 ? 0o711 : 0o700)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new Stop(
      say(
        `无法使用数据文件夹 ${data}（${why}）。请用 ZH_DATA 指定可写的文件夹。`,
        `The data folder ${data} cannot be used (${why}). Choose a writable one with ZH_DATA.`,
      ),
      { cause },
    )
  }
}

/** A new empty folder for the programs' sockets (`socketPath` in contracts/records knows what to do when its path is too long for one). */
function makeRunFolder(data: string): string {
  const run = join(data, 'run')
  rmSync(run, { recursive: true, force: true })
  mkdirSync(run, { mode: 0o700 })
  return run
}

async function tooLate(name: string, data: string): Promise<never> {
  await new Promise((resolve) => setTimeout(resolve, readyWithin).unref())
  const log = join(data, 'logs', `${name}.log`)
  throw new Stop(
    say(
      `${name} 在 ${readyWithin / 1000} 秒内未就绪；日志：${log}`,
      `${name} was not ready within ${readyWithin / 1000} s; log: ${log}`,
    ),
  )
}

/** Runs the task at the first call; later calls wait for that run. */
function once(task: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  return () => (running ??= task())
}

/** As `Promise.all`, but waits for every one before it throws: what was started is known by then and can be stopped. */
async function allOrError<T extends readonly unknown[]>(
  works: readonly [...T],
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(works)
  return Promise.all(works)
}

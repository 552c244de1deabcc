import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Settings } from '@zhongheng/server/main/settings.ts'
import type { Stage } from './stage.ts'

export type ServerOptions = { readonly settings: Settings; readonly ledgerFolder: string; readonly log?: boolean }
export type Orders = 'figures' | 'end'
/** What the process measured of itself since it was last asked; delays of the event loop in milliseconds, memory in bytes. */
export type Figures = {
  readonly delayP50: number
  readonly delayP99: number
  readonly delayMax: number
  readonly resident: number
  readonly prototypeIsPristine: boolean
}
export type ServerProcess = {
  readonly base: string
  readonly process: ChildProcess
  /** What it wrote to both outputs so far. */
  readonly output: () => string
  figures(): Promise<Figures>
  /** How it ended, once it has. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>
  close(): Promise<void>
}

/**
 * One more HTTP server on the stage's database and keys, in a process of its own: for what must be seen from outside (delay of its event
 * loop, its log, its death) and for two servers at once. It writes a ledger of its own, because a ledger has one writer.
 */
export async function startServerProcess(stage: Stage, options: { log?: boolean } = {}): Promise<ServerProcess> {
  const given: ServerOptions = {
    settings: stage.deps.settings,
    ledgerFolder: join(stage.folder, `ledger-${++started}`),
    ...options,
  }
  const child = fork(fileURLToPath(new URL('./fixtures/server-process.ts', import.meta.url)), [JSON.stringify(given)], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: [],
  })
  const parts: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (part: Buffer) => parts.push(part.toString()))
  const output = () => parts.join('')
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) =>
    child.once('exit', (code, signal) => resolve({ code, signal })),
  )
  const told = <T>(name: string) =>
    new Promise<T>((resolve, reject) => {
      const hear = (message: Record<string, unknown>): void => {
        if (!(name in message)) return
        child.off('message', hear as never)
        resolve(message[name] as T)
      }
      child.on('message', hear as never)
      void ended.then(() => reject(new Error(`the server process ended: ${output()}`)))
    })
  const port = await told<number>('port')
  return {
    base: `http://127.0.0.1:${port}`,
    process: child,
    output,
    ended,
    async figures() {
      const answer = told<Figures>('figures')
      child.send('figures' satisfies Orders)
      return answer
    },
    async close() {
      if (child.connected) child.send('end' satisfies Orders)
      await ended
    },
  }
}
let started = 0

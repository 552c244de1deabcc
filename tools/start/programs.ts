import { join } from 'node:path'
import type { Settings } from '../settings.ts'
import type { PracticePorts } from './practice-ports.ts'

/** A program of the platform before it has its environment. */
export type ProgramPlan = {
  readonly name: string
  readonly main: string
  /** Only the server may reach the database. */
  readonly database: boolean
  /** Runs only while the demo is offered. */
  readonly demoOnly: boolean
}

/** The platform's programs in the order of their start; they end in the opposite order, so that the recorder outlives what it records. */
export const programsOf = (root: string): readonly ProgramPlan[] => [
  { name: 'recorder', main: join(root, 'recorder/main/main.ts'), database: false, demoOnly: false },
  { name: 'server', main: join(root, 'server/main/main.ts'), database: true, demoOnly: false },
  { name: 'gateway', main: join(root, 'gateway/main/main.ts'), database: false, demoOnly: false },
  { name: 'practice-target', main: join(root, 'practice-target/main.ts'), database: false, demoOnly: true },
]

/** What every program is told, the database aside. */
export function commonEnv(
  settings: Settings,
  run: string,
  practice: PracticePorts | undefined,
): Record<string, string> {
  return {
    ZH_DATA: settings.data,
    // The pair that is started here is the one that every installation has; others are started by themselves.
    ZH_NODE: '0',
    ZH_RUN: run,
    // A program that is started again compiles nothing anew: it is back in half the time.
    NODE_COMPILE_CACHE: join(run, 'compiled'),
    ZH_PORT: String(settings.port),
    ZH_GATEWAY_PORT: String(settings.gatewayPort),
    ZH_DEMO: settings.demo ? 'on' : 'off',
    ...(practice === undefined
      ? {}
      : { ZH_PRACTICE_PORT: String(practice.plain), ZH_PRACTICE_TLS_PORT: String(practice.tls) }),
  }
}

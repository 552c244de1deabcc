import { join, resolve } from 'node:path'
import { recorderSockets, socketPath } from '@zhongheng/contracts/records/sockets.ts'

/** Everything the recorder takes from outside. */
export type Settings = {
  /** Folder of the record. */
  readonly folder: string
  readonly intakeSocket: string
  readonly controlSocket: string
}

/** `ZH_DATA` (default `.data` here) and `ZH_RUN` (default `run` in it). The only place that reads the environment. */
export function readSettings(env: NodeJS.ProcessEnv = process.env): Settings {
  const data = resolve(env.ZH_DATA || '.data')
  const run = resolve(env.ZH_RUN || join(data, 'run'))
  return {
    folder: join(data, 'recorder'),
    intakeSocket: socketPath(run, recorderSockets.intake),
    controlSocket: socketPath(run, recorderSockets.control),
  }
}

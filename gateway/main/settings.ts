import { join, resolve } from 'node:path'
import { recorderSockets, socketPath } from '@zhongheng/contracts/records/sockets.ts'
import { badField, say } from '@zhongheng/domain/shared/problem.ts'

export type Settings = {
  readonly host: string
  /** 0 takes a free port; the ready line tells which. */
  readonly port: number
  /** SPKI PEM of the key that signs policy snapshots. */
  readonly policyKeyFile: string
  readonly controlSocket: string
  readonly recorderSocket: string
}

/**
 * Reads the gateway's environment: `ZH_GATEWAY_HOST` (127.0.0.1), `ZH_GATEWAY_PORT` (7080), `ZH_DATA` (`.data`),
 * `ZH_RUN` (`run` in the data folder). @throws Problem malformed for a port that is none
 */
export function readSettings(environment: { readonly [name: string]: string | undefined } = process.env): Settings {
  const data = resolve(environment['ZH_DATA'] || '.data')
  const run = resolve(environment['ZH_RUN'] || join(data, 'run'))
  const port = environment['ZH_GATEWAY_PORT'] || '7080'
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65535) {
    throw badField('ZH_GATEWAY_PORT', say('须为 0 到 65535', 'must be from 0 to 65535'), say('例如 7080', 'e.g. 7080'))
  }
  return {
    host: environment['ZH_GATEWAY_HOST'] || '127.0.0.1',
    port: Number(port),
    policyKeyFile: join(data, 'keys', 'policy.pub'),
    controlSocket: socketPath(run, 'gateway.sock'),
    recorderSocket: socketPath(run, recorderSockets.intake),
  }
}

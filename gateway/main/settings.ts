import { isIP } from 'node:net'
import { join, resolve } from 'node:path'
import { readNode } from '@zhongheng/contracts/records/nodes.ts'
import { recorderSockets, socketPath } from '@zhongheng/contracts/records/sockets.ts'
import { badField, say } from '@zhongheng/domain/shared/problem.ts'

export type Settings = {
  /** Which of the installation's gateways this is; it serves the engagements assigned to it. */
  readonly node: number
  readonly host: string
  /** 0 takes a free port; the ready line tells which. */
  readonly port: number
  /** SPKI PEM of the key that signs policy snapshots. */
  readonly policyKeyFile: string
  readonly controlSocket: string
  readonly recorderSocket: string
  /** Name servers to ask; empty: as the machine resolves. */
  readonly nameServers: readonly string[]
  /** A PEM file of authorities that count beside the public ones when targets are verified; null without. */
  readonly targetAuthoritiesFile: string | null
}

/**
 * Reads the gateway's environment: `ZH_GATEWAY_HOST` (127.0.0.1), `ZH_GATEWAY_PORT` (7080), `ZH_DATA` (`.data`),
 * `ZH_RUN` (`run` in the data folder), `ZH_NODE` (0), `ZH_POLICY_KEY` (`keys/policy.pub` in the data folder), `ZH_GATEWAY_DNS` (name servers, `address[:port]` by commas; the machine's),
 * `ZH_TARGET_CA` (PEM file of authorities for targets; the public ones). @throws Problem malformed for a wrong one
 */
export function readSettings(environment: { readonly [name: string]: string | undefined } = process.env): Settings {
  const data = resolve(environment['ZH_DATA'] || '.data')
  const run = resolve(environment['ZH_RUN'] || join(data, 'run'))
  const port = environment['ZH_GATEWAY_PORT'] || '7080'
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65535) {
    throw badField('ZH_GATEWAY_PORT', say('须为 0 到 65535', 'must be from 0 to 65535'), say('例如 7080', 'e.g. 7080'))
  }
  const nameServers = (environment['ZH_GATEWAY_DNS'] || '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')
  if (
    !nameServers.every(
      (one) => isIP(one.replace(/^\[([^\]]*)\](?::\d{1,5})?$/, '$1').replace(/^([\d.]+):\d{1,5}$/, '$1')) !== 0,
    )
  ) {
    throw badField(
      'ZH_GATEWAY_DNS',
      say('须为名称服务器的 IP 地址，以逗号分隔', 'must be IP addresses of name servers, by commas'),
      say('例如 192.0.2.53 或 [2001:db8::53]:53', 'e.g. 192.0.2.53 or [2001:db8::53]:53'),
    )
  }
  return {
    node: readNode(environment),
    host: environment['ZH_GATEWAY_HOST'] || '127.0.0.1',
    port: Number(port),
    policyKeyFile: resolve(environment['ZH_POLICY_KEY'] || join(data, 'keys', 'policy.pub')),
    controlSocket: socketPath(run, 'gateway.sock'),
    recorderSocket: socketPath(run, recorderSockets.intake),
    nameServers,
    targetAuthoritiesFile: environment['ZH_TARGET_CA'] || null,
  }
}

import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { besideTheLoad } from './machine.ts'

/** How a subject is reached. */
export type Way = {
  readonly kind: 'http' | 'socks5'
  readonly port: number
  /** Name and secret, or nothing. */
  readonly account: string
  /** Whether the subject resolves names: the gateway does, with the names of its scope. */
  readonly host: 'shop.example' | 'pinned.example' | 'localhost'
}

export type Load = {
  readonly path: '/' | '/64k'
  readonly connections: number
  readonly seconds: number
  /** A new connection, CONNECT and handshake for each request. */
  readonly anew?: boolean
}

export type Ran = { readonly requests: number; readonly perSecond: number; readonly p50: number; readonly p99: number }

/**
 * wrk over TLS through a proxy (`null`: straight to the origin): proxychains turns each of its connections into CONNECT or SOCKS5
 * and leaves the rest alone. A slow subject on a busy machine may answer nothing in the time. @throws when an answer was not a good one
 */
export function wrkLoader(programs: { wrk: string; proxychains: string }, folder: string, originPort: number) {
  return async (way: Way | null, load: Load): Promise<Ran> => {
    const words = [
      programs.wrk,
      '-t1',
      `-c${load.connections}`,
      `-d${load.seconds}s`,
      '--latency',
      '--timeout',
      '10s',
      ...(load.anew === true ? ['-H', 'Connection: close'] : []),
      `https://${way?.host ?? '127.0.0.1'}:${originPort}${load.path}`,
    ]
    if (way !== null) {
      const file = join(folder, `proxychains-${way.kind}-${way.port}-${way.host}.conf`)
      const names = way.host === 'localhost' ? '' : 'proxy_dns\n'
      writeFileSync(
        file,
        `strict_chain\nquiet_mode\n${names}[ProxyList]\n${way.kind} 127.0.0.1 ${way.port} ${way.account}\n`,
      )
      words.unshift(programs.proxychains, '-q', '-f', file)
    }
    const [program = '', ...rest] = [...besideTheLoad(), ...words]
    const { stdout } = await promisify(execFile)(program, rest, { timeout: 120_000 })
    if (/Non-2xx|Socket errors: connect [1-9]/.test(stdout)) throw new Error(`${words.join(' ')}\n${stdout}`)
    const requests = Number(/(\d+) requests in/.exec(stdout)?.[1] ?? 0)
    const share = (percent: number): number =>
      millisecondsOf(new RegExp(`${percent}%\\s+([\\d.]+)(us|ms|s)`).exec(stdout))
    return {
      requests,
      perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1] ?? 0),
      p50: share(50),
      p99: share(99),
    }
  }
}

const millisecondsOf = (found: RegExpExecArray | null): number =>
  Number(found?.[1] ?? Number.NaN) * ({ us: 0.001, ms: 1, s: 1000 }[found?.[2] ?? 'ms'] ?? 1)

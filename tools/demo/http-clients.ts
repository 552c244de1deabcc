import { spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { environment } from '../settings.ts'
import { nodeClient } from './node-client.ts'

export type ClientRun = { readonly code: number; readonly stdout: string }
export type Lease = { readonly proxyUrl: string; readonly caFile: string }

/** Finds a program on this machine's PATH; null when it is not installed. */
export function findProgram(name: string, path: string = environment().PATH ?? ''): string | null {
  for (const folder of path.split(delimiter)) {
    const file = join(folder, name)
    try {
      accessSync(file, constants.X_OK)
      return file
    } catch {
      continue
    }
  }
  return null
}

/** Runs a real client to its end, at most `seconds`, without a shell. Its own proxy variables are taken away. */
export function runClient(
  program: string,
  args: readonly string[],
  seconds: number,
  signal?: AbortSignal,
): Promise<ClientRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { PATH: environment().PATH, HOME: environment().HOME, LANG: 'C.UTF-8' },
      ...(signal ? { signal } : {}),
    })
    const limit = setTimeout(() => child.kill('SIGKILL'), seconds * 1000)
    let stdout = ''
    child.stdout.setEncoding('utf8')
    child.stdout.on('data', (text: string) => {
      if (stdout.length < 2_000_000) stdout += text
    })
    child.on('error', (error) => {
      clearTimeout(limit)
      reject(error)
    })
    child.on('close', (code) => {
      clearTimeout(limit)
      resolve({ code: code ?? -1, stdout })
    })
  })
}

/**
 * One request through the gateway, by curl where it is installed and by Node itself otherwise; answers the status code the
 * tester saw (0 when none came).
 */
export async function visit(curl: string | null, lease: Lease, url: string): Promise<number> {
  if (curl === null) return nodeClient(lease, url)
  const run = await runClient(
    curl,
    [
      '-sS',
      '-o',
      '/dev/null',
      '-w',
      '%{http_code} %{http_connect}',
      '--max-time',
      '20',
      '--proxy',
      lease.proxyUrl,
      '--cacert',
      lease.caFile,
      url,
    ],
    25,
  )
  const [status = '0', connect = '0'] = run.stdout.trim().split(' ')
  return Number(status) || (Number(connect) >= 400 ? Number(connect) : 0)
}

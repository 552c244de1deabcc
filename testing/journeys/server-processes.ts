import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from '@zhongheng/tools/ports.ts'

const program = fileURLToPath(new URL('../../server/main/main.ts', import.meta.url))

/** The server that the platform of this test keeps running; null while it is being started again. */
export async function serverPid(): Promise<number | null> {
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '')
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
    const words = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '')
    if (parent === process.pid && words.includes('server/main/main.ts') && !others.has(Number(name)))
      return Number(name)
  }
  return null
}

const others = new Set<number>()

export type AnotherServer = {
  readonly base: string
  readonly process: ChildProcess
  /** The database that both have. */
  readonly databaseUrl: string
}

/** One more server of the same installation: the same program with the same settings, on a port of its own. */
export async function startAnotherServer(): Promise<AnotherServer> {
  const environ = await readFile(`/proc/${await serverPid()}/environ`, 'utf8')
  const environment = Object.fromEntries(
    environ
      .split('\0')
      .filter((line) => line.includes('='))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )
  const port = await freePort(Number(environment['ZH_GATEWAY_PORT']) + 1)
  const child = spawn(process.execPath, [program], {
    env: { ...environment, ZH_PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  others.add(child.pid ?? 0)
  const said: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => said.push(String(part)))
  const ended = once(child, 'exit').then(() => Promise.reject(new Error(`the second server ended: ${said.join('')}`)))
  ended.catch(() => undefined)
  const ready = new Promise<void>((resolve) => {
    child.stdout.on('data', () => said.join('').includes('"ready":"server"') && resolve())
  })
  await Promise.race([ready, ended])
  return { base: `http://127.0.0.1:${port}`, process: child, databaseUrl: environment['DATABASE_URL'] ?? '' }
}

import { type ChildProcess, spawn } from 'node:child_process'
import { request } from 'node:http'
import { fileURLToPath } from 'node:url'

const mainOf = (program: string): string => fileURLToPath(new URL(`../../${program}/main/main.ts`, import.meta.url))

/** The gateway or the recorder as a process of its own. */
export type Program = {
  readonly child: ChildProcess
  readonly ready: Promise<{ readonly port: number }>
  readonly exit: Promise<number | null>
  errors(): string
}
export function start(program: string, environment: { readonly [name: string]: string }): Program {
  const child = spawn(process.execPath, [mainOf(program)], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString()
  })
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const ready = new Promise<{ port: number }>((resolve, reject) => {
    let text = ''
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      const line = text.split('\n').find((one) => one.startsWith('{"ready"'))
      if (line !== undefined) resolve(JSON.parse(line) as { port: number })
    })
    child.once('exit', () => reject(new Error(errors)))
  })
  ready.catch(() => undefined)
  return { child, ready, exit, errors: () => errors }
}

/** Asks on a unix socket. */
export function call(
  path: string,
  method: string,
  url: string,
  body?: unknown,
): Promise<{ status: number; body: unknown }> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath: path, method, path: url, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        resolve({ status: response.statusCode ?? 0, body: text === '' ? null : (JSON.parse(text) as unknown) })
      })
    })
    sent.on('error', reject)
    sent.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

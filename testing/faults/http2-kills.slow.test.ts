import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type ClientHttp2Session, connect } from 'node:http2'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { FeedPage } from '@zhongheng/contracts/records/recorder-http.ts'
import { recorderSockets, socketPath } from '@zhongheng/contracts/records/sockets.ts'
import { http2Target, openTls } from '@zhongheng/gateway/testing/http2.ts'
import { type Program, call, start } from '@zhongheng/gateway/testing/program.ts'
import { Scene } from '@zhongheng/gateway/testing/scene.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'

/*
 * Gateway and recorder as processes, a target that speaks HTTP/2, and testers with many requests at once on one connection. What
 * reached the target is known to the target.
 */
const kills = 8
let scene: Scene
let data: string
let port: number
let sequence = 100
const dataKey = randomBytes(32).toString('base64')
const running: { [name: string]: Program } = {}
const reached = new Set<string>()
const answered = new Set<string>()
const socketOf = (name: string): string => socketPath(join(data, 'run'), name)

beforeAll(async () => {
  scene = await Scene.open()
  data = mkdtempSync(join(tmpdir(), 'zh-http2-kills-'))
  mkdirSync(join(data, 'keys'))
  const keys = generateKeyPairSync('ed25519')
  scene.policyKey = keys.privateKey
  writeFileSync(join(data, 'keys', 'policy.pub'), keys.publicKey.export({ format: 'pem', type: 'spki' }))
  const target = await http2Target(scene, (server) =>
    server.on('request', (request, response) => {
      if (request.httpVersion === '2.0') reached.add(request.url)
      request.resume()
      // Some answers are long, so that a kill falls into them.
      response.end(randomBytes(reached.size % 5 === 0 ? 300_000 : 500))
    }),
  )
  port = target.port
  await run('recorder')
  await run('gateway')
})
afterAll(async () => {
  for (const { child, exit } of Object.values(running)) {
    child.kill('SIGKILL')
    await exit
  }
  await scene.close()
  rmSync(data, { recursive: true, force: true })
})

/** Starts a program as the launcher would after its death, and hands it what the server hands it. */
async function run(name: 'gateway' | 'recorder'): Promise<void> {
  const program = start(name, { ZH_DATA: data, ZH_RUN: join(data, 'run'), ZH_GATEWAY_PORT: '0' })
  running[name] = program
  const ready = await program.ready
  if (name === 'recorder') {
    await call(socketOf(recorderSockets.control), 'PUT', '/engagements/eng_shop/key', { dataKey })
    return
  }
  const pushed = await call(
    socketOf('gateway.sock'),
    'PUT',
    '/policy',
    scene.signed({ ...scene.policy, sequence: sequence++ }),
  )
  expect(pushed.status).toBe(200)
  // The scene lends its clients; they go to the process.
  scene.gateway = Object.create(scene.gateway, { port: { value: ready.port } }) as typeof scene.gateway
}

/** A tester with eight requests at once on one connection, until it ends or is ended. */
async function test(mark: string, sessions: ClientHttp2Session[]): Promise<void> {
  const tls = await openTls(scene, port, ['h2'])
  const session = connect(`https://shop.example:${port}`, { createConnection: () => tls })
  session.on('error', () => undefined)
  sessions.push(session)
  const one = (path: string) =>
    new Promise<boolean>((resolve) => {
      const stream = session.request({ ':path': path, ':method': path.endsWith('3') ? 'POST' : 'GET' })
      let status = 0
      stream.on('response', (headers) => (status = Number(headers[':status'])))
      stream.on('error', () => resolve(false))
      stream.on('end', () => {
        if (status === 200) answered.add(path)
        resolve(true)
      })
      stream.on('close', () => resolve(false))
      stream.resume()
      stream.end(path.endsWith('3') ? randomBytes(5000) : undefined)
    })
  await Promise.all(
    Array.from({ length: 8 }, async (_, at) => {
      for (let n = 0; !session.destroyed && !session.closed; n++) if (!(await one(`/${mark}-${at}-${n}`))) break
    }),
  )
  session.destroy()
}

async function recorded(): Promise<Set<string>> {
  const paths = new Set<string>()
  for (let after = 0; ; ) {
    const { body } = await call(socketOf(recorderSockets.control), 'GET', `/feed?after=${after}&limit=500`)
    const { rows, next } = body as FeedPage
    for (const row of rows) if (row.path) paths.add(row.path)
    if (next === after) return paths
    after = next
  }
}

const status = async (): Promise<unknown> => (await call(socketOf('gateway.sock'), 'GET', '/status')).body

it.each(['gateway', 'recorder'] as const)(
  `every request that reached the target over HTTP/2 is in the record, though the %s was killed ${kills} times in the middle`,
  async (name) => {
    const before = reached.size
    for (let round = 0; round < kills; round++) {
      await expect.poll(status, { timeout: 20_000 }).toMatchObject({ recorder: 'connected' })
      const since = answered.size
      const sessions: ClientHttp2Session[] = []
      for (const tester of [1, 2, 3]) void test(`${name}-${round}-${tester}`, sessions).catch(() => undefined)
      await expect.poll(() => answered.size, { timeout: 20_000 }).toBeGreaterThan(since + 20)
      await wait(round * 3)
      const { child, exit } = running[name] as Program
      child.kill('SIGKILL')
      await exit
      await run(name)
      for (const session of sessions) session.destroy()
    }
    expect(reached.size).toBeGreaterThan(before + kills * 20)
    const missing = async () => {
      const there = await recorded()
      return [...reached, ...answered].filter((path) => !there.has(path))
    }
    await expect.poll(missing, { timeout: 20_000 }).toEqual([])
  },
)

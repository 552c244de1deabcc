import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FeedPage } from '@zhongheng/contracts/records/recorder-http.ts'
import { recorderSockets, socketPath } from '@zhongheng/contracts/records/sockets.ts'
import { type Program, call, start } from '../testing/program.ts'
import { always, Client, okAnswer, Scene } from '../testing/scene.ts'

// A scene of its own lends its authority, its policy and its target; the gateway under test is a process.
let scene: Scene
let data: string
let environment: { readonly [name: string]: string }
const programs: Program[] = []
const run = (program: string, more: { readonly [name: string]: string } = {}): Program => {
  const started = start(program, { ...environment, ...more })
  programs.push(started)
  return started
}
beforeAll(async () => {
  scene = await Scene.open()
  data = mkdtempSync(join(tmpdir(), 'zh-gateway-main-'))
  mkdirSync(join(data, 'keys'))
  const keys = generateKeyPairSync('ed25519')
  scene.policyKey = keys.privateKey
  writeFileSync(join(data, 'keys', 'policy.pub'), keys.publicKey.export({ format: 'pem', type: 'spki' }))
  environment = { ZH_DATA: data, ZH_RUN: join(data, 'run'), ZH_GATEWAY_PORT: '0' }
})
afterAll(async () => {
  for (const { child } of programs) child.kill('SIGKILL')
  await Promise.all(programs.map(({ exit }) => exit))
  await scene.close()
  rmSync(data, { recursive: true, force: true })
})

describe('the gateway process', () => {
  it('passes nothing without a policy, nothing without a recorder, and records with the real one', async () => {
    const target = await scene.target(always(okAnswer))
    const gateway = run('gateway')
    const { port } = await gateway.ready
    const control = socketPath(join(data, 'run'), 'gateway.sock')
    const ask = async (): Promise<string> => {
      const client = new Client(connect(port, '127.0.0.1'))
      client.send(
        `GET http://shop.example:${target.port}/proof HTTP/1.1\r\nHost: shop.example:${target.port}\r\nProxy-Authorization: Basic ${scene.basic}\r\nConnection: close\r\n\r\n`,
      )
      const text = await client.until((got) => got.endsWith('ok') || got.includes('time:'))
      client.socket.destroy()
      return text
    }
    expect(await ask()).toContain('X-Zhongheng-Refusal: POLICY-3')
    const pushed = await call(control, 'PUT', '/policy', scene.signed({ ...scene.policy, sequence: 7 }))
    expect(pushed.status).toBe(200)
    expect(await ask()).toContain('X-Zhongheng-Refusal: RECORDER-1')

    const recorder = run('recorder')
    await recorder.ready
    const status = async () => (await call(control, 'GET', '/status')).body
    await expect.poll(status, { timeout: 5000 }).toMatchObject({ policySequence: 7, recorder: 'connected' })
    expect(await ask()).toContain('X-Zhongheng-Refusal: RECORDER-1')
    expect(target.received()).toBe('')

    const intake = socketPath(join(data, 'run'), recorderSockets.control)
    const key = await call(intake, 'PUT', '/engagements/eng_shop/key', { dataKey: randomBytes(32).toString('base64') })
    expect(key.status).toBeLessThan(300)
    expect(await ask()).toBe(okAnswer)
    const feed = async () => ((await call(intake, 'GET', '/feed?after=0&limit=100')).body as FeedPage).rows
    await expect
      .poll(async () => (await feed()).filter(({ kind }) => kind === 'http'), { timeout: 5000 })
      .toMatchObject([
        { path: '/proof', status: 200, outcome: 'complete', address: '127.0.0.1', responseBytes: okAnswer.length },
      ])

    recorder.child.kill('SIGKILL')
    await recorder.exit
    // Until the gateway hears of it, a connection may come in that is then cut without a word.
    await expect.poll(status, { timeout: 5000 }).not.toMatchObject({ recorder: 'connected' })
    expect(await ask()).toContain('X-Zhongheng-Refusal: RECORDER-1')
    gateway.child.kill('SIGTERM')
    expect(await gateway.exit).toBe(0)
  }, 30_000)

  it('says so and ends with 3 when its port is taken', async () => {
    const holder = createServer()
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve))
    const { port } = holder.address() as { port: number }
    const gateway = run('gateway', { ZH_GATEWAY_PORT: String(port) })
    expect(await gateway.exit).toBe(3)
    expect(gateway.errors()).toContain(`Port ${port} is taken`)
    holder.close()
  }, 15_000)

  it('names a setting that is wrong', async () => {
    const gateway = run('gateway', { ZH_GATEWAY_PORT: 'eighty' })
    expect(await gateway.exit).toBe(1)
    expect(gateway.errors()).toContain('ZH_GATEWAY_PORT')
  }, 15_000)
})

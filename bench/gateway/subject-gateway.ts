import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { recorderSockets, socketPath } from '@zhongheng/contracts/records/sockets.ts'
import { compileScope } from '@zhongheng/domain/authorizations/scope/compile.ts'
import { readScopeLines } from '@zhongheng/domain/authorizations/scope/read-lines.ts'
import { Scene } from '@zhongheng/gateway/testing/scene.ts'
import { connectRecorder } from '@zhongheng/gateway/taps/recorder-client.ts'
import { openRecorderPort } from '@zhongheng/server/ports/recorder.ts'
import { keepOn } from './machine.ts'
import { environment } from '@zhongheng/tools/settings.ts'

export type GatewaySubject = {
  readonly port: number
  readonly name: string
  readonly secret: string
  /** Gateway and recorder: what they use together is what a request costs. */
  readonly pids: readonly number[]
  /** Exchanges that the recorder has finished. */
  recorded(): Promise<number>
  end(): void
}

/**
 * The gateway and its recorder as two processes, with everything on: account, scope, limits, full record, seal. It looks into
 * what goes to shop.example, and passes on what goes to pinned.example.
 */
export async function startGatewaySubject(folder: string): Promise<GatewaySubject> {
  const run = join(folder, 'run')
  const recorder = fork(join(import.meta.dirname, '../../recorder/main/main.ts'), {
    env: { ...environment(), ZH_DATA: folder, ZH_RUN: run },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  await once(recorder.stdout ?? recorder, 'data')
  const server = openRecorderPort(socketPath(run, recorderSockets.control))
  await server.setKey('eng_shop', randomBytes(32))
  const gateway: ChildProcess = fork(import.meta.filename, ['serve', socketPath(run, recorderSockets.intake)])
  const [{ port, secret }] = (await once(gateway, 'message')) as [{ port: number; secret: string }]
  keepOn('subject', gateway.pid)
  keepOn('subject', recorder.pid)
  return {
    port,
    name: 'li',
    secret,
    pids: [gateway.pid ?? 0, recorder.pid ?? 0],
    recorded: async () => (await server.status()).lastSequence,
    end: () => {
      server.close()
      gateway.kill('SIGKILL')
      recorder.kill('SIGKILL')
    },
  }
}

if (process.argv[2] === 'serve') {
  const recorder = connectRecorder({ socketPath: process.argv[3] ?? '', gatewayId: 'bench' })
  const scene = await Scene.open({
    pins: { 'shop.example': '127.0.0.1', 'pinned.example': '127.0.0.1' },
    recorder,
  })
  const lines = readScopeLines('shop.example:*\npinned.example:* @tunnel')
  scene.push({ engagement: { scope: compileScope(lines, { versionId: 'scv_bench' }).scope } })
  while (!recorder.ready) await new Promise((resolve) => setTimeout(resolve, 10))
  process.send?.({ port: scene.gateway.port, secret: scene.secret })
}

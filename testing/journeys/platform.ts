import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { playOpening, practiceName, type Stage } from '@zhongheng/tools/demo/play.ts'
import { freePort } from '@zhongheng/tools/ports.ts'
import { environment } from '@zhongheng/tools/settings.ts'
import { launch } from '@zhongheng/tools/start/launch.ts'
import { practicePorts } from '@zhongheng/tools/start/practice-ports.ts'
import { programsOf } from '@zhongheng/tools/start/programs.ts'
import type { Stop } from '@zhongheng/tools/stop.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

export type RunningPlatform = {
  readonly stage: Stage
  readonly gatewayPort: number
  /** An engagement in the state testing, opened by the demo's people. */
  readonly engagementId: string
  password(login: string): Promise<string>
  stop(): Promise<void>
}

/** The whole platform as `npm start` runs it, in a folder of its own, with an engagement in testing. */
export async function startPlatform(options: { webPages: boolean }): Promise<RunningPlatform> {
  const data = await mkdtemp(join(tmpdir(), 'zh-journey-'))
  const port = await freePort()
  const gatewayPort = await freePort(port + 1)
  const asked = Promise.withResolvers<Stop>()
  const platform = await launch(
    { port, gatewayPort, data, databaseUrl: undefined, demo: true, language: 'en', underNpm: false },
    { root, programs: programsOf(root), webPages: options.webPages, environment: environment() },
    { step: () => undefined, say: () => undefined },
    asked.promise,
  )
  const ports = await practicePorts(data, true)
  const stage: Stage = {
    base: platform.address,
    dataFolder: data,
    workFolder: join(data, 'demo'),
    target: { host: practiceName, port: ports.plain, tlsPort: ports.tls },
  }
  const engagementId = await playOpening(stage, () => undefined)
  return {
    stage,
    gatewayPort,
    engagementId,
    async password(login) {
      const logins = JSON.parse(await readFile(join(data, 'first-logins.json'), 'utf8')) as {
        login: string
        password: string
      }[]
      return logins.find((one) => one.login === login)?.password ?? ''
    },
    async stop() {
      await platform.stop()
      await rm(data, { recursive: true, force: true })
    },
  }
}

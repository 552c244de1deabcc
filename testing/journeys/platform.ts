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

export type LaunchedDemo = {
  readonly stage: Stage
  readonly gatewayPort: number
  /** Resolves with the reason when the launcher gives the platform up. */
  readonly toEnd: Promise<Stop>
  /** Ends all programs; the data folder stays. */
  end(): Promise<void>
}

/** The whole platform as `npm start` runs it, the demo's people in it and nothing played yet; in a folder of its own unless one is given. */
export async function launchDemo(options: {
  readonly webPages: boolean
  readonly data?: string
  readonly environment?: Readonly<Record<string, string>>
}): Promise<LaunchedDemo> {
  const data = options.data ?? (await mkdtemp(join(tmpdir(), 'zh-journey-')))
  const port = await freePort()
  const gatewayPort = await freePort(port + 1)
  const asked = Promise.withResolvers<Stop>()
  const platform = await launch(
    { port, gatewayPort, data, databaseUrl: undefined, demo: true, language: 'en', underNpm: false },
    {
      root,
      programs: programsOf(root),
      webPages: options.webPages,
      environment: { ...environment(), ...options.environment },
    },
    { step: () => undefined, say: () => undefined },
    asked.promise,
  )
  const ports = await practicePorts(data, true)
  return {
    stage: {
      base: platform.address,
      dataFolder: data,
      workFolder: join(data, 'demo'),
      target: { host: practiceName, port: ports.plain, tlsPort: ports.tls },
    },
    gatewayPort,
    toEnd: platform.toEnd,
    end: () => platform.stop(),
  }
}

/** The same with an engagement in testing, opened by the demo's people. */
export async function startPlatform(options: { webPages: boolean }): Promise<RunningPlatform> {
  const { stage, gatewayPort, end } = await launchDemo(options)
  const data = stage.dataFolder
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
      await end()
      await rm(data, { recursive: true, force: true })
    },
  }
}

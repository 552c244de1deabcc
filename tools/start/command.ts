import type { Text } from '@zhongheng/domain/shared/problem.ts'
import { say } from '@zhongheng/domain/shared/problem.ts'
import type { Settings } from '../settings.ts'
import { environment, languageOf, readSettings } from '../settings.ts'
import { commandOf, parentOf } from '../processes.ts'
import { exitCodes, Stop } from '../stop.ts'
import type { House, Teller } from './launch.ts'
import { launch } from './launch.ts'
import { ensureNode } from './node-version.ts'
import { playDemo } from './play-demo.ts'

const language = languageOf()
const print = (text: Text): void => console.log(text[language])

const teller: Teller = {
  step: (text, ms) => {
    const took = ms < 50 ? '' : ` · ${(ms / 1000).toFixed(1)} s`
    print(say(`  ✓ ${text.zh}${took}`, `  ✓ ${text.en}${took}`))
  },
  say: print,
}

async function run(house: Omit<House, 'environment'>, script: string): Promise<number> {
  await ensureNode(house.root, script)
  const settings = readSettings(house.root)
  print(say('众衡 Zhongheng 正在启动', 'Zhongheng 众衡 is starting'))
  print(say(`  ✓ Node.js ${process.versions.node}`, `  ✓ Node.js ${process.versions.node}`))

  const platform = await launch(settings, { ...house, environment: environment() }, teller, askedToStop(settings))
  print(
    say(
      `\n打开 ${platform.address}\n网关（测试代理）：127.0.0.1:${settings.gatewayPort}\n数据与日志：${settings.data}\n按 Ctrl-C 停止。`,
      `\nOpen ${platform.address}\nGateway (the testers' proxy): 127.0.0.1:${settings.gatewayPort}\nData and logs: ${settings.data}\nCtrl-C stops everything.`,
    ),
  )
  void playDemo(settings, platform.address, print)
  const why = await platform.toEnd
  print(say(`\n${why.text.zh}\n正在停止……`, `\n${why.text.en}\nStopping …`))
  await platform.stop()
  print(say('已停止，端口已释放。', 'Stopped; the ports are free.'))
  return why.exitCode
}

/** npm passes a Ctrl-C on which the terminal sent to us as well: the second of a pair is no impatience. */
const pairMs = 1_500

/** Resolves at the first Ctrl-C or request to end, or when the npm that started us is gone. A later Ctrl-C ends us outright. */
function askedToStop({ underNpm }: Settings): Promise<Stop> {
  return new Promise((resolve) => {
    const ask = (text: Text): void => resolve(new Stop(text, { exitCode: 0 }))
    let first: number | undefined
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(name, () => {
        first ??= performance.now()
        // The programs and the database notice that we are gone and end by themselves.
        if (performance.now() - first > pairMs) process.exit(exitCodes.failed)
        ask(say(`收到 ${name}。`, `${name} received.`))
      })
    }
    if (!underNpm) return
    const isGone = npmIsGone()
    setInterval(() => {
      if (isGone()) ask(say('启动本平台的 npm 已结束。', 'The npm that started the platform has ended.'))
    }, 500).unref()
  })
}

/**
 * npm, told to end or killed, does not end us: between us and it stands, on many systems, a shell that outlives it or that dies without
 * a word. So we look whether our parent changed, or the parent of that shell.
 */
function npmIsGone(): () => boolean {
  const parent = process.ppid
  const shellOf = /^\S*sh -c /.test(commandOf(parent)) ? parentOf(parent) : undefined
  return () => process.ppid !== parent || (shellOf !== undefined && parentOf(parent) !== shellOf)
}

/**
 * `npm start`: runs the platform until Ctrl-C, prints its progress, and ends the process with the exit code that tells how it went.
 * `script` is the path of the command's own file, for a second start under a newer Node.
 */
export async function startCommand(house: Omit<House, 'environment'>, script: string): Promise<never> {
  // A reader that went away (`npm start | head`) must not end the platform.
  process.stdout.on('error', () => {})
  try {
    process.exit(await run(house, script))
  } catch (error) {
    if (!(error instanceof Stop)) console.error(error)
    else console.error(`\n${error.text[language]}`)
    process.exit(error instanceof Stop ? error.exitCode : exitCodes.failed)
  }
}

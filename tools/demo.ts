import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { say } from '@zhongheng/domain/shared/problem.ts'
import { collect } from './demo/collect.ts'
import { playWhole, practiceName } from './demo/play.ts'
import { freePort } from './ports.ts'
import { environment, languageOf } from './settings.ts'
import { launch } from './start/launch.ts'
import { practicePorts } from './start/practice-ports.ts'
import { programsOf } from './start/programs.ts'
import { exitCodes, Stop } from './stop.ts'

// `npm run demo -- --out DIR`: a whole crowd test without a screen, on a platform of its own that is gone afterwards.
const root = fileURLToPath(new URL('..', import.meta.url))
const language = languageOf()
const began = performance.now()
const line = (zh: string, en: string): void =>
  console.log(`${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s  ${language === 'zh' ? zh : en}`)

const { values } = parseArgs({
  options: { out: { type: 'string' }, 'no-scanners': { type: 'boolean', default: false } },
})
if (!values.out) {
  console.error(
    say('用法：npm run demo -- --out 文件夹 [--no-scanners]', 'usage: npm run demo -- --out FOLDER [--no-scanners]')[
      language
    ],
  )
  process.exit(exitCodes.badSetting)
}
const out = resolve(values.out)
await mkdir(out, { recursive: true })
const data = await mkdtemp(join(tmpdir(), 'zh-demo-'))
const asked = Promise.withResolvers<Stop>()
for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.on(name, () => asked.resolve(new Stop(say('已中断', 'interrupted'))))

let exitCode = 0
try {
  const port = await freePort()
  const settings = {
    port,
    gatewayPort: await freePort(port + 1),
    data,
    databaseUrl: undefined,
    demo: true,
    language,
    underNpm: false,
  }
  const platform = await launch(
    settings,
    { root, programs: programsOf(root), webPages: false, environment: environment() },
    { step: (text) => line(`✓ ${text.zh}`, `✓ ${text.en}`), say: () => undefined },
    asked.promise,
  )
  try {
    const ports = await practicePorts(data, true)
    const stage = {
      base: platform.address,
      dataFolder: data,
      workFolder: join(data, 'demo'),
      target: { host: practiceName, port: ports.plain, tlsPort: ports.tls },
    }
    const stopped = platform.toEnd.then((why) => Promise.reject(why))
    const engagementId = await Promise.race([
      playWhole(stage, !values['no-scanners'], (zh, en) => line(`· ${zh}`, `· ${en}`)),
      stopped,
    ])
    const summary = await collect(stage, engagementId, out)
    await writeFile(
      join(out, 'summary.json'),
      `${JSON.stringify({ ...summary, seconds: Math.round((performance.now() - began) / 1000) }, null, 2)}\n`,
    )
    line(
      `完成：${summary.exchanges} 次请求，${summary.refusals} 次拒绝，${summary.ledgerEntries} 条账本记录`,
      `done: ${summary.exchanges} exchanges, ${summary.refusals} refusals, ${summary.ledgerEntries} ledger entries`,
    )
    line(`文件在 ${out}`, `files are in ${out}`)
  } finally {
    await platform.stop()
  }
} catch (error) {
  console.error(error instanceof Stop ? error.text[language] : error)
  exitCode = error instanceof Stop ? error.exitCode : exitCodes.failed
} finally {
  await rm(data, { recursive: true, force: true })
}
process.exit(exitCode)

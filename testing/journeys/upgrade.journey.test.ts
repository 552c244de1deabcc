import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Person } from '@zhongheng/tools/demo/person.ts'
import { freePort } from '@zhongheng/tools/ports.ts'
import { environment } from '@zhongheng/tools/settings.ts'
import { launch } from '@zhongheng/tools/start/launch.ts'
import { programsOf } from '@zhongheng/tools/start/programs.ts'
import { afterAll, describe, expect, it } from 'vitest'

/*
 * The version before the newest step of the schema, as the repository has it, fills a data folder with a test in progress; this
 * version brings it up with `heng upgrade` and goes on with it.
 */
const root = fileURLToPath(new URL('../..', import.meta.url))
const git = (...words: string[]): string =>
  spawnSync('git', words, { cwd: root, encoding: 'utf8', maxBuffer: 64 << 20 }).stdout?.trim() ?? ''
const newest = git('log', '-1', '--diff-filter=A', '--format=%H', '--', 'server/database/migrations')
const earlier = newest === '' ? '' : git('rev-parse', '--verify', '--quiet', `${newest}^`)
const added =
  earlier === ''
    ? []
    : git('diff', '--name-only', '--diff-filter=A', earlier, 'HEAD', '--', 'server/database/migrations').split('\n')

const folder = mkdtempSync(join(tmpdir(), 'zh-upgrade-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The source of that version, with this one's packages. */
function checkOut(): string {
  const place = join(folder, 'earlier')
  mkdirSync(place)
  execFileSync('tar', ['-x', '-C', place], {
    input: execFileSync('git', ['archive', earlier], { cwd: root, maxBuffer: 256 << 20 }),
  })
  const packages = join(place, 'node_modules')
  mkdirSync(join(packages, '@zhongheng'), { recursive: true })
  for (const name of readdirSync(join(root, 'node_modules')))
    if (name !== '@zhongheng') symlinkSync(join(root, 'node_modules', name), join(packages, name))
  for (const name of readdirSync(join(root, 'node_modules', '@zhongheng')))
    symlinkSync(join(place, name), join(packages, '@zhongheng', name))
  for (const room of readdirSync(place)) {
    const own = join(root, room, 'node_modules')
    try {
      for (const name of readdirSync(own)) {
        mkdirSync(join(place, room, 'node_modules'), { recursive: true })
        symlinkSync(join(own, name), join(place, room, 'node_modules', name))
      }
    } catch {
      // A room whose packages all lie at the root.
    }
  }
  return place
}

/** Runs that version until a test is under way, and switches the machine off. @returns its data folder and the test's id */
async function liveThere(place: string): Promise<{ data: string; engagementId: string; logins: string }> {
  const script = join(place, 'testing', 'journeys', 'until-testing.ts')
  writeFileSync(
    script,
    `import { startPlatform } from './platform.ts'
const { stage, engagementId } = await startPlatform({ webPages: false })
process.stdout.write(JSON.stringify({ data: stage.dataFolder, engagementId }) + '\\n')
setInterval(() => undefined, 1000)
`,
  )
  const child = spawn(process.execPath, [script], { cwd: place, stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    said += chunk.toString()
    if (said.includes('\n')) break
  }
  const { data, engagementId } = JSON.parse(said) as { data: string; engagementId: string }
  const logins = readFileSync(join(data, 'first-logins.json'), 'utf8')
  child.kill('SIGKILL')
  await once(child, 'close')
  return { data, engagementId, logins }
}

/** Back to that version on the upgraded data. @returns the state in which it shows the test */
async function goOnThere(place: string, data: string, logins: string, engagementId: string): Promise<string> {
  const script = join(place, 'testing', 'journeys', 'again.ts')
  writeFileSync(
    script,
    `import { Person } from '@zhongheng/tools/demo/person.ts'
import { freePort } from '@zhongheng/tools/ports.ts'
import { environment } from '@zhongheng/tools/settings.ts'
import { launch } from '@zhongheng/tools/start/launch.ts'
import { programsOf } from '@zhongheng/tools/start/programs.ts'
const [root, data, password, engagementId] = process.argv.slice(2)
const port = await freePort()
const platform = await launch(
  { port, gatewayPort: await freePort(port + 1), data, databaseUrl: undefined, demo: true, language: 'en', underNpm: false },
  { root, programs: programsOf(root), webPages: false, environment: environment() },
  { step: () => undefined, say: () => undefined },
  new Promise(() => undefined),
)
const zhou = await Person.signIn(platform.address, 'organizer', password)
const { state } = await zhou.call('GET /api/engagements/:engagementId', { params: { engagementId } })
await platform.stop()
process.stdout.write(state)
process.exit(0)
`,
  )
  const password = (JSON.parse(logins) as { login: string; password: string }[]).find(
    ({ login }) => login === 'organizer',
  )
  const child = spawn(process.execPath, [script, place, data, password?.password ?? '', engagementId], {
    cwd: place,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) said += chunk.toString()
  return said
}

const heng = (data: string, ...words: string[]): { status: number | null; said: string } => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, 'cli/bin/heng.mjs'), ...words, '--lang', 'en'],
    { cwd: root, encoding: 'utf8', env: { ...environment(), ZH_DATA: data } },
  )
  return { status, said: stdout + stderr }
}

describe.skipIf(earlier === '')('an upgrade', () => {
  it('PUB-RE-10: of data of the version before: foreseen, backed up, done once; a test under way goes on, and under the version before too', async () => {
    const place = checkOut()
    const { data, engagementId, logins } = await liveThere(place)
    try {
      const secret = join(folder, 'passphrase')
      writeFileSync(secret, 'a passphrase for the drill', { mode: 0o600 })
      const to = join(folder, 'before.age')
      const keep = ['--to', to, '--shares', join(folder, 'shares.age'), '--passphrase-file', secret]

      const foreseen = heng(data, 'upgrade', '--check')
      expect(foreseen).toMatchObject({ status: 0 })
      for (const path of added) expect(foreseen.said).toContain(path.split('/').at(-1))
      expect(heng(data, 'upgrade')).toMatchObject({ status: 2 })

      const done = heng(data, 'upgrade', ...keep)
      expect(done, done.said).toMatchObject({ status: 0 })
      expect(done.said).toContain('The ledger is whole')
      expect(heng(data, 'restore', '--from', to, '--passphrase-file', secret, '--check')).toMatchObject({ status: 0 })
      const again = heng(data, 'upgrade', ...keep)
      expect(again, again.said).toMatchObject({ status: 0 })
      expect(again.said).toContain('nothing was changed')

      const port = await freePort()
      const platform = await launch(
        {
          port,
          gatewayPort: await freePort(port + 1),
          data,
          databaseUrl: undefined,
          demo: true,
          language: 'en',
          underNpm: false,
        },
        { root, programs: programsOf(root), webPages: false, environment: environment() },
        { step: () => undefined, say: () => undefined },
        new Promise(() => undefined),
      )
      try {
        expect(heng(data, 'upgrade', '--check')).toMatchObject({ status: 1 })
        const password = (login: string): string =>
          (JSON.parse(logins) as { login: string; password: string }[]).find((one) => one.login === login)?.password ??
          ''
        const zhou = await Person.signIn(platform.address, 'organizer', password('organizer'))
        const file = await zhou.call('GET /api/engagements/:engagementId', { params: { engagementId } })
        expect(file).toMatchObject({ engagementId, state: 'testing' })
        const moved = await zhou.fetch('POST /api/engagements/:engagementId/moves', {
          params: { engagementId },
          body: { move: 'stop', reason: '升级之后照常可以停测。', version: file.version },
        })
        expect(moved.status, await moved.text()).toBeLessThan(300)
        const state = await zhou.call('GET /api/ledger/state', {})
        expect(state.fault).toBeNull()
      } finally {
        await platform.stop()
      }
      expect(await goOnThere(place, data, logins, engagementId)).toBe('suspended')
      const checked = heng(data, 'fsck', join(data, 'ledger'))
      expect(checked, checked.said).toMatchObject({ status: 0 })
    } finally {
      rmSync(data, { recursive: true, force: true })
    }
  }, 240_000)
})

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { freePort } from '@zhongheng/tools/ports.ts'
import { Person } from '@zhongheng/tools/demo/person.ts'
import { environment } from '@zhongheng/tools/settings.ts'
import { launch, type Platform } from '@zhongheng/tools/start/launch.ts'
import { programsOf } from '@zhongheng/tools/start/programs.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { guideBlocks } from './guide-blocks.ts'

/*
 * docs/guides/ledger-restore.md, followed word for word by the operator of a running platform: real processes, the files
 * of one day put back over those of another.
 */
const root = fileURLToPath(new URL('../..', import.meta.url))
const blocks = await guideBlocks('ledger-restore')
const ran = new Set<string>()
const reason = 'decided by Li Wei, security'

let folder: string
let data: string
let backup: string
let platform: Platform
let up = false
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zh-restore-'))
  data = join(folder, 'data')
  backup = join(folder, 'backup')
})
afterAll(async () => {
  if (up) await stop()
  await rm(folder, { recursive: true, force: true })
})

async function start(): Promise<void> {
  const port = await freePort()
  platform = await launch(
    {
      port,
      gatewayPort: await freePort(port + 1),
      data,
      databaseUrl: undefined,
      demo: true,
      language: 'en',
      underNpm: false,
    },
    { root, programs: programsOf(root), webPages: false, environment: { ...environment(), LC_ALL: 'C.UTF-8' } },
    { step: () => undefined, say: () => undefined },
    new Promise(() => undefined),
  )
  up = true
}
async function stop(): Promise<void> {
  up = false
  await platform.stop()
}

const organizer = async (): Promise<Person> => {
  const logins = JSON.parse(await readFile(join(data, 'first-logins.json'), 'utf8')) as {
    login: string
    password: string
  }[]
  return Person.signIn(platform.address, 'organizer', logins.find(({ login }) => login === 'organizer')?.password ?? '')
}
/** Each sign-in is an event. */
async function happen(times: number): Promise<void> {
  for (let n = 0; n < times; n++) await organizer()
}
const state = async () => (await organizer()).call('GET /api/ledger/state', {})
async function entered(): Promise<void> {
  const person = await organizer()
  await expect
    .poll(async () => (await person.call('GET /api/ledger/state', {})).waiting, { timeout: 40_000, interval: 500 })
    .toBe(0)
}
const publishedSize = async (): Promise<number> =>
  Number((await readFile(join(data, 'ledger/checkpoint'), 'utf8')).split('\n')[1])

/** Runs a block of the guide as it stands there; only the data folder is this test's. */
async function follow(name: string): Promise<{ code: number; said: string }> {
  const text = blocks.get(name)
  if (text === undefined) throw new Error(`the guide has no block ${name}`)
  ran.add(name)
  return new Promise((resolve) => {
    execFile(
      'bash',
      ['-euo', 'pipefail', '-c', `cd "$REPOSITORY"\n${text.replaceAll('.data', data)}`],
      { env: { ...environment(), LC_ALL: 'C.UTF-8', REPOSITORY: root }, timeout: 120_000 },
      (error, out, err) => resolve({ code: error === null ? 0 : Number(error.code ?? -1), said: `${out}${err}` }),
    )
  })
}
/** With owners and modes; the database may be a link to where its account can reach it. */
const copy = async (from: string, to: string): Promise<void> => {
  const there = await realpath(to).catch(() => to)
  await rm(there, { recursive: true, force: true })
  await promisify(execFile)('cp', ['-a', await realpath(from), there])
}
const putBack = async (names: readonly string[]): Promise<void> => {
  for (const name of names) if (existsSync(join(backup, name))) await copy(join(backup, name), join(data, name))
}
const everything = ['ledger', 'recorder', 'keys', 'postgres', 'key-shares']

/** The days after the backup, then the steps of the guide up to the start. */
async function restore(names: readonly string[]): Promise<{ before: number; checked: { code: number; said: string } }> {
  if (!up) await start()
  await happen(3)
  await entered()
  await stop()
  const before = await publishedSize()
  await rm(join(data, 'ledger-found'), { recursive: true, force: true })
  expect(await follow('keep')).toMatchObject({ code: 0 })
  expect(existsSync(join(data, 'ledger-found/checkpoint'))).toBe(true)
  await putBack(names)
  const checked = await follow('check')
  await start()
  return { before, checked }
}
async function answerFor(kind: string): Promise<void> {
  await expect.poll(async () => (await state()).fault?.kind, { timeout: 20_000 }).toBe(kind)
  expect(await readFile(join(data, 'logs/server.log'), 'utf8')).toContain('Contradiction: ')
  expect(await follow('accept')).toMatchObject({ code: 0 })
  await expect.poll(async () => (await state()).fault, { timeout: 20_000 }).toBeNull()
  const [restored] = (await state()).restores
  expect(restored?.kind).toBe(kind)
  expect(restored?.reason).toContain(reason)
  await entered()
  const whole = await follow('whole')
  expect(whole.code, whole.said).toBe(0)
}

describe('the guide for restoring the ledger, followed word for word', () => {
  it('begins with a backup of another day', async () => {
    await start()
    await happen(4)
    await entered()
    await stop()
    await mkdir(backup)
    for (const name of everything) if (existsSync(join(data, name))) await copy(join(data, name), join(backup, name))
  })
  it('everything from one backup: the check tells the rollback, the start names it, and it goes on once somebody answers', async () => {
    const { before, checked } = await restore(everything)
    expect(checked.code).toBe(1)
    expect(checked.said).toMatch(/rolled back|回滚/)
    await answerFor('both_behind')
    const [restored] = (await state()).restores
    expect(restored?.lost).toBeGreaterThan(0)
    expect(before).toBeGreaterThan(0)
  })

  it('the ledger alone: the missing entries are made again, and nothing is lost', async () => {
    await restore(['ledger'])
    await answerFor('ledger_behind')
  })

  it('the database alone: entries without an event keep their places', async () => {
    const { before } = await restore(['postgres'])
    await answerFor('database_behind')
    expect(await publishedSize()).toBeGreaterThan(before)
  })

  it('has no command that was not followed here', () => {
    expect([...blocks.keys()].filter((name) => !ran.has(name))).toEqual([])
  })
})

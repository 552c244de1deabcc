import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openLog } from '@zhongheng/ledger/log/open-log.ts'
import { ed25519Signer } from '@zhongheng/ledger/log/signer.ts'
import { type Company, signInAll } from '@zhongheng/tools/demo/cast.ts'
import { environment } from '@zhongheng/tools/settings.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { guideBlocks } from './guide-blocks.ts'
import { type LaunchedDemo, launchDemo } from './platform.ts'

/*
 * docs/guides/running-a-witness.md, followed word for word by the demand side on a machine of its own, against the organizer's real
 * platform. Between both lies the way through which the organizer is reached; one day a rewritten ledger answers there.
 */
const root = fileURLToPath(new URL('../..', import.meta.url))
const blocks = await guideBlocks('running-a-witness')
const ran = new Set<string>()

let platform: LaunchedDemo
let up = false
let company: Company
let base: string
let dir: string
let way: Server
/** Where the ledger is really asked; null while nothing answers. */
let behind: ((ask: IncomingMessage, answer: ServerResponse) => Promise<void>) | null
let key: string
let running: ChildProcess | undefined
beforeAll(async () => {
  platform = await launchDemo({ webPages: false })
  up = true
  company = await signInAll(platform.stage.base, platform.stage.dataFolder)
  key = (await company.demand.call('GET /api/ledger', {})).keyFingerprint
  base = await mkdtemp(join(tmpdir(), 'zh-witness-'))
  dir = join(base, 'witness')
  behind = toPlatform
  way = createServer((ask, answer) => {
    if (behind === null) ask.socket.destroy()
    else void behind(ask, answer).catch(() => answer.writeHead(404).end())
  })
  await new Promise<void>((resolve) => way.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  running?.kill('SIGKILL')
  way.closeAllConnections()
  way.close()
  if (up) await platform.end()
  await rm(base, { recursive: true, force: true })
  await rm(platform.stage.dataFolder, { recursive: true, force: true })
})

async function toPlatform(ask: IncomingMessage, answer: ServerResponse): Promise<void> {
  const { hostname, port } = new URL(platform.stage.base)
  const on = request({
    hostname,
    port,
    path: ask.url,
    method: ask.method,
    headers: { ...ask.headers, host: `${hostname}:${port}` },
  })
  ask.pipe(on)
  const [got] = (await once(on, 'response')) as [IncomingMessage]
  answer.writeHead(got.statusCode ?? 502, got.headers)
  got.pipe(answer)
}
const address = (): string => `http://127.0.0.1:${(way.address() as AddressInfo).port}`

const preamble = 'heng() { npm exec heng -- "$@"; }\ncd "$REPOSITORY"\n'
const surroundings = () => ({
  ...environment(),
  LC_ALL: 'en_US.UTF-8',
  REPOSITORY: root,
  DIR: dir,
  LOG: address(),
  KEY: key,
})
/** A block of the guide as it stands there. */
function block(name: string): string {
  const text = blocks.get(name)
  if (text === undefined) throw new Error(`the guide has no block ${name}`)
  ran.add(name)
  return preamble + text
}
const follow = async (name: string): Promise<{ code: number; out: string; said: string }> =>
  new Promise((resolve) => {
    execFile(
      'bash',
      ['-euo', 'pipefail', '-c', block(name)],
      { env: surroundings(), timeout: 60_000 },
      (error, out, err) => resolve({ code: error === null ? 0 : Number(error.code ?? -1), out, said: `${out}${err}` }),
    )
  })

/** The ledger as the organizer could rewrite it: the same name, the same key, another past. */
async function rewrite(size: number): Promise<typeof toPlatform> {
  const folder = join(base, 'rewritten')
  const told = await (await fetch(`${platform.stage.base}/ledger/checkpoint`)).text()
  const log = await openLog({
    folder,
    origin: told.split('\n')[0] ?? '',
    signer: ed25519Signer(await readFile(join(platform.stage.dataFolder, 'keys/ledger.key'), 'utf8')),
    now: () => new Date(),
  })
  await log.append(Array.from({ length: size }, (_, at) => Buffer.from(`{"rewritten":${at}}`)))
  await log.checkpoint()
  await log.close()
  return async (ask, answer) => {
    const path = /^\/ledger\/(?:cosign\/)?(tile\/[a-z0-9/.]+|checkpoint)$/.exec(ask.url ?? '')?.[1]
    if (path === undefined) return toPlatform(ask, answer)
    answer.end(await readFile(join(folder, path)))
  }
}

describe('the guide for running a witness, followed word for word', () => {
  it('sets up a witness that keeps its key to itself', async () => {
    const made = await follow('init')
    expect(made, made.said).toMatchObject({ code: 0 })
    const again = await follow('register')
    expect(again).toMatchObject({ code: 0 })
    const registration = again.out.trimEnd().split('\n').slice(-2).join('\n')
    expect(made.out).toContain(registration)
    const seen = await company.demand.call('POST /api/ledger/witnesses', { body: { registration, jurisdiction: 'CN' } })
    expect(seen.name).toBe('witness.example.com/w1')
  })
  it('looks once: the ledger takes the cosignature, and its page shows it', async () => {
    const looked = await follow('once')
    expect(looked, looked.said).toMatchObject({ code: 0 })
    expect(looked.said).toMatch(/cosigned \d+ entries/)
    const { witnesses } = await company.demand.call('GET /api/ledger/witnesses', {})
    expect(witnesses.find(({ name }) => name === 'witness.example.com/w1')?.state).toBe('good')
    expect(await follow('status')).toMatchObject({ code: 0 })
  })
  it('runs by itself, and ends with SIGTERM', async () => {
    running = spawn('bash', ['-c', block('run').replace('heng witness', 'exec npm exec heng -- witness')], {
      env: surroundings(),
      detached: true,
    })
    let said = ''
    running.stdout?.on('data', (part) => (said += String(part)))
    await company.demand.call('GET /api/ledger/witnesses', {})
    await signInAll(platform.stage.base, platform.stage.dataFolder)
    await expect.poll(() => said, { timeout: 40_000 }).toMatch(/cosigned \d+ entries/)
    const ended = once(running, 'close')
    process.kill(-(running.pid ?? 0), 'SIGTERM')
    await ended
    expect(existsSync(join(dir, 'ALARM'))).toBe(false)
  })
  it('says that nothing answers, and goes on when the ledger is back', async () => {
    behind = null
    const looked = await follow('once')
    expect(looked.code).toBe(1)
    expect(looked.said).toContain('unreachable')
    expect((await follow('status')).code).toBe(1)
    behind = toPlatform
    expect((await follow('once')).code).toBe(0)
    expect((await follow('status')).code).toBe(0)
  })
  it('raises the alarm when the ledger was rewritten with its own key, and keeps the proof', async () => {
    behind = await rewrite(5000)
    const looked = await follow('once')
    expect(looked.code, looked.said).toBe(1)
    expect(looked.said).toContain('fork')
    expect((await readdir(join(dir, 'evidence'))).filter((name) => name.startsWith('fork-'))).toHaveLength(1)
    const shown = await follow('show-fork')
    expect(shown.code).toBe(1)
    expect(shown.said).toContain(key)
  })
  it('cosigns nothing more after a fork, also when the old ledger is shown again', async () => {
    behind = toPlatform
    const before = await readFile(join(dir, 'memory.json'), 'utf8')
    expect((await follow('once')).code).toBe(1)
    expect(await readFile(join(dir, 'memory.json'), 'utf8')).toBe(before)
  })
  it('ran every command of the guide', () => expect([...ran].sort()).toEqual([...blocks.keys()].sort()))
})

import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { judgeCheckpoint, openKeysFile } from '@zhongheng/ledger/verify/keys-file.ts'
import { nodeCrypto } from '@zhongheng/ledger/verify/node-crypto.ts'
import { freePort } from '@zhongheng/tools/ports.ts'
import { environment } from '@zhongheng/tools/settings.ts'
import { launch, type Platform } from '@zhongheng/tools/start/launch.ts'
import { programsOf } from '@zhongheng/tools/start/programs.ts'
import type { Stop } from '@zhongheng/tools/stop.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { guideBlocks } from './guide-blocks.ts'
import { canMakeTokens, makeSoftToken, type SoftToken } from '../tokens/soft-token.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const blocks = await guideBlocks('ledger-keys')
const ran = new Set<string>()

let data: string
let stick: string
let token: SoftToken | undefined
let platform: Platform
let port: number
let first = ''

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'zh-drill-'))
  stick = join(data, 'stick')
  await mkdir(stick, { mode: 0o700 })
  if (canMakeTokens) token = makeSoftToken(await mkdtemp(join(data, 'hsm-')))
  await writeFile(join(data, 'pin'), `${token?.pin ?? ''}\n`, { mode: 0o600 })
  port = await freePort()
  await start()
})
afterAll(async () => {
  await platform.stop()
  await rm(data, { recursive: true, force: true })
})

const settingsOf = (): { readonly [name: string]: string | undefined } => ({
  ...environment(),
  LC_ALL: 'C.UTF-8',
  ...(token === undefined
    ? {}
    : { SOFTHSM2_CONF: token.environment['SOFTHSM2_CONF'], ZH_LEDGER_PIN_FILE: join(data, 'pin') }),
})
async function start(): Promise<void> {
  platform = await launch(
    {
      port,
      gatewayPort: await freePort(port + 1),
      data,
      databaseUrl: undefined,
      demo: false,
      language: 'en',
      underNpm: false,
    },
    { root, programs: programsOf(root), webPages: false, environment: settingsOf() },
    { step: () => undefined, say: () => undefined },
    Promise.withResolvers<Stop>().promise,
  )
}
async function restart(meanwhile: () => Promise<void>): Promise<void> {
  await platform.stop()
  await meanwhile()
  await start()
}

/** Runs a block of the guide as it stands there; only the places of files are this machine's. */
async function follow(
  name: string,
  more: { readonly [name: string]: string } = {},
): Promise<{ code: number; said: string }> {
  const text = blocks.get(name)
  if (text === undefined) throw new Error(`the guide has no block ${name}`)
  ran.add(name)
  const here = text
    .replaceAll('/media/stick', stick)
    .replaceAll('/tmp/keys.json', join(data, 'keys.json'))
    .replaceAll('/etc/zhongheng/pin', join(data, 'pin'))
    .replaceAll('/usr/lib/softhsm/libsofthsm2.so', token?.module ?? '/usr/lib/softhsm/libsofthsm2.so')
  const env = { ...settingsOf(), ZH_DATA: data, ZH_PUBLIC_URL: platform.address, ...more }
  return new Promise((resolve) => {
    execFile(
      'bash',
      ['-euo', 'pipefail', '-c', `cd "$REPOSITORY"\n${here}`],
      { env: { ...env, REPOSITORY: root }, timeout: 120_000 },
      (error, out, err) => resolve({ code: error === null ? 0 : Number(error.code ?? -1), said: `${out}${err}` }),
    )
  })
}
const followed = async (name: string, more: { readonly [name: string]: string } = {}): Promise<string> => {
  const { code, said } = await follow(name, more)
  expect(code, `${name}: ${said}`).toBe(0)
  return said
}

const get = async (path: string): Promise<Uint8Array> =>
  new Uint8Array(await (await fetch(`${platform.address}${path}`)).arrayBuffer())
/** What an outsider finds who fetches history and checkpoint and knows one fingerprint. */
async function judged(pinned: string) {
  const checkpoint = await get('/ledger/checkpoint')
  const history = openKeysFile(nodeCrypto, await get('/ledger/keys.json'))
  if (!('keys' in history)) throw new Error(history.what.en)
  return { history, verdict: judgeCheckpoint(nodeCrypto, history, checkpoint, [pinned]) }
}
const present = async (): Promise<string> => {
  const { verdict } = await judged(first)
  return verdict.ok ? (verdict.signedBy[0] ?? '') : ''
}
const sizeNow = async (): Promise<string> =>
  Buffer.from(await get('/ledger/checkpoint'))
    .toString('utf8')
    .split('\n')[1] ?? ''

describe('the guide of the ledger’s keys, followed word for word', () => {
  it('shows the first key', async () => {
    const said = await followed('status')
    first = /^([0-9a-f]{64}) {2}in force$/m.exec(said)?.[1] ?? ''
    expect(first).not.toBe('')
    expect(await present()).toBe(first)
  })

  it('rotates with an overlap, and readers of the first fingerprint follow', async () => {
    await followed('rotate')
    expect((await judged(first)).verdict).toMatchObject({ ok: true, signedBy: [expect.any(String), first] })
    await followed('end')
    const { verdict } = await judged(first)
    expect(verdict).toMatchObject({ ok: true, trusted: true })
    expect(verdict.ok && verdict.signedBy.length === 1 && verdict.signedBy[0] !== first).toBe(true)
    expect(await followed('reader', { FIRST_FINGERPRINT: first })).toContain(first)
    expect((await follow('reader', { FIRST_FINGERPRINT: 'ab'.repeat(32) })).code).toBe(1)
  })

  it.skipIf(!canMakeTokens)(
    'moves the key into a token and back out (skipped without softhsm2 and opensc)',
    async () => {
      await followed('token')
      await followed('end')
      const inToken = await present()
      expect((await judged(first)).verdict).toMatchObject({ ok: true, signedBy: [inToken] })
      await followed('rotate')
      await followed('end')
      expect(await present()).not.toBe(inToken)
    },
  )

  it('answers a theft with the reserve key: nothing above the named size counts, and no reader has to ask', async () => {
    await followed('reserve')
    const stolen = await present()
    const lastGood = await sizeNow()
    const said = await followed('stolen-with-reserve', { LAST_GOOD_SIZE: lastGood })
    expect(said).toContain(`key ${stolen} is revoked`)
    const { history, verdict } = await judged(first)
    expect(verdict).toMatchObject({ ok: true, trusted: true })
    expect(history.keys.find((key) => key.fingerprint === stolen)?.revoked).toMatchObject({
      reason: 'stolen',
      upTo: Number(lastGood),
    })
    expect(await followed('stolen-check')).toContain('revoked (stolen)')
  })

  it('answers a theft without a reserve key: whoever knows only older fingerprints is told to ask', async () => {
    await followed('stolen', { LAST_GOOD_SIZE: await sizeNow() })
    const { history, verdict } = await judged(first)
    expect(verdict).toMatchObject({ ok: false, what: { en: expect.stringContaining('another way') } })
    first = history.keys.at(-1)?.fingerprint ?? ''
    expect((await judged(first)).verdict).toMatchObject({ ok: true, trusted: true })
  })

  it('answers a loss with the reserve key: the platform ran on without checkpoints and lost nothing', async () => {
    await rm(join(stick, 'reserve.key'))
    await followed('reserve')
    const lost = await present()
    const before = await sizeNow()
    await restart(() => rename(join(data, `keys/ledger-${lost.slice(0, 16)}.key`), join(data, 'gone')))
    const setUp = await fetch(`${platform.address}/api/setup`)
    expect(setUp.status).toBeLessThan(500)
    expect(await sizeNow()).toBe(before)
    await followed('lost-with-reserve')
    expect(await followed('lost-check')).toContain('revoked (lost)')
    expect((await judged(first)).verdict).toMatchObject({ ok: true, trusted: true })
    expect(Number(await sizeNow())).toBeGreaterThan(Number(before))
  })

  it('answers a loss without a reserve key, also while the platform stands still', async () => {
    const lost = await present()
    await restart(async () => {
      await rename(join(data, `keys/ledger-${lost.slice(0, 16)}.key`), join(data, 'gone-too'))
      expect(await follow('lost')).toMatchObject({ code: 0, said: expect.stringContaining('at the next start') })
    })
    await expect.poll(async () => (await judged(first)).verdict.ok, { timeout: 20_000 }).toBe(false)
    const { history } = await judged(first)
    const next = history.keys.at(-1)?.fingerprint ?? ''
    await expect
      .poll(async () => (await judged(next)).verdict, { timeout: 20_000 })
      .toMatchObject({ ok: true, trusted: true })
    await followed('lost-check')
  })

  it('has no command that was not followed here', () => {
    const skipped = canMakeTokens ? [] : ['token']
    expect([...blocks.keys()].filter((name) => !ran.has(name))).toEqual(skipped)
  })
})

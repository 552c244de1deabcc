import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '@zhongheng/tools/ports.ts'
import { environment } from '@zhongheng/tools/settings.ts'
import { launch, type Platform } from '@zhongheng/tools/start/launch.ts'
import { programsOf } from '@zhongheng/tools/start/programs.ts'
import type { Stop } from '@zhongheng/tools/stop.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { canMakeTokens, makeSoftToken, type SoftToken } from '../tokens/soft-token.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const guide = await readFile(join(root, 'docs/guides/sealing-keys.md'), 'utf8')
/** The commands of the guide by their mark, as they stand there. */
const blocks = new Map(
  [...guide.matchAll(/^```sh test=(\S+)\n([\s\S]*?)^```$/gmu)].map(([, name = '', text = '']) => [name, text]),
)
const ran = new Set<string>()

let data: string
let port: number
let platform: Platform | undefined
let token: SoftToken | undefined
let told: string[] = []
const secretIn = (name: string): string => join(data, 'secrets', name)

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'zh-seal-'))
  await mkdir(join(data, 'secrets'), { mode: 0o700 })
  if (canMakeTokens) token = makeSoftToken(await mkdtemp(join(data, 'hsm-')))
  await writeFile(secretIn('passphrase'), 'neun Pferde im Regen\n', { mode: 0o600 })
  await writeFile(secretIn('pin'), `${token?.pin ?? ''}\n`, { mode: 0o600 })
  port = await freePort()
})
afterAll(async () => {
  await platform?.stop()
  await rm(data, { recursive: true, force: true })
})

const settingsOf = (more: { readonly [name: string]: string }): { readonly [name: string]: string | undefined } => ({
  ...environment(),
  LC_ALL: 'C.UTF-8',
  ...(token === undefined ? {} : { SOFTHSM2_CONF: token.environment['SOFTHSM2_CONF'] }),
  ...more,
})
async function start(more: { readonly [name: string]: string } = {}): Promise<void> {
  told = []
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
    { root, programs: programsOf(root), webPages: false, environment: settingsOf(more) },
    { step: () => undefined, say: (text) => void told.push(text.en) },
    Promise.withResolvers<Stop>().promise,
  )
}
async function stop(): Promise<void> {
  await platform?.stop()
  platform = undefined
}
/** Runs a block of the guide as it stands there; only the places of files are this machine's. */
async function follow(name: string, input = ''): Promise<{ code: number; said: string }> {
  const text = blocks.get(name)
  if (text === undefined) throw new Error(`the guide has no block ${name}`)
  ran.add(name)
  await writeFile(secretIn('input'), input, { mode: 0o600 })
  const here = text
    .replaceAll(/< shares?\.txt/g, `< ${secretIn('input')}`)
    .replaceAll('/run/zhongheng/passphrase', secretIn('passphrase'))
    .replaceAll('/etc/zhongheng/pin', secretIn('pin'))
    .replaceAll('/usr/lib/softhsm/libsofthsm2.so', token?.module ?? '/usr/lib/softhsm/libsofthsm2.so')
  const env = { ...settingsOf({ ZH_DATA: data, ZH_PORT: String(port), REPOSITORY: root }) }
  return new Promise((resolve) => {
    execFile(
      'bash',
      ['-euo', 'pipefail', '-c', `cd "$REPOSITORY"\n${here}`],
      { env, timeout: 120_000 },
      (error, out, err) => resolve({ code: error === null ? 0 : Number(error.code ?? -1), said: `${out}${err}` }),
    )
  })
}
const followed = async (name: string, input = ''): Promise<string> => {
  const { code, said } = await follow(name, input)
  expect(code, `${name}: ${said}`).toBe(0)
  return said
}
const sharesIn = (said: string): string[] => said.match(/^zhs1-\S+$/gm) ?? []
const ask = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${port}${path}`)
const isUp = async (): Promise<boolean> => (await ask('/healthz').catch(() => undefined))?.status === 200

let shares: string[] = []

describe('the guide of the sealing keys, followed word for word', () => {
  it('begins with a file, and refuses to move the keys while the platform runs', async () => {
    await start()
    expect(await isUp()).toBe(true)
    expect(await followed('status')).toMatch(/unlocked by: a file in the clear.*\nkey-encryption key 1, /)
    const { code, said } = await follow('to-passphrase')
    expect([code, said]).toEqual([4, expect.stringContaining('runs already')])
    await stop()
  })
  it('moves to a passphrase: without it the start ends once, with the reason', async () => {
    expect(await followed('to-passphrase')).toContain('unlocked by: a file with a passphrase')
    await expect(start()).rejects.toThrow(/cannot start before somebody acts[\s\S]*ZH_SEALING_PASSPHRASE_FILE/)
    await start({ ZH_SEALING_PASSPHRASE_FILE: secretIn('passphrase') })
    expect(await isUp()).toBe(true)
    await stop()
  })
  it('moves to shares: sealed after a start, 503 and health; two holders unseal it', async () => {
    const said = await followed('to-shares')
    shares = sharesIn(said)
    expect(shares).toHaveLength(3)
    expect(said).toContain('any 2 of 3 shares')
    await start()
    expect(told.join('\n')).toContain('The platform is sealed')
    expect((await ask('/api/me')).status).toBe(503)
    expect(await (await ask('/healthz')).json()).toEqual({ ready: false, sealed: { given: 0, needed: 2 } })
    expect(await followed('unseal', shares[0])).toContain('1 of 2 shares are in')
    expect((await follow('unseal', 'zhs1-not-one')).code).toBe(1)
    const form = await fetch(`http://127.0.0.1:${port}/unseal`, {
      method: 'POST',
      body: new URLSearchParams({ share: shares[2] ?? '' }),
    })
    expect(await form.text()).toContain('Unsealed; the platform starts now')
    await expect.poll(isUp, { timeout: 60_000 }).toBe(true)
    expect((await ask('/api/me')).status).toBe(401)
    await stop()
    for (const name of ['server', 'gateway', 'recorder', 'postgres']) {
      const log = await readFile(join(data, 'logs', `${name}.log`), 'latin1').catch(() => '')
      for (const share of shares) expect(log).not.toContain(share.slice(20, 60))
    }
  })
  it.skipIf(!canMakeTokens)('moves to a PKCS#11 token and back (skipped without softhsm2 and opensc)', async () => {
    expect((await follow('to-token', `${shares[1]}\n`)).code).toBe(1)
    expect(await followed('to-token', `${shares[1]}\n${shares[2]}\n`)).toContain('PKCS#11 token zhongheng')
    await writeFile(secretIn('wrong-pin'), '0000\n', { mode: 0o600 })
    await expect(start({ ZH_SEALING_PIN_FILE: secretIn('wrong-pin') })).rejects.toThrow(/refused the PIN/)
    await start({ ZH_SEALING_PIN_FILE: secretIn('pin') })
    expect(await isUp()).toBe(true)
    await stop()
    expect(await followed('to-file')).toContain('a file in the clear')
    await start()
    expect(await isUp()).toBe(true)
  })
  it('has no command that was not followed here', () => {
    const skipped = canMakeTokens ? [] : ['to-token', 'to-file']
    expect([...blocks.keys()].filter((name) => !ran.has(name))).toEqual(skipped)
  })
})

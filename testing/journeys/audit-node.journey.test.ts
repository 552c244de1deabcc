import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setTimeout as wait } from 'node:timers/promises'
import { recorderSockets, socketPath } from '@zhongheng/contracts/records/sockets.ts'
import { openRecorderPort, type RecorderPort } from '@zhongheng/server/ports/recorder.ts'
import { type Company, signInAll } from '@zhongheng/tools/demo/cast.ts'
import { findProgram, type Lease, visit } from '@zhongheng/tools/demo/http-clients.ts'
import { takeLease } from '@zhongheng/tools/demo/prepare.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningPlatform, startPlatform } from './platform.ts'
import { serverPid } from './server-processes.ts'

/* The whole platform as processes on the organizer's side; the audit node as one on the auditor's. */
const bin = fileURLToPath(new URL('../../cli/bin/heng.mjs', import.meta.url))
let platform: RunningPlatform
let company: Company
let recorder: RecorderPort
let lease: Lease
let base: string
let dir: string
let up = false
const curl = findProgram('curl')
const running: ChildProcess[] = []
beforeAll(async () => {
  platform = await startPlatform({ webPages: false })
  up = true
  company = await signInAll(platform.stage.base, platform.stage.dataFolder)
  lease = await takeLease(company.tester, platform.engagementId, join(platform.stage.workFolder, 'audit-ca.pem'))
  recorder = openRecorderPort(socketPath(join(platform.stage.dataFolder, 'run'), recorderSockets.control))
  // On a disk of its own: the organizer's folder goes with the organizer.
  base = await mkdtemp(join(tmpdir(), 'zh-audit-'))
  dir = join(base, 'xinheng')
})
afterAll(async () => {
  for (const one of running) if (one.exitCode === null && one.signalCode === null) one.kill('SIGKILL')
  recorder.close()
  if (up) await platform.stop()
  await rm(base, { recursive: true, force: true })
})

type Ran = { exit: number | null; out: string; err: string }
function start(...words: string[]): { child: ChildProcess; ran: Ran } {
  const child = spawn(process.execPath, [bin, 'audit-node', ...words, '--lang', 'en'])
  running.push(child)
  const ran: Ran = { exit: null, out: '', err: '' }
  child.stdout.on('data', (part) => (ran.out += String(part)))
  child.stderr.on('data', (part) => (ran.err += String(part)))
  return { child, ran }
}
async function heng(...words: string[]): Promise<Ran> {
  const { child, ran } = start(...words)
  const [exit] = (await once(child, 'close')) as [number | null]
  return { ...ran, exit }
}
type Report = {
  complete: boolean
  engagements: {
    segments: number
    exchanges: number
    leases: { leaseId: string; exchanges: number; counted: number | null }[]
    gaps: { number: number | null; segmentId: string | null; what: string }[]
  }[]
}
const report = async (): Promise<Report & { exit: number | null }> => {
  const { out, exit } = await heng('status', '--dir', dir, '--json')
  return { ...(JSON.parse(out) as Report), exit }
}
async function eventually<T>(make: () => Promise<T>, good: (made: T) => boolean): Promise<T> {
  for (let turn = 0; ; turn++) {
    const made = await make()
    if (good(made) || turn > 60) return made
    await wait(1000)
  }
}
/** Traffic of its own and then its seal. */
async function segment(mark: string): Promise<void> {
  const shop = `http://${platform.stage.target.host}:${platform.stage.target.port}`
  for (let turn = 0; turn < 100; turn++) {
    if ((await visit(curl, lease, `${shop}/products/1?mark=${mark}`)) === 200) break
    await wait(200)
  }
  expect(await recorder.seal(platform.engagementId)).toHaveLength(1)
}
const copies = async (): Promise<string[]> =>
  (await readdir(join(dir, 'engagements', platform.engagementId))).filter((name) => name.endsWith('.zhs')).sort()
const copyAt = (name: string): string => join(dir, 'engagements', platform.engagementId, name)

describe('an audit node', () => {
  it('is set up with the ledger key’s fingerprint and an access token of the auditor', async () => {
    const { token } = await company.auditor.call('POST /api/account/tokens', {
      body: { name: 'audit node', scopes: ['engagements:read', 'traffic:read'], days: 30 },
    })
    const tokenFile = join(platform.stage.workFolder, 'token')
    await writeFile(tokenFile, token, { mode: 0o600 })
    const { keyFingerprint } = await company.auditor.call('GET /api/ledger', {})
    const words = ['--dir', dir, '--log', platform.stage.base, '--key', keyFingerprint]
    expect((await heng('init', ...words)).exit, 'no token').toBe(2)
    const made = await heng('init', ...words, '--token-file', tokenFile, '--name', 'audit.xinheng.example/n1')
    expect(made).toMatchObject({ exit: 0, err: '' })
    await company.auditor.call('POST /api/ledger/witnesses', {
      body: { registration: made.out.trimEnd().split('\n').slice(-2).join('\n'), jurisdiction: 'CN' },
    })
  })
  it('copies what was sealed, proves each seal in the ledger, and finds its copy complete', async () => {
    for (const mark of ['one', 'two', 'three']) await segment(mark)
    const done = await eventually(
      () => heng('once', '--dir', dir),
      (ran) => ran.exit === 0 && ran.out.includes('3 segments,'),
    )
    expect(done.out).toContain('complete')
    expect(await report()).toMatchObject({
      exit: 0,
      complete: true,
      engagements: [{ segments: 3, gaps: [] }],
    })
    // Sealed: what the tester asked for is nowhere in the copies.
    for (const name of await copies()) expect(await readFile(copyAt(name), 'latin1')).not.toContain('mark=')
    const { events } = await company.auditor.call('GET /api/engagements/:engagementId/timeline', {
      params: { engagementId: platform.engagementId },
      query: { limit: 200 },
    })
    expect(events.filter((one) => one.kind === 'segment.mirrored')).toHaveLength(3)
  })
  it('accounts for the traffic of each lease, and says when the server counts more than it shows', async () => {
    const { engagements } = await report()
    const [{ leases, exchanges } = { leases: [], exchanges: 0 }] = engagements
    expect(leases.reduce((sum, one) => sum + one.exchanges, 0)).toBe(exchanges)
    expect(leases.map(({ counted }) => counted)).toEqual(leases.map((one) => one.exchanges))
    const told = await heng('status', '--dir', dir)
    for (const { leaseId, exchanges: its } of leases) expect(told.out).toContain(`lease ${leaseId}: ${its} exchanges`)
    // Leases stand in the order of their first exchanges; the newest is the one of this test.
    const mine = leases.at(-1) ?? { leaseId: '', exchanges: 0 }
    expect(mine.exchanges).toBeGreaterThanOrEqual(3)
    const folder = join(dir, 'engagements', platform.engagementId)
    const leaves = (await readdir(folder)).filter((name) => name.endsWith('.leaves.json')).sort()
    expect(leaves).toHaveLength(3)
    const path = join(folder, leaves.at(-1) ?? '')
    const shown = await readFile(path, 'utf8')
    expect(shown).toContain(mine.leaseId)
    await writeFile(path, shown.replaceAll(mine.leaseId, `lea_${'0'.repeat(26)}`))
    const bent = await report()
    expect(bent).toMatchObject({ exit: 1, complete: false })
    expect(bent.engagements[0]?.gaps.map(({ what }) => what).join()).toContain('do not lead to its root')
    expect(bent.engagements[0]?.gaps.map(({ what }) => what).join()).toContain(
      `lease ${mine.leaseId}: the server counts`,
    )
    await rm(path)
    await eventually(
      () => heng('once', '--dir', dir),
      (ran) => ran.exit === 0,
    )
    expect(await report()).toMatchObject({ exit: 0, complete: true })
  })
  it('goes on by itself while the organizer’s server is killed under it', async () => {
    const { child, ran } = start('run', '--dir', dir, '--interval', '1')
    await segment('four')
    process.kill((await serverPid()) ?? 0, 'SIGKILL')
    await segment('five')
    const whole = await eventually(report, (now) => now.complete && now.engagements[0]?.segments === 5)
    expect(whole).toMatchObject({ complete: true, engagements: [{ segments: 5 }] })
    child.kill('SIGTERM')
    expect(await once(child, 'close')).toEqual([0, null])
    expect(ran.err).not.toContain('fork')
  })
  it('names a segment that was taken out of it or changed, and takes it again', async () => {
    const names = await copies()
    const [gone = '', bent = ''] = [names[1], names[3]]
    await rm(copyAt(gone))
    const missing = await report()
    expect(missing).toMatchObject({ exit: 1, complete: false })
    expect(missing.engagements[0]?.gaps).toContainEqual({ number: 2, segmentId: null, what: 'segment missing' })
    expect(missing.engagements[0]?.gaps).toContainEqual({
      number: null,
      segmentId: gone.replace('.zhs', ''),
      what: 'sealed, and no copy is here',
    })
    const told = await heng('status', '--dir', dir)
    expect(told.out).toContain('NOT complete')
    expect(told.out).toContain('#2 : segment missing')
    const bytes = await readFile(copyAt(bent))
    const at = bytes.length >> 1
    bytes[at] = (bytes[at] ?? 0) ^ 1
    await writeFile(copyAt(bent), bytes)
    expect((await report()).engagements[0]?.gaps.some((gap) => gap.segmentId === bent.replace('.zhs', ''))).toBe(true)
    await rm(copyAt(bent))
    expect(
      await eventually(
        () => heng('once', '--dir', dir),
        (ran) => ran.exit === 0,
      ),
    ).toMatchObject({ exit: 0 })
    expect(await report()).toMatchObject({ exit: 0, complete: true, engagements: [{ segments: 5 }] })
  })
  it('says the same, and what is missing, when the organizer’s site is gone', async () => {
    await platform.stop()
    up = false
    const alone = await heng('once', '--dir', dir)
    expect(alone.exit).toBe(1)
    expect(alone.err).toContain('does not answer')
    expect(alone.out).toContain('5 segments')
    expect(await report()).toMatchObject({ exit: 0, complete: true })
    const [first = ''] = await copies()
    await rm(copyAt(first))
    const gap = await report()
    expect(gap).toMatchObject({ exit: 1, complete: false })
    expect(gap.engagements[0]?.gaps).toContainEqual({ number: 1, segmentId: null, what: 'segment missing' })
  })
})

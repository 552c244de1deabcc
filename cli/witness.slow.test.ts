import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { signCheckpoint } from '@zhongheng/ledger/log/sign-checkpoint.ts'
import { toBase64, utf8 } from '@zhongheng/ledger/verify/bytes.ts'
import { fingerprint } from '@zhongheng/ledger/verify/keys.ts'
import { leafHash, rootOf } from '@zhongheng/ledger/verify/merkle.ts'
import { nodeCrypto } from '@zhongheng/ledger/verify/node-crypto.ts'
import { parseNote } from '@zhongheng/ledger/verify/note.ts'
import { proofsFromTiles } from '@zhongheng/ledger/verify/tile-proofs.ts'
import { leavesOf, origin, serveLog, type ServedLog } from '@zhongheng/ledger/witness/served-log-for-tests.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { witness } from './commands/witness.ts'

/*
 * The real program, as processes of its own, against a log whose operator has root and the signing key.
 */
const bin = fileURLToPath(new URL('bin/heng.mjs', import.meta.url))
let log: ServedLog
let base: string
let dir: string
const running: ChildProcess[] = []
beforeEach(async () => {
  log = await serveLog()
  base = await mkdtemp(join(tmpdir(), 'zh-heng-witness-'))
  dir = join(base, 'xinheng')
})
afterEach(async () => {
  for (const one of running.splice(0)) if (one.exitCode === null && one.signalCode === null) one.kill('SIGKILL')
  await log.close()
  await rm(base, { recursive: true, force: true })
})

const key = (): string => fingerprint(nodeCrypto.sha256, log.signer.publicKey)
function start(...words: string[]): ChildProcessWithoutNullStreams {
  const child = spawn(process.execPath, [bin, 'witness', ...words, '--lang', 'en'])
  running.push(child)
  return child
}
type Ran = { exit: number | null; out: string; err: string }
/** Not spawnSync: the log is served by this very process. */
async function heng(...words: string[]): Promise<Ran> {
  const child = start(...words)
  const ran = { out: '', err: '' }
  child.stdout.on('data', (part) => (ran.out += String(part)))
  child.stderr.on('data', (part) => (ran.err += String(part)))
  const [exit] = (await once(child, 'close')) as [number | null]
  return { exit, ...ran }
}
const init = () => heng('init', '--dir', dir, '--log', log.url, '--key', key(), '--name', 'xinheng.example/w1')
const memory = async (): Promise<{ size: number; root: string; fork: string | null }> =>
  JSON.parse(await readFile(join(dir, 'memory.json'), 'utf8')) as { size: number; root: string; fork: string | null }

describe('heng witness', { timeout: 120_000 }, () => {
  it('is set up, looks, tells how it stands, and says 2 when it is called wrongly', async () => {
    await log.serve(leavesOf(0, 20))
    expect(await init()).toMatchObject({ exit: 0, err: '' })
    expect((await init()).exit).toBe(2)
    expect(await heng('once', '--dir', dir)).toMatchObject({ exit: 0, out: 'cosigned 20 entries\n' })
    const status = await heng('status', '--dir', dir, '--json')
    expect(JSON.parse(status.out)).toMatchObject({ size: 20, handedIn: true, alarm: null, name: 'xinheng.example/w1' })
    for (const words of [
      [],
      ['nothing'],
      ['once'],
      ['once', '--dir', join(base, 'none')],
      ['init', '--dir', dir],
      ['run', '--dir', dir, '--interval', '0'],
    ])
      expect((await heng(...words)).exit, words.join(' ')).toBe(2)
    const wrong = await heng('init', '--dir', join(base, 'other'), '--log', log.url, '--key', 'a'.repeat(64))
    expect([wrong.exit, wrong.err.includes('fingerprint')]).toEqual([2, true])
  })

  it('PUB-LE-02 refuses the log cut back by k entries, for each k from 1 to 100, and so does a process that runs on', async () => {
    await log.serve(leavesOf(0, 300))
    await init()
    await heng('once', '--dir', dir)
    let shown = ''
    log.bend = (ask, answer) => ask.url === '/ledger/checkpoint' && (answer.end(shown), true)
    const cutBackBy = async (k: number): Promise<void> => {
      const root = rootOf(nodeCrypto.sha256, leavesOf(0, 300 - k))
      shown = await signCheckpoint(log.signer, { origin, size: 300 - k, root }, new Date(Date.now() + 60_000))
    }
    for (let k = 1; k <= 100; k++) {
      await cutBackBy(k)
      const told: string[] = []
      const terminal = {
        language: 'en' as const,
        say: (line: string) => told.push(line),
        warn: (line: string) => told.push(line),
      }
      expect(await witness.run(['once', '--dir', dir], terminal), String(k)).toBe(1)
      expect(told.join()).toContain(`ALARM rollback: the log shows ${300 - k} entries and had shown 300`)
    }
    const hook = join(base, 'hook')
    await writeFile(hook, `#!/bin/sh\necho "$1" >> '${join(base, 'heard')}'\n`, { mode: 0o755 })
    await rm(join(dir, 'alarm.json'))
    const child = start('run', '--dir', dir, '--interval', '1', '--hook', hook, '--alarm-file', join(base, 'ALARM'))
    await expect
      .poll(() => readFile(join(base, 'heard'), 'utf8').catch(() => ''), { timeout: 30_000 })
      .toBe('rollback\n')
    child.kill('SIGTERM')
    expect(await once(child, 'close')).toEqual([0, null])
    expect(JSON.parse(await readFile(join(base, 'ALARM'), 'utf8'))).toMatchObject({ kind: 'rollback' })
    expect((await heng('status', '--dir', dir)).exit).toBe(1)
    expect((await memory()).size).toBe(300)
    expect(new Set(log.handedIn.map((note) => note.split('\n')[1]))).toEqual(new Set(['300']))
  })

  it('PUB-LE-03 ends with proof when yesterday was restored and written on, and anybody can check that proof', async () => {
    await log.serve(leavesOf(0, 290))
    await init()
    await heng('once', '--dir', dir)
    await log.serve([...leavesOf(0, 200), ...leavesOf(200, 420, 'instead')])
    const ran = await heng('run', '--dir', dir, '--interval', '1')
    expect(ran.exit).toBe(1)
    expect(ran.err).toContain('ALARM fork: the log signed two different roots over its first 290 entries')
    const evidence = join(dir, 'evidence', (await readdir(join(dir, 'evidence')))[0] ?? '')
    const shown = await heng('show-fork', evidence, '--key', key())
    expect(shown.exit).toBe(1)
    expect(shown.out).toContain('a fork is proved')
    expect(shown.out).toContain('(the one you named)')
    expect((await heng('show-fork', evidence, '--key', 'b'.repeat(64))).out).toContain('NOT the one you named')
    expect((await heng('show-fork', join(dir, 'memory.json'))).exit).toBe(2)
    // With openssl alone: both notes are signed by the one key.
    const { kept, shown: later } = JSON.parse(await readFile(evidence, 'utf8')) as { kept: string; shown: string }
    const pem = `-----BEGIN PUBLIC KEY-----\n${toBase64(Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), log.signer.publicKey]))}\n-----END PUBLIC KEY-----\n`
    await writeFile(join(base, 'key.pem'), pem)
    for (const note of [kept, later]) {
      const parsed = parseNote(utf8(note))
      await writeFile(join(base, 'body'), parsed?.text ?? '')
      await writeFile(join(base, 'sig'), parsed?.signatures[0]?.bytes ?? '')
      const checked = spawnSync('openssl', [
        'pkeyutl',
        '-verify',
        '-rawin',
        '-pubin',
        '-inkey',
        join(base, 'key.pem'),
        '-in',
        join(base, 'body'),
        '-sigfile',
        join(base, 'sig'),
      ])
      if (checked.error === undefined) expect(checked.status).toBe(0)
    }
    // Started again, it still refuses, also when the true history is back.
    await log.serve(leavesOf(0, 500))
    expect((await heng('once', '--dir', dir)).exit).toBe(1)
    expect(await memory()).toMatchObject({ size: 290 })
  })

  it('killed 40 times while the log grows, it never vouches for a smaller or another tree', async () => {
    await log.serve(leavesOf(0, 5))
    await init()
    let size = 5
    let before = 0
    let died = 0
    for (let times = 0; times < 40; times++) {
      await log.add(leavesOf(size, size + 7))
      size += 7
      const due = Promise.withResolvers<void>()
      // At each of its questions in turn, the handing in and those of its next look included, and a little later.
      let left = 1 + (times % 8)
      log.bend = () => {
        if (--left === 0) due.resolve()
        return false
      }
      const child = start('run', '--dir', dir, '--interval', '1')
      await due.promise
      await new Promise((resolve) => setTimeout(resolve, times))
      if (child.kill('SIGKILL')) died++
      await once(child, 'close')
      const now = (await memory()).size
      expect(now).toBeGreaterThanOrEqual(before)
      before = now
    }
    expect(died).toBe(40)
    expect(await heng('once', '--dir', dir)).toMatchObject({ exit: 0 })
    expect((await memory()).size).toBe(size)
    // What reached the log: one root for a size, each the beginning of the next, and nothing beyond the memory.
    const heads = log.handedIn
      .map((note) => note.split('\n').slice(1, 3))
      .map(([count, root]) => [Number(count), root] as const)
    expect(heads.length).toBeGreaterThan(5)
    for (const [at, [count, root]] of heads.entries()) {
      expect(root).toBe(toBase64(rootOf(nodeCrypto.sha256, leavesOf(0, count))))
      if (at > 0) expect(count).toBeGreaterThanOrEqual(heads[at - 1]?.[0] ?? 0)
    }
  })

  it('takes checkpoints that are sent to it, by the letter of C2SP add-checkpoint', async () => {
    await log.serve(leavesOf(0, 100))
    await init()
    log.bend = (ask, answer) => ask.url === '/ledger/checkpoint' && (answer.writeHead(500).end(), true)
    const child = start('run', '--dir', dir, '--listen', '0', '--interval', '60')
    let said = ''
    child.stdout.on('data', (part) => (said += String(part)))
    await expect.poll(() => said, { timeout: 20_000 }).toContain('/add-checkpoint')
    const url = /http:\S+/.exec(said)?.[0] ?? ''
    const hashes = (to: number) => leavesOf(0, to)
    const note = (size: number, leaves = hashes(size)) =>
      signCheckpoint(log.signer, { origin, size, root: rootOf(nodeCrypto.sha256, leaves) }, new Date())
    const proof = async (from: number, to: number): Promise<string> => {
      const path = await proofsFromTiles(nodeCrypto.sha256, to, async (_level, index, width) =>
        Buffer.concat(
          hashes(to)
            .slice(index * 256, index * 256 + width)
            .map((leaf) => leafHash(nodeCrypto.sha256, leaf)),
        ),
      ).consistencyProof(from)
      return path.map((hash) => `${toBase64(hash)}\n`).join('')
    }
    const send = async (body: string | Uint8Array, method = 'POST', path = '') => {
      const answer = await fetch(`${url}${path}`, { method, ...(method === 'GET' ? {} : { body: body as string }) })
      return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() }
    }
    const first = await send(`old 0\n\n${await note(100)}`)
    expect(first.status).toBe(200)
    expect(parseNote(utf8((await note(100)) + first.text))?.signatures.at(-1)?.name).toBe('xinheng.example/w1')
    expect((await memory()).size).toBe(100)
    expect(await send(`old 0\n\n${await note(120)}`)).toEqual({ status: 409, type: 'text/x.tlog.size', text: '100\n' })
    expect((await send(`old 100\n\n${await note(100)}`)).status).toBe(200)
    expect((await send(`old 100\n${await proof(100, 120)}\n${await note(120)}`)).status).toBe(200)
    for (const [body, status] of [
      [`old 120\n\n${await note(140)}`, 422],
      [`old 120\n${await proof(100, 140)}\n${await note(140)}`, 422],
      [`old 130\n\n${await note(120)}`, 400],
      [`old 0120\n\n${await note(140)}`, 400],
      [`old 120\nAAAA\n\n${await note(140)}`, 400],
      [`old 120\n${`${toBase64(new Uint8Array(32))}\n`.repeat(64)}\n${await note(140)}`, 400],
      ['old 120\n', 400],
      ['', 400],
      [`old 120\n\n${(await note(140)).replaceAll(origin, 'other.example/log')}`, 404],
      [`old 120\n\n${(await note(140)).replace('\n140\n', '\n141\n')}`, 403],
      [Buffer.alloc(40_000, 65), 413],
    ] as const)
      expect((await send(body as string)).status, String(body).slice(0, 40)).toBe(status)
    expect((await send('', 'GET')).status).toBe(405)
    expect((await send('', 'POST', '/more')).status).toBe(404)
    expect((await memory()).size).toBe(120)
    // The same size with another root, signed by the log: a fork that the log itself handed over.
    expect((await send(`old 120\n\n${await note(120, leavesOf(0, 120, 'other'))}`)).status).toBe(409)
    expect((await memory()).fork).toContain('fork-')
    expect((await send(`old 120\n${await proof(120, 140)}\n${await note(140)}`)).status).toBe(409)
    child.kill('SIGTERM')
    await once(child, 'close')
  })
})

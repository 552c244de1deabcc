import { createPublicKey, verify } from 'node:crypto'
import { chmod, mkdtemp, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { signCheckpoint } from '../log/sign-checkpoint.ts'
import { newEd25519Key } from '../log/signer.ts'
import { fingerprint, fingerprintSubject } from '../verify/keys.ts'
import { judgeContradiction } from '../verify/fork.ts'
import { rootOf } from '../verify/merkle.ts'
import { nodeCrypto } from '../verify/node-crypto.ts'
import { parseNote } from '../verify/note.ts'
import { openRegistration } from '../verify/witness-registration.ts'
import { endAlarm, raiseAlarm, standingAlarm } from './alarms.ts'
import { beginWitness, prefixOf, registrationOf } from './begin.ts'
import { openFolder, type WitnessFolder } from './folder.ts'
import { type Look, lookOnce } from './look.ts'
import { leavesOf, origin, serveLog, type ServedLog } from './served-log-for-tests.ts'

/*
 * The auditor's witness at Xinheng watches the ledger that the organizer runs. The organizer has the signing key and
 * root on the machine.
 */
let log: ServedLog
let base: string
let dir: string
let xinheng: WitnessFolder | undefined
beforeEach(async () => {
  log = await serveLog()
  base = await mkdtemp(join(tmpdir(), 'zh-witness-'))
  dir = join(base, 'xinheng')
})
afterEach(async () => {
  await xinheng?.release()
  xinheng = undefined
  await log.close()
  await rm(base, { recursive: true })
})

const print = (): string => fingerprint(nodeCrypto.sha256, log.signer.publicKey)
async function begin(): Promise<WitnessFolder> {
  await beginWitness(dir, log.url, [print()], 'xinheng.example/w1', new Date())
  xinheng = await openFolder(dir)
  return xinheng
}
async function reopen(): Promise<WitnessFolder> {
  await xinheng?.release()
  xinheng = undefined
  xinheng = await openFolder(dir)
  return xinheng
}
const look = (folder: WitnessFolder, now = new Date(), patience = 10_000): Promise<Look> =>
  lookOnce(folder, { silence: 3600, now: () => now, patience })

describe('a witness', { timeout: 30_000 }, () => {
  it('vouches for what it sees first, and hands its line in', async () => {
    await log.serve(leavesOf(0, 300))
    const folder = await begin()
    expect(await look(folder)).toMatchObject({ alarm: undefined, size: 300, cosigned: true, handedIn: true })
    const [note = ''] = log.handedIn
    const parsed = parseNote(Buffer.from(note))
    const line = parsed?.signatures.find((one) => one.name === 'xinheng.example/w1')
    // By the letter of C2SP tlog-cosignature, with nothing of ours.
    const seconds = Buffer.from(line?.bytes ?? []).readBigUInt64BE(0)
    const key = createPublicKey({
      key: Buffer.from(fingerprintSubject(folder.key.publicKey)),
      format: 'der',
      type: 'spki',
    })
    const body = note.slice(0, note.indexOf('\n\n') + 1)
    expect(body.split('\n').slice(0, 2)).toEqual([origin, '300'])
    expect(
      verify(
        null,
        Buffer.from(`cosignature/v1\ntime ${seconds}\n${body}`),
        key,
        line?.bytes.subarray(8) ?? Buffer.of(),
      ),
    ).toBe(true)
  })
  it('follows a log that grows, across the borders of tiles, and signs nothing twice', async () => {
    await log.serve(leavesOf(0, 1))
    const folder = await begin()
    let size = 1
    for (const step of [0, 1, 253, 1, 1, 300, 0, 65_536 - 557, 1, 700]) {
      await log.add(leavesOf(size, size + step))
      const grew = size === 1 && step === 0 ? true : step > 0
      size += step
      expect(await look(folder), String(size)).toMatchObject({ alarm: undefined, size, cosigned: grew })
    }
    expect(log.handedIn).toHaveLength(9)
  })
  it('goes on with its memory after a restart, and keeps a line for later that nobody took', async () => {
    await log.serve(leavesOf(0, 10))
    await begin()
    log.bend = (ask, answer) => ask.method === 'POST' && (answer.writeHead(503).end(), true)
    expect(await look(xinheng as WitnessFolder)).toMatchObject({ cosigned: true, handedIn: false, refused: '503' })
    log.bend = undefined
    const again = await reopen()
    expect(again.memory).toMatchObject({ size: 10, handedIn: false })
    expect(await look(again)).toMatchObject({ cosigned: false, handedIn: true, refused: undefined })
    expect(log.handedIn).toHaveLength(1)
  })
  it('signs the same tree again after some minutes, so that everybody sees it is awake', async () => {
    await log.serve(leavesOf(0, 10))
    const folder = await begin()
    const start = Date.now()
    await look(folder, new Date(start))
    expect(await look(folder, new Date(start + 60_000))).toMatchObject({ cosigned: false })
    expect(await look(folder, new Date(start + 300_000))).toMatchObject({ cosigned: true, size: 10 })
  })
  it('cosigns the checkpoint that the log offers to all its witnesses, where it offers one', async () => {
    await log.serve(leavesOf(0, 10))
    const offered = await readFile(join(log.folder, 'checkpoint'))
    await log.add(leavesOf(10, 20))
    log.bend = (ask, answer) => ask.url === '/ledger/cosign/checkpoint' && (answer.end(offered), true)
    expect(await look(await begin())).toMatchObject({ size: 10, cosigned: true })
  })
  it('is registered with a text that shows it holds its key, for this log alone', async () => {
    await log.serve(leavesOf(0, 1))
    await begin()
    const text = await registrationOf(dir)
    expect(openRegistration(nodeCrypto, origin, text)?.key.name).toBe('xinheng.example/w1')
    expect(openRegistration(nodeCrypto, 'other.example/log', text)).toBeUndefined()
    expect(openRegistration(nodeCrypto, origin, text.replace(/w1/, 'w2'))).toBeUndefined()
    expect(openRegistration(nodeCrypto, origin, text.split('\n')[0] ?? '')).toBeUndefined()
    expect(openRegistration(nodeCrypto, origin, text.repeat(2))).toBeUndefined()
  })
})

describe('setting up', () => {
  it('takes no other key than the one named, whatever the server says', async () => {
    await log.serve(leavesOf(0, 1))
    await expect(beginWitness(dir, log.url, ['0'.repeat(64)], undefined, new Date())).rejects.toMatchObject({
      code: 'key',
    })
    // The right key is shown, but the checkpoint is another's.
    const key = await readFile(join(log.folder, 'verifier-key'))
    await log.serve(leavesOf(0, 1), { signer: newEd25519Key().signer })
    log.bend = (ask, answer) => ask.url === '/ledger/verifier-key' && (answer.end(key), true)
    await expect(beginWitness(dir, log.url, [print()], undefined, new Date())).rejects.toMatchObject({ code: 'key' })
  })
  it('does not write over a witness, and the key is its owner’s alone', async () => {
    await log.serve(leavesOf(0, 1))
    await begin()
    await expect(beginWitness(dir, log.url, [print()], undefined, new Date())).rejects.toMatchObject({ code: 'folder' })
    const { mode } = await stat(join(dir, 'key.pem'))
    expect(mode & 0o777).toBe(0o600)
  })
  it.each(['ftp://x/ledger', 'not an address', 'http://a:b@x/ledger', 'http://x/ledger?y'])('refuses %s', (text) => {
    expect(() => prefixOf(text)).toThrow()
  })
  it('takes a bare address for the platform’s own prefix', () => {
    expect(prefixOf('https://test.example.com')).toBe('https://test.example.com/ledger')
    expect(prefixOf('https://test.example.com/ledger/')).toBe('https://test.example.com/ledger')
    expect(prefixOf('https://logs.example.com/a/b')).toBe('https://logs.example.com/a/b')
  })
  it('lets one process at a time work', async () => {
    await log.serve(leavesOf(0, 1))
    await begin()
    await expect(openFolder(dir)).rejects.toMatchObject({ code: 'folder' })
  })
})

describe('an operator with root and the signing key', { timeout: 60_000 }, () => {
  it('PUB-LE-02 drops the last k entries and the newest checkpoint, k from 1 to 100: the witness refuses each', async () => {
    await log.serve(leavesOf(0, 300))
    const folder = await begin()
    await look(folder)
    for (let k = 1; k <= 100; k++) {
      const head = { origin, size: 300 - k, root: rootOf(nodeCrypto.sha256, leavesOf(0, 300 - k)) }
      // A server that puts the note and the tiles back, or the note alone: it is the note that is judged.
      const shown = await signCheckpoint(log.signer, head, new Date(Date.now() + 60_000))
      log.bend = (ask, answer) => ask.url === '/ledger/checkpoint' && (answer.end(shown), true)
      const seen = await look(folder)
      expect(seen, String(k)).toMatchObject({ cosigned: false, size: 300, alarm: { kind: 'rollback' } })
      const evidence: unknown = JSON.parse(await readFile(seen.alarm?.evidence ?? '', 'utf8'))
      expect(judgeContradiction(nodeCrypto, evidence)).toMatchObject({ proved: 'rollback', shown: { size: 300 - k } })
    }
    expect(folder.memory.size).toBe(300)
    // Only what it had promised was handed in: the first time, and as a complaint.
    expect(new Set(log.handedIn.map((note) => note.split('\n')[1]))).toEqual(new Set(['300']))
  })
  it('PUB-LE-03 restores yesterday’s database and goes on writing: refused while smaller, and proved to be a fork once it is larger', async () => {
    await log.serve(leavesOf(0, 200))
    await begin()
    await log.add(leavesOf(200, 290))
    await look(xinheng as WitnessFolder)
    await log.serve([...leavesOf(0, 200), ...leavesOf(200, 250, 'instead')])
    expect((await look(xinheng as WitnessFolder)).alarm?.kind).toBe('rollback')
    await log.add(leavesOf(250, 400, 'instead'))
    const forked = await look(await reopen())
    expect(forked).toMatchObject({ cosigned: false, alarm: { kind: 'fork' } })
    const evidence = JSON.parse(await readFile(forked.alarm?.evidence ?? '', 'utf8')) as { other: { path: string[] } }
    expect(judgeContradiction(nodeCrypto, evidence)).toMatchObject({
      proved: 'fork',
      kept: { size: 290 },
      shown: { size: 400 },
    })
    // Each part of it carries the proof: without any of them nothing is proved.
    expect(judgeContradiction(nodeCrypto, { ...evidence, other: null }).proved).toBe('nothing')
    expect(
      judgeContradiction(nodeCrypto, { ...evidence, other: { ...evidence.other, path: evidence.other.path.slice(1) } })
        .proved,
    ).toBe('nothing')
    // It never vouches again, not even for the true history, until its owner sets up a new one.
    await log.serve(leavesOf(0, 500))
    expect(await look(await reopen())).toMatchObject({ cosigned: false, alarm: { kind: 'fork' } })
  })
  it.each([0, 1, 127, 255, 256, 299])(
    'rewrites entry %d and keeps the size: a fork, from the two notes alone',
    async (index) => {
      await log.serve(leavesOf(0, 300))
      const folder = await begin()
      await look(folder)
      await log.serve(leavesOf(0, 300).map((leaf, at) => (at === index ? Buffer.from('rewritten') : leaf)))
      const seen = await look(folder)
      expect(seen).toMatchObject({ cosigned: false, alarm: { kind: 'fork' } })
      const evidence = JSON.parse(await readFile(seen.alarm?.evidence ?? '', 'utf8')) as {
        other: unknown
        kept: string
      }
      expect(evidence.other).toBeNull()
      expect(judgeContradiction(nodeCrypto, evidence).proved).toBe('fork')
      // A log that is innocent cannot be accused with a note that it did not sign.
      const forged = { ...evidence, kept: evidence.kept.replace(/\n300\n./, '\n300\nA') }
      expect(judgeContradiction(nodeCrypto, forged)).toEqual({ proved: 'nothing', why: 'signature' })
    },
  )
  it('signs a fork and withholds the tiles that would prove it: nothing is cosigned, and the alarm says why', async () => {
    await log.serve(leavesOf(0, 300))
    const folder = await begin()
    await look(folder)
    await log.serve(leavesOf(0, 700, 'other'))
    log.bend = (ask, answer) => /tile/.test(ask.url ?? '') && (answer.writeHead(404).end(), true)
    expect(await look(folder)).toMatchObject({ cosigned: false, alarm: { kind: 'unproven' } })
    log.bend = (ask, answer) => /tile/.test(ask.url ?? '') && (answer.end(Buffer.alloc(8192, 7)), true)
    expect(await look(folder)).toMatchObject({ cosigned: false, alarm: { kind: 'unproven' } })
    expect(folder.memory).toMatchObject({ size: 300, fork: null })
  })
  it('loses the key: another one is not believed, nor another log’s checkpoint', async () => {
    await log.serve(leavesOf(0, 300))
    const folder = await begin()
    await log.serve(leavesOf(0, 301), { signer: newEd25519Key().signer })
    expect(await look(folder)).toMatchObject({ cosigned: false, alarm: { kind: 'wrong_key' } })
    await log.serve(leavesOf(0, 301), { origin: 'zhongheng.example/other' })
    expect(await look(folder)).toMatchObject({ cosigned: false, alarm: { kind: 'wrong_key' } })
  })
})

describe('silence', () => {
  it('is an alarm once the log has shown nothing new for too long, and over with the next news', async () => {
    await log.serve(leavesOf(0, 10))
    const folder = await begin()
    const start = Date.now()
    await look(folder, new Date(start))
    expect((await look(folder, new Date(start + 3_000_000))).alarm).toBeUndefined()
    expect((await look(folder, new Date(start + 3_700_000))).alarm?.kind).toBe('silence')
    await log.add(leavesOf(10, 11), new Date(start + 3_700_000))
    expect((await look(folder, new Date(start + 3_800_000))).alarm).toBeUndefined()
  })

  it('is none while an idle log goes on signing its head with the present time, and begins when it stops', async () => {
    await log.serve(leavesOf(0, 10))
    const folder = await begin()
    const start = Date.now()
    await look(folder, new Date(start))
    for (let minutes = 10; minutes <= 180; minutes += 10) {
      const at = new Date(start + minutes * 60_000)
      await log.restate(at)
      expect(await look(folder, at), String(minutes)).toMatchObject({ alarm: undefined, size: 10 })
    }
    expect((await look(folder, new Date(start + 245 * 60_000))).alarm?.kind).toBe('silence')
  })

  it('is one for a head with an old time that is shown again and again', async () => {
    const start = Date.now()
    await log.serve(leavesOf(0, 10), { now: new Date(start) })
    const folder = await begin()
    await look(folder, new Date(start))
    await log.restate(new Date(start - 60_000))
    expect((await look(folder, new Date(start + 3_700_000))).alarm?.kind).toBe('silence')
  })
})

describe('whoever answers', () => {
  const bends: [string, string, ServedLog['bend']][] = [
    [
      'with an endless body',
      'malformed',
      (_, answer) => {
        const send = (): void => {
          while (answer.write(Buffer.alloc(65_536, 65))) if (answer.destroyed) return
          answer.once('drain', send)
        }
        send()
        return true
      },
    ],
    ['with a body that never ends and never comes', 'unreachable', (_, answer) => (answer.write('x'), true)],
    ['not at all', 'unreachable', () => true],
    [
      'with headers without end',
      'unreachable',
      (_, answer) => {
        const timer = setInterval(() => answer.socket?.write('x-more: yes\r\n'), 5)
        answer.socket?.write('HTTP/1.1 200 OK\r\n')
        answer.socket?.once('close', () => clearInterval(timer))
        return true
      },
    ],
    ['with a page', 'malformed', (_, answer) => (answer.end('<html>'), true)],
    ['with nothing', 'malformed', (_, answer) => (answer.end(), true)],
    ['with zeros', 'malformed', (_, answer) => (answer.end(Buffer.alloc(1000)), true)],
    [
      'with a size beyond all numbers',
      'malformed',
      (_, answer) => (answer.end(`${origin}\n99999999999999999999\nAAAA\n\n\u2014 x AAAAAAAA\n`), true),
    ],
    [
      'with a redirect',
      'unreachable',
      (_, answer) => (answer.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(), true),
    ],
    ['with an error', 'unreachable', (_, answer) => (answer.writeHead(500).end('x'.repeat(1000)), true)],
    ['with bytes that are no HTTP', 'unreachable', (_, answer) => (answer.socket?.end('\u0000\u0001\u0002'), true)],
    ['by hanging up', 'unreachable', (ask) => (ask.socket.destroy(), true)],
  ]
  it.each(bends)('%s is an alarm (%s) within bounded time and memory', async (_name, kind, bend) => {
    await log.serve(leavesOf(0, 10))
    const folder = await begin()
    log.bend = bend
    expect(await look(folder, new Date(), 500)).toMatchObject({ cosigned: false, alarm: { kind } })
    log.bend = undefined
    expect(await look(folder)).toMatchObject({ cosigned: true, alarm: undefined })
  })
})

describe('its memory', () => {
  const remembered = async (): Promise<WitnessFolder> => {
    await log.serve(leavesOf(0, 300))
    const folder = await begin()
    await look(folder)
    return folder
  }
  it('is never begun anew: gone, cut, or edited it ends the witness', async () => {
    const folder = await remembered()
    const path = join(dir, 'memory.json')
    const whole = await readFile(path, 'utf8')
    const small = JSON.parse(whole) as Record<string, unknown>
    await folder.release()
    xinheng = undefined
    for (const text of [
      '',
      '{}',
      whole.slice(0, 200),
      JSON.stringify({ ...small, size: 299 }),
      JSON.stringify({ ...small, root: '0'.repeat(64) }),
      JSON.stringify({ ...small, line: small['note'] }),
    ]) {
      await writeFile(path, text)
      await expect(openFolder(dir), text.slice(0, 40)).rejects.toMatchObject({ code: 'memory' })
    }
    await unlink(path)
    await expect(openFolder(dir)).rejects.toMatchObject({ code: 'memory' })
    await writeFile(path, whole)
    expect((await reopen()).memory.size).toBe(300)
  })
  it('never goes back to a smaller tree', async () => {
    const folder = await remembered()
    await expect(folder.remember({ ...folder.memory, size: 299 })).rejects.toMatchObject({ code: 'memory' })
    await expect(folder.remember({ ...folder.memory, root: new Uint8Array(32) })).rejects.toMatchObject({
      code: 'memory',
    })
    expect(folder.memory.size).toBe(300)
  })
})

describe('an alarm', () => {
  const alarm = (kind: 'fork' | 'silence' | 'rollback', text = 'nobody answers') => ({
    kind,
    since: '2026-11-21T05:00:00.000Z',
    text: { zh: text, en: text },
    evidence: null,
  })
  it('reaches the folder, the file and the hook once, and is taken back when all is well', async () => {
    await log.serve(leavesOf(0, 1))
    await begin()
    const heard = join(base, 'heard')
    const hook = join(base, 'my hook')
    await writeFile(hook, `#!/bin/sh\nprintf '%s|' "$@" >> '${heard}'\n`)
    await chmod(hook, 0o755)
    const ways = { file: join(base, 'alarm'), hook }
    const nasty = 'x"; $(touch /tmp/never) `id` \'&'
    expect(await raiseAlarm(dir, ways, alarm('silence', nasty))).toBeDefined()
    expect(await raiseAlarm(dir, ways, alarm('silence', nasty))).toBeUndefined()
    expect(await readFile(heard, 'utf8')).toBe(`silence|${nasty}|`)
    expect(JSON.parse(await readFile(ways.file, 'utf8'))).toMatchObject({ kind: 'silence' })
    expect(await endAlarm(dir, ways)).toBe(true)
    expect(await standingAlarm(dir)).toBeUndefined()
    await expect(readFile(ways.file)).rejects.toThrow()
  })
  it('of a fork stays whatever comes after it', async () => {
    await log.serve(leavesOf(0, 1))
    await begin()
    await raiseAlarm(dir, {}, alarm('fork'))
    expect(await raiseAlarm(dir, {}, alarm('rollback'))).toBeUndefined()
    expect(await endAlarm(dir, {})).toBe(false)
    expect((await standingAlarm(dir))?.kind).toBe('fork')
  })
})

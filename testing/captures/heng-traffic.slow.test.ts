import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readHar } from '@zhongheng/documents/captures/fixtures/read-har.ts'
import { findProgram } from '@zhongheng/tools/demo/http-clients.ts'
import { defaultBudgets } from '@zhongheng/domain/audit/reading-budget.ts'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Cast, assemble, inTesting } from '../scenes/crowd-test.ts'
import { recordedTraffic } from '../scenes/recorded-traffic.ts'
import { type Stage, openStage, password } from '../scenes/stage.ts'
import { Person } from '@zhongheng/tools/demo/person.ts'

/* `heng traffic` as its own process against the running server, over a line that can be cut. */
const bin = fileURLToPath(new URL('../../cli/bin/heng.mjs', import.meta.url))
const tshark = findProgram('tshark')
let stage: Stage
let cast: Cast
let engagementId: string
let folder: string
let words: string[]
let line: Server
const calls = new Set<Socket>()
const running: ChildProcess[] = []
beforeAll(async () => {
  stage = await openStage({ settings: { readingBudgets: { ...defaultBudgets, recordings: { free: 5, most: 1200 } } } })
  cast = await assemble(stage, 'a')
  engagementId = await inTesting(stage, cast)
  folder = await mkdtemp(join(tmpdir(), 'zh-heng-traffic-'))
  const far = new URL(stage.base)
  line = createServer((near) => {
    const socket = connect(Number(far.port), far.hostname)
    for (const [one, other] of [
      [near, socket],
      [socket, near],
    ] as const) {
      calls.add(one)
      one.on('error', () => undefined)
      one.on('close', () => {
        calls.delete(one)
        other.destroy()
      })
      one.pipe(other)
    }
  })
  await new Promise<void>((resolve) => line.listen(0, '127.0.0.1', resolve))
  const url = `http://${far.hostname === 'localhost' ? 'localhost' : '127.0.0.1'}:${(line.address() as AddressInfo).port}`
  const { token } = await cast.auditor.call('POST /api/account/tokens', {
    body: { name: 'heng', scopes: ['traffic:read'], days: 1 },
  })
  await writeFile(join(folder, 'token'), token)
  words = ['--url', url, '--engagement', engagementId, '--token-file', join(folder, 'token'), '--lang', 'en']
})
afterAll(async () => {
  for (const one of running) if (one.exitCode === null) one.kill('SIGKILL')
  for (const one of calls) one.destroy()
  await new Promise((resolve) => line.close(resolve))
  await stage.close()
  await rm(folder, { recursive: true, force: true })
})

function heng(...more: string[]) {
  const child = spawn(process.execPath, [bin, 'traffic', ...more, ...words])
  running.push(child)
  const out: Buffer[] = []
  let err = ''
  child.stdout.on('data', (part: Buffer) => out.push(part))
  child.stderr.on('data', (part) => (err += String(part)))
  return {
    child,
    out: () => Buffer.concat(out),
    err: () => err,
    async end(): Promise<number | null> {
      child.kill('SIGINT')
      return this.over()
    },
    async over(): Promise<number | null> {
      if (child.exitCode === null) await once(child, 'close')
      return child.exitCode
    },
  }
}
let sent = 0
async function traffic(count: number): Promise<string[]> {
  const list = Array.from({ length: count }, () => ({
    request: Buffer.from(`GET /n/${++sent} HTTP/1.1\r\nHost: shop\r\n\r\n`),
    response: Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'),
  }))
  const ids = await recordedTraffic(stage, engagementId, cast.tester, list)
  await sql`select pg_notify('zh_traffic', '')`.execute(stage.deps.database.kysely)
  return ids
}
const idsIn = (out: Buffer): string[] => out.toString().match(/xch_[0-9a-z]{26}/g) ?? []

describe('heng traffic follow', () => {
  it('shows every exchange once and in order, whatever becomes of the line', async () => {
    const before = await traffic(2)
    const all = heng('follow', '--format', 'json', '--since', '0')
    await expect.poll(() => idsIn(all.out()), { timeout: 30_000 }).toEqual(before)
    const expected = [...before]
    for (let turn = 0; turn < 4; turn++) {
      expected.push(...(await traffic(3)))
      if (turn % 2 === 0) for (const one of calls) one.destroy()
      expected.push(...(await traffic(2)))
    }
    await expect.poll(() => idsIn(all.out()).length, { timeout: 60_000 }).toBe(expected.length)
    expect(idsIn(all.out())).toEqual(expected)
    expect(all.err()).toContain('trying again')
    expect(await all.end()).toBe(0)
  })
  it('begins with what comes now, in lines that no tester can break out of', async () => {
    const live = heng('follow')
    // Nothing says that it has begun: traffic goes on until it is seen.
    await expect
      .poll(
        async () => {
          await traffic(1)
          return live.out().toString()
        },
        { timeout: 30_000, interval: 500 },
      )
      .toMatch(/^\S+Z {2}#\d+ {2}.+ {2}GET http:\/\/\S+ {2}200 {2}\d+ B {2}\d+ ms\n/)
    await live.end()
  })
  it.skipIf(tshark === null)('as pcapng is one capture that tshark reads, over a cut line too', async () => {
    const from = (
      await cast.auditor.call('GET /api/engagements/:engagementId/exchanges', {
        params: { engagementId },
        query: { limit: 1 },
      })
    ).exchanges[0]?.sequence
    const live = heng('follow', '--format', 'pcapng', '--since', String(from))
    const first = sent
    await traffic(3)
    await expect.poll(() => live.out().toString('latin1').split('GET /n/').length - 1, { timeout: 30_000 }).toBe(3)
    for (const one of calls) one.destroy()
    await traffic(2)
    await expect.poll(() => live.out().toString('latin1').split('GET /n/').length - 1, { timeout: 60_000 }).toBe(5)
    await live.end()
    const path = join(folder, 'live.pcapng')
    await writeFile(path, live.out())
    const read = spawn(tshark ?? '', ['-r', path, '-n', '-Y', 'http.request', '-T', 'fields', '-e', 'http.request.uri'])
    let text = ''
    for await (const part of read.stdout) text += String(part)
    expect(text.trim().split('\n')).toEqual([1, 2, 3, 4, 5].map((n) => `/n/${first + n}`))
  })
  it('ends with a word of why when the token is not good', async () => {
    await writeFile(join(folder, 'bad'), `${'x'.repeat(40)}\n`)
    const good = words
    words = words.map((word) => (word === join(folder, 'token') ? join(folder, 'bad') : word))
    const refused = heng('follow')
    words = good
    expect(await refused.over()).toBe(2)
    expect(refused.err()).toContain('access token')
  })
})

describe('heng traffic export', () => {
  it('writes the file whole or not at all', async () => {
    const path = join(folder, 'all.har')
    const done = heng('export', '--format', 'har', '--out', path)
    expect(await done.over(), done.err()).toBe(0)
    expect(readHar(await readFile(path))).toHaveLength(sent)
  })
  it('writes to its output, narrowed as the list is', async () => {
    const none = heng('export', '--format', 'ndjson', '--method', 'POST')
    expect(await none.over()).toBe(0)
    expect(none.out().length).toBe(0)
    const some = heng('export', '--format', 'ndjson', '--method', 'GET', '--until', '3')
    expect(await some.over()).toBe(0)
    expect(some.out().toString().trim().split('\n')).toHaveLength(3)
  })
  it('of many exchanges tells how a second person lets it pass, and then passes unchanged', async () => {
    await traffic(6)
    const { organizer } = cast
    const { personId } = await cast.organizer2.call('GET /api/me', {})
    const member = (await organizer.call('GET /api/members', {})).members.find((one) => one.personId === personId)
    await organizer.call('PATCH /api/members/:personId', {
      params: { personId },
      body: { posts: ['member', 'signatory'], version: member?.version ?? 0 },
    })
    // Other posts are another login.
    const organizer2 = await Person.signIn(stage.base, 'wu-cheng', password)
    await organizer.call('PUT /api/two-person-rules', {
      body: { members: false, exports: true, disposals: false, version: 0 },
    })
    const { token } = await organizer.call('POST /api/account/tokens', {
      body: { name: 'heng', scopes: ['traffic:read'], days: 1 },
    })
    await writeFile(join(folder, 'organizer'), token)
    const auditors = words
    words = words.map((word) => (word === join(folder, 'token') ? join(folder, 'organizer') : word))
    const asked = heng('export', '--format', 'ndjson', '--method', 'GET')
    expect(await asked.over()).toBe(2)
    expect(asked.err()).toContain('Traffic → Export')
    const [, exchanges, until] = /These are (\d+) exchanges.+--until (\d+)\)/.exec(asked.err()) ?? []
    expect(Number(exchanges)).toBe(sent)
    const captures = { format: 'ndjson' as const, method: 'GET', until: Number(until) }
    const act = { kind: 'captures' as const, engagementId, captures, exchanges: sent }
    const { approvalId, digest } = await organizer.call('POST /api/approvals', {
      body: { act, purpose: '送交律师，取全部流量。' },
    })
    await organizer2.call('POST /api/approvals/:approvalId/decision', {
      params: { approvalId },
      body: { verdict: 'approved', digest, reason: '已核实。' },
    })
    const done = heng('export', '--format', 'ndjson', '--method', 'GET', '--until', String(until))
    words = auditors
    expect(await done.over(), done.err()).toBe(0)
    expect(done.out().toString().trim().split('\n')).toHaveLength(sent)
  })
  it('says what it can write, and refuses anything else', async () => {
    const wrong = heng('export', '--format', 'exe')
    expect(await wrong.over()).toBe(2)
    expect(wrong.err()).toContain('pcapng')
  })
})

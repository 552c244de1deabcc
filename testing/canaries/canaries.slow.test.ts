import { createReadStream } from 'node:fs'
import { appendFile, mkdir, mkdtemp, readFile, readdir, readlink, realpath, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { readArchive } from '@zhongheng/tools/backup/archive.ts'
import { makeBackup } from '@zhongheng/tools/backup/make.ts'
import { type Company, signInAll } from '@zhongheng/tools/demo/cast.ts'
import { playWhole, practiceName } from '@zhongheng/tools/demo/play.ts'
import { consentTo } from '@zhongheng/tools/demo/person.ts'
import { move, prepareEngagement } from '@zhongheng/tools/demo/prepare.ts'
import { freePort } from '@zhongheng/tools/ports.ts'
import { superuser } from '@zhongheng/tools/postgres/cluster.ts'
import { signal } from '@zhongheng/tools/processes.ts'
import { environment } from '@zhongheng/tools/settings.ts'
import { type Platform, launch } from '@zhongheng/tools/start/launch.ts'
import { practicePorts } from '@zhongheng/tools/start/practice-ports.ts'
import { programsOf } from '@zhongheng/tools/start/programs.ts'
import type { Stop } from '@zhongheng/tools/stop.ts'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { zipSync } from 'fflate'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { uploadFile } from '../scenes/attached-files.ts'
import { pngOf } from '../scenes/png.ts'
import { openMailbox } from './mailbox.ts'
import { hanStem, latinStem, marking, openMarks } from './marked-fetch.ts'
import { type Hit, type Pattern, patternsOf, searchFolders, searchStream } from './search-bytes.ts'
import { sealedTexts } from './text-inputs.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const marks = openMarks()
/** Secrets that the platform itself makes: what it is, and its text. */
const secrets = new Map<string, string>()
const quiet = (): void => undefined
const patterns: readonly Pattern[] = [...patternsOf(latinStem), ...patternsOf(hanStem)]

let data: string
let work: string
let temporary: string
let platform: Platform
let people: Company
let engagementId: string
let findingId: string
let database: pg.Client
const plainFetch = globalThis.fetch
const mailbox = openMailbox()

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'zh-marks-'))
  work = await mkdtemp(join(tmpdir(), 'zh-marks-work-'))
  temporary = join(work, 'tmp')
  await mkdir(temporary, { mode: 0o777 })
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
    {
      root,
      programs: programsOf(root),
      webPages: false,
      environment: {
        ...environment(),
        TMPDIR: temporary,
        ZH_SMTP_URL: `smtp://127.0.0.1:${await mailbox.open()}`,
        ZH_SMTP_FROM: 'zhongheng@platform.example',
        ZH_EGRESS_ALLOW: '127.0.0.1',
      },
    },
    { step: quiet, say: quiet },
    Promise.withResolvers<Stop>().promise,
  )
  globalThis.fetch = marking(plainFetch, platform.address, marks, sealedTexts)
  const ports = await practicePorts(data, true)
  const target = { host: practiceName, port: ports.plain, tlsPort: ports.tls }
  const stage = { base: platform.address, dataFolder: data, workFolder: join(work, 'demo'), target }
  database = new pg.Client({ connectionString: await urlOf(data) })
  await database.connect()
  people = await signInAll(stage.base, data)
  await haveMail()
  // One engagement from demand to closure, and one that is left in testing.
  await playWhole(stage, false, quiet)
  people = await signInAll(stage.base, data)
  const prepared = await prepareEngagement(people, target, '封存检查众测', stage.workFolder, quiet)
  engagementId = prepared.engagementId
  await sendTraffic(prepared.leases.tester.proxyUrl, target)
  await useEverythingElse()
  await mailIsDue()
  await database.query('checkpoint')
}, 600_000)
afterAll(async () => {
  globalThis.fetch = plainFetch
  await database?.end()
  await platform?.stop()
  await mailbox.close()
  for (const folder of [data, work]) await rm(folder, { recursive: true, force: true })
})

async function urlOf(folder: string): Promise<string> {
  const home = join(folder, 'postgres')
  const port = (await readFile(join(home, 'data', 'postmaster.pid'), 'utf8')).split('\n')[3]
  const password = (await readFile(join(home, 'superuser-password'), 'utf8')).trim()
  return `postgresql://${superuser}:${encodeURIComponent(password)}@127.0.0.1:${port}/zhongheng`
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 60; tries++) {
    if (await holds()) return
    await wait(1000)
  }
  throw new Error(`there was never ${what}`)
}

const mailRoles = ['demand', 'organizer', 'tester', 'auditor'] as const
/** One person of each role takes notices by mail. */
async function haveMail(): Promise<void> {
  for (const role of mailRoles) {
    const address = `${role}@mail.example`
    await consentTo(people[role], 'mail')
    await people[role].call('PUT /api/account/mail', { body: { address } })
    const code = (): string => /[0-9A-Z]{12}/.exec(mailbox.to(address).join('\n'))?.[0] ?? ''
    await until(`a code for ${address}`, () => code() !== '')
    await people[role].call('POST /api/account/mail/confirmation', { body: { code: code() } })
  }
}

/** Lets everything that waits for its time leave, as if that had come, until nothing waits any more. */
async function mailIsDue(): Promise<void> {
  const nothingWaits = async (): Promise<boolean> => {
    await database.query(`update notices set at = at - interval '2 hours'`)
    await database.query(`update mail_addresses set last_sent_at = null`)
    await database.query(`update mail_queue set next_try_at = now() where state = 'waiting'`)
    const { rows } = await database.query<{ n: number }>(
      `select count(*)::int as n from mail_queue where state = 'waiting'`,
    )
    return rows[0]?.n === 0
  }
  await until('an empty queue of mail', nothingWaits)
}

/** Requests with marks in headers and bodies, through the real gateway. */
async function sendTraffic(proxyUrl: string, target: { host: string; port: number }): Promise<void> {
  const proxy = new URL(proxyUrl)
  secrets.set('secret of a lease', decodeURIComponent(proxy.password))
  const given = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`
  for (let at = 0; at < 12; at++) {
    const body = `note=${marks.make('recorded request body')}&x=${marks.make('recorded request body', true)}`
    await new Promise<void>((resolve, reject) => {
      const asked = request(
        {
          host: proxy.hostname,
          port: proxy.port,
          method: 'POST',
          path: `http://${target.host}:${target.port}/login`,
          agent: false,
          headers: {
            host: `${target.host}:${target.port}`,
            'proxy-authorization': `Basic ${Buffer.from(given).toString('base64')}`,
            'content-type': 'application/x-www-form-urlencoded',
            'content-length': Buffer.byteLength(body),
            'x-mark': marks.make('recorded request header'),
            cookie: `session=${marks.make('recorded cookie')}`,
          },
        },
        (answer) => answer.resume().on('close', resolve),
      )
      asked.on('error', reject)
      asked.end(body)
    })
  }
}

/** Every other input that takes a text: what was played does not come by here. */
async function useEverythingElse(): Promise<void> {
  const { demand, organizer, tester, auditor } = people
  const params = { engagementId }
  const exchanges = async () =>
    (
      await tester.call('GET /api/engagements/:engagementId/exchanges', {
        params,
        query: { limit: 20, verdict: 'passed' },
      })
    ).exchanges
  // The index follows the recorder.
  let seen = await exchanges()
  for (let tries = 0; seen.length === 0 && tries < 100; tries++) {
    await wait(200)
    seen = await exchanges()
  }
  const cites = [seen[0]?.exchangeId ?? '']
  const { assets } = await demand.call('GET /api/engagements/:engagementId/scope', { params })
  const asset = assets[0] ?? ''
  const file = (): Buffer =>
    Buffer.from(`${marks.make('attached file')}\n${'x'.repeat(300_000)}\n${marks.make('attached file', true)}`)
  const attachments: string[] = []
  for (let at = 0; at < 3; at++) attachments.push(await uploadFile(tester, engagementId, `笔记 ${at}.txt`, file()))
  const picture = pngOf(60, 40, { artist: marks.make('metadata of a picture') })
  attachments.push(await uploadFile(tester, engagementId, '截图.png', picture))
  // One stays loose, one is refused by what it holds.
  await uploadFile(organizer, engagementId, '未附.txt', file())
  const leadsOut = Buffer.from(zipSync({ [`../${marks.make('refused file')}`]: file() }, { level: 0 }))
  await expect(uploadFile(organizer, engagementId, '越界.zip', leadsOut)).rejects.toThrow('422')
  const found = await tester.call('POST /api/engagements/:engagementId/findings', {
    params,
    body: {
      title: '登录接口',
      asset,
      cwe: 'CWE-307',
      cvssVector: null,
      severity: 'low',
      description: '没有限制尝试次数。',
      steps: '1. 连续尝试\n2. 没有限制',
      impact: '可以猜测口令。',
      repair: '限制次数。',
      cites,
      attachments,
    },
  })
  findingId = found.findingId
  const one = { engagementId, findingId }
  for (let at = 0; at < 30; at++)
    await [tester, organizer, auditor][at % 3]?.call(
      'POST /api/engagements/:engagementId/findings/:findingId/comments',
      {
        params: one,
        body: { audience: 'everyone', body: `第 ${at} 条评论` },
      },
    )
  // Words that are looked for are texts too.
  for (const han of [false, true]) {
    await organizer.call('POST /api/findings/search', { body: { words: marks.make('searched words', han) } })
    await auditor.call('GET /api/engagements/:engagementId/exchanges', {
      params,
      query: { text: marks.make('searched traffic', han), limit: 5 },
    })
  }
  const nothing = {
    quietHours: [],
    engagement: {},
    target: {},
    targets: [],
    forbiddenMethods: [],
    forbiddenPayloads: [],
    responses: {},
  }
  await demand.call('POST /api/engagements/:engagementId/test-rules', {
    params,
    body: {
      rules: { zone: 'Asia/Shanghai', ...nothing, lease: { concurrency: 5 } },
      reason: '业务高峰期须限速',
      after: 0,
    },
  })
  const { leases } = await organizer.call('GET /api/engagements/:engagementId/leases', { params })
  await organizer.call('POST /api/engagements/:engagementId/leases/:leaseId/state', {
    params: { engagementId, leaseId: leases[1]?.leaseId ?? '' },
    body: { state: 'suspended', reason: '核对来源地址' },
  })
  await organizer.call('POST /api/engagements/:engagementId/holds', {
    params,
    body: { reason: '监管调查期间保全', reference: '函 2026-11' },
  })
  const says = {
    asset,
    cwe: 'CWE-798',
    severity: 'high' as const,
    title: '默认口令',
    description: '管理后台可用默认口令登录。',
    steps: '1. 打开后台\n2. 登录',
    impact: '可以管理全部订单。',
    repair: '更换口令。',
    note: '观察谁翻阅',
  }
  const { personId: testerId } = await tester.call('GET /api/me', {})
  const decoy = await organizer.call('POST /api/engagements/:engagementId/decoys', {
    params,
    body: { ...says, testerId, settleHours: 0 },
  })
  await organizer.call('PUT /api/engagements/:engagementId/decoys/:findingId', {
    params: { engagementId, findingId: decoy.findingId },
    body: { ...says, version: decoy.version },
  })
  await refused()
  await makeSecrets(tester)
  await move(auditor, engagementId, 'stop', '发现越界迹象，先停止核对')
}
/** What is refused is kept nowhere either. */
async function refused(): Promise<void> {
  const { tester } = people
  const params = { engagementId }
  const post = 'POST /api/engagements/:engagementId/findings'
  await tester.send(post, { params, body: { title: marks.make('refused title').repeat(20) } })
  await tester.send(post, { params, body: { [marks.make('refused name of a field')]: 'x' } })
  await plainFetch(`${platform.address}/api/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-zhongheng': '1' },
    body: `{"login":"${marks.make('broken JSON')}`,
  })
  await plainFetch(`${platform.address}/api/${marks.make('a path that is not there')}`)
  await plainFetch(`${platform.address}/${marks.make('a page that is not there')}?q=${marks.make('its query')}`)
  await plainFetch(`${platform.address}/api/me`, {
    headers: { authorization: `Bearer ${marks.make('a wrong token')}` },
  })
  await plainFetch(`${platform.address}/api/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-zhongheng': '1' },
    body: JSON.stringify({ login: 'tester', password: marks.make('a wrong password') }),
  })
}

async function makeSecrets(person: Company['tester']): Promise<void> {
  const code = await person.call('POST /api/account/code', {})
  secrets.set('secret of one-time codes', code.secret)
  const { token } = await person.call('POST /api/account/tokens', {
    body: { name: '扫描程序', scopes: ['findings:read'] as never, days: 1 },
  })
  secrets.set('access token', token)
}

const places = async (): Promise<string[]> => [data, await realpath(join(data, 'postgres')), temporary]
/** Marks by their place in the list, for a message that says which input leaked. */
const whichOf = ({ file, as, context }: Hit): string => {
  const number = /qzxvkjwqpzfh(\d{4})/.exec(context)?.[1]
  return `${file.replace(data, 'data')} (${as}) ${number === undefined ? '' : marks.sent[Number(number)]?.where}: ${context}`
}
/** The demo's passwords lie in a file for whoever tries it; a real installation has none. */
const ofTheDemo = (hit: Hit): boolean => hit.file.endsWith('first-logins.json')

describe('two hundred marks through every input that is to be sealed', () => {
  it('were taken in, and can be read by those who may', async () => {
    expect(marks.sent.length).toBeGreaterThanOrEqual(200)
    const read = await people.organizer.call('GET /api/engagements/:engagementId/findings/:findingId', {
      params: { engagementId, findingId },
    })
    expect([read.title, read.description, read.comments[7]?.body].every((text) => text?.includes(latinStem))).toBe(true)
    const inputs = new Set(marks.sent.map(({ where }) => where))
    expect(inputs.size).toBeGreaterThan(35)
  })
  it('PUB-CR-03: lie in no byte of tables, write-ahead log, ledger, recordings, documents, logs, run folder, temporary files', async () => {
    const { hits, bytes, files } = await searchFolders(await places(), patterns)
    expect([...new Set(hits.map(whichOf))]).toEqual([])
    expect(files).toBeGreaterThan(500)
    expect(bytes).toBeGreaterThan(30 << 20)
  }, 240_000)
  it('PUB-CR-03: are in no row, as a dump would give it', async () => {
    const { hits } = await searchStream('dump', dump(), patterns)
    expect([...new Set(hits.map(whichOf))]).toEqual([])
  }, 120_000)
  it('PUB-CR-03: are in no backup, nor in what is inside of it', async () => {
    const identity = await generateX25519Identity()
    const to = join(work, 'backup.age')
    const lock = { recipients: [await identityToRecipient(identity)] }
    await makeBackup({
      data,
      to,
      sharesTo: join(work, 'shares.age'),
      lock,
      now: new Date(),
      product: '0',
      progress: quiet,
    })
    const { hits, bytes } = await searchStream('backup', createReadStream(to), patterns)
    expect(bytes).toBeGreaterThan(1 << 20)
    await readArchive(to, { identities: [identity] }, async (path, _mode, content) => {
      hits.push(...(await searchStream(`backup:${path}`, content, patterns)).hits)
    })
    expect([...new Set(hits.map(whichOf))]).toEqual([])
  }, 240_000)
  it('PUB-CR-03: are in no mail, neither as it came over the wire nor as it is read', async () => {
    // Of each role some mail came that told of something, so that an empty box is not taken for a clean one.
    for (const role of mailRoles)
      expect(
        mailbox.to(`${role}@mail.example`).filter((text) => text.includes('/notices')).length,
        role,
      ).toBeGreaterThan(0)
    const { hits, bytes } = await searchStream('mail', mailbox.bytes(), patterns)
    expect([...new Set(hits.map(whichOf))]).toEqual([])
    expect(bytes).toBeGreaterThan(4000)
  })
  it('nor are the secrets that the platform made for them', async () => {
    const wanted = [...secrets].flatMap(([what, text]) =>
      patternsOf(text).map((pattern) => ({ ...pattern, as: `${what}, ${pattern.as}` })),
    )
    const { hits } = await searchFolders(await places(), wanted)
    hits.push(...(await searchStream('mail', mailbox.bytes(), wanted)).hits)
    expect([...new Set(hits.filter((hit) => !ofTheDemo(hit)).map(whichOf))]).toEqual([])
    expect(secrets.size).toBe(3)
  }, 240_000)
  it('and a crash of the server in the middle of its work leaves none behind', async () => {
    const { children } = JSON.parse(await readFile(join(data, 'lock'), 'utf8')) as { children: number[] }
    const whereCrashesLie = await crashFolders(children)
    const before = await filesIn(whereCrashesLie)
    const reading = people.organizer
      .call('GET /api/engagements/:engagementId/findings/:findingId', { params: { engagementId, findingId } })
      .catch(quiet)
    for (const pid of children)
      if ((await readFile(`/proc/${pid}/cmdline`, 'latin1')).includes('server/main/main.ts')) signal(pid, 'SIGABRT')
    await reading
    await expect
      .poll(async () => (await plainFetch(`${platform.address}/healthz`).catch(() => undefined))?.status, {
        timeout: 60_000,
      })
      .toBe(200)
    const known = new Set(before)
    // A core holds the memory of a process, which is not sealed: none may be written, wherever the system would put it.
    expect((await filesIn(whereCrashesLie)).filter((name) => !known.has(name))).toEqual([])
    const { hits } = await searchFolders([join(data, 'logs'), join(data, 'run'), temporary], patterns)
    expect(hits.map(whichOf)).toEqual([])
  }, 120_000)
})

describe('the search itself', () => {
  it('finds a text that somebody leaves unsealed: in a table, its log and the dump, in a file, and in every form', async () => {
    await database.query(
      `update organisations set name = name || ' ${latinStem}' where id = (select min(id) from organisations)`,
    )
    await database.query('checkpoint')
    await appendFile(join(data, 'logs', 'server.log'), `${hanStem}\n`)
    const { hits } = await searchFolders(await places(), patterns)
    const files = hits.map(({ file }) => file)
    expect(files.some((file) => file.includes('/pg_wal/'))).toBe(true)
    expect(files.some((file) => file.includes('/base/'))).toBe(true)
    expect(files.some((file) => file.endsWith('server.log'))).toBe(true)
    const dumped = await searchStream('dump', dump(), patterns)
    expect(dumped.hits.length).toBeGreaterThan(0)
    const text = `vorher ${latinStem}0001 nachher`
    for (let shift = 0; shift < 3; shift++) {
      const in64 = Buffer.from('x'.repeat(shift) + text).toString('base64')
      for (const form of [in64, Buffer.from(text).toString('hex'), text])
        expect((await searchStream('form', cut(Buffer.from(form)), patterns)).hits.length, form).toBeGreaterThan(0)
    }
    for (const form of [JSON.stringify(hanStem), encodeURIComponent(hanStem), Buffer.from(hanStem, 'utf16le')])
      expect((await searchStream('form', cut(Buffer.from(form)), patterns)).hits.length).toBeGreaterThan(0)
  }, 240_000)
})

/** Where the system puts the core of a process of these: their working folders, and the one that its pattern names. */
async function crashFolders(pids: readonly number[]): Promise<string[]> {
  const pattern = (await readFile('/proc/sys/kernel/core_pattern', 'utf8').catch(() => '')).trim()
  const own = await Promise.all(pids.map((pid) => readlink(`/proc/${pid}/cwd`).catch(() => root)))
  return [...new Set([root, ...own, ...(pattern.startsWith('/') ? [dirname(pattern)] : [])])]
}
const filesIn = async (folders: readonly string[]): Promise<string[]> =>
  (
    await Promise.all(
      folders.map(async (folder) =>
        (
          await readdir(folder).catch(() => [])
        )
          .filter((name) => /core|report|heap|dump/i.test(name))
          .map((name) => join(folder, name)),
      ),
    )
  ).flat()

/** In small pieces, so that what is looked for stands across two. */
async function* cut(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 5) yield bytes.subarray(at, at + 5)
}

/** Every row of every table as text. */
async function* dump(): AsyncGenerator<Buffer> {
  const { rows } = await database.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
  )
  for (const { name } of rows)
    for (const row of (await database.query<{ row: string }>(`select t::text as row from ${name} t`)).rows)
      yield Buffer.from(`${row.row}\n`)
}

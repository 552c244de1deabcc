import { mkdir, mkdtemp, readFile, realpath, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Company, signInAll } from '@zhongheng/tools/demo/cast.ts'
import { consentTo } from '@zhongheng/tools/demo/person.ts'
import { playWhole, practiceName } from '@zhongheng/tools/demo/play.ts'
import { type Target, move, prepareEngagement } from '@zhongheng/tools/demo/prepare.ts'
import { freePort } from '@zhongheng/tools/ports.ts'
import { superuser } from '@zhongheng/tools/postgres/cluster.ts'
import { environment } from '@zhongheng/tools/settings.ts'
import { launch } from '@zhongheng/tools/start/launch.ts'
import { practicePorts } from '@zhongheng/tools/start/practice-ports.ts'
import { programsOf } from '@zhongheng/tools/start/programs.ts'
import type { Stop } from '@zhongheng/tools/stop.ts'
import { zipSync } from 'fflate'
import pg from 'pg'
import { expect } from 'vitest'
import { uploadFile } from '../scenes/attached-files.ts'
import { pngOf } from '../scenes/png.ts'
import { type Mailbox, openMailbox } from './mailbox.ts'
import { type Marks, marking, openMarks } from './marked-fetch.ts'
import { sealedTexts } from './text-inputs.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const quiet = (): void => undefined

/**
 * A running installation with a mark of its own in every text that is to be sealed: two engagements, traffic through the
 * real gateway, files, decisions, mail. Whoever looks for the marks afterwards sees where a text lies in the clear.
 */
export type MarkedInstallation = {
  /** Its data folder. */
  readonly data: string
  /** A folder for whoever tests; `temporary` in it is where its programs keep temporary files. */
  readonly work: string
  readonly temporary: string
  readonly address: string
  readonly gatewayPort: number
  readonly target: Target
  readonly people: Company
  /** The engagement that is left in testing, stopped; with one finding. */
  readonly engagementId: string
  readonly findingId: string
  readonly marks: Marks
  /** Secrets that the platform itself makes: what it is, and its text. */
  readonly secrets: Map<string, string>
  readonly mailbox: Mailbox
  /** Its database as the superuser. */
  readonly database: pg.Client
  /** `fetch` without marks. */
  readonly plainFetch: typeof fetch
  /** Where its files lie. */
  places(): Promise<string[]>
  /** Ends everything and removes the files. */
  close(): Promise<void>
}

type Options = {
  /** Runs before the first start: what it answers is added to the environment of the programs. */
  readonly before?: (data: string, work: string) => Promise<Readonly<Record<string, string>>>
  readonly title?: string
  /** Runs when the window of the engagement has opened: with more to be done by its people. */
  readonly also?: (on: Playing & { readonly engagementId: string; readonly proxyUrl: string }) => Promise<void>
}

type Playing = Pick<MarkedInstallation, 'people' | 'marks' | 'secrets' | 'address' | 'plainFetch'>

export async function openMarkedInstallation(options: Options = {}): Promise<MarkedInstallation> {
  const marks = openMarks()
  const secrets = new Map<string, string>()
  const mailbox = openMailbox()
  const data = await mkdtemp(join(tmpdir(), 'zh-marks-'))
  const work = await mkdtemp(join(tmpdir(), 'zh-marks-work-'))
  const temporary = join(work, 'tmp')
  await mkdir(temporary, { mode: 0o777 })
  const port = await freePort()
  const gatewayPort = await freePort(port + 1)
  const more = {
    TMPDIR: temporary,
    ZH_SMTP_URL: `smtp://127.0.0.1:${await mailbox.open()}`,
    ZH_SMTP_FROM: 'zhongheng@platform.example',
    ZH_EGRESS_ALLOW: '127.0.0.1',
    ...(await options.before?.(data, work)),
  }
  const start = () =>
    launch(
      { port, gatewayPort, data, databaseUrl: undefined, demo: true, language: 'en', underNpm: false },
      { root, programs: programsOf(root), webPages: false, environment: { ...environment(), ...more } },
      { step: quiet, say: quiet },
      Promise.withResolvers<Stop>().promise,
    )
  const platform = await start()
  const { address } = platform
  const plainFetch = globalThis.fetch
  globalThis.fetch = marking(plainFetch, address, marks, sealedTexts)
  const ports = await practicePorts(data, true)
  const target = { host: practiceName, port: ports.plain, tlsPort: ports.tls }
  const stage = { base: address, dataFolder: data, workFolder: join(work, 'demo'), target }
  const database = await connect(data)
  const close = async (): Promise<void> => {
    globalThis.fetch = plainFetch
    await database.end()
    await platform.stop()
    await mailbox.close()
    for (const folder of [data, work]) await rm(folder, { recursive: true, force: true })
  }
  try {
    const known = { marks, secrets, address, plainFetch }
    await haveMail({ ...known, people: await signInAll(address, data) }, mailbox)
    // One engagement from demand to closure, and one that is left in testing.
    await playWhole(stage, false, quiet)
    const people = await signInAll(address, data)
    const playing = { ...known, people }
    const title = options.title ?? '封存检查众测'
    const { engagementId, leases } = await prepareEngagement(people, target, title, stage.workFolder, quiet)
    const { proxyUrl } = leases.tester
    await sendTraffic(playing, proxyUrl, target)
    await options.also?.({ ...playing, engagementId, proxyUrl })
    const findingId = await doEverythingElse(playing, engagementId)
    await mailIsDue(database)
    await database.query('checkpoint')
    return {
      data,
      work,
      temporary,
      address,
      gatewayPort,
      target,
      people,
      engagementId,
      findingId,
      marks,
      secrets,
      mailbox,
      plainFetch,
      database,
      places: async () => [data, await realpath(join(data, 'postgres')), temporary],
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

async function connect(data: string): Promise<pg.Client> {
  const database = new pg.Client({ connectionString: await urlOf(data) })
  // The server may be killed under it by whoever tests that.
  database.on('error', quiet)
  await database.connect()
  return database
}

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

export const mailRoles = ['demand', 'organizer', 'tester', 'auditor'] as const
/** One person of each role takes notices by mail. */
async function haveMail({ people }: Playing, mailbox: Mailbox): Promise<void> {
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
async function mailIsDue(database: pg.Client): Promise<void> {
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
async function sendTraffic({ marks, secrets }: Playing, proxyUrl: string, target: Target): Promise<void> {
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

/** Every other input that takes a text: what was played does not come by here. @returns id of the finding that it leaves */
async function doEverythingElse(on: Playing, engagementId: string): Promise<string> {
  const { marks } = on
  const { demand, organizer, tester, auditor } = on.people
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
  const { findingId } = found
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
  await refused(on, engagementId)
  await makeSecrets(on.secrets, tester)
  await move(auditor, engagementId, 'stop', '发现越界迹象，先停止核对')
  return findingId
}
/** What is refused is kept nowhere either. */
async function refused(on: Playing, engagementId: string): Promise<void> {
  const { marks, plainFetch } = on
  const { tester } = on.people
  const params = { engagementId }
  const post = 'POST /api/engagements/:engagementId/findings'
  await tester.send(post, { params, body: { title: marks.make('refused title').repeat(20) } })
  await tester.send(post, { params, body: { [marks.make('refused name of a field')]: 'x' } })
  await plainFetch(`${on.address}/api/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-zhongheng': '1' },
    body: `{"login":"${marks.make('broken JSON')}`,
  })
  await plainFetch(`${on.address}/api/${marks.make('a path that is not there')}`)
  await plainFetch(`${on.address}/${marks.make('a page that is not there')}?q=${marks.make('its query')}`)
  await plainFetch(`${on.address}/api/me`, {
    headers: { authorization: `Bearer ${marks.make('a wrong token')}` },
  })
  await plainFetch(`${on.address}/api/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-zhongheng': '1' },
    body: JSON.stringify({ login: 'tester', password: marks.make('a wrong password') }),
  })
}

async function makeSecrets(secrets: Map<string, string>, person: Company['tester']): Promise<void> {
  const code = await person.call('POST /api/account/code', {})
  secrets.set('secret of one-time codes', code.secret)
  const { token } = await person.call('POST /api/account/tokens', {
    body: { name: '扫描程序', scopes: ['findings:read'] as never, days: 1 },
  })
  secrets.set('access token', token)
}

/** Every row of every table as text. */
export async function* dumpOf(database: pg.Client): AsyncGenerator<Buffer> {
  const { rows } = await database.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
  )
  for (const { name } of rows)
    for (const row of (await database.query<{ row: string }>(`select t::text as row from ${name} t`)).rows)
      yield Buffer.from(`${row.row}\n`)
}
